# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests are made of, and the goals that run them. The Makefile includes this file, and defines
# `objects` and `program`, the rules by which everything is compiled and linked.
#
# Each test links the objects of src/ that it names here and nothing else of src/: the linker polices
# the layers. A new test is a line in one of these lists.

log := sys/host/log sys/host/journal
permission := sys/host/permission sys/host/slurp
rtnl := sys/net/rtnl sys/net/rtnl_apply sys/net/rtnl_dump sys/net/rtnl_monitor sys/net/rtnl_neighbor sys/net/rtnl_rule
record := core/nic/record core/nic/record_follow core/nic/record_old core/nic/record_parse

# ---- unit tests: no root, under ASan and UBSan ---------------------------------------------------

unit_timers :=
unit_deadline := core/deadline
unit_realtime := sys/host/realtime sys/host/libc $(permission)
stand_in := agent/stand_in agent/loop $(unit_realtime)
unit_stand_in := $(stand_in) $(log)
unit_fsm    := core/vrrp/fsm
unit_advert := core/vrrp/advert
unit_sign   := core/vrrp/advert
unit_config := core/config/config core/config/config_check core/config/config_claims core/config/config_group core/config/config_macvlan \
	       core/config/config_error core/config/config_table core/config/config_types core/config/config_lists \
	       core/config/config_routes core/config/rule \
	       core/config/config_text core/config/config_track core/config/command core/address \
	       core/nearest
unit_command := core/config/command
unit_vrrpd  := $(unit_config) core/config/config_vrrpd
unit_plan   := core/nic/plan core/nic/plan_builder core/nic/plan_displaced core/nic/plan_extra core/nic/plan_find core/nic/plan_hosts core/nic/plan_leave core/nic/plan_record \
	       core/nic/plan_restore core/nic/plan_router core/nic/plan_rules core/nic/plan_text core/nic/plan_wants \
	       core/nic/plan_whose core/address core/config/rule
unit_plan_record := $(unit_plan)
unit_plan_many := $(unit_plan)
unit_no_memory := $(unit_plan) core/nic/cover core/nic/repairs
unit_routes := core/nic/plan_extra core/nic/plan_find core/address core/config/rule
unit_cover  := core/nic/cover $(unit_config)
unit_hooks  := core/vrrp/hooks
unit_lease  := core/vrrp/lease
unit_permission := $(permission)
unit_xdp_refusal := sys/bpf/xdp_refusal sys/net/ask_nic
unit_refusal := core/vrrp/refusal
unit_drift  := core/vrrp/drift
unit_announce := core/vrrp/announce
unit_bare   := core/vrrp/bare
unit_waited := core/vrrp/waited
unit_repairs := core/nic/repairs
unit_watch  := core/vrrp/watch
unit_source := core/vrrp/source $(unit_config)
unit_tap    := core/tap
unit_router := core/vrrp/router core/vrrp/router_orders core/vrrp/router_health core/vrrp/router_handover core/vrrp/router_hold core/vrrp/router_step core/vrrp/router_lease core/vrrp/router_public core/vrrp/router_hooks core/vrrp/waited core/vrrp/fsm core/vrrp/lease core/vrrp/publish core/vrrp/advert \
	       core/vrrp/announce core/vrrp/bare core/vrrp/drift core/vrrp/watch core/vrrp/track core/deadline
unit_group := core/vrrp/group $(unit_router)
unit_router_lease := $(unit_router)
unit_late :=
unit_interval_advice := core/interval_advice
unit_stalls := core/interval_advice $(unit_router)
unit_router_nic := $(unit_router)
unit_router_health := $(unit_router)
unit_router_hooks := $(unit_router)
unit_router_handover := $(unit_router)
unit_pass := sys/host/pass
unit_keyring := core/config/hmac_key sys/host/keyring sys/host/own_path
unit_check  :=
unit_track  := core/vrrp/track
unit_witness := core/vrrp/witness
unit_stamp  := core/stamp
unit_starved :=
unit_ledger := sys/bpf/ledger sys/host/runfile sys/host/new_file sys/host/own_dir $(log)
unit_table := sys/bpf/table
unit_store := sys/bpf/store sys/bpf/table sys/bpf/bpffs sys/host/libc sys/host/slurp sys/host/runfile sys/host/new_file \
	       sys/host/own_dir $(log)
unit_judge  :=
unit_hmac   :=
unit_nearest := core/nearest
unit_history := core/history core/names core/address
unit_report := cli/show/report_text cli/show/report_json cli/show/report_history cli/show/snapshot_facts core/interval_advice \
	       cli/show/format core/names core/vrrp/refusal core/address
unit_top := cli/show/top cli/show/top_render cli/show/screen cli/show/format cli/show/snapshot_facts core/interval_advice \
	       core/names core/address
unit_serve := cli/show/serve cli/show/http agent/loop
unit_metrics := core/vrrp/drift cli/show/metrics_text cli/show/report_metrics cli/show/http cli/show/snapshot_facts core/interval_advice core/names core/address
unit_svg := cli/tools/report_svg cli/tools/svg cli/tools/comb cli/show/format core/names core/address
unit_doctor := $(permission) cli/tools/doctor cli/tools/doctor_findings cli/tools/doctor_nic cli/tools/doctor_wire \
	       cli/tools/report_doctor cli/show/report_json cli/show/snapshot_facts core/interval_advice cli/show/format \
	       core/names core/vrrp/refusal core/address
unit_init := $(unit_config) cli/tools/init
unit_import := $(unit_config) cli/tools/import_carried cli/tools/import_routes cli/tools/import_tracked cli/tools/import_finish \
	       cli/tools/import_group cli/tools/import_instance cli/tools/import_keepalived cli/tools/import_out cli/tools/import_reasons \
	       cli/tools/import_tree cli/tools/import_words cli/tools/import_command
unit_import_corpus := $(unit_import)
unit_firewall := cli/tools/firewall sys/host/slurp
unit_nic_owner := cli/tools/nic_owner
unit_request := core/request core/config/config_text core/address
unit_netlink := $(unit_plan) $(rtnl) sys/host/pass
unit_record := $(unit_plan) agent/record_file $(record) sys/host/new_file \
	       sys/host/own_dir $(log)

# ---- with root, in namespaces of their own ---------------------------------------------------------

sys_bpf/heartbeat :=
sys_bpf/sequences :=
sys_bpf/hmac      :=
sys_bpf/differential :=
sys_bpf/fence     := sys/bpf/fence sys/bpf/fence_guards sys/net/ask_nic sys/bpf/loader $(permission) sys/bpf/fence_hook sys/bpf/fence_look \
	       sys/bpf/bpffs sys/host/libc sys/host/own_dir $(log)
sys_sys/fence     := $(sys_bpf/fence) sys/bpf/fence_watch
sys_sys/rtnl      := $(unit_plan) $(rtnl) sys/host/pass
sys_sys/queue     := $(sys_sys/rtnl) sys/net/queue
sys_sys/interfaces := $(sys_sys/rtnl) $(log) $(stand_in) agent/interfaces
sys_sys/takeover  := $(unit_plan) $(rtnl) sys/host/pass \
	       $(log) sys/host/own_dir $(stand_in) agent/interfaces core/nic/repairs agent/takeover agent/takeover_host \
	       agent/takeover_settle agent/takeover_trouble agent/record_file $(record) agent/strays agent/macvlans sys/net/macvlan sys/host/slurp sys/host/new_file \
	       sys/host/rundir sys/net/nic_lock
sys_sys/macvlans  := $(sys_sys/rtnl) $(log) $(stand_in) agent/interfaces agent/macvlans sys/net/macvlan sys/host/slurp \
	       sys/net/nic_lock agent/record_file $(record) sys/host/new_file sys/host/own_dir
sys_sys/send      := core/vrrp/advert sys/net/send sys/host/pass
sys_sys/receiver  := core/stamp sys/net/receiver $(permission) sys/bpf/hmac_store sys/bpf/table sys/net/listen sys/host/pass \
	       sys/bpf/ledger sys/host/runfile sys/host/new_file sys/host/own_dir $(log) agent/loop
sys_sys/kthreads  := sys/host/kthreads sys/host/slurp
sys_sys/responder := sys/host/responder
sys_sys/spawn     := sys/host/spawn sys/host/libc sys/host/user $(log)
sys_sys/log       := $(log)
sys_sys/new_file  := sys/host/new_file
sys_sys/own_dir   := sys/host/own_dir sys/host/rundir sys/host/pass sys/net/nic_lock $(log)
sys_sys/service   := agent/service sys/host/supervisor $(log)
# The whole agent.
sys_sys/deadlines := $(patsubst src/%.c,%,$(filter-out src/cli/%,$(SRCS)))
sys_sys/loop      := agent/loop
sys_sys/watched   := sys/host/file_watch sys/host/processes sys/host/slurp
sys_sys/notify    := core/vrrp/hooks core/address core/names sys/host/spawn sys/host/libc sys/host/user $(log) agent/loop \
	       agent/notify

# ---- fuzz targets: clang's libFuzzer, ASan and UBSan -----------------------------------------------

FUZZ := advert hmac key judge config import vrrpd request record netlink witness
fuzz_advert  :=
fuzz_hmac    :=
fuzz_key     := core/config/hmac_key
fuzz_judge   :=
fuzz_config  := $(unit_config)
fuzz_import  := $(unit_import)
fuzz_vrrpd   := $(unit_vrrpd)
fuzz_request := $(unit_request)
fuzz_record  := $(unit_record)
fuzz_netlink := $(sort $(unit_config) $(unit_netlink)) sys/net/queue
fuzz_witness := core/vrrp/witness

# ---- the simulation: a million failovers, so optimized, and without ASan ---------------------------

# What one virtual router is made of. The agent links the same sources; tests/docs/test_build.py compares.
vrrp := $(filter core/vrrp/%,$(SRCS:src/%.c=%))
sim  := $(vrrp) core/deadline $(unit_config)

# tests/search walks all that may happen within a number of faults, with the very objects of the simulation.

# ---- how they are built ----------------------------------------------------------------------------

UNIT      := $(sort $(patsubst unit_%,%,$(filter unit_%,$(.VARIABLES))))
SYS       := $(sort $(patsubst sys_%,%,$(filter sys_%,$(.VARIABLES))))
FUZZ      := $(sort $(patsubst fuzz_%,%,$(filter fuzz_%,$(.VARIABLES))))
UNIT_BINS := $(UNIT:%=$(O)/tests/unit/test_%)
SYS_BINS  := $(foreach s,$(SYS),$(O)/tests/$(dir $(s))test_$(notdir $(s)))
FUZZ_BINS := $(FUZZ:%=$(O)/fuzz/fuzz_%)
SIM_BIN   := $(O)/tests/sim/sim
SIM_OBJS  := $(patsubst tests/%.c,$(O)/tests/%.o,$(sort $(wildcard tests/sim/*.c))) $(sim:%=$(O)/tests/sim/src/%.o)
SEARCH_BIN  := $(O)/tests/search/search
SEARCH_OBJS := $(patsubst tests/%.c,$(O)/tests/%.o,$(sort $(wildcard tests/search/*.c))) \
	       $(sim:%=$(O)/tests/sim/src/%.o)
GROUPS_BIN  := $(O)/tests/groups/groups
GROUPS_OBJS := $(patsubst tests/%.c,$(O)/tests/%.o,$(sort $(wildcard tests/groups/*.c))) \
	       $(sim:%=$(O)/tests/sim/src/%.o)
# The benchmark's own programs: as fast as the one that they measure, so not sanitized.
BENCH_BINS := $(patsubst tests/%.c,$(O)/tests/%,$(sort $(wildcard tests/bench/*.c)))

ifneq ($(filter-out $(NOT_BUILT),$(GOALS)),)
TEST_CFLAGS := -Itests $(shell $(PKG) --cflags cmocka nettle 2>/dev/null)
TEST_LIBS   := $(shell $(PKG) --libs cmocka nettle 2>/dev/null)
# Also of an array at the end of a struct, which "undefined" takes for one of any length. gcc alone has it.
STRICT      := $(shell $(CC) -fsanitize=bounds-strict -x c -c -o /dev/null /dev/null 2>/dev/null && echo ,bounds-strict)
endif
CHECKS    := -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN       := -fsanitize=address,undefined$(STRICT) $(CHECKS) -O1 -g
# A wrong pointer is a crash anyway, and to look for one at each access takes a quarter of the time.
SIM_SAN   := -fsanitize=undefined -fno-sanitize=null,alignment,object-size,pointer-overflow -fno-sanitize-recover=all
FUZZ_CC   := $(CLANG) $(ALL_CFLAGS) $(CHECKS) -O1
FUZZ_SAN  := -fsanitize=fuzzer-no-link,address,undefined
FUZZ_MAIN := -fsanitize=fuzzer,address,undefined
# What makes signed frames, and is no test of cmocka.
SIGNED_LIBS = $(PKG_LIBS) $(shell $(PKG) --libs nettle)

$(eval $(call objects,asan,src,$$(CC) $$(ALL_CFLAGS) $$(SAN),sanitized))
$(eval $(call objects,tests,tests,$$(CC) $$(ALL_CFLAGS) $$(SAN) $$(TEST_CFLAGS)))
$(eval $(call objects,fuzz/src,src,$$(FUZZ_CC) $$(FUZZ_SAN),fuzz))
$(eval $(call objects,fuzz,tests/fuzz,$$(FUZZ_CC) $$(FUZZ_SAN) $$(TEST_CFLAGS)))
$(eval $(call objects,tests/sim/src,src,$$(CC) $$(ALL_CFLAGS) $$(SIM_SAN) -O2 -g -DVRRP_SIMULATED,simulation))
$(eval $(call objects,tests/sim,tests/sim,$$(CC) $$(ALL_CFLAGS) -Itests $$(SIM_SAN) -O2 -g -DVRRP_SIMULATED))
$(eval $(call objects,tests/groups,tests/groups,$$(CC) $$(ALL_CFLAGS) -Itests $$(SIM_SAN) -O2 -g -DVRRP_SIMULATED))
# Most of its time goes into its own copies and keys of states: those without UBSan.
$(eval $(call objects,tests/search,tests/search,$$(CC) $$(ALL_CFLAGS) -Itests -O2 -g -DVRRP_SIMULATED))

# The program of a test, or of a fuzz target: its own object, and those of src/ that it names.
test = $(call program,$(1),$(1).o $(2:%=$(O)/asan/%.o),$$(CC) $$(SAN),$$(TEST_LIBS) $$(PKG_LIBS))
fuzz = $(call program,$(1),$(1).o $(2:%=$(O)/fuzz/src/%.o),$$(FUZZ_CC) $$(FUZZ_MAIN),$$(SIGNED_LIBS))

$(foreach u,$(UNIT),$(eval $(call test,$(O)/tests/unit/test_$(u),$(unit_$(u)))))
$(foreach s,$(SYS),$(eval $(call test,$(O)/tests/$(dir $(s))test_$(notdir $(s)),$(sys_$(s)))))
$(foreach f,$(FUZZ),$(eval $(call fuzz,$(O)/fuzz/fuzz_$(f),$(fuzz_$(f)))))
$(eval $(call program,$(SIM_BIN),$(SIM_OBJS),$$(CC) $$(SIM_SAN)))
$(eval $(call program,$(SEARCH_BIN),$(SEARCH_OBJS),$$(CC) $$(SIM_SAN)))
$(eval $(call program,$(GROUPS_BIN),$(GROUPS_OBJS),$$(CC) $$(SIM_SAN)))
$(eval $(call program,$(O)/fuzz/frame_seeds,$(O)/tests/fuzz/frame_seeds.o,$$(CC) $$(SAN),$$(PKG_LIBS)))

$(O)/tests/unit/test_plan $(O)/tests/unit/test_plan_record $(O)/tests/unit/test_no_memory $(O)/tests/sys/test_takeover: $(O)/tests/unit/plan_model.o
$(O)/tests/unit/test_plan $(O)/tests/unit/test_plan_record: $(O)/tests/unit/plan_stage.o
$(filter $(O)/tests/unit/test_router% $(O)/tests/unit/test_stalls,$(UNIT_BINS)): $(O)/tests/unit/router_world.o
# Laws of lateness are drawn and integrated.
$(O)/tests/unit/test_interval_advice $(O)/tests/unit/test_stalls: TEST_LIBS += -lm
# The next allocation is refused.
$(O)/tests/unit/test_no_memory: TEST_LIBS += -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
# Dumps are counted, or fail.
$(O)/tests/sys/test_interfaces: TEST_LIBS += -Wl,--wrap=rtnl_dump
# A driver that refuses a MAC while its link is up is played by a wrapper.
$(O)/tests/sys/test_takeover: TEST_LIBS += -Wl,--wrap=rtnl_apply -Wl,--wrap=rtnl_dump
# A deadline that nothing serves is planted by another.
$(O)/tests/sys/test_deadlines: TEST_LIBS += -Wl,--wrap=soonest_offer -Wl,--wrap=rtnl_apply

$(O)/tests/bench/predict: $(O)/obj/core/interval_advice.o
$(BENCH_BINS): $(O)/tests/bench/%: tests/bench/%.c Makefile tests/tests.mk | $(SKELS)
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(filter %.o,$^) $(SIGNED_LIBS)

# What a list holds, for tests/docs/test_build.py.
print-%:
	@echo $($*)

# ---- goals -----------------------------------------------------------------------------------------

FUZZ_SECONDS ?= 600

.PHONY: test-bins fuzz-bins bench-bins check test-unit test-sys test-sim test-search test-e2e test-docs test-package
test-bins: $(UNIT_BINS) $(SYS_BINS) $(SIM_BIN) $(SEARCH_BIN) $(GROUPS_BIN)
fuzz-bins: $(FUZZ_BINS) $(O)/fuzz/frame_seeds
bench-bins: $(BENCH_BINS)
check:
	$(Q)scripts/run-tests --check
test-unit: $(UNIT_BINS)
	$(Q)scripts/run-tests $^
test-sys: $(SYS_BINS)
	$(Q)scripts/run-tests $^
test-sim: $(SIM_BIN) $(GROUPS_BIN)
	$(Q)scripts/run-tests $^
test-search: $(SEARCH_BIN)
	$(Q)scripts/run-tests $^
test-e2e: all
	$(Q)scripts/run-tests --e2e
test-docs: all
	$(Q)scripts/run-tests --docs
test-package: all
	$(Q)scripts/run-tests --package

.PHONY: run-test run-test-vm run-fuzz run-bench
run-test:
	$(Q)scripts/run-tests --all
run-test-vm: all $(SYS_BINS)
	$(Q)scripts/run-tests --vm
run-fuzz: $(FUZZ_BINS)
	$(Q)scripts/run-tests --fuzz $(FUZZ_SECONDS) $^
run-bench: all bench-bins
	$(Q)tests/bench/run --write

-include $(OBJS:$(O)/obj/%.o=$(O)/asan/%.d) $(OBJS:$(O)/obj/%.o=$(O)/fuzz/src/%.d) $(SIM_OBJS:.o=.d) $(SEARCH_OBJS:.o=.d) \
	 $(GROUPS_OBJS:.o=.d) \
	 $(addsuffix .d,$(UNIT_BINS) $(SYS_BINS) $(FUZZ_BINS) $(BENCH_BINS)) \
	 $(O)/tests/unit/plan_model.d $(O)/tests/unit/plan_stage.d $(O)/tests/unit/router_world.d $(O)/tests/fuzz/frame_seeds.d
