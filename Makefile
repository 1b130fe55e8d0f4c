# SPDX-License-Identifier: GPL-2.0-only
#
#   make              build/vrrp-xdp
#   sudo make demo    two servers, a switch and a client in namespaces; a failover; its timeline
#   sudo make test    everything that CI runs
#   sudo make bench   against keepalived and the limit
#   sudo make test-vm two virtual machines with systemd and a stock kernel
#   make fuzz         ten minutes of each fuzz target (FUZZ_SECONDS=)
#   make deb rpm      packages, in build/deb and build/rpm
#   make lint format install clean        V=1 shows the commands

CC      ?= gcc
CLANG   ?= clang
STRIP   ?= llvm-strip
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /sbin/bpftool) bpftool)
PKG     ?= pkg-config
PREFIX  ?= /usr/local
DESTDIR ?=
UNITDIR ?= $(PREFIX)/lib/systemd/system
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
# The newest entry of the changelog is the version, of everything.
VERSION := $(shell sed -n '1s/^[^ ]* (\(.*\)) .*/\1/p' debian/changelog)

O := build
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

ifeq ($(V),1)
Q =
say = @:
else
Q = @
say = @printf '  %-7s %s\n'
MAKEFLAGS += --no-print-directory
endif

# ---- goals that prepare a bare machine first, then call make again -----------------------------

.PHONY: demo test bench fuzz test-vm
demo test bench fuzz:
	$(Q)scripts/install-deps --quiet
	$(Q)$(MAKE) run-$@

test-vm:
	$(Q)scripts/install-deps --vm --quiet
	$(Q)$(MAKE) run-test-vm

# ---- libraries -----------------------------------------------------------------------------------

LIBS      := libbpf libelf zlib libmnl inih json-c ncursesw
NOT_BUILT := clean demo test bench fuzz test-vm format help deb rpm
GOALS     := $(or $(MAKECMDGOALS),all)
ifneq ($(filter-out $(NOT_BUILT),$(GOALS)),)
ifeq ($(shell command -v $(PKG)),)
$(error pkg-config is missing: run scripts/install-deps (as root))
endif
# libxdp is opened at run time, where a NIC has its dispatcher: only its header is needed.
MISSING := $(foreach l,$(LIBS) libxdp,$(shell $(PKG) --exists $(l) || echo $(l)))
ifneq ($(strip $(MISSING)),)
$(error missing libraries: $(MISSING): run scripts/install-deps (as root), or install their -dev packages)
endif
MISSING := $(foreach t,$(CLANG) $(BPFTOOL) $(STRIP),$(if $(shell command -v $(t)),,$(t)))
ifneq ($(strip $(MISSING)),)
$(error missing tools: $(MISSING): run scripts/install-deps (as root))
endif
PKG_CFLAGS := $(shell $(PKG) --cflags $(LIBS))
PKG_LIBS   := $(shell $(PKG) --libs $(LIBS))
endif

WERROR ?= -Werror
WARN   := -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	  -Wpointer-arith -Wwrite-strings -Wundef -Wredundant-decls
CFLAGS ?= -O2 -g
# The same bytes wherever the tree lies: debug information and BTF name files from here.
HERE   := -ffile-prefix-map=$(CURDIR)=.
ALL_CFLAGS := -std=gnu11 $(WARN) -D_GNU_SOURCE -DVRRP_VERSION='"$(VERSION)"' $(HERE) \
	      -Iinclude -Ibpf -Isrc -I$(O)/gen $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS)
BPF_CFLAGS := -target bpf -O2 -g -mcpu=v3 -std=gnu11 -Wall -Wextra $(WERROR) $(HERE) \
	      -Ivmlinux -Iinclude -Ibpf

# ---- the program ---------------------------------------------------------------------------------

SRCS := $(sort $(wildcard src/*/*.c))
OBJS := $(SRCS:src/%.c=$(O)/obj/%.o)
BPFS := $(sort $(wildcard bpf/*.bpf.c))
SKELS := $(BPFS:bpf/%.bpf.c=$(O)/gen/%.skel.h)

.PHONY: all
all: $(O)/vrrp-xdp

$(O)/vrrp-xdp: $(OBJS)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(O)/obj/%.o: src/%.c Makefile | $(SKELS)
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/bpf/%.bpf.o: bpf/%.bpf.c Makefile
	$(say) BPF $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -MF $(@:.o=.d) -c -o $@ $<
	$(Q)$(STRIP) -g $@

$(O)/gen/%.skel.h: $(O)/bpf/%.bpf.o
	$(say) SKEL $@
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

# ---- tests -----------------------------------------------------------------------------------------
# Each unit test links the objects it names here and nothing else of src/: the linker polices the
# layers. They run without root, under ASan and UBSan.

SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g

log := sys/log sys/journal

unit_timers :=
unit_deadline := core/deadline
unit_fsm    := core/fsm
unit_advert := core/advert
unit_sign   := core/advert
unit_config := core/config core/config_check core/config_keys core/config_lists core/config_text \
	       core/config_format core/config_track core/config_hmac core/address core/names core/nearest
unit_vrrpd  := $(unit_config) core/config_vrrpd
unit_plan   := core/plan core/plan_record core/plan_router core/plan_text core/plan_wants core/address
unit_hooks  := core/hooks
unit_pass := sys/pass
unit_keyring := core/hmac_key sys/keyring
unit_check  :=
unit_track  := core/track
unit_witness := core/witness
unit_stamp  := core/stamp
unit_ledger := sys/ledger sys/runfile sys/own_dir $(log)
unit_judge  :=
unit_hmac   :=
unit_nearest := core/nearest
unit_history := core/history core/names core/address
unit_report := cli/report_text cli/report_json cli/report_hmac cli/report_history cli/snapshot_facts cli/format core/names core/address
unit_top := cli/top cli/top_render cli/screen cli/format cli/snapshot_facts core/names core/address
unit_metrics := cli/report_metrics cli/http cli/snapshot_facts core/names core/address
unit_svg := cli/report_svg cli/svg cli/comb cli/format core/names core/address
unit_doctor := core/doctor core/doctor_nic core/doctor_wire cli/report_doctor cli/report_json cli/report_hmac \
	       cli/snapshot_facts cli/format core/names core/address
unit_init := $(unit_config) core/init
unit_import := $(unit_config) core/import_carried core/import_instance core/import_keepalived core/import_out core/import_reasons \
	       core/import_tree
unit_firewall := sys/firewall sys/capture
unit_nic_owner := sys/nic_owner
unit_request := core/request core/config_text core/address
unit_netlink := $(unit_plan) sys/rtnl sys/rtnl_apply sys/rtnl_monitor sys/pass
unit_record := $(unit_plan) agent/record agent/record_parse sys/new_file sys/own_dir $(log)

# With root, in namespaces of their own.
sys_bpf/heartbeat :=
sys_bpf/sequences :=
sys_bpf/hmac      :=
sys_bpf/differential :=
sys_bpf/fence     := sys/fence sys/fence_load sys/fence_hook sys/bpffs sys/own_dir $(log)
sys_sys/fence     := $(sys_bpf/fence)
sys_sys/rtnl      := $(unit_plan) sys/rtnl sys/rtnl_apply sys/rtnl_monitor sys/pass
sys_sys/takeover  := $(unit_plan) sys/rtnl sys/rtnl_apply sys/rtnl_monitor sys/pass $(log) sys/own_dir \
		     agent/takeover agent/takeover_host agent/takeover_settle agent/record agent/record_parse \
		     agent/strays sys/new_file sys/rundir sys/nic_lock
sys_sys/send      := core/advert sys/send sys/pass
sys_sys/receiver  := core/stamp sys/receiver sys/hmac_store sys/listen sys/pass sys/ledger sys/runfile sys/own_dir \
		     $(log) agent/loop
sys_sys/spawn     := sys/spawn
sys_sys/log       := $(log)
sys_sys/own_dir   := sys/own_dir sys/rundir sys/nic_lock $(log)
sys_sys/service   := agent/service sys/supervisor $(log)
# The whole agent.
sys_sys/deadlines := $(patsubst src/%.c,%,$(sort $(wildcard src/core/*.c src/sys/*.c src/agent/*.c)))
sys_sys/loop      := agent/loop
sys_sys/notify    := core/hooks core/address core/names sys/spawn $(log) agent/loop agent/notify

UNIT := $(sort $(patsubst unit_%,%,$(filter unit_%,$(.VARIABLES))))
SYS  := $(sort $(patsubst sys_%,%,$(filter sys_%,$(.VARIABLES))))
UNIT_BINS := $(UNIT:%=$(O)/tests/unit/test_%)
SYS_BINS  := $(foreach s,$(SYS),$(O)/tests/$(dir $(s))test_$(notdir $(s)))
ifneq ($(filter-out $(NOT_BUILT),$(GOALS)),)
TEST_CFLAGS := -Itests $(shell $(PKG) --cflags cmocka nettle 2>/dev/null)
TEST_LIBS   := $(shell $(PKG) --libs cmocka nettle 2>/dev/null)
endif

$(O)/asan/%.o: src/%.c Makefile | $(SKELS)
	$(say) CC '$< (sanitized)'
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(SAN) -MMD -MP -c -o $@ $<

$(O)/tests/%.o: tests/%.c Makefile | $(SKELS)
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(SAN) $(TEST_CFLAGS) -MMD -MP -c -o $@ $<

define test_rule # binary, objects of src/
$(1): $(1).o $(2:%=$(O)/asan/%.o)
	$$(say) LINK $$@
	$$(Q)$$(CC) $$(SAN) -o $$@ $$^ $$(TEST_LIBS) $$(PKG_LIBS)
endef
$(foreach u,$(UNIT),$(eval $(call test_rule,$(O)/tests/unit/test_$(u),$(unit_$(u)))))
$(foreach s,$(SYS),$(eval $(call test_rule,$(O)/tests/$(dir $(s))test_$(notdir $(s)),$(sys_$(s)))))

$(O)/tests/unit/test_plan $(O)/tests/sys/test_takeover: $(O)/tests/unit/plan_model.o
# A driver that refuses a MAC while its link is up is played by a wrapper.
$(O)/tests/sys/test_takeover: TEST_LIBS += -Wl,--wrap=rtnl_apply -Wl,--wrap=rtnl_dump

# A deadline that nothing serves is planted by another.
$(O)/tests/sys/test_deadlines: TEST_LIBS += -Wl,--wrap=soonest_offer -Wl,--wrap=rtnl_apply

# The benchmark's own programs: as fast as the one that they measure, so not sanitized.
BENCH_BINS := $(patsubst tests/%.c,$(O)/tests/%,$(sort $(wildcard tests/bench/*.c)))

$(BENCH_BINS): $(O)/tests/bench/%: tests/bench/%.c Makefile | $(SKELS)
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(TEST_LIBS) $(PKG_LIBS)

.PHONY: bench-bins
bench-bins: $(BENCH_BINS)

# The simulation plays a million failovers: optimized, and without ASan. It owns its objects.
SIM_BIN    := $(O)/tests/sim/sim
SIM_SAN    := -fsanitize=undefined -fno-sanitize-recover=all
SIM_CFLAGS := $(SIM_SAN) -O2 -g
SIM_OBJS   := $(patsubst tests/sim/%.c,$(O)/tests/sim/%.o,$(sort $(wildcard tests/sim/*.c))) \
	      $(O)/tests/sim/src/core/fsm.o $(O)/tests/sim/src/sys/lease.o

$(O)/tests/sim/%.o: tests/sim/%.c Makefile
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(SIM_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/tests/sim/src/%.o: src/%.c Makefile
	$(say) CC '$< (simulation)'
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(SIM_CFLAGS) -MMD -MP -c -o $@ $<

$(SIM_BIN): $(SIM_OBJS)
	$(say) LINK $@
	$(Q)$(CC) $(SIM_SAN) -o $@ $^

.PHONY: test-sim
test-sim: $(SIM_BIN)
	$(Q)scripts/run-tests $^

# The fuzz targets: clang's libFuzzer, with what it needs built for it once more.
FUZZ := advert hmac key judge config import vrrpd request record netlink witness
fuzz_advert  :=
fuzz_hmac    :=
fuzz_key     := core/hmac_key
fuzz_judge   :=
fuzz_config  := $(unit_config)
fuzz_import  := $(unit_import)
fuzz_vrrpd   := $(unit_vrrpd)
fuzz_request := $(unit_request)
fuzz_record  := $(unit_record)
fuzz_netlink := $(sort $(unit_config) $(unit_netlink))
fuzz_witness := core/witness

FUZZ_SECONDS ?= 600
FUZZ_BINS    := $(FUZZ:%=$(O)/fuzz/fuzz_%)
FUZZ_OBJS    := $(sort $(foreach f,$(FUZZ),$(fuzz_$(f):%=$(O)/fuzz/src/%.o))) $(FUZZ_BINS:=.o)
FUZZ_CC      := $(CLANG) $(ALL_CFLAGS) -fno-sanitize-recover=all -fno-omit-frame-pointer -O1

$(O)/fuzz/src/%.o: src/%.c Makefile
	$(say) CC '$< (fuzz)'
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c -o $@ $<

$(O)/fuzz/%.o: tests/fuzz/%.c Makefile
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer-no-link,address,undefined $(TEST_CFLAGS) -MMD -MP -c -o $@ $<

define fuzz_rule # binary, objects of src/
$(1): $(1).o $(2:%=$(O)/fuzz/src/%.o)
	$$(say) LINK $$@
	$$(Q)$$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $$@ $$^ $$(PKG_LIBS) \
		$$(shell $$(PKG) --libs nettle)
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz_rule,$(O)/fuzz/fuzz_$(f),$(fuzz_$(f)))))

$(O)/fuzz/frame_seeds: $(O)/tests/fuzz/frame_seeds.o
	$(say) LINK $@
	$(Q)$(CC) $(SAN) -o $@ $^ $(PKG_LIBS)

.PHONY: fuzz-bins run-fuzz
fuzz-bins: $(FUZZ_BINS) $(O)/fuzz/frame_seeds
run-fuzz: $(FUZZ_BINS)
	$(Q)scripts/run-tests --fuzz $(FUZZ_SECONDS) $^

.PHONY: test-bins test-unit test-sys test-e2e test-docs test-package run-test run-test-vm run-demo run-bench
test-bins: $(UNIT_BINS) $(SYS_BINS) $(SIM_BIN)
test-unit: $(UNIT_BINS)
	$(Q)scripts/run-tests $^
test-sys: $(SYS_BINS)
	$(Q)scripts/run-tests $^
test-e2e: all
	$(Q)scripts/run-tests --e2e
test-docs: all
	$(Q)scripts/run-tests --docs
test-package: all
	$(Q)scripts/run-tests --package
run-test-vm: all $(SYS_BINS)
	$(Q)scripts/run-tests --vm
run-test: all
	$(Q)scripts/run-tests --all
run-demo: all
	$(Q)scripts/demo
run-bench: all bench-bins
	$(Q)tests/bench/run --write

# ---- the rest --------------------------------------------------------------------------------------

C_FILES = $(shell git ls-files --cached --others --exclude-standard 'src/*.[ch]' 'bpf/*.[ch]' \
	    'include/*.h' 'tests/*.[ch]')

.PHONY: lint format install deb rpm clean help
lint: all
	$(Q)scripts/lint

format:
	$(Q)clang-format -i $(C_FILES)

install: all
	install -D -m 755 $(O)/vrrp-xdp $(DESTDIR)$(PREFIX)/sbin/vrrp-xdp
	install -d $(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(UNITDIR)
	sed 's|/usr/local/share/doc|$(PREFIX)/share/doc|' docs/vrrp-xdp.8 \
		> $(DESTDIR)$(PREFIX)/share/man/man8/vrrp-xdp.8
	chmod 644 $(DESTDIR)$(PREFIX)/share/man/man8/vrrp-xdp.8
	install -D -m 644 docs/vrrp-xdp.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/vrrp-xdp.conf.5
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/vrrp-xdp \
		docs/vrrp-xdp.conf.example docs/grafana-dashboard.json docs/prometheus-alerts.yml \
		docs/security.md
	install -D -m 644 completions/vrrp-xdp.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/vrrp-xdp
	install -D -m 644 -t $(DESTDIR)$(ZSHDIR) completions/_vrrp-xdp
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d completions/vrrp-xdp.fish
	install -D -m 644 scripts/vrrp-xdp-metrics.socket \
		$(DESTDIR)$(UNITDIR)/vrrp-xdp-metrics.socket
	for unit in vrrp-xdp vrrp-xdp-metrics; do \
		sed 's|@PREFIX@|$(PREFIX)|g' scripts/$$unit.service.in \
			> $(DESTDIR)$(UNITDIR)/$$unit.service && \
		chmod 644 $(DESTDIR)$(UNITDIR)/$$unit.service || exit 1; done

deb rpm:
	$(Q)scripts/package $@

clean:
	rm -rf $(O)

help:
	@sed -n '3,10s/^# *//p' Makefile

-include $(OBJS:.o=.d) $(OBJS:$(O)/obj/%.o=$(O)/asan/%.d) \
	 $(BPFS:bpf/%.bpf.c=$(O)/bpf/%.bpf.d) $(UNIT_BINS:=.d) $(SYS_BINS:=.d) $(BENCH_BINS:=.d) $(O)/tests/unit/plan_model.d \
	 $(SIM_OBJS:.o=.d) $(FUZZ_OBJS:.o=.d) $(O)/tests/fuzz/frame_seeds.d
