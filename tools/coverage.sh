#!/bin/sh
# Write the table at the end of docs/coverage.md from docs/coverage.csv; with "-" print the page instead. Sites of a state have no interval.
set -eu
cd "$(dirname "$0")/.."

page() {
	sed '/^| figure |/,$d' docs/coverage.md
	printf '| figure | sites | holds | below | above | exact | |\n|---|--:|--:|--:|--:|--:|---|\n'
	awk -F, 'NR > 1 {
		share = $2 > 0 ? $3 / $2 : 0
		verdict = $2 == 0 ? ($8 > 0 ? "a state: no interval" : "no true value") : \
			share < 0.92 ? "**too narrow**" : share > 0.98 ? "wide" : "holds"
		held = $2 > 0 ? sprintf("%.1f %%", 100 * share) : ""
		printf "| `%s` | %d | %s | %d | %d | %d of %d | %s |\n", $1, $2, held, $4, $5, $6, $7, verdict
	}' docs/coverage.csv
}

if [ "${1:-}" = - ]; then
	page
	exit
fi
new=$(mktemp)
trap 'rm -f "$new"' EXIT
page >"$new"
cat "$new" >docs/coverage.md
