#include "agent/posture/advisory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/decode/json_flat.h"
#include "common/when.h"
#include "proto/csv.h"

#define LINE_MAX_BYTES ((size_t)64 * 1024)

enum column { PACKAGE, FIXED, SEVERITY, PUBLISHED, COLUMNS };

static const char *const column_names[COLUMNS] = { "package", "fixed_version", "severity",
	                                           "published" };

struct reading {
	advisory_fn each;
	void *arg;
	struct advisory_counts *counts;
};

static enum column column_of(struct slice name)
{
	enum column i = PACKAGE;

	while (i < COLUMNS && !slice_ieq(slice_trim(name), slice_of(column_names[i]))) {
		i++;
	}
	return i;
}

/* A word, or a CVSS score with its bands (FIRST, CVSS v3.1 5): 9.0, 7.0, 4.0. */
static int parse_severity(struct slice text, enum advisory_severity *out)
{
	static const struct {
		const char *word;
		enum advisory_severity severity;
	} words[] = {
		{ "critical", ADVISORY_CRITICAL }, { "high", ADVISORY_HIGH },
		{ "important", ADVISORY_HIGH },    { "medium", ADVISORY_MEDIUM },
		{ "moderate", ADVISORY_MEDIUM },   { "low", ADVISORY_LOW },
		{ "negligible", ADVISORY_LOW },    { "unimportant", ADVISORY_LOW },
	};
	double score;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (slice_ieq(text, slice_of(words[i].word))) {
			*out = words[i].severity;
			return 0;
		}
	}
	if (slice_double(text, false, &score) != 0 || !(score >= 0 && score <= 10)) {
		return -EINVAL;
	}
	*out = score >= 9   ? ADVISORY_CRITICAL
	       : score >= 7 ? ADVISORY_HIGH
	       : score >= 4 ? ADVISORY_MEDIUM
	                    : ADVISORY_LOW;
	return 0;
}

static int copy(struct slice from, char to[ADVISORY_TEXT_MAX])
{
	if (from.len >= ADVISORY_TEXT_MAX ||
	    (from.len > 0 && memchr(from.at, '\0', from.len) != NULL)) {
		return -EINVAL;
	}
	if (from.len > 0) {
		memcpy(to, from.at, from.len);
	}
	to[from.len] = '\0';
	return 0;
}

static void take_row(struct reading *r, const struct slice fields[COLUMNS])
{
	struct advisory a = { 0 };

	r->counts->rows++;
	if (copy(slice_trim(fields[PACKAGE]), a.package) != 0 || a.package[0] == '\0' ||
	    copy(slice_trim(fields[FIXED]), a.fixed_version) != 0 ||
	    parse_severity(slice_trim(fields[SEVERITY]), &a.severity) != 0 ||
	    when_parse(slice_trim(fields[PUBLISHED]), &a.published_us) != 0) {
		r->counts->malformed++;
		return;
	}
	r->each(r->arg, &a);
}

/* ---- JSON ---- */

static void read_json_line(struct reading *r, struct slice line, char *room_bytes)
{
	struct json_room room = { room_bytes, LINE_MAX_BYTES, 0 };
	struct slice fields[COLUMNS] = { { NULL, 0 } };
	struct json_member m;
	int rc = line.len <= LINE_MAX_BYTES ? 1 : -EMSGSIZE;

	while (rc == 1 && (rc = json_flat_next(&line, &room, &m)) == 1) {
		enum column c = column_of(m.name);

		if (c < COLUMNS) {
			fields[c] = m.value;
		}
	}
	if (rc != 0) {
		r->counts->rows++;
		r->counts->malformed++;
		return;
	}
	take_row(r, fields);
}

static int read_json(struct reading *r, struct slice text)
{
	char *room = malloc(LINE_MAX_BYTES);

	if (room == NULL) {
		return -ENOMEM;
	}
	while (text.len > 0) {
		struct slice line = slice_trim(slice_cut(&text, '\n'));

		if (line.len > 0) {
			read_json_line(r, line, room);
		}
	}
	free(room);
	return 0;
}

/* ---- CSV ---- */

static int read_heading(const struct csv_row *row, size_t where[COLUMNS])
{
	unsigned found = 0;

	for (size_t i = 0; i < row->n_fields; i++) {
		enum column c = column_of(row->fields[i]);

		if (c < COLUMNS) {
			where[c] = i;
			found |= 1U << c;
		}
	}
	return found == (1U << COLUMNS) - 1 ? 0 : -EBADMSG;
}

static void read_csv_row(struct reading *r, const struct csv_row *row, const size_t where[COLUMNS])
{
	struct slice fields[COLUMNS] = { { NULL, 0 } };

	if (row->n_fields == 1 && slice_trim(row->fields[0]).len == 0) {
		return; /* a blank line */
	}
	for (size_t c = 0; c < COLUMNS; c++) {
		if (where[c] < row->n_fields) {
			fields[c] = row->fields[where[c]];
		}
	}
	take_row(r, fields);
}

static int read_csv(struct reading *r, struct slice text)
{
	struct slice first = text;
	char separator = csv_separator(slice_cut(&first, '\n'));
	size_t where[COLUMNS] = { 0 };
	bool headed = false;
	struct csv_row row;
	int rc = 0;

	csv_row_init(&row);
	while (text.len > 0 && rc == 0) {
		size_t consumed = 0;
		int got = csv_next(text, separator, true, &row, &consumed);

		if (got == 1 && !headed) {
			rc = read_heading(&row, where);
			headed = true;
		} else if (got == 1) {
			read_csv_row(r, &row, where);
		} else if (got < 0) {
			r->counts->rows++;
			r->counts->malformed++;
		}
		if (consumed == 0) {
			break;
		}
		text = (struct slice){ text.at + consumed, text.len - consumed };
	}
	csv_row_free(&row);
	return rc != 0 ? rc : headed ? 0 : -EBADMSG;
}

int advisory_read(struct slice text, advisory_fn each, void *arg, struct advisory_counts *counts)
{
	static const struct slice mark = { "\xef\xbb\xbf", 3 };
	struct reading r = { each, arg, counts };

	*counts = (struct advisory_counts){ 0 };
	if (slice_starts(text, mark)) {
		text = (struct slice){ text.at + mark.len, text.len - mark.len };
	}
	return json_flat_begins(text) ? read_json(&r, text) : read_csv(&r, text);
}
