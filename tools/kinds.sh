#!/bin/sh
# Print docs/drop-kinds.md: the kinds of records a dropped file may hold, from proto/evidence.proto, which is the only
# list of them.  tools/kinds.sh >docs/drop-kinds.md
set -eu
cd "$(dirname "$0")/.."

cat <<'END'
# What a dropped file may hold

One kind of record a file; its name begins with the kind. Every kind has an example in [`examples/drop`](../examples/drop), as CSV
and as JSONL. How to map columns that are called or written otherwise: [drop folder](sources/dropbox.md).

**Key** fields are needed in every row and say which record it is: a row with the same key and a newer file replaces the older one.
All others may be missing or empty, which means "not known", never 0. `source`, `host` and `seen_us` need no column.

- *time*: `2026-11-22T05:58:26+01:00`, `2026-11-22 05:58` or `22.11.2026 05:58` (the site's zone), or seconds since 1970.
- *duration*: a number in the unit the name ends in (`_ms`); with `unit` in the mapping also s, min, h, `hh:mm:ss`.
- *identity*: text as it is (number, agent, Call-ID, id of the other tool); only its keyed hash leaves the host. Write agents as the
  PBX's own logs do (`PJSIP/1003`), contacts by their unique or linked id, customers by telephone number, so that records meet.
- *words*: as they are; they travel in clear, so they must not name a person. Blanks around them do not count.
- *yes or no*: `true`, `false`; also 1, 0, yes, no, ja, nein.

<!-- from here on printed by tools/kinds.sh from proto/evidence.proto -->
END

awk '
function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
function lower(s) { return tolower(s) }
function written(type, name) {
	if (type == "int64" && name ~ /_us$/) return "time"
	if (name ~ /_(ms|us)$/) return "duration"
	if (type == "fixed64") return "identity"
	if (type == "string") return "words"
	if (type == "bool") return "yes or no"
	if (type == "bytes") return "hexadecimal digits"
	if (type == "double" || type == "float") return "number"
	if (type ~ /^(u?int32|sint32|u?int64)$/) return "whole number"
	if ((kind "." type) in states) return states[kind "." type]
	return states["." type]
}
function flush_field() {
	if (field == "") return
	rows = rows "| `" field "` | " (key ? "key" : "") " | " how " | " meaning " |\n"
	field = ""
}
function flush_kind() {
	flush_field()
	if (kind != "" && kind != "Evidence") {
		out = out "\n## " kind "\n\n" about "\n\n[CSV](../examples/drop/" kind ".csv), [JSONL](../examples/drop/" kind ".jsonl)\n\n" \
			"| field | | written as | meaning |\n|---|---|---|---|\n" rows
	}
	kind = ""; rows = ""
}
/^\/\/ / { comment = comment (comment == "" ? "" : " ") substr($0, 4); next }
/^enum / { enum = "." $2; next }
/^message / { kind = $2; about = comment; comment = ""; next }
/^\tenum / { enum = kind "." $2; next }
enum != "" && /}/ { enum = ""; next }
enum != "" {
	split(trim($0), part, /[ =]+/)
	states[enum] = states[enum] (states[enum] == "" ? "" : ", ") lower(part[1])
	next
}
/^}/ { flush_kind(); comment = ""; next }
/^\t(required|optional) / {
	flush_field()
	note = index($0, "//") ? trim(substr($0, index($0, "//") + 2)) : ""
	field = $3; key = ($1 == "required"); how = written($2, $3); meaning = note
	if (field == "source" || field == "host" || field == "seen_us") field = ""
	gsub(/\|/, "\\|", meaning)
	next
}
/^[ \t]+\/\// && field != "" { meaning = meaning " " trim(substr($0, index($0, "//") + 2)); next }
/^$/ { if (kind == "") comment = ""; next }
END { printf "%s", out }
' proto/evidence.proto
