#!/bin/sh
# Put what `cxmeter-agent keys` prints into docs/agent.md, between its two comments.
#   tools/agent-keys.sh [PROGRAM]     (default build/release/bin/cxmeter-agent)
set -eu
cd "$(dirname "$0")/.."
program=${1:-build/release/bin/cxmeter-agent}
table=$(mktemp)
trap 'rm -f "$table"' EXIT
"$program" keys >"$table"
awk -v table="$table" '
	/^<!-- end -->/ { skip = 0 }
	!skip { print }
	/^<!-- cxmeter-agent keys -->/ { while ((getline line < table) > 0) print line; skip = 1 }
' docs/agent.md >docs/agent.md.new
mv docs/agent.md.new docs/agent.md
