#!/bin/sh
# Measure beside peers and limits: a table on standard output, the same as build/bench.json. docs/speed.md says what the rows mean.
#   run.sh              all groups of rows
#   run.sh GROUP...     only these: capture streams sip ami queue_log deliver rows score idle
#   run.sh parts        what the parts cost, in nanoseconds or seconds, each in the words of its own program
# CXM_BENCH_SCALE=N     N times the input (default 1: ten minutes on two cores); 10: scores of a million contacts
# CXM_BENCH_ROUNDS=N    runs of each, interleaved with its peers' (default 5); medians count
# Input is generated once into build/bench/data. Servers listen on loopback, on ports the kernel picks; all of them end with this.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=${CXM_BIN:-$root/build/release/bin}
bench=${CXM_BENCH:-$root/build/release/bench}
scale=${CXM_BENCH_SCALE:-1}
rounds=${CXM_BENCH_ROUNDS:-5}
data=$root/build/bench/data
tab=$(printf '\t')

case "${1-}" in
--help | -h)
	sed -n '2,8s/^# \{0,1\}//p' "$0"
	exit 0
	;;
esac
for n in "$scale" "$rounds"; do
	case "$n" in
	'' | 0 | *[!0-9]*)
		echo "bench: CXM_BENCH_SCALE and CXM_BENCH_ROUNDS are whole numbers from 1, not \"$n\"" >&2
		exit 2
		;;
	esac
done

mkdir -p "$data"
work=$(mktemp -d "$root/build/bench/run.XXXXXX")
child=
# shellcheck disable=SC2317 # called by the trap
clean_up() {
	# shellcheck disable=SC2086 # one number or two
	[ -z "$child" ] || kill $child 2>/dev/null || true
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
: >"$work/samples"

say() {
	echo "bench: $*" >&2
}

have() {
	command -v "$1" >/dev/null 2>&1 || { [ -x "/usr/sbin/$1" ] && PATH=$PATH:/usr/sbin; }
}

# Run a command in the foreground of a wait, so that a signal ends both.
attended() {
	"$@" &
	child=$!
	code=0
	wait "$child" || code=$?
	child=
	return "$code"
}

note() { # LABEL UNITS CPU_S PEAK_KIB
	printf 'sample\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >>"$work/samples"
}

# sample LABEL UNITS COMMAND [ARG...]
sample() {
	label=$1 units=$2
	shift 2
	if attended "$bench/cpu" "$@" >"$work/cost" 2>"$work/said"; then
		read -r cpu_s peak_kib <"$work/cost"
		note "$label" "$units" "$cpu_s" "$peak_kib"
	else
		say "$label: $(tail -n 1 "$work/said")"
	fi
}

# row ID OURS PEER KIND AIM PEER_NAME WHAT (see table.awk)
row() {
	(IFS=$tab && printf 'row\t%s\n' "$*") >>"$work/samples"
}

# Make an input unless it is there, in this size: generate FILE SIZE GENERATOR ARGS...
generate() {
	file=$1 size=$2
	shift 2
	[ "$(cat "$data/$file.size" 2>/dev/null)" = "$size" ] && return
	say "making $data/$file"
	rm -f "$data/$file.size"
	attended "$@"
	echo "$size" >"$data/$file.size"
}

repeat() { # N COMMAND...
	left=$1
	shift
	while [ "$left" -gt 0 ]; do
		left=$((left - 1))
		"$@"
	done
}

# ---- captures ----

need_calls() {
	generate calls.pcap "$scale" "$bench/gen_calls" "$data/calls.pcap" $((800 * scale)) 30 10
	packets=$("$bench/null_pcap" "$data/calls.pcap" | cut -d' ' -f1)
}

capture_round() {
	sample null "$packets" "$bench/null_pcap" "$data/calls.pcap"
	sample calls "$packets" "$bench/calls" "$data/calls.pcap"
	sample calls_tenth "$packets" "$bench/calls" "$data/calls.pcap" 0.1
}

bench_capture() {
	need_calls
	repeat "$rounds" capture_round
	if have tshark; then
		sample tshark "$packets" tshark -n -q -z rtp,streams -r "$data/calls.pcap"
	fi
	repeat 3 replay_round calls --pcap "$packets"
	row capture_null calls null most 1.5 'null libpcap callback' 'SIP+RTP capture to records'
	row capture_sampled calls_tenth null most - 'null libpcap callback' 'the same, a tenth of the calls followed'
	row capture_tshark calls tshark least 60 'tshark -z rtp,streams' 'SIP+RTP capture to records'
	row capture_replay replay_calls null most - 'null libpcap callback' 'the same as a replay: both programs, TLS, stored'
	row capture_memory calls '' memory 16 '' 'SIP+RTP capture to records: peak'
	row capture_memory_agent replay_calls.agent '' memory 16 '' 'the same as a replay: peak of the agent'
}

# ---- many at once ----

# Ten thousand streams for three of the five seconds, nothing but RTP and RTCP; and a tenth of them.
need_streams() {
	generate streams.pcap 2 "$bench/gen_calls" "$data/streams.pcap" 5000 5 2500 rtp
	generate streams_few.pcap 2 "$bench/gen_calls" "$data/streams_few.pcap" 500 5 250 rtp
	streams_packets=$("$bench/null_pcap" "$data/streams.pcap" | cut -d' ' -f1)
}

streams_round() {
	sample streams_null "$streams_packets" "$bench/null_pcap" "$data/streams.pcap"
	sample streams "$streams_packets" "$bench/calls" "$data/streams.pcap"
	sample streams_10000 10000 "$bench/calls" "$data/streams.pcap"
	sample streams_1000 1000 "$bench/calls" "$data/streams_few.pcap"
}

bench_streams() {
	need_streams
	repeat "$rounds" streams_round
	row streams_null streams streams_null most 1.5 'null libpcap callback' '10,000 RTP streams at once to records'
	row streams_each streams_10000 streams_1000 each 512 'a capture of 1,000' '10,000 RTP streams at once: memory of each'
}

# ---- SIP ----

# Every dialog of these two stays open to the end.
need_dialogs() {
	generate dialogs.pcap 2 "$bench/gen_calls" "$data/dialogs.pcap" 30000 400 100 sip
	generate dialogs_few.pcap 2 "$bench/gen_calls" "$data/dialogs_few.pcap" 3000 400 100 sip
}

need_sip() {
	generate sip.pcap "$((2 * scale))" "$bench/gen_calls" "$data/sip.pcap" $((200000 * scale)) 310 100 sip
	messages=$("$bench/null_pcap" "$data/sip.pcap" | cut -d' ' -f1)
}

sip_round() {
	sample sip_null "$messages" "$bench/null_pcap" "$data/sip.pcap"
	sample sip "$messages" "$bench/calls" "$data/sip.pcap"
	sample sip_tenth "$messages" "$bench/calls" "$data/sip.pcap" 0.1
	sample sip_hep "$messages" "$bench/hep" "$data/sip.pcap"
	sample dialogs_30000 30000 "$bench/calls" "$data/dialogs.pcap"
	sample dialogs_3000 3000 "$bench/calls" "$data/dialogs_few.pcap"
}

# Once each: they take a quarter of a minute to more than a whole one.
sip_peers() {
	! have tshark || sample sip_tshark "$messages" tshark -n -q -z sip,stat -r "$data/sip.pcap"
	! have sngrep || sample sip_sngrep "$messages" sngrep -N -q -l $((250000 * scale)) -I "$data/sip.pcap"
	! have sipgrep || sample sip_sipgrep "$messages" sipgrep -C -I "$data/sip.pcap"
}

bench_sip() {
	need_sip
	need_dialogs
	repeat "$rounds" sip_round
	sip_peers
	repeat 3 replay_round sip --pcap "$messages"
	row sip_null sip sip_null most 5 'null libpcap callback' 'SIP capture to records, 31,000 dialogs open'
	row sip_sipgrep sip sip_sipgrep least 10 'sipgrep -I, no dialogs' 'SIP capture to records, 31,000 dialogs open'
	row sip_tshark sip sip_tshark least 20 'tshark -z sip,stat' 'SIP capture to records, 31,000 dialogs open'
	row sip_sngrep sip sip_sngrep least 20 'sngrep -N -q -I' 'SIP capture to records, 31,000 dialogs open'
	row sip_sampled sip_tenth sip_null most - 'null libpcap callback' 'the same, a tenth of the calls followed'
	row sip_hep sip_hep sip most 1.5 'the same packets by capture' 'HEP3 messages to records'
	row sip_replay replay_sip sip_null most - 'null libpcap callback' 'the same as a replay: both programs, TLS, stored'
	row sip_memory sip '' memory 64 '' 'SIP capture to records: peak'
	row sip_memory_each dialogs_30000 dialogs_3000 each 2048 'a capture of 3,000' '30,000 dialogs open: memory of each'
	row sip_memory_agent replay_sip.agent '' memory 64 '' 'the same as a replay: peak of the agent'
}

# ---- manager interface ----

# The recording of a real Asterisk, again and again. A second of CPU each, so that starting is small.
AMI_ROUNDS=200

need_ami() {
	ami=$root/tests/data/run1/ami.zst
	events=$("$bench/ami" "$ami" $AMI_ROUNDS | sed -n 's/^.*: \([0-9]*\) events.*/\1/p')
}

ami_round() {
	sample ami_lines "$events" "$bench/ami" --limit "$ami" $AMI_ROUNDS
	sample ami "$events" "$bench/ami" "$ami" $AMI_ROUNDS
	sample ami_seconds $((events / 5000)) "$bench/ami" "$ami" $AMI_ROUNDS
}

bench_ami() {
	need_ami
	repeat "$rounds" ami_round
	row ami_limit ami ami_lines most - 'memchr of every line end' 'AMI events to records'
	row ami_share ami_seconds '' share 5 '' 'AMI, 5,000 events a second: of a core'
}

# ---- queue_log ----

need_log() {
	generate queue_log "$scale" "$bench/gen_queue_log" "$data/queue_log" $((500000 * scale))
	lines=$(wc -l <"$data/queue_log")
}

log_round() {
	sample scan_log "$lines" "$bench/scan_log" "$data/queue_log"
	sample queue_log "$lines" "$bench/queue_log" "$data/queue_log"
	! have mawk || sample mawk "$lines" mawk -f "$here/queue_report.awk" "$data/queue_log"
}

bench_queue_log() {
	need_log
	repeat "$rounds" log_round
	row log_scan queue_log scan_log most 3.9 'memchr of every bar' 'queue_log to records (lines)'
	row log_mawk queue_log mawk least 2.1 'mawk, a small report' 'queue_log to records (lines)'
}

# ---- delivery ----

need_pki() {
	[ ! -e "$work/pki" ] || return 0
	"$root/tools/pki.sh" ca "$work/pki"
	"$root/tools/pki.sh" collector "$work/pki" 127.0.0.1 localhost
	"$root/tools/pki.sh" agent "$work/pki" bench pbx1
	"$bin/cxmeter-agent" keygen "$work/site.key" >/dev/null
	cat >"$work/collector.yaml" <<CONF
listen: 127.0.0.1:0
port_file: $work/port
ca: $work/pki/ca.pem
certificate: $work/pki/collector.pem
key: $work/pki/collector.key
store: sqlite:$work/evidence.db
log_level: warning
CONF
	cat >"$work/agent.in" <<CONF
site: bench
agent: pbx1
host: bench
timezone: UTC
country_code: "31"
site_key: $work/site.key
log_level: warning
collector:
  address: 127.0.0.1:PORT
  ca: $work/pki/ca.pem
  certificate: $work/pki/pbx1.pem
  key: $work/pki/pbx1.key
spool:
  directory: $work/spool
CONF
	cat >"$work/agent.sh" <<'SCRIPT'
cd "$1" && shift && sed "s/PORT/$(cat port)/" agent.in >agent.yaml && exec "$@"
SCRIPT
}

# take_pair LABEL UNITS SERVER_NAME CLIENT_NAME: what cpu -p wrote, each and both together
take_pair() {
	{
		read -r server_s server_kib
		read -r client_s client_kib
	} <"$work/cost"
	note "$1.$3" "$2" "$server_s" "$server_kib"
	note "$1.$4" "$2" "$client_s" "$client_kib"
	note "$1" "$2" "$(echo "$server_s $client_s" | awk '{ print $1 + $2 }')" 0
}

# replay_round NAME OPTION UNITS: the file of this name, through agent and collector, as replay_NAME
replay_round() {
	need_pki
	rm -rf "$work/spool" "$work/port" "$work"/evidence.db*
	file=$data/$1
	[ -e "$file" ] || file=$file.pcap
	if attended "$bench/cpu" -p "$work/port" - 0 -- "$bin/cxmeter-collector" run -c "$work/collector.yaml" -- \
		sh "$work/agent.sh" "$work" "$bin/cxmeter-agent" replay -c agent.yaml "$2" "$file" >"$work/cost" 2>"$work/said"; then
		take_pair "replay_$1" "$3" collector agent
	else
		say "replay of $1: $(tail -n 1 "$work/said")"
	fi
}

count_records() {
	cat >"$work/count.sql" <<'SQL'
SELECT 'SELECT sum(n) FROM (' || group_concat('SELECT count(*) AS n FROM "' || name || '"', ' UNION ALL ') || ');'
FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%';
SQL
	rm -f "$work/plain.db"
	"$bench/plain_insert" "$work/evidence.db" "$work/plain.db" | sed -n 's/^rows //p'
}

# Lines of 200 bytes: what syslog would carry of a record. Not more than it does in a few seconds.
need_syslog() {
	syslog_lines=$((100000 * scale))
	generate syslog "$scale" sh -c "awk -v n=$syslog_lines 'BEGIN {
		for (i = 0; i < n; i++) {
			s = sprintf(\"contact=%016x queue=support-%02d at=%d wait_ms=%d talk_ms=%d outcome=answered agent=%016x\", i * 7919,
				i % 40, 1760000000 + i, i % 90000, i % 600000, i % 500)
			while (length(s) < 199) s = s \".\"
			print s
		}
	}' >'$data/syslog'"
}

rsyslog_conf() { # NAME: the settings both ends share
	cat <<CONF
global(workDirectory="$work/$1" defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="$work/pki/ca.pem"
	defaultNetstreamDriverCertFile="$work/pki/$2.pem" defaultNetstreamDriverKeyFile="$work/pki/$2.key")
CONF
}

need_rsyslog() {
	[ ! -e "$work/receiver.conf" ] || return 0
	mkdir -p "$work/receiver" "$work/sender"
	{
		rsyslog_conf receiver collector
		cat <<CONF
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
input(type="imtcp" address="127.0.0.1" port="0" listenPortFileName="$work/rsyslog.port")
template(name="line" type="string" string="%msg%\n")
action(type="omfile" file="$work/received" template="line" sync="on" asyncWriting="off")
CONF
	} >"$work/receiver.conf"
	{
		rsyslog_conf sender pbx1
		cat <<CONF
module(load="imfile" mode="inotify")
input(type="imfile" file="$data/syslog" tag="bench" freshStartTail="off")
action(type="omfwd" target="127.0.0.1" port="PORT" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format"
	streamDriver="ossl" streamDriverMode="1" streamDriverAuthMode="x509/certvalid" action.resumeRetryCount="-1")
CONF
	} >"$work/sender.in"
	cat >"$work/sender.sh" <<'SCRIPT'
cd "$1" && shift && sed "s/PORT/$(cat rsyslog.port)/" sender.in >sender.conf && exec "$@"
SCRIPT
}

rsyslog_round() {
	have rsyslogd && [ -n "$(find /usr/lib -name lmnsd_ossl.so 2>/dev/null)" ] || return 0
	need_rsyslog
	rm -rf "$work/received" "$work/rsyslog.port" "$work/sender/"* "$work/receiver/"*
	if attended "$bench/cpu" -p "$work/rsyslog.port" "$work/received" $((200 * syslog_lines)) -- \
		rsyslogd -n -f "$work/receiver.conf" -i "$work/receiver.pid" -- \
		sh "$work/sender.sh" "$work" rsyslogd -n -f sender.conf -i "$work/sender.pid" >"$work/cost" 2>"$work/said"; then
		take_pair rsyslog "$syslog_lines" receiver sender
	else
		say "rsyslog: $(tail -n 1 "$work/said")"
	fi
}

deliver_round() {
	replay_round queue_log --queue-log "$records"
	rm -f "$work"/plain.db*
	sample plain_insert "$records" "$bench/plain_insert" "$work/evidence.db" "$work/plain.db"
	rsyslog_round
}

bench_deliver() {
	need_log
	records=0
	replay_round queue_log --queue-log 0
	sed -i '/replay_queue_log/d' "$work/samples"
	records=$(count_records)
	need_syslog
	repeat 3 deliver_round
	row deliver_rsyslog replay_queue_log rsyslog least 3 'rsyslog mTLS, fsync, no ack' 'queue_log replayed: both programs (records)'
	row deliver_insert replay_queue_log plain_insert most - 'plain INSERT of those rows' 'queue_log replayed: both programs (records)'
	row deliver_agent replay_queue_log.agent plain_insert most - 'plain INSERT of those rows' '  the agent'"'"'s part'
	row deliver_collector replay_queue_log.collector plain_insert most - 'plain INSERT of those rows' '  the collector'"'"'s part'
	row deliver_memory_agent replay_queue_log.agent '' memory - '' 'queue_log replayed: peak of the agent'
	row deliver_memory_collector replay_queue_log.collector '' memory - '' 'queue_log replayed: peak of the collector'
}

# ---- rows into SQLite ----

rows_round() {
	sample insert "$rows" "$bench/store_put" insert "$rows"
	sample put "$rows" "$bench/store_put" put "$rows"
}

bench_rows() {
	rows=$((200000 * scale))
	repeat "$rounds" rows_round
	row put_insert put insert least 0.8 'plain INSERT, bound by hand' 'rows into SQLite: the store'"'"'s put'
}

# ---- scores ----

# score_round LABEL CONTACTS SITES DAYS SCORED [WINDOW [TELLERS]]
score_round() {
	label=$1
	shift
	rm -f "$work"/score.db*
	if attended "$bench/score_site" "$1" "$2" "$3" "$4" "${5-28}" "${6-1}" "$work/score.db" >"$work/cost" 2>"$work/said"; then
		while read -r name ms; do
			case "$name" in
			cold_ms | select_ms) note "$label.${name%_ms}" "$1" "$(echo "$ms" | awk '{ print $1 / 1000 }')" 0 ;;
			warm_ms | late_ms) note "$label.${name%_ms}" 1 "$(echo "$ms" | awk '{ print $1 / 1000 }')" 0 ;;
			esac
		done <"$work/cost"
	else
		say "$label: $(tail -n 1 "$work/said")"
	fi
}

score_program() { # LABEL: the whole program, start and model included, on the store of the last round
	"$bin/cxmeter" score --store "sqlite:$work/score.db" --site site0 >/dev/null
	repeat "$rounds" sample "$1.program" 1 "$bin/cxmeter" score --store "sqlite:$work/score.db" --site site0
}

# How many, for people: 10 k, 1 M
short() {
	echo "$1" | awk '{ print ($1 >= 1e6 ? $1 / 1e6 " M" : ($1 >= 1e3 ? $1 / 1e3 " k" : $1)) }'
}

# score_rows LABEL WHAT: cold beside plain questions, then warm
score_rows() {
	row "score_cold_$1" "$1.cold" "$1.select" most 1.5 'plain SELECTs, one after another' "score: $2, cold"
	row "score_warm_$1" "$1.warm" '' time 50 '' '  warm'
}

score_of_records() { # LABEL CONTACTS
	score_round "$1" "$2" 1 28 1
	score_program "$1"
	score_rows "$1" "$(short "$2") contacts in 28 days"
	row "score_late_$1" "$1.late" '' time - '' '  after one contact that came late'
	row "score_program_$1" "$1.program" '' time 50 '' '  warm, the whole program'
}

score_of_sites() { # LABEL SITES SCORED
	score_round "$1" 100 "$2" 28 "$3"
	score_rows "$1" "one of $(short "$2") sites of 100 contacts"
}

bench_score() {
	score_of_records records_few $((10000 * scale))
	score_of_records records_many $((100000 * scale))
	score_round records_twice $((100000 * scale)) 1 28 1 28 2
	score_rows records_twice "$(short $((100000 * scale))) contacts in 28 days, each told by two"
	score_round days_365 $((130000 * scale)) 1 365 1
	score_rows days_365 "28 of 365 days, $(short $((10000 * scale))) contacts in 28"
	score_round window_365 $((130000 * scale)) 1 365 1 365
	score_rows window_365 'all 365 days'
	score_of_sites sites_1 1 1
	score_of_sites sites_100 100 40
	score_of_sites sites_1000 1000 40
}

# ---- at rest ----

# Nanoseconds a process and its threads ran.
ran_ns() {
	cat "/proc/$1/task/"*/schedstat | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

note_rest() { # LABEL SECONDS PID RAN_NS_BEFORE
	note "$1" "$2" "$(echo "$(ran_ns "$3") $4" | awk '{ printf "%.6f", ($1 - $2) / 1e9 }')" \
		"$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$3/status")"
}

bench_idle() {
	need_pki
	rm -rf "$work/spool" "$work/port" "$work"/evidence.db*
	: >"$work/empty_log"
	"$bin/cxmeter-collector" run -c "$work/collector.yaml" &
	collector=$!
	child=$collector
	until [ -s "$work/port" ]; do
		kill -0 "$collector" || return 1
		sleep 0.1
	done
	{ sed "s/PORT/$(cat "$work/port")/" "$work/agent.in" && printf 'sources:\n  queue_log:\n    - file: %s\n' "$work/empty_log"; } \
		>"$work/agent.yaml"
	"$bin/cxmeter-agent" run -c "$work/agent.yaml" 2>"$work/said" &
	agent=$!
	child="$collector $agent"
	sleep 3 # to connect
	agent_ns=$(ran_ns "$agent") collector_ns=$(ran_ns "$collector")
	sleep 15
	note_rest idle_agent 15 "$agent" "$agent_ns"
	note_rest idle_collector 15 "$collector" "$collector_ns"
	for pid in "$agent" "$collector"; do
		{ kill "$pid" && wait "$pid"; } || say "idle: a program failed"
	done
	child=
	row idle_memory idle_agent '' memory 6 '' 'idle agent, connected: resident'
	row idle_cpu idle_agent '' share 0.1 '' 'idle agent, connected: of a core'
	row idle_collector_memory idle_collector '' memory - '' 'idle collector, one agent: resident'
	row idle_collector_cpu idle_collector '' share - '' 'idle collector, one agent: of a core'
}

# ---- all of them ----

bench_parts() {
	need_calls
	need_sip
	for program in "decode $data/calls.pcap" "decode $data/sip.pcap" foundation pseudonym "spool $work" "ingest null" "ingest sqlite" connect \
		"ami $root/tests/data/run1/ami.zst" "ami --limit $root/tests/data/run1/ami.zst"; do
		echo "== $program"
		# shellcheck disable=SC2086 # a program and its arguments
		attended "$bench/"$program || say "$program failed"
	done
	rm -f "$work/samples"
}

[ "$#" -gt 0 ] || set -- capture streams sip ami queue_log deliver rows score idle
for group in "$@"; do
	case "$group" in
	capture | streams | sip | ami | queue_log | deliver | rows | score | idle | parts)
		say "$group"
		"bench_$group"
		;;
	*)
		say "no group \"$group\"; there are capture, streams, sip, ami, queue_log, deliver, rows, score, idle and parts"
		exit 2
		;;
	esac
done
[ -e "$work/samples" ] || exit 0
{
	printf 'fact\tcommit\t%s\n' "$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)"
	printf 'fact\tmachine\t%s, %s cores\n' "$(uname -sm)" "$(nproc)"
	printf 'fact\tscale\t%s\n' "$scale"
} >>"$work/samples"
awk -v json="$root/build/bench.json" -f "$here/table.awk" "$work/samples"
say "also in build/bench.json"
