# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# bash: subcommands, their options, names of virtual routers and interfaces. Needs bash 4 alone, no
# helper of the bash-completion package. tests/docs holds it against `vrrp-xdp --help`.

# PROGRAM [--run-dir DIR] [--bpffs DIR]: the routers that it shows; and, where none runs or nothing may
# be read, those of the configuration.
_vrrp_xdp_routers() {
	local program=$1

	shift
	"$program" metrics "$@" 2>/dev/null | sed -n 's/^vrrp_xdp_router_info{name="\([^"]*\)".*/\1/p'
	sed -n 's/^[[:blank:]]*\[[[:blank:]]*vrrp[[:blank:]]\{1,\}\([^][:blank:]]*\).*/\1/p' \
		/etc/vrrp-xdp/vrrp-xdp.conf 2>/dev/null
}

_vrrp_xdp_interfaces() {
	local interface

	for interface in /sys/class/net/*/; do
		interface=${interface%/}
		printf '%s\n' "${interface##*/}"
	done
}

_vrrp_xdp() {
	local common="--json --run-dir --state-dir --bpffs --help --version"
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local options="" operands="" i
	local -a places=()

	COMPREPLY=()
	# --option=value is three words here.
	if [[ $word == "=" ]]; then
		word=""
	elif [[ $before == "=" ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "run check status history monitor top metrics resign
			resume attach detach doctor import init help --help --version" -- "$word")
		return
	fi

	case ${COMP_WORDS[1]} in
	run) options="-c --config --replace -i -v -p -d -s -n -a -U -D" ;;
	check) options="-c --config" ;;
	status) operands=routers ;;
	history) options="-n --svg --number" operands=routers ;;
	monitor) operands=interfaces ;;
	top) options="-d" ;;
	metrics) options="--prometheus --http" ;;
	resign) options="--force --no-wait" operands=routers ;;
	resume) operands=routers ;;
	attach) options="--mode --replace" operands=interfaces ;;
	detach) options="--all" operands=interfaces ;;
	doctor) options="-c --config --root" operands=interfaces ;;
	import) options="-i --config-id --include" operands=files ;;
	init)
		options="--name --vrid --heartbeat --public --address --gateway --mac --interval --priority
			--standby-address --standby-gateway --peer-priority --peer-standby-address --witness
			--preempt --auth --hmac-key --vrrp-version -c --config --peer --force"
		;;
	*) return ;;
	esac

	# The word before may want a value.
	case ${COMP_WORDS[1]}:$before in
	*:--run-dir | *:--state-dir | *:--bpffs | doctor:--root) operands=directories options="" common="" ;;
	*:--config | run:-c | check:-c | doctor:-c | init:-c | history:--svg | run:-U | run:-D)
		operands=files options="" common=""
		;;
	run:-i | init:--heartbeat | init:--public) operands=interfaces options="" common="" ;;
	run:-a) operands="" options="none pw/" common="" ;;
	attach:--mode) operands="" options="auto native generic" common="" ;;
	init:--mac) operands="" options="keep virtual" common="" ;;
	init:--witness) operands="" options="none gateway owner" common="" ;;
	init:--preempt) operands="" options="yes no" common="" ;;
	init:--vrrp-version) operands="" options="2 3" common="" ;;
	init:--peer | init:--force) ;;
	init:--* | import:-i | import:--config-id | run:-[vpd] | history:-n | history:--number | top:-d) return ;;
	esac

	case $operands in
	files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	directories) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
	interfaces) options+=" $(_vrrp_xdp_interfaces)" ;;
	routers)
		for ((i = 2; i + 1 < ${#COMP_WORDS[@]}; i++)); do
			[[ ${COMP_WORDS[i]} == --run-dir || ${COMP_WORDS[i]} == --bpffs ]] &&
				places+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}")
		done
		options+=" $(_vrrp_xdp_routers "$1" "${places[@]}")"
		;;
	esac
	# No file's name is an option.
	if ((!${#COMPREPLY[@]})) || [[ $word == -* ]]; then
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$options $common" -- "$word")
	fi
}
complete -F _vrrp_xdp vrrp-xdp
