#!/bin/sh
# Run test programs that speak TAP, print one line a program and every failure whole, and close with "N passed, N failed".
#   tests/run.sh PROGRAM...        CXM_TEST_TIMEOUT seconds a program (default 300)
set -u
export CMOCKA_MESSAGE_OUTPUT=TAP
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
passed=0 failed=0 skipped=0
for program in "$@"; do
	name=$(basename "$program")
	timeout -k 10 "${CXM_TEST_TIMEOUT:-300}" "$program" >"$out" 2>&1
	code=$?
	# cmocka 1.1.5 prints "not ok N # SKIP name", shell tests "ok N - name # SKIP why"
	skip=$(grep -cE '^(not )?ok .*# SKIP' "$out")
	ok=$(grep -E '^ok ' "$out" | grep -cv '# SKIP')
	bad=$(grep -E '^not ok ' "$out" | grep -cv '# SKIP')
	if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
		echo "not ok - $name ended with code $code (124: out of time) before it said why" >>"$out"
	fi
	if [ "$((ok + bad + skip))" -eq 0 ]; then
		bad=1
		echo "not ok - $name ran no test" >>"$out"
	fi
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
	printf '  TEST  %-32s %4d passed' "$name" "$ok"
	[ "$bad" -eq 0 ] || printf ', %d FAILED' "$bad"
	[ "$skip" -eq 0 ] || printf ', %d skipped' "$skip"
	echo
	[ "$skip" -eq 0 ] || grep -E '^((not )?ok .*# SKIP|# skip)' "$out" | sed 's/^not ok/ok/' | sed 's/^/        /' | sort -u | head -5
	[ "$bad" -eq 0 ] || sed 's/^/        /' "$out" | grep -vE '^ +ok ' | tail -n 200
done
[ "$skipped" -eq 0 ] || echo "$skipped skipped, each for the reason printed with it"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
