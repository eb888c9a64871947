#!/bin/sh
# Run fuzz targets under libFuzzer with the address and undefined behaviour sanitizers.
#   tools/fuzz.sh SECONDS TARGET...      SECONDS each; a target is tests/fuzz/TARGET.c
# Seeds are tests/fuzz/TARGET.in and past crashes TARGET.repro; what is learnt stays in build/fuzz-clang/corpus for the
# next run. TARGET.options ("max_len = 4096" a line) and TARGET.dict beside a target are used. A crash is shown, its
# input kept in build/fuzz-clang/crashes, and the exit code is 1.
set -u
cd "$(dirname "$0")/.." || exit 1
if [ "$#" -lt 2 ]; then
	sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
seconds=$1
shift
case $seconds in
'' | *[!0-9]*)
	echo "fuzz: \"$seconds\" is no number of seconds" >&2
	exit 2
	;;
esac
out=build/fuzz-clang
crashes=$out/crashes
mkdir -p "$crashes"
export ASAN_OPTIONS="abort_on_error=0:detect_stack_use_after_return=1:allocator_may_return_null=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
export UBSAN_OPTIONS="print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}"

build() {
	make -s CC=clang SAN=address,undefined BUILD=$out CFLAGS=-fsanitize=fuzzer-no-link "$out/libfuzzer/$1"
}

# "max_len = 4096" -> -max_len=4096; section lines and comments do not count
options() {
	[ -e "tests/fuzz/$1.options" ] || return 0
	sed -n 's/[[:space:]]//g; s/^\([a-z_][a-z_]*\)=\(.*\)$/-\1=\2/p' "tests/fuzz/$1.options"
}

run() {
	target=$1
	log=$out/$target.log
	mkdir -p "$out/corpus/$target"
	set -- "$out/corpus/$target"
	for seeds in "tests/fuzz/$target.in" "tests/fuzz/$target.repro"; do
		[ -d "$seeds" ] && set -- "$@" "$seeds"
	done
	dict=
	[ -e "tests/fuzz/$target.dict" ] && dict=-dict=tests/fuzz/$target.dict
	# shellcheck disable=SC2046,SC2086
	"$out/libfuzzer/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="$crashes/$target-" $dict $(options "$target") "$@" >"$log" 2>&1
	code=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	if [ "$code" -eq 0 ]; then
		echo "  FUZZ  $target: $seconds s, ${runs:-0} runs, $(ls "$out/corpus/$target" | wc -l) inputs kept"
		return 0
	fi
	echo "  FUZZ  $target: CRASHED after ${runs:-some} runs"
	grep -vE '^#[0-9]+[[:space:]]+(NEW|REDUCE|pulse|INITED|RELOAD|BING)' "$log" | tail -n 60 | sed 's/^/        /'
	echo "        when it is mended, keep the input as a test: mkdir -p tests/fuzz/$target.repro && mv $crashes/$target-* tests/fuzz/$target.repro/"
	return 1
}

failed=0
for target in "$@"; do
	if [ ! -e "tests/fuzz/$target.c" ]; then
		echo "fuzz: there is no tests/fuzz/$target.c" >&2
		failed=1
	elif ! build "$target"; then
		echo "fuzz: $target does not build" >&2
		failed=1
	else
		run "$target" || failed=1
	fi
done
exit $failed
