# Samples and rows in, a table out; with -v json=FILE the same as JSON there.
#   sample LABEL UNITS CPU_S PEAK_KIB      one run
#   row ID OURS PEER KIND AIM UNIT WHAT    how two labels are compared; tabs between all of it
# KIND: most    CPU a unit of ours over the peer's, at most AIM        least   the peer's over ours, at least AIM
#       memory  peak of ours, at most AIM MiB                         share   CPU_S over UNITS of ours in per cent, at most AIM
#       time    CPU a unit of ours, at most AIM milliseconds          each    (peak of ours - peak of the peer) over the units ours
#                                                                             has more, at most AIM bytes
# A label without samples was not measured: the row says so. Medians throughout.
BEGIN { FS = "\t"; format = "%-52s %8s %8s  %-28s %8s %9s  %-10s %s\n" }

function median(label, column,    n, i, j, v, sorted) {
	n = count[label]
	for (i = 1; i <= n; i++) {
		v = sample[label, column, i]
		for (j = i - 1; j > 0 && sorted[j] > v; j--) sorted[j + 1] = sorted[j]
		sorted[j + 1] = v
	}
	return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

function seconds(label) { return count[label] ? sprintf("%.3f", median(label, "cpu")) : "-" }

# 12345678 -> 12.3 M
function rate(label,    r) {
	if (!count[label] || !(r = median(label, "units"))) return "-"
	r = r / median(label, "cpu")
	return r >= 1e6 ? sprintf("%.2f M", r / 1e6) : sprintf("%.0f k", r / 1e3)
}

function per_unit(label) { return median(label, "cpu") / median(label, "units") }

function each_bytes(ours, peer) {
	return 1024 * (median(ours, "peak") - median(peer, "peak")) / (median(ours, "units") - median(peer, "units"))
}

# What is measured by itself, without a peer.
function alone(kind) { return kind == "memory" || kind == "share" || kind == "time" }

function alone_value(kind, label) {
	return kind == "memory" ? median(label, "peak") / 1024 : (kind == "share" ? 100 : 1000) * per_unit(label)
}

function verdict(kind, value, aim) {
	if (aim == "-" || value == "-") return "-"
	if (kind == "least") return value >= aim ? "yes" : value >= aim * 2 / 3 ? "two thirds" : "NO"
	return value <= aim ? "yes" : value <= aim * 1.5 ? "two thirds" : "NO"
}

function emit(kind, id, what, ours, peer, peer_name, value, value_text, aim, aim_text, said) {
	printf format, what, seconds(ours), alone(kind) ? "-" : rate(ours), peer_name, seconds(peer), value_text, aim_text, said
	if (json == "") return
	printf "%s\n    {\"id\": \"%s\", \"what\": \"%s\", \"cpu_s\": %s, \"units\": %s, \"peak_kib\": %s, \"peer\": \"%s\", ", rows++ ? "," : "",
		id, what, number(ours, "cpu"), number(ours, "units"), number(ours, "peak"), peer_name > json
	printf "\"peer_cpu_s\": %s, \"peer_units\": %s, \"peer_peak_kib\": %s, ", number(peer, "cpu"), number(peer, "units"),
		number(peer, "peak") > json
	printf "\"value\": %s, \"aim\": %s, \"aim_text\": \"%s\", \"reached\": \"%s\"}", value == "-" ? "null" : sprintf("%.4g", value),
		aim == "-" ? "null" : aim, aim_text, said > json
}

function number(label, column) { return count[label] ? sprintf("%.6g", median(label, column)) : "null" }

$1 == "sample" {
	i = ++count[$2]
	sample[$2, "units", i] = $3 + 0
	sample[$2, "cpu", i] = $4 + 0
	sample[$2, "peak", i] = $5 + 0
}

$1 == "row" { n_rows++; for (i = 1; i <= NF; i++) row[n_rows, i] = $i }

$1 == "fact" { if (json != "") printf "%s\n  \"%s\": \"%s\"", facts++ ? "," : "{", $2, $3 > json }

END {
	printf format, "what", "CPU s", "/ CPU s", "beside", "CPU s", "ratio", "aim", "reached"
	if (json != "") printf "%s\n  \"rows\": [", facts ? "," : "{" > json
	for (i = 1; i <= n_rows; i++) {
		ours = row[i, 3]; peer = row[i, 4]; kind = row[i, 5]; aim = row[i, 6]; peer_name = row[i, 7]
		value = "-"; text = "-"; aim_text = "-"
		if (alone(kind)) {
			if (count[ours]) value = alone_value(kind, ours)
			unit = kind == "memory" ? " MiB" : kind == "share" ? " %" : " ms"
			text = value == "-" ? "-" : sprintf(kind == "share" ? "%.3f%s" : "%.1f%s", value, unit)
			aim_text = aim == "-" ? "-" : "<= " aim unit
		} else {
			if (count[ours] && count[peer])
				value = kind == "each" ? each_bytes(ours, peer) : kind == "most" ? per_unit(ours) / per_unit(peer) : per_unit(peer) / per_unit(ours)
			text = value == "-" ? "-" : kind == "each" ? sprintf("%.0f B", value) : sprintf("%.2fx", value)
			aim_text = aim == "-" ? "-" : kind == "each" ? "<= " aim " B" : (kind == "most" ? "<= " : ">= ") aim "x"
			if (!count[peer]) peer_name = peer_name " (not here)"
		}
		emit(kind, row[i, 2], row[i, 8], ours, alone(kind) ? "" : peer, peer_name, value, text, aim, aim_text,
			verdict(kind, value, aim))
	}
	if (json != "") printf "\n  ]\n}\n" > json
}
