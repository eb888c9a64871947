#!/bin/sh
# The statistics against independent software on random inputs, as TAP; skipped, with the reason, where that is absent.
#   oracle.sh [ROUNDS [SEED]]      default 4 rounds      CXM_BIN  folder of the programs; oracle lies in oracle/ beside it
# Needs python3-scipy and python3-statsmodels; for Kaplan-Meier also r-cran-survival.
set -u
cd "$(dirname "$0")/../.." || exit 1
oracle=$(dirname "${CXM_BIN:-build/release/bin}")/oracle/oracle
rounds=${1:-4} seed=${2:-cxmeter}
lines=$(mktemp) || exit 1
out=$(mktemp) || exit 1
trap 'rm -f "$lines" "$out"' EXIT
n=0 failed=0

# Shift the numbers of a program's tests behind those before them.
pass_on() {
	sed -E '/^1\.\.[0-9]+$/d' "$out" | awk -v n="$n" '/^(not )?ok [0-9]+ / { sub(/ok [0-9]+/, "ok " ++n) } { print }'
	n=$((n + $(grep -cE '^(not )?ok ' "$out")))
}

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

"$oracle" "$rounds" "$seed" >"$lines" || { echo "not ok 1 - oracle_prints"; echo 1..1; exit 1; }

python=
for p in python3 /usr/bin/python3; do
	[ -n "$python" ] || ! "$p" -c 'import scipy, statsmodels' 2>/dev/null || python=$p
done
if [ -n "$python" ]; then
	"$python" -W ignore tests/oracle/check.py <"$lines" >"$out" 2>&1 || failed=1
	grep -qE '^(not )?ok ' "$out" || echo "not ok 1 - check_py_runs" >>"$out"
	pass_on
else
	skip statistics_agree_with_scipy_and_statsmodels "python3-scipy or python3-statsmodels is not installed"
fi
if command -v Rscript >/dev/null 2>&1 && Rscript -e 'library(survival)' >/dev/null 2>&1; then
	Rscript --vanilla tests/oracle/check.R <"$lines" >"$out" 2>&1 || failed=1
	grep -qE '^(not )?ok ' "$out" || echo "not ok 1 - check_R_runs" >>"$out"
	pass_on
else
	skip km_quantiles_agree_with_R_survival "r-cran-survival is not installed"
fi
echo "1..$n"
exit $failed
