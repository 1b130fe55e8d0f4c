# SPDX-License-Identifier: GPL-2.0-only
#
#   make              build/vrrp-xdp
#   sudo make demo    two servers, a switch and a client in namespaces; a failover; its timeline
#   sudo make test    everything that CI runs
#   sudo make check   before each commit: two minutes
#   sudo make bench   against keepalived and the limit
#   sudo make test-vm two virtual machines with systemd and a stock kernel
#   sudo make matrix  Debian's releases, gcc and clang, glibc and musl, amd64 and arm64
#   sudo make mutants 300 changes of the code: do the tests notice? make coverage: lines and branches they reach
#   make fuzz         ten minutes of each fuzz target (FUZZ_SECONDS=)
#   make deb rpm      packages, in build/deb and build/rpm
#   sudo make captures   pictures of status, top and the demo, in docs/captures
#   make lint format install clean        V=1 shows the commands

CC      ?= gcc
CLANG   ?= clang
# Ubuntu's /usr/sbin/bpftool runs the one of the running kernel, which need not be installed.
BPFTOOL ?= $(firstword $(wildcard /usr/lib/linux-tools/*/bpftool /usr/sbin/bpftool /sbin/bpftool) bpftool)
PKG     ?= pkg-config
PREFIX  ?= /usr/local
DESTDIR ?=
SBINDIR ?= $(PREFIX)/sbin
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

# As many jobs as there are CPUs, unless somebody says how many. run-tests calls make itself, and says.
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS))$(filter test,$@),,-j$(shell nproc))

.PHONY: demo test bench fuzz test-vm matrix mutants coverage
demo test bench fuzz test-vm:
	$(Q)scripts/install-deps --quiet $(@:test-%=%)
	$(Q)$(MAKE) $(JOBS) run-$@

matrix:
	$(Q)scripts/install-deps --quiet vm
	$(Q)tests/build/matrix

# Both call make by themselves, for a copy of the tree or another directory of objects.
mutants coverage:
	$(Q)scripts/install-deps --quiet test
	$(Q)tests/$@

# ---- libraries -----------------------------------------------------------------------------------

LIBS      := libbpf libelf zlib libmnl json-c ncursesw
NOT_BUILT := clean demo test bench fuzz test-vm matrix mutants coverage format help deb rpm
GOALS     := $(or $(MAKECMDGOALS),all)
ifneq ($(filter-out $(NOT_BUILT),$(GOALS)),)
ifeq ($(shell command -v $(PKG)),)
$(error pkg-config is missing: run scripts/install-deps (as root))
endif
# libxdp is opened at run time, where a NIC has its dispatcher. Only its header counts here, and without
# it the program says that it cannot join a dispatcher.
MISSING := $(foreach l,$(LIBS),$(shell $(PKG) --exists $(l) || echo $(l)))
ifneq ($(strip $(MISSING)),)
$(error missing libraries: $(MISSING): run scripts/install-deps (as root), or install their -dev packages)
endif
MISSING := $(foreach t,$(CLANG) $(BPFTOOL),$(if $(shell command -v $(t)),,$(t)))
ifneq ($(strip $(MISSING)),)
$(error missing tools: $(MISSING): run scripts/install-deps (as root))
endif
PKG_CFLAGS := $(shell $(PKG) --cflags $(LIBS))
# top opens ncursesw by name: the agent is to do without its pages.
PKG_LIBS   := $(shell $(PKG) --libs $(filter-out ncursesw,$(LIBS)))
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

# These two rules compile and link the program, and in tests/tests.mk whatever tests it: only the
# compiler and its flags differ.
define objects # their directory, that of their sources, compiler and flags, what kind they are
$(O)/$(1)/%.o: $(2)/%.c Makefile tests/tests.mk debian/changelog | $$(SKELS)
	$$(say) CC '$$<$(if $(4), ($(4)))'
	$$(Q)mkdir -p $$(@D)
	$$(Q)$(3) -MMD -MP -c -o $$@ $$<
endef

define program # its file, objects, compiler and flags, libraries
$(1): $(2)
	$$(say) LINK $$@
	$$(Q)$(3) -o $$@ $$^ $(4)
endef

SRCS := $(sort $(wildcard src/*/*.c src/*/*/*.c))
OBJS := $(SRCS:src/%.c=$(O)/obj/%.o)
BPFS := $(sort $(wildcard bpf/*.bpf.c))
SKELS := $(BPFS:bpf/%.bpf.c=$(O)/gen/%.skel.h)

.PHONY: all
all: $(O)/vrrp-xdp

$(eval $(call objects,obj,src,$$(CC) $$(ALL_CFLAGS)))
$(eval $(call program,$(O)/vrrp-xdp,$(OBJS),$$(CC) $$(ALL_CFLAGS) $$(LDFLAGS),$$(PKG_LIBS)))

# Linking leaves the debug information out, but for BTF.
$(O)/bpf/%.bpf.o: bpf/%.bpf.c Makefile
	$(say) BPF $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -MF $(@:.o=.d) -c -o $(@:.o=.debug.o) $<
	$(Q)$(BPFTOOL) gen object $@ $(@:.o=.debug.o)

# Pinned programs of this very build are found by the digest: a reload must not work it out.
$(O)/gen/%.skel.h: $(O)/bpf/%.bpf.o
	$(say) SKEL $@
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@
	$(Q)printf '#define $*_bpf_digest "%.16s"\n' "$$(sha256sum $<)" >> $@

include tests/tests.mk

# ---- the rest --------------------------------------------------------------------------------------

C_FILES = $(shell git ls-files --cached --others --exclude-standard 'src/*.[ch]' 'bpf/*.[ch]' \
	    'include/*.h' 'tests/*.[ch]')

.PHONY: run-demo captures lint format install deb rpm clean help
run-demo: all
	$(Q)scripts/demo

captures: all
	$(Q)scripts/captures

lint: all
	$(Q)scripts/lint

format:
	$(Q)clang-format -i $(C_FILES)

install: all
	install -D -m 755 $(O)/vrrp-xdp $(DESTDIR)$(SBINDIR)/vrrp-xdp
	install -d $(DESTDIR)/etc/vrrp-xdp
	install -d $(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(UNITDIR)
	sed 's|/usr/local/share/doc|$(PREFIX)/share/doc|' docs/vrrp-xdp.8 \
		> $(DESTDIR)$(PREFIX)/share/man/man8/vrrp-xdp.8
	chmod 644 $(DESTDIR)$(PREFIX)/share/man/man8/vrrp-xdp.8
	install -D -m 644 docs/vrrp-xdp.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/vrrp-xdp.conf.5
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/vrrp-xdp \
		docs/vrrp-xdp.conf.example docs/grafana-dashboard.json docs/prometheus-alerts.yml \
		docs/security.md docs/moving-from-keepalived.md
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
	rm -rf $(O) build-coverage

help:
	@sed -n '3,/^$$/s/^# *//p' Makefile

-include $(OBJS:.o=.d) $(BPFS:bpf/%.bpf.c=$(O)/bpf/%.bpf.d)
