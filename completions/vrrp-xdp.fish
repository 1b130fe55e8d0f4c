# SPDX-License-Identifier: GPL-2.0-only
#
# fish: subcommands, their options, names of virtual routers and interfaces. tests/docs holds it against
# `vrrp-xdp --help`.

# Of the running vrrp-xdp, in the directories that the line names; without the right to ask, of the
# configuration.
function __vrrp_xdp_routers
    set -l words (commandline -opc)
    set -l places
    for i in (seq 3 (count $words))
        contains -- $words[$i] --run-dir --bpffs
        and set -a places $words[$i] $words[(math $i + 1)]
    end
    $words[1] metrics $places 2>/dev/null |
        string replace -rf '^vrrp_xdp_router_info\{name="([^"]*)".*' '$1'
    cat /etc/vrrp-xdp/vrrp-xdp.conf 2>/dev/null |
        string replace -rf '^\s*\[\s*vrrp\s+([^]\s]*).*' '$1'
end

function __vrrp_xdp_interfaces
    string replace /sys/class/net/ '' /sys/class/net/*
end

# SUBCOMMAND...: is it one of these?
function __vrrp_xdp_is
    set -l words (commandline -opc)
    contains -- "$words[2]" $argv
end

complete -c vrrp-xdp -f

set -l none 'test (count (commandline -opc)) -eq 1'
complete -c vrrp-xdp -n $none -a run -d 'Run the agent in the foreground'
complete -c vrrp-xdp -n $none -a check -d 'Check a configuration and print it with its defaults'
complete -c vrrp-xdp -n $none -a status -d 'Show the state of all virtual routers, or of one'
complete -c vrrp-xdp -n $none -a history -d 'List past changes of state with causes and times'
complete -c vrrp-xdp -n $none -a monitor -d 'Print adverts and changes of state as they happen'
complete -c vrrp-xdp -n $none -a top -d 'Show the state as a live view'
complete -c vrrp-xdp -n $none -a metrics -d 'Print metrics for Prometheus (OpenMetrics)'
complete -c vrrp-xdp -n $none -a resign -d 'Hand a virtual router over to another host'
complete -c vrrp-xdp -n $none -a resume -d 'Take part in the election again after resign'
complete -c vrrp-xdp -n $none -a attach -d 'Load the XDP program and observe an interface'
complete -c vrrp-xdp -n $none -a detach -d 'Remove the XDP program from an interface'
complete -c vrrp-xdp -n $none -a doctor -d 'Find problems on this host and say how to solve them'
complete -c vrrp-xdp -n $none -a import -d 'Translate the configuration of keepalived or vrrpd'
complete -c vrrp-xdp -n $none -a init -d 'Write the configurations of two servers'
complete -c vrrp-xdp -n $none -a help -d 'List all subcommands'

complete -c vrrp-xdp -l help -d 'Explain all subcommands, or one'
complete -c vrrp-xdp -l version -d 'Print the version'
set -l any "not $none"
complete -c vrrp-xdp -n $any -l json -d 'Print JSON'
complete -c vrrp-xdp -n $any -l run-dir -xa '(__fish_complete_directories)' -d 'Locks and records'
complete -c vrrp-xdp -n $any -l state-dir -xa '(__fish_complete_directories)' -d 'The history'
complete -c vrrp-xdp -n $any -l bpffs -xa '(__fish_complete_directories)' -d 'Pinned maps and links'

complete -c vrrp-xdp -n '__vrrp_xdp_is run check doctor init' -s c -l config -rF -d Configuration

complete -c vrrp-xdp -n '__vrrp_xdp_is run attach' -l replace -d 'Remove other XDP programs'
complete -c vrrp-xdp -n '__vrrp_xdp_is run' -s i -xa '(__vrrp_xdp_interfaces)' -d Interface
complete -c vrrp-xdp -n '__vrrp_xdp_is run' -s v -x -d VRID
complete -c vrrp-xdp -n '__vrrp_xdp_is run' -s p -x -d Priority
complete -c vrrp-xdp -n '__vrrp_xdp_is run' -s d -x -d 'Seconds between two adverts'
complete -c vrrp-xdp -n '__vrrp_xdp_is run' -s s -d 'Do not preempt'
complete -c vrrp-xdp -n '__vrrp_xdp_is run' -s n -d 'Carry the virtual MAC while master'
complete -c vrrp-xdp -n '__vrrp_xdp_is run' -s a -xa 'none pw/' -d Authentication
complete -c vrrp-xdp -n '__vrrp_xdp_is run' -s U -rF -d 'Run when master'
complete -c vrrp-xdp -n '__vrrp_xdp_is run' -s D -rF -d 'Run when backup'

complete -c vrrp-xdp -n '__vrrp_xdp_is status history resign resume' -a '(__vrrp_xdp_routers)' -d Router
complete -c vrrp-xdp -n '__vrrp_xdp_is resign' -l force -d 'Release the address at once'
complete -c vrrp-xdp -n '__vrrp_xdp_is resign' -l no-wait -d 'Do not wait for the other host'
complete -c vrrp-xdp -n '__vrrp_xdp_is history' -s n -x -d 'How many changes'
complete -c vrrp-xdp -n '__vrrp_xdp_is history' -l svg -rF -d 'Draw a timeline'
complete -c vrrp-xdp -n '__vrrp_xdp_is history' -l number -x -d 'Draw this change'

complete -c vrrp-xdp -n '__vrrp_xdp_is top' -s d -x -d 'Time between two updates'
complete -c vrrp-xdp -n '__vrrp_xdp_is metrics' -l prometheus -d 'The older text format'
complete -c vrrp-xdp -n '__vrrp_xdp_is metrics' -l http -d 'Answer on a socket that systemd passes'

complete -c vrrp-xdp -n '__vrrp_xdp_is monitor attach detach doctor' -a '(__vrrp_xdp_interfaces)' -d Interface
complete -c vrrp-xdp -n '__vrrp_xdp_is attach' -l mode -xa 'auto native generic' -d 'How to attach the program'
complete -c vrrp-xdp -n '__vrrp_xdp_is detach' -l all -d 'Every interface'
complete -c vrrp-xdp -n '__vrrp_xdp_is doctor' -l root -xa '(__fish_complete_directories)' -d 'Where to look for network managers'
complete -c vrrp-xdp -n '__vrrp_xdp_is import' -F
complete -c vrrp-xdp -n '__vrrp_xdp_is import' -s i -l config-id -x -d 'Use the lines that begin with @ID'
complete -c vrrp-xdp -n '__vrrp_xdp_is import' -l include -d 'Read included files anywhere'

complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l name -x -d 'Name of the virtual router'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l vrid -x -d VRID
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l heartbeat -xa '(__vrrp_xdp_interfaces)' -d 'Private interface'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l public -xa '(__vrrp_xdp_interfaces)' -d 'Public interface'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l address -x -d 'Shared address'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l gateway -x -d 'Default route of the master'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l mac -xa 'keep virtual' -d 'MAC of the master'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l interval -x -d 'Between two adverts'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l priority -x -d 'Priority of this server'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l standby-address -x -d 'Address of this server as backup'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l standby-gateway -x -d 'Default route of the backup'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l peer-priority -x -d 'Priority of the other server'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l peer-standby-address -x -d 'Address of the other server as backup'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l witness -xa 'none gateway owner' -d 'Whom to ask before a takeover'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l preempt -xa 'yes no' -d 'Take the address back'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l auth -x -d 'Password of version 2'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l hmac-key -x -d 'Sign adverts: ID:FILE'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l vrrp-version -xa '2 3' -d 'VRRP version'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l peer -d 'Print the configuration of the other server'
complete -c vrrp-xdp -n '__vrrp_xdp_is init' -l force -d 'Overwrite existing files'
