# cxmeter. `make help` lists the targets.
#   V=1 shows commands   WERROR=1 fails on warnings   SAN=address|undefined|thread builds with a sanitizer
.DEFAULT_GOAL := all
SHELL := /bin/sh
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
CC ?= cc
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
DATADIR ?= $(PREFIX)/share/cxmeter
DOCDIR ?= $(PREFIX)/share/doc/cxmeter
MANDIR ?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
SAN ?=
BUILD ?= build/$(if $(SAN),$(SAN),release)$(if $(COV),-cov)
VERSION := 0.1.0

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual \
	-Wwrite-strings -Wvla -Wformat=2 -Wundef -Wswitch-enum -Wimplicit-fallthrough
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
ALL_CPPFLAGS = -D_GNU_SOURCE -DCXM_VERSION='"$(VERSION)"' -Iinclude -I. -I$(BUILD)/gen $(CPPFLAGS)
ALL_CFLAGS = -std=c17 -O2 -g $(WARN) $(if $(WERROR),-Werror) -pthread \
	$(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer,$(HARDEN)) \
	$(if $(COV),--coverage -O0) $(CFLAGS)
ALL_LDFLAGS = -pthread $(if $(SAN),-fsanitize=$(SAN),-pie -Wl,-z,relro,-z,now) -Wl,--as-needed \
	$(if $(COV),--coverage) $(LDFLAGS)

# ---- what is built from what: a library a folder, a program on top; dependencies point one way (docs/architecture.md) ----
folder = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(addsuffix /*.c,$(1))))
LIBS := common proto agent store stats score ingest simulate cli
common_DIRS := common
proto_DIRS := proto
agent_DIRS := agent agent/sources agent/asterisk agent/decode agent/track agent/posture agent/discover
store_DIRS := collector/store
stats_DIRS := collector/stats
score_DIRS := collector/score collector/score/model collector/score/evidence collector/score/estimators collector/score/views
ingest_DIRS := collector collector/ingest
simulate_DIRS := simulate
cli_DIRS := cli
PROGRAMS := cxmeter-agent cxmeter-collector cxmeter
cxmeter-agent_MAIN := agent/main.c
cxmeter-agent_LIBS := agent proto common
cxmeter-collector_MAIN := collector/main.c
cxmeter-collector_LIBS := ingest store proto common
cxmeter_MAIN := cli/main.c
cxmeter_LIBS := cli simulate score stats store proto common
MAINS := $(foreach p,$(PROGRAMS),$($(p)_MAIN))

PKG_common := libssl libcrypto yaml-0.1 zlib libzstd libprotobuf-c
PKG_proto := jansson
PKG_agent := libevent_core libevent_openssl libcap-ng
PKG_store := sqlite3
PKG_ingest := libevent libevent_openssl libevent_pthreads libcap-ng
PKG_cli := jansson
pkg_libs = $(shell pkg-config --libs $(sort $(foreach l,$(1),$(PKG_$(l)))))
# libpcap the agent loads itself (agent/sources/pcap_lazy.h); tests read files with it
LDLIBS_ALL = $(call pkg_libs,$(LIBS)) $(shell pkg-config --libs libpcap) -lm
ARCHIVES = $(LIBS:%=$(BUILD)/lib%.a)

PROTOS := $(wildcard proto/*.proto)
# everything from which a kept figure is computed: another source, another form, and nothing old is believed
SCORE_FORM := $(BUILD)/gen/score_form.h
SCORE_SOURCES := $(sort $(wildcard $(foreach f,$(stats_DIRS) $(score_DIRS) $(store_DIRS) $(common_DIRS) $(proto_DIRS) include/cxmeter,$(f)/*.[ch] $(f)/*.proto)))
# the built-in model's SHA-256, so that no run reckons it
MODEL_SUM := $(BUILD)/gen/model_sum.h
PBC := $(PROTOS:%.proto=$(BUILD)/gen/%.pb-c.o)
PBH := $(PBC:.o=.h) $(SCORE_FORM) $(MODEL_SUM)
TEST_PROTOS := $(wildcard tests/support/*.proto)
TEST_PBC := $(TEST_PROTOS:%.proto=$(BUILD)/gen/%.pb-c.o)

TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
E2E := $(patsubst tests/e2e/%.c,$(BUILD)/e2e/%,$(wildcard tests/e2e/e2e_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c)) $(TEST_PBC)

# a rebuild happens when flags change, not only when files do
STAMP := $(BUILD)/.flags
FLAGS = $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS)
$(shell mkdir -p $(BUILD); printf '%s\n' "$(subst ",,$(FLAGS))" | cmp -s - $(STAMP) || printf '%s\n' "$(subst ",,$(FLAGS))" > $(STAMP))
say = $(if $(filter 1,$(V)),,@printf '  %-5s %s\n' $(1) $(2))

all: $(PROGRAMS:%=$(BUILD)/bin/%) ## build the three programs

$(BUILD)/gen/%.pb-c.c $(BUILD)/gen/%.pb-c.h &: %.proto
	@mkdir -p $(BUILD)/gen
	$(Q)protoc-c -I . --c_out=$(BUILD)/gen $<
$(SCORE_FORM): $(SCORE_SOURCES) $(STAMP)
	@mkdir -p $(@D)
	$(Q)sum=$$(cat $(SCORE_SOURCES) $(STAMP) | sha256sum | cut -c1-16) && echo "#define SCORE_FORM UINT64_C(0x$$sum)" >$@
$(BUILD)/collector/score/evidence/parts.o $(BUILD)/collector/score/history.o: $(SCORE_FORM)
$(MODEL_SUM): model/talkdesk.yaml
	@mkdir -p $(@D)
	$(Q)sum=$$(sha256sum <$< | cut -d' ' -f1) && echo "#define MODEL_SUM \"$$sum\"" >$@
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c $(STAMP)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -w -c -o $@ $<
$(BUILD)/%.o: %.c $(STAMP) | $(PBH) $(TEST_PBC:.o=.h)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# the model is compiled in by .incbin, which -MMD does not see
$(BUILD)/collector/score/model/model_file.o: model/talkdesk.yaml $(MODEL_SUM)
$(BUILD)/cli/model_coverage.o: docs/coverage.csv
$(BUILD)/collector/score/views/lens_builtin.o: $(wildcard model/lenses/*.yaml)

define library
$(BUILD)/lib$(1).a: $(filter-out $(MAINS:%.c=$(BUILD)/%.o),$(call folder,$($(1)_DIRS))) $(if $(filter proto,$(1)),$(PBC))
	@mkdir -p $$(@D)
	$(Q)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach l,$(LIBS),$(eval $(call library,$(l))))

define program
$(BUILD)/bin/$(1): $($(1)_MAIN:%.c=$(BUILD)/%.o) $($(1)_LIBS:%=$(BUILD)/lib%.a)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$(Q)$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(call pkg_libs,$($(1)_LIBS)) -lm
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(SUPPORT) $(ARCHIVES)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) $(WRAP_$*:%=-Wl,--wrap=%) -o $@ $< $(SUPPORT) -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LDLIBS_ALL) -lcmocka
$(BUILD)/e2e/%: $(BUILD)/tests/e2e/%.o $(SUPPORT) $(ARCHIVES)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(SUPPORT) -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LDLIBS_ALL) -lcmocka
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(SUPPORT) $(ARCHIVES)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(BUILD)/tests/fuzz/$*.o $(BUILD)/tests/fuzz/replay.o $(SUPPORT) -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LDLIBS_ALL) -lcmocka
$(BUILD)/libfuzzer/%: $(BUILD)/tests/fuzz/%.o $(SUPPORT) $(ARCHIVES)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< $(SUPPORT) -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LDLIBS_ALL) -lcmocka
$(BUILD)/intervals/%: $(BUILD)/tests/intervals/%.o $(SUPPORT) $(ARCHIVES)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(SUPPORT) -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LDLIBS_ALL) -lcmocka
$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(SUPPORT) $(ARCHIVES)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(SUPPORT) -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LDLIBS_ALL) -lcmocka

$(BUILD)/oracle/%: $(BUILD)/tests/oracle/%.o $(BUILD)/libstats.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lm

# libc calls a unit test replaces (style: seams)
WRAP_test_store_sqlite_disk := statfs
WRAP_ALLOC := malloc calloc realloc strdup aligned_alloc
WRAP_test_common_memory := $(WRAP_ALLOC)
WRAP_test_decode_memory := calloc realloc
WRAP_test_decode_tcp := memchr
WRAP_test_track_memory := $(WRAP_ALLOC)
WRAP_test_agent_spool_memory := $(WRAP_ALLOC)

test: $(TESTS) ## unit tests
	$(Q)tests/run.sh $(TESTS)
e2e: all $(E2E) ## real agent, collector and command line on loopback
	$(Q)CXM_BIN=$(abspath $(BUILD))/bin tests/run.sh $(E2E)
fuzz-replay: $(FUZZ:%=$(BUILD)/fuzz/%) ## seeds and past crashes as tests
	$(Q)tests/run.sh $(FUZZ:%=$(BUILD)/fuzz/%)
ORACLE_ROUNDS ?= 300
oracle: all $(BUILD)/oracle/oracle ## statistics against scipy, statsmodels and R; every figure of made-up sites recomputed in Python
	$(Q)CXM_BIN=$(abspath $(BUILD))/bin tests/oracle/oracle.sh $(ORACLE_ROUNDS)
	$(Q)CXM_BIN=$(abspath $(BUILD))/bin tests/oracle/recompute.sh beginning developing maturing optimizing
check: all $(TESTS) $(E2E) $(FUZZ:%=$(BUILD)/fuzz/%) $(BUILD)/oracle/oracle ## everything a commit must pass
	$(Q)CXM_BIN=$(abspath $(BUILD))/bin tests/run.sh $(TESTS) $(FUZZ:%=$(BUILD)/fuzz/%) $(wildcard tests/lint/*.sh) tests/oracle/oracle.sh tests/oracle/recompute.sh tests/lab/selftest.sh $(E2E)
asan tsan ubsan: ## make check under a sanitizer
	$(Q)$(MAKE) check SAN=$(patsubst asan,address,$(patsubst tsan,thread,$(patsubst ubsan,undefined,$@)))
golden: $(BUILD)/tests/test_golden_list ## what must be found in which file; EXTRA=DIR: also in captures and messages of other projects
	$(Q)$(if $(EXTRA),CXMETER_DATA=$(abspath $(EXTRA))) tests/run.sh $<
FUZZ_TIME ?= 60
fuzz: ## run every libFuzzer target FUZZ_TIME seconds (clang)
	$(Q)tools/fuzz.sh $(FUZZ_TIME) $(FUZZ)
bench: all $(BENCH) ## measure beside peers and limits; prints a table and build/bench.json
	$(Q)CXM_BIN=$(abspath $(BUILD))/bin CXM_BENCH=$(abspath $(BUILD))/bench tests/bench/run.sh
INTERVAL_SITES ?= 125
intervals: $(BUILD)/intervals/intervals ## do the intervals hold the truth of simulated sites? writes docs/coverage.csv (minutes)
	$(Q)$< $(INTERVAL_SITES) > $(BUILD)/coverage.csv && mv $(BUILD)/coverage.csv docs/coverage.csv
	$(Q)tools/coverage.sh
coverage: ## line coverage (gcovr)
	$(Q)$(MAKE) check COV=1 && gcovr -r . --exclude build --exclude tests --print-summary
lint: $(PBH) $(TEST_PBC:.o=.h) ## clang-tidy, cppcheck, format, banned calls, headers alone, drift of docs
	$(Q)CPPFLAGS="$(subst ",\",$(ALL_CPPFLAGS))" tools/lint.sh
docs: all ## write the pages that come from the model
	$(Q)CXM_BIN=$(abspath $(BUILD))/bin tools/docs.sh
format: ## rewrite sources in the project's format
	$(Q)clang-format -i $$(git ls-files -co --exclude-standard '*.[ch]')
demo: all ## the main job on the recording in tests/data: prints a scorecard and ends
	$(Q)CXM_BIN=$(abspath $(BUILD))/bin tools/demo.sh
picture: all ## draw the README's picture anew from what the program prints
	$(Q)CXM_BIN=$(abspath $(BUILD))/bin tools/picture.sh > docs/scorecard.svg.new && mv docs/scorecard.svg.new docs/scorecard.svg
KILLS ?= 100
fault: all $(BUILD)/e2e/e2e_crash ## kill -9 agent and collector at KILLS random moments of a replay
	$(Q)CXM_BIN=$(abspath $(BUILD))/bin CXM_KILLS=$(KILLS) $(BUILD)/e2e/e2e_crash
lab: all ## a real Asterisk with a known plan, measured live, every figure held against plan and tshark (root; LAB_SCALE=0.2: two minutes)
	$(Q)CXM_BIN=$(abspath $(BUILD))/bin tests/lab/lab.sh
lab-kamailio: all ## a real Kamailio mirrors calls as HEP3: its dialogs against those of the capture and tshark (root)
	$(Q)CXM_BIN=$(abspath $(BUILD))/bin tests/lab/kamailio.sh
fresh: ## ./run demo and ./run test in a new minimal Debian root
	$(Q)tools/fresh.sh
install: all ## honours DESTDIR, PREFIX, SYSCONFDIR; never overwrites a configuration
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(SBINDIR) $(DATADIR)/model/lenses $(DATADIR)/examples/drop $(DATADIR)/examples/mapping \
		$(DOCDIR)/docs/sources $(MANDIR)/man1 $(MANDIR)/man8 $(SYSCONFDIR)/cxmeter)
	install -m 0755 $(BUILD)/bin/cxmeter $(DESTDIR)$(BINDIR)/
	install -m 0755 $(BUILD)/bin/cxmeter-agent $(BUILD)/bin/cxmeter-collector $(DESTDIR)$(SBINDIR)/
	install -m 0755 tools/pki.sh $(DESTDIR)$(SBINDIR)/cxmeter-pki
	install -m 0755 tools/attest.sh $(DESTDIR)$(BINDIR)/cxmeter-attest
	install -m 0644 docs/man/*.1 $(DESTDIR)$(MANDIR)/man1/
	install -m 0644 docs/man/*.8 $(DESTDIR)$(MANDIR)/man8/
	install -m 0644 model/talkdesk.yaml $(DESTDIR)$(DATADIR)/model/
	install -m 0644 model/lenses/*.yaml $(DESTDIR)$(DATADIR)/model/lenses/
	install -m 0644 examples/drop/* $(DESTDIR)$(DATADIR)/examples/drop/
	install -m 0644 examples/mapping/* $(DESTDIR)$(DATADIR)/examples/mapping/
	install -m 0644 README.md LICENSE $(DESTDIR)$(DOCDIR)/
	install -m 0644 docs/*.md docs/*.json docs/*.svg $(DESTDIR)$(DOCDIR)/docs/
	install -m 0644 docs/sources/*.md $(DESTDIR)$(DOCDIR)/docs/sources/
	for f in agent collector; do test -e $(DESTDIR)$(SYSCONFDIR)/cxmeter/$$f.yaml || \
		install -m 0640 etc/$$f.yaml $(DESTDIR)$(SYSCONFDIR)/cxmeter/; done
clean: ## remove build/
	rm -rf build
help: ## this list
	@grep -hE '^[a-z][a-z0-9 -]*:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9 -]*):.*## (.*)/  \1\t\2/' | expand -t 24
.PHONY: all docs test e2e fuzz-replay check oracle asan tsan ubsan golden fuzz bench intervals coverage lint format demo picture fault lab lab-kamailio fresh install clean help
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
