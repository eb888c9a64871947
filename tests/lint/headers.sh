#!/bin/sh
# Every header compiles alone, as TAP: whoever includes it needs nothing else.
#   CC     the compiler (default cc)      CXM_BIN   folder of the programs; headers made from proto/ lie beside it
set -u
cd "$(dirname "$0")/../.." || exit 1
gen=${CXM_BIN:-build/release/bin}/../gen
n=0 failed=0
for header in $(find agent cli collector common include proto simulate tests -name '*.h' | sort); do
	n=$((n + 1))
	# shellcheck disable=SC2086
	if why=$(${CC:-cc} -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-function -Iinclude -I. -I"$gen" -fsyntax-only \
		-x c -include "$header" /dev/null 2>&1); then
		echo "ok $n - $header"
	else
		failed=1
		echo "not ok $n - $header"
		echo "$why" | head -10 | sed 's/^/# /'
	fi
done
echo "1..$n"
exit $failed
