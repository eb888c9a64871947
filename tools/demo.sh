#!/bin/sh
# The main job on a real recording: queue_log, channel events, call detail records, SIP and RTP capture and dropped files
# of one small contact centre (tests/data/README.md) go in, the scorecard and the evidence behind two figures come out.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
bin=${CXM_BIN:-$root/build/release/bin}
data=$root/tests/data/run1
kept=$root/build/demo # stays, to look into; the next demo replaces it
rm -rf "$kept"

echo "cxmeter demo: five minutes of a real Asterisk contact centre, through agent, TLS, collector and store on loopback" >&2
CXM_BIN=$bin "$root/tools/measure.sh" --site demo --timezone UTC --keep "$kept" \
	--queue-log "$data/queue_log" --cel "$data/cel.csv.zst" --cdr "$data/cdr.csv.zst" --pcap "$data/calls.pcap.zst" \
	--drop "$data/drop"
echo
"$bin/cxmeter" explain --store "sqlite:$kept/evidence.db" --site demo --indicator service_level --provisional

# five minutes fill a corner of the model; four whole weeks fill it, and nobody may show those of a real centre
echo
echo "cxmeter demo: 28 days of a made-up contact centre, the same way; its true figures are in $kept/simulated/truth.json" >&2
"$bin/cxmeter" simulate --profile maturing --seed 1 --out "$kept/simulated"
CXM_BIN=$bin "$root/tools/measure.sh" --site simulated --simulated "$kept/simulated" --keep "$kept/store"
