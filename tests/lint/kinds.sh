#!/bin/sh
# The page of kinds is what proto/evidence.proto says today, and every kind has its examples; as TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
new=$(mktemp) || exit 1
trap 'rm -f "$new"' EXIT
failed=0

echo 1..2
if tools/kinds.sh >"$new" && cmp -s "$new" docs/drop-kinds.md; then
	echo "ok 1 - the_page_of_kinds_is_that_of_the_schema"
else
	echo "not ok 1 - the_page_of_kinds_is_that_of_the_schema"
	diff docs/drop-kinds.md "$new" | head -20 | sed 's/^/# /'
	echo "# when this is meant to change: tools/kinds.sh >docs/drop-kinds.md"
	failed=1
fi
missing=
for kind in $(sed -n 's/^## //p' "$new"); do
	[ -s "examples/drop/$kind.csv" ] && [ -s "examples/drop/$kind.jsonl" ] || missing="$missing $kind"
done
if [ -z "$missing" ]; then
	echo "ok 2 - every_kind_has_its_examples"
else
	echo "not ok 2 - every_kind_has_its_examples"
	echo "# missing in examples/drop:$missing"
	failed=1
fi
exit "$failed"
