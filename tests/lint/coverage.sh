#!/bin/sh
# What `make intervals` counted last lies in the band of 92 to 98 of 100, as TAP: none below; above only what docs/coverage.md names
# with its reason; and the page's table is that of docs/coverage.csv.
set -u
cd "$(dirname "$0")/../.." || exit 1
n=0 failed=0

report() {
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		failed=1
		echo "not ok $n - $1"
		echo "$2" | head -40 | sed 's/^/# /'
	fi
}

# the text above the table, where the reasons stand
reasons=$(sed '/^| figure |/,$d' docs/coverage.md)

# of fewer than 300 sites a figure is too narrow only beyond what chance explains (one in twenty figures of 92 in 100)
narrow() {
	awk -F, 'NR > 1 && $2 > 0 {
		slack = $2 < 300 ? 1.645 * sqrt(0.92 * 0.08 / $2) : 0
		if ($3 < (0.92 - slack) * $2) printf "%s: holds at %d of %d sites\n", $1, $3, $2
	}' docs/coverage.csv
}

# of fewer too many hold by chance
wide() {
	awk -F, 'NR > 1 && $2 >= 300 && $3 > 0.98 * $2 { print $1 }' docs/coverage.csv |
		while read -r figure; do
			echo "$reasons" | grep -qF "\`$figure\`" || echo "$figure: holds too often, and no reason is given"
		done
}

# no interval and no state either: the simulator does not know the truth
unknown() {
	awk -F, 'NR > 1 && $2 == 0 && $8 == 0 { print $1 ": no true value" }' docs/coverage.csv
}

# counted otherwise than scored
inexact() {
	awk -F, 'NR > 1 && $6 < $7 { print $1 }' docs/coverage.csv |
		while read -r figure; do
			echo "$reasons" | grep -qF "\`$figure\`" || echo "$figure: differs from what the simulator counted, and no reason is given"
		done
}

drift() {
	new=$(tools/coverage.sh -) || echo "tools/coverage.sh failed"
	[ "$new" = "$(cat docs/coverage.md)" ] || echo "docs/coverage.md: run tools/coverage.sh"
}

report no_interval_is_too_narrow "$(narrow)"
report wide_intervals_have_a_reason "$(wide)"
report every_figure_has_a_true_value "$(unknown)"
report what_is_counted_otherwise_has_a_reason "$(inexact)"
report the_table_is_that_of_the_counts "$(drift)"
echo "1..$n"
exit $failed
