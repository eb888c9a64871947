#!/bin/sh
# The README's picture is what the program prints today, as TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
new=$(mktemp) || exit 1
trap 'rm -f "$new"' EXIT

echo 1..1
if tools/picture.sh >"$new" && cmp -s "$new" docs/scorecard.svg; then
	echo "ok 1 - the_picture_is_what_is_printed_today"
	exit
fi
echo "not ok 1 - the_picture_is_what_is_printed_today"
diff docs/scorecard.svg "$new" | sed 's/<[^>]*>/ /g' | head -20 | sed 's/^/# /'
echo "# when this is meant to change: make picture"
exit 1
