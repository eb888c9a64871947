#!/bin/sh
# Everything that reads the sources without running them; make lint calls it, with CPPFLAGS in the environment.
#   tools/lint.sh [CHECK...]      format headers banned tidy cppcheck docs (default: all)
# clang-tidy looks again only at what has changed since it was clean, headers included; its memory is build/lint.
set -u
cd "$(dirname "$0")/.." || exit 1
checks=${*:-format headers banned tidy cppcheck docs}
build=build/release
cache=build/lint
cppflags=${CPPFLAGS:--D_GNU_SOURCE -DCXM_VERSION='\"0\"' -Iinclude -I. -I$build/gen}
mkdir -p "$cache/cppcheck"
failed=0

say() {
	printf '  LINT  %s\n' "$*"
}

# Run a check; what it prints is shown when it fails.
check() {
	name=$1
	shift
	if out=$("$@" 2>&1); then
		say "$name"
	else
		failed=1
		say "$name FAILED"
		echo "$out" | awk -v most="${LINT_LINES:-80}" 'NR <= most { print "        " $0 }
			END { if (NR > most) print "        ... and " NR - most " lines more (LINT_LINES=" NR " shows all)" }'
	fi
}

sources() {
	git ls-files -co --exclude-standard '*.[ch]' | while read -r f; do [ -e "$f" ] && echo "$f"; done
}

format() {
	sources | xargs clang-format --dry-run -Werror
}

headers() {
	! { CC=gcc CXM_BIN=$build/bin tests/lint/headers.sh && CC=clang CXM_BIN=$build/bin tests/lint/headers.sh; } |
		grep -A 10 '^not ok'
}

# One file; clean once, it is looked at again when it, a header it includes, or the rules have changed.
tidy_one() {
	mark=$cache/$(echo "$1" | tr '/' '_').clean
	if [ -e "$mark" ] && [ -z "$(find .clang-tidy tests/.clang-tidy "$1" -newer "$mark")" ] &&
		# shellcheck disable=SC2046
		[ -z "$(find $(sed -n 's/^[^ ]*: *//; s/ \\$//; p' "$mark") -newer "$mark" 2>&1)" ]; then
		return 0
	fi
	eval "set -- \"\$1\" $cppflags"
	file=$1
	shift
	if clang-tidy --quiet "$file" -- -std=c17 "$@" 2>"$mark.err" >"$mark.out" && ! [ -s "$mark.out" ]; then
		clang -MM -std=c17 "$@" "$file" >"$mark"
		rm -f "$mark.err" "$mark.out"
		return 0
	fi
	cat "$mark.out"
	[ -s "$mark.out" ] || cat "$mark.err"
	rm -f "$mark" "$mark.err" "$mark.out"
	return 1
}

tidy() {
	sources | grep '\.c$' | CPPFLAGS=$cppflags xargs -P 2 -n 1 "$0" --tidy-one
}

cppcheck_all() {
	eval "set -- $cppflags"
	# varFuncNullUB: in C with glibc NULL is a pointer, (void *)0; ctuuninitvar: takes the address of an array in a struct
	# that a function of another file fills for a read of it
	sources | grep '\.c$' | xargs cppcheck --quiet -j 2 --std=c11 --language=c --cppcheck-build-dir="$cache/cppcheck" --enable=warning,performance,portability \
		--inline-suppr --suppress=missingIncludeSystem --suppress="*:$build/*" --suppress=varFuncNullUB --suppress=ctuuninitvar \
		--error-exitcode=1 "$@"
}

# ---- drift: what a program takes, what its manual page says ----

# long options of a page, written in mdoc (Fl -config) or man (\-\-config)
page_options() {
	sed -E 's/\\-/-/g; s/Fl Fl ([a-z])/--\1/g; s/Fl -([a-z])/--\1/g' "$1" | grep -oE -- '--[a-z][a-z0-9-]*' | sort -u
}

manual_page() {
	program=$1
	page=$(ls docs/man/"$program".[0-9] 2>/dev/null)
	if [ -z "$page" ]; then
		echo "$program has no manual page yet"
		return 0
	fi
	help=$("$build/bin/$program" --help 2>&1 | grep -oE -- '--[a-z][a-z0-9-]*' | sort -u)
	if [ "$help" != "$(page_options "$page")" ]; then
		echo "$page and $program --help do not name the same options:"
		page_options "$page" | sed 's/^/page  /' >"$cache/page"
		echo "$help" | sed 's/^/help  /' >"$cache/help"
		sort -k 2 "$cache/page" "$cache/help" | awk '{ n[$2]++; line[$2] = $0 } END { for (o in n) if (n[o] == 1) print "    only in " line[o] }'
		return 1
	fi
}

# Rows of a table of keys, each by the last part of its name: `sources.capture[].interface` -> `interface`
bare_rows() {
	sed -nE 's/^[|] `([^`]*[].])?([a-z_]+)(\[\])?` /| `\2` /p' "$@"
}

# The page that holds most rows of a table, and how many; nothing when none holds any
page_of() {
	for page in docs/*.md; do
		echo "$(bare_rows "$page" | grep -cFx -f "$1") $page"
	done | sort -rn | awk 'NR == 1 && $1 > 0 { print $2 }'
}

# Every schema a header exports, as conf_describe prints it, must stand so in one of docs/*.md, by itself or as a section
# of another. (That a page has no row more is for the unit tests of the two configurations.)
schema_tables() {
	grep -lE '^extern const struct conf_schema [a-z_]+;' $(git ls-files '*.h') | while read -r header; do
		sed -nE "s|^extern const struct conf_schema ([a-z_]+);.*|$header \1|p" "$header"
	done >"$cache/schemas"
	bad=0
	while read -r header schema; do
		printf '#include "%s"\nint main(void)\n{\n\tconf_describe(&%s, "", stdout);\n\treturn 0;\n}\n' "$header" "$schema" >"$cache/schema.c"
		eval "set -- $cppflags"
		libs="$build/lib*.a"
		# shellcheck disable=SC2046,SC2086
		if ! cc -std=c17 "$@" -o "$cache/schema" "$cache/schema.c" -Wl,--start-group $libs -Wl,--end-group -pthread \
			$(pkg-config --libs libssl libcrypto yaml-0.1 zlib libzstd libprotobuf-c jansson libpcap libevent libevent_openssl \
				libevent_pthreads libcap-ng sqlite3) -lm || ! "$cache/schema" >"$cache/schema.md"; then
			bad=1
			continue
		fi
		bare_rows "$cache/schema.md" >"$cache/rows"
		page=$(page_of "$cache/rows")
		if [ -z "$page" ]; then
			echo "$schema is described in no page of docs/ yet"
		elif ! bare_rows "$page" >"$cache/page.rows" || grep -vFx -f "$cache/page.rows" "$cache/rows" >"$cache/missing"; then
			echo "$page does not hold these rows of the table of $schema ($header):"
			cat "$cache/missing"
			bad=1
		fi
	done <"$cache/schemas"
	return $bad
}

docs() {
	rc=0
	make -s all || return 1
	for program in cxmeter-agent cxmeter-collector cxmeter; do
		manual_page "$program" || rc=1
	done
	schema_tables || rc=1
	return $rc
}

if [ "${1:-}" = --tidy-one ]; then
	tidy_one "$2"
	exit
fi
for c in $checks; do
	case $c in
	format) check "clang-format" format ;;
	headers) check "headers alone, gcc and clang" headers ;;
	banned) check "banned calls and words" tests/lint/banned.sh ;;
	tidy) check "clang-tidy" tidy ;;
	cppcheck) check "cppcheck" cppcheck_all ;;
	docs) check "docs say what the programs do" docs ;;
	*)
		echo "lint: unknown check \"$c\"" >&2
		exit 2
		;;
	esac
done
exit $failed
