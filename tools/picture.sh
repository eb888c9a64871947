#!/bin/sh
# The README's picture: the scorecard of the recording in tests/data, as a terminal shows it, drawn as SVG on standard output.
#   picture.sh >docs/scorecard.svg        (make picture)
# Every letter in it was printed by cxmeter; tests/lint/picture.sh holds the file in docs/ against a new one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${CXM_BIN:-$here/../build/release/bin}
data=$here/../tests/data/run1
work=$(mktemp -d "${TMPDIR:-/tmp}/cxmeter-picture.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# dropped on the day of the recording: a checkout gives files its own time, and the card says when a target was received
mkdir "$work/drop"
cp "$data/drop"/* "$work/drop/"
touch -d 2026-11-22T12:00:00Z "$work/drop"/*

CXM_BIN=$bin "$here/measure.sh" --site demo --timezone UTC --keep "$work" --queue-log "$data/queue_log" \
	--cel "$data/cel.csv.zst" --cdr "$data/cdr.csv.zst" --pcap "$data/calls.pcap.zst" --drop "$work/drop" >/dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }

NO_COLOR='' CLICOLOR_FORCE=1 "$bin/cxmeter" score --store "sqlite:$work/evidence.db" --site demo --timezone UTC --provisional \
	--lang en >"$work/screen"

# ANSI to SVG: one <text> a line, one <tspan> a colour, each as wide as its letters, so that columns stand in any fixed-pitch font
LC_ALL=C awk '
	function columns(s) { gsub(/[\200-\277]/, "", s); return length(s) }
	function escaped(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s); return s }
	# words that blanks keep apart are placed apart: renderers of SVG differ in what they make of runs of blanks
	function span(s,    word) {
		while (s != "") {
			match(s, /^ */)
			column += RLENGTH
			s = substr(s, RLENGTH + 1)
			word = match(s, / ( +|$)/) ? substr(s, 1, RSTART - 1) : s
			if (word == "") break
			printf "<tspan x=\"%d\" textLength=\"%d\"%s>%s</tspan>", left + column * wide, columns(word) * wide, style, escaped(word)
			column += columns(word)
			s = substr(s, length(word) + 1)
		}
	}
	BEGIN {
		wide = 8; high = 19; left = 24; top = 58
		class["1"] = "b"; class["2"] = "d"; class["31"] = "s1"; class["33"] = "s2"; class["32"] = "s3"; class["36"] = "s4"
	}
	{ line[++n] = $0; plain = $0; gsub(/\033\[[0-9;]*m/, "", plain); if (columns(plain) > most) most = columns(plain) }
	END {
		while (n > 0 && line[n] ~ /^ *$/) n--
		width = 2 * left + most * wide; height = top + n * high + 6
		printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n", width, height, width, height
		print "<title>Scorecard of the recording in tests/data, as cxmeter prints it</title>"
		print "<style>text{font:13px \"DejaVu Sans Mono\",Menlo,Consolas,\"Liberation Mono\",monospace;fill:#d7dde5;white-space:pre}" \
			".b{font-weight:bold;fill:#fff}.d{fill:#8b96a5}.s1{fill:#ff8a80}.s2{fill:#ffcf6b}.s3{fill:#8fe08f}.s4{fill:#6fd8e8}</style>"
		printf "<rect width=\"%d\" height=\"%d\" rx=\"9\" fill=\"#161b22\"/>\n", width, height
		print "<g fill=\"#ff5f57\"><circle cx=\"24\" cy=\"20\" r=\"6\"/><circle cx=\"44\" cy=\"20\" r=\"6\" fill=\"#febc2e\"/><circle cx=\"64\" cy=\"20\" r=\"6\" fill=\"#28c840\"/></g>"
		for (i = 1; i <= n; i++) {
			rest = line[i]; column = 0; style = ""
			if (rest ~ /^ *$/) continue
			printf "<text y=\"%d\">", top + (i - 1) * high
			while (match(rest, /\033\[[0-9;]*m/)) {
				text = substr(rest, 1, RSTART - 1)
				code = substr(rest, RSTART + 2, RLENGTH - 3)
				rest = substr(rest, RSTART + RLENGTH)
				span(text)
				style = code in class ? " class=\"" class[code] "\"" : ""
			}
			span(rest)
			print "</text>"
		}
		print "</svg>"
	}' "$work/screen"
