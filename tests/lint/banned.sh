#!/bin/sh
# What no source file may hold, as TAP: banned calls, forbidden words, typedefs of structs, files above 800 lines,
# functions above 80.
# Quick, and needs nothing but a shell: part of make check. tools/lint.sh does the rest.
set -u
cd "$(dirname "$0")/../.." || exit 1

files=$(find . -name build -prune -o -name .git -prune -o -type f -name '*.[ch]' -print | sort)
n=0 failed=0

# calls: unbounded or unchecked, not safe with threads, or a shell (style guide, "Banned"); numbers are parsed by
# common/slice.h, local time by common/when.h, randomness comes from struct env
calls='strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|strtol|sscanf|rand|alloca|localtime|gmtime|inet_ntoa|system|popen'

# code without comments and the inside of strings, each line behind its file and number
code() {
	# shellcheck disable=SC2086
	awk '
		FNR == 1 { inside = 0 }
		{
			line = $0
			gsub(/\\"/, "", line)
			gsub(/"[^"]*"/, "\"\"", line)
			out = ""
			while (line != "") {
				if (inside) {
					at = index(line, "*/")
					if (at == 0) { line = ""; break }
					line = substr(line, at + 2); inside = 0
				} else {
					at = index(line, "/*")
					if (at == 0) { out = out line; line = "" }
					else { out = out substr(line, 1, at - 1); line = substr(line, at + 2); inside = 1 }
				}
			}
			sub(/\/\/.*/, "", out)
			if (out != "") print FILENAME ":" FNR ": " out
		}' $files
}

report() {
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		failed=1
		echo "not ok $n - $1"
		echo "$2" | head -20 | sed 's/^/# /'
	fi
}

report no_banned_call "$(code | grep -E ": (.*[^A-Za-z0-9_])?($calls)[[:space:]]*\\(")"
report no_typedef_of_a_struct "$(code | grep -E 'typedef[[:space:]]+(struct|union)')"
# shellcheck disable=SC2086
report no_forbidden_word "$(grep -nwE 'TODO|FIXME|XXX|HACK' $files)"
# shellcheck disable=SC2086
report no_file_above_800_lines "$(wc -l $files | awk '$2 != "total" && $1 > 800 { print $2 ": " $1 " lines" }')"
# a body stands between two braces in the first column; so do tables, which end with "};"
# shellcheck disable=SC2086
report no_function_above_80_lines "$(awk '
	FNR == 1 { begin = 0 }
	/^\{$/ { begin = FNR }
	/^\}$/ { if (begin && FNR - begin - 1 > 80) print FILENAME ":" begin ": " FNR - begin - 1 " lines"; begin = 0 }' $files)"
report some_files_were_looked_at "$([ "$(echo "$files" | wc -l)" -gt 20 ] || echo "$files")"
echo "1..$n"
exit $failed
