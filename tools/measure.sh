#!/bin/sh
# Score recorded history with the real agent, TLS, collector and store, all on loopback; nothing leaves this machine.
#   measure.sh --site ID [--queue-log FILE]... [--cel FILE]... [--cdr FILE]... [--pcap FILE]... [--drop DIR]
#              [--simulated DIR] [--agent-config FILE] [--timezone TZ] [--format text|json|csv] [--country-code N]
#              [--lang de|en] [--keep DIR]
#   --queue-log FILE   Asterisk queue_log; parts of one rotated log in any order; .gz and .zst as they are
#   --cel FILE         Asterisk channel event log (cel_custom: CSV or JSON), likewise
#   --cdr FILE         Asterisk call detail records (cdr_csv), likewise
#   --pcap FILE        SIP and RTP capture (pcap or pcapng, also .gz and .zst); parts in any order
#   --drop DIR         folder with files of other tools named after a kind of record (Survey.csv, Target.csv, ...)
#   --simulated DIR    a made-up site that cxmeter simulate wrote: all its files, marked as simulated throughout
#   --agent-config FILE  an agent.yaml, or only its "sources:": what contexts, events, columns and trunks of your logs and
#                      files mean (docs/sources/cel.md, docs/sources/dropbox.md); which files are read is said here, not there
#   --timezone TZ      the site's wall clock, e.g. Europe/Berlin (default: this machine's)
#   --country-code N   so that 030... and +4930... are one caller (49 for Germany)
#   --format FORMAT    text (default), json or csv
#   --lang LANG        de or en (default: the environment's; json and csv: en)
#   --keep DIR         leave the store as DIR/evidence.db, for cxmeter explain, export and score
#   -h, --help         this text
# The scorecard goes to standard output and nothing else does. A first look: it is provisional (see docs/scoring.md).
# Exit codes: 0 fine, 2 usage, 1 anything else; when not everything could be read, the scorecard shows what could.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
bin=${CXM_BIN:-${here%/tools}/build/release/bin}

usage() {
	echo "measure: $1: see run measure --help" >&2
	exit 2
}

site='' zone='' format=text country='' keep='' lang='' inputs=0 simulated='' meaning=''
left=$#
# what is for the agent is put back behind the options still to be read, so that blanks in names survive
while [ "$left" -gt 0 ]; do
	option=$1
	shift
	left=$((left - 1))
	case "$option" in
	--help | -h)
		sed -n '2,21s/^# \{0,1\}//p' "$0"
		exit 0
		;;
	--*=*)
		set -- "${option#*=}" "$@"
		option=${option%%=*}
		left=$((left + 1))
		;;
	esac
	case "$option" in
	--site | --timezone | --format | --country-code | --lang | --keep | --queue-log | --cel | --cdr | --pcap | --drop | \
		--simulated | --agent-config) ;;
	*) usage "unknown option \"$option\"" ;;
	esac
	[ "$left" -gt 0 ] || usage "option \"$option\" needs a value"
	value=$1
	shift
	left=$((left - 1))
	case "$option" in
	--site) site=$value ;;
	--timezone) zone=$value ;;
	--format) format=$value ;;
	--country-code) country=$value ;;
	--lang) lang=$value ;;
	--keep) keep=$value ;;
	--queue-log | --cel | --cdr | --pcap)
		[ -f "$value" ] || usage "$option $value: no such file"
		[ -r "$value" ] || usage "$option $value: cannot be read by $(id -un)"
		set -- "$@" "$option" "$value"
		inputs=$((inputs + 1))
		;;
	--agent-config)
		[ -f "$value" ] || usage "$option $value: no such file"
		[ -r "$value" ] || usage "$option $value: cannot be read by $(id -un)"
		grep -q '^sources:' "$value" || usage "$option $value: has no \"sources:\" at the beginning of a line"
		meaning=$value
		;;
	--simulated)
		[ -f "$value/simulated.json" ] ||
			usage "--simulated $value: not a site that cxmeter simulate wrote (several sites: name one of the folders)"
		simulated=$value
		set -- "$@" --queue-log "$value/queue_log" --drop "$value/drop"
		[ ! -f "$value/cel.csv" ] || set -- "$@" --cel "$value/cel.csv"
		inputs=$((inputs + 1))
		;;
	--drop)
		[ -d "$value" ] || usage "$option $value: no such folder"
		set -- "$@" "$option" "$value"
		inputs=$((inputs + 1))
		;;
	esac
done
[ -n "$site" ] || usage "--site is missing: a short name for the site, e.g. nord"
case "$site" in
*[!A-Za-z0-9._-]* | [._-]*) usage "--site: letters, digits, dots, hyphens and underscores only" ;;
esac
case "$format" in
text | json | csv) ;;
*) usage "--format: expected text, json or csv, found \"$format\"" ;;
esac
case "$lang" in
'' | de | en) ;;
*) usage "--lang: expected de or en, found \"$lang\"" ;;
esac
case "$country" in
'' | [0-9] | [0-9][0-9] | [0-9][0-9][0-9]) ;;
*) usage "--country-code: expected 1 to 3 digits, found \"$country\"" ;;
esac
case "$zone" in
/* | *..*) usage "--timezone: expected a name such as Europe/Berlin, found \"$zone\"" ;;
esac
[ -z "$zone" ] || [ "$zone" = UTC ] || [ -f "/usr/share/zoneinfo/$zone" ] ||
	usage "--timezone: the system has no zone \"$zone\": a name such as Europe/Berlin (package tzdata)"
[ "$inputs" -gt 0 ] || usage "nothing to measure: give --queue-log, --cel, --cdr, --pcap, --drop or --simulated"
[ -z "$simulated" ] || [ "$inputs" -eq 1 ] || usage "--simulated stands alone: real and simulated evidence never mix"
[ -z "$simulated" ] || [ -z "$meaning" ] || usage "--simulated brings its own configuration: leave out --agent-config"
from='' to=''
if [ -n "$simulated" ]; then # some of its records lie after its last day
	from=$(sed -n 's/.*"from": "\([^"]*\)".*/\1/p' "$simulated/simulated.json")
	to=$(sed -n 's/.*"to": "\([^"]*\)".*/\1/p' "$simulated/simulated.json")
fi
if [ -n "$simulated" ] && [ -z "$zone" ]; then
	zone=$(sed -n 's/.*"timezone": "\([^"]*\)".*/\1/p' "$simulated/simulated.json")
fi
if [ -z "$zone" ]; then
	zone=$(cat /etc/timezone 2>/dev/null || echo UTC)
	[ "$zone" != "Etc/UTC" ] || zone=UTC
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/cxmeter.XXXXXX")
collector=
# shellcheck disable=SC2317 # called by the trap
clean_up() {
	[ -z "$collector" ] || { kill "$collector" 2>/dev/null && wait "$collector" 2>/dev/null; } || true
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

say() {
	echo "measure: $*" >&2
}

"$here/pki.sh" ca "$work/pki"
"$here/pki.sh" collector "$work/pki" 127.0.0.1
"$here/pki.sh" agent "$work/pki" "$site" measure
"$bin/cxmeter-agent" keygen "$work/site.key"

store=$work/evidence.db
cat >"$work/collector.yaml" <<CONF
listen: 127.0.0.1:0
port_file: $work/port
ca: $work/pki/ca.pem
certificate: $work/pki/collector.pem
key: $work/pki/collector.key
store: sqlite:$store
log_level: warning
CONF
"$bin/cxmeter-collector" run -c "$work/collector.yaml" &
collector=$!
tries=0
while [ ! -s "$work/port" ]; do
	kill -0 "$collector" 2>/dev/null || { say "the collector did not start; its message stands above"; exit 1; }
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] || { say "the collector did not open its port within 10 s"; exit 1; }
	sleep 0.1
done

cat >"$work/agent.yaml" <<CONF
site: $site
agent: measure
host: measured
timezone: $zone
${simulated:+simulated: yes}
site_key: $work/site.key
${country:+country_code: "$country"}
log_level: warning
collector:
  address: 127.0.0.1:$(cat "$work/port")
  ca: $work/pki/ca.pem
  certificate: $work/pki/measure.pem
  key: $work/pki/measure.key
spool:
  directory: $work/spool
${simulated:+sources:
  dropbox:
    - directory: $simulated/drop
      attestation_keys: $(cd "$simulated" && pwd)/keys}
CONF
if [ -n "$meaning" ]; then # everything under sources:, to the next key that is not indented
	sed -n '/^sources:/,${/^sources:/b keep
/^[^#[:space:]-]/q
:keep
p
}' "$meaning" >>"$work/agent.yaml"
fi
code=0
"$bin/cxmeter-agent" replay -c "$work/agent.yaml" --progress "$@" >&2 || code=$?
# 2: a wrong option or time zone, and nothing was read; 1: something could not be read, what could be is worth showing
[ "$code" -ne 2 ] || exit 2
[ "$code" -eq 0 ] || say "not everything could be read (see above); the scorecard shows what could"
kill "$collector"
wait "$collector" || true
collector=

if [ -n "$keep" ]; then
	mkdir -p "$keep"
	cp "$store" "$keep/evidence.db"
	say "the evidence is in $keep/evidence.db; look into it with"
	say "$bin/cxmeter explain --store sqlite:$keep/evidence.db --site $site --provisional --indicator abandonment_rate"
fi
provisional=--provisional
[ -z "$simulated" ] || provisional= # whole weeks, enough of everything
# shellcheck disable=SC2086 # a word or none
"$bin/cxmeter" score --store "sqlite:$store" --site "$site" --timezone "$zone" $provisional --format "$format" \
	${from:+--from "$from" --to "$to"} ${lang:+--lang "$lang"} || exit 1
exit "$code"
