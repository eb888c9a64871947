#!/bin/sh
# docs/reliability.md names a test for every case of bad input, and the test is there; as TAP.
#   a row  | E01 | what comes | what happens | `e01_...`, `e01_...` |
set -u
cd "$(dirname "$0")/../.." || exit 1
page=docs/reliability.md
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

# the cases there are: E01 to E18, F01 to F17
cases() {
	i=1
	while [ "$i" -le 18 ]; do
		printf 'E%02d\n' "$i"
		i=$((i + 1))
	done
	i=1
	while [ "$i" -le 17 ]; do
		printf 'F%02d\n' "$i"
		i=$((i + 1))
	done
}

# Tests that carry the number of a case: functions, rows of tables, cases of a file of logs. The same in comments does
# not count.
there=$(grep -hE '^(static void|	\{ "|## |	(	| )*TEST\(|	cases_test|	case_test|	cases_one).*\b[ef][0-9][0-9]_' tests/unit/*.c tests/e2e/*.c tests/data/queue_log/*.txt |
	grep -oE '\b[ef][0-9][0-9]_[a-z0-9_]+' | sort -u)
# case and test, one a line, of all rows
named=$(sed -nE 's/^\| ([EF][0-9][0-9]) \| [^|]+ \| [^|]+ \| ([^|]+) \|$/\1 \2/p' "$page" |
	while read -r case tests; do
		echo "$tests" | grep -oE '`[a-z0-9_]+`' | tr -d '`' | sed "s/^/$case /"
	done)

report every_case_names_a_test "$(cases | while read -r case; do
	echo "$named" | grep -q "^$case " || echo "$page: no row of $case with a test"
done)"
report a_test_carries_the_number_of_its_case "$(echo "$named" | awk '
	index($2, tolower($1) "_") != 1 { print $1 ": " $2 }')"
report every_named_test_is_there "$(echo "$named" | while read -r case test; do
	echo "$there" | grep -qx "$test" || echo "$case: there is no test $test"
done)"
report every_case_is_known "$(echo "$there" | cut -c1-3 | tr 'a-z' 'A-Z' | sort -u | while read -r case; do
	cases | grep -qx "$case" || echo "tests name a case $case that there is not"
done)"
echo "1..$n"
exit $failed
