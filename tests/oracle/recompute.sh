#!/bin/sh
# Every figure of a made-up site once more by other software, as TAP: simulate, measure, score, recompute.
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
done
echo "1..$n"
exit "$failed"
