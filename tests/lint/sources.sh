#!/bin/sh
# Every source that the agent knows has a page in docs/sources that says what it needs, what it gives and what it cannot
# see, and stands in the table of docs/sources/README.md; as TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
bin=${CXM_BIN:-build/release/bin}
table=docs/sources/README.md
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

sources=$("$bin/cxmeter-agent" keys | sed -nE 's/^\| `sources\.([a-z_]+)\[\]`.*/\1/p' | sort -u)
# source and page, one a line, of rows that begin with [esl, fs_cdr](PAGE)
pages=$(sed -nE 's/^\| \[([a-z_, ]+)\]\(([a-z_]+\.md)\) \|.*/\2 \1/p' "$table" | while read -r page names; do
	for name in $(echo "$names" | tr -d ,); do
		echo "$name $page"
	done
done)

report the_agent_knows_sources "$([ "$(echo "$sources" | wc -l)" -ge 11 ] || echo "only: $sources")"
report every_source_is_in_the_table "$(echo "$sources" | while read -r source; do
	echo "$pages" | grep -q "^$source " || echo "$table: no row of $source"
done)"
report every_row_is_a_source "$(echo "$pages" | while read -r source page; do
	echo "$sources" | grep -qx "$source" || echo "$table: the agent knows no source $source ($page)"
done)"
report every_page_says_what_it_needs_gives_and_cannot_see "$(echo "$pages" | while read -r source page; do
	for part in "What it needs" "What it gives" "What it cannot see"; do
		grep -qx "## $part" "docs/sources/$page" || echo "docs/sources/$page: no part \"## $part\" ($source)"
	done
done)"
echo "1..$n"
exit $failed
