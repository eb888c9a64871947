#!/bin/sh
# Every figure of a made-up site once more by other software, as TAP: simulate, measure, score, recompute; then once more with a
# second source that tells everything again: recomputed too, and no figure is another.
#   recompute.sh [PROFILE...]      default: beginning optimizing      CXM_BIN  folder of the programs
# Needs python3 with its standard library; skipped, with the reason, where that is absent.
set -u
cd "$(dirname "$0")/../.." || exit 1
bin=${CXM_BIN:-$PWD/build/release/bin}
[ "$#" -gt 0 ] || set -- beginning optimizing
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0 failed=0

for profile in "$@"; do
	n=$((n + 1))
	if ! python3 -c 'import sqlite3, zoneinfo' 2>/dev/null; then
		echo "ok $n - figures_of_${profile}_are_recomputed # SKIP python3 is not installed"
		n=$((n + 1))
		echo "ok $n - a_second_source_changes_no_figure_of_${profile} # SKIP python3 is not installed"
		continue
	fi
	if "$bin/cxmeter" simulate --profile "$profile" --contacts 300 --out "$work/$profile" >"$work/out" 2>&1 &&
		CXM_BIN=$bin tools/measure.sh --site "$profile" --simulated "$work/$profile" --keep "$work/keep-$profile" \
			--format json >"$work/$profile.json" 2>>"$work/out" &&
		python3 tests/oracle/recompute.py "$work/$profile.json" "$work/keep-$profile/evidence.db" >>"$work/out" 2>&1; then
		echo "ok $n - figures_of_${profile}_are_recomputed"
	else
		failed=1
		echo "not ok $n - figures_of_${profile}_are_recomputed"
	fi
	sed 's/^/# /' "$work/out"
	n=$((n + 1))
	two=$work/two-$profile.db
	zone=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["window"]["timezone"])' "$work/$profile.json")
	if cp "$work/keep-$profile/evidence.db" "$two" && python3 tests/oracle/tell_again.py "$two" >"$work/out" 2>&1 &&
		"$bin/cxmeter" score --store "sqlite:$two" --site "$profile" --timezone "$zone" --format json >"$work/two.json" 2>>"$work/out" &&
		python3 tests/oracle/recompute.py "$work/two.json" "$two" >>"$work/out" 2>&1 &&
		python3 tests/oracle/same_figures.py "$work/$profile.json" "$work/two.json" >>"$work/out" 2>&1; then
		echo "ok $n - a_second_source_changes_no_figure_of_${profile}"
	else
		failed=1
		echo "not ok $n - a_second_source_changes_no_figure_of_${profile}"
	fi
	sed 's/^/# /' "$work/out"
done
echo "1..$n"
exit "$failed"
