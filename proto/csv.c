#include "proto/csv.h"

#include <errno.h>

void csv_row_init(struct csv_row *row)
{
	row->n_fields = 0;
	row->lines = 0;
	buf_init(&row->unquoted, CSV_ROW_MAX_BYTES);
}

void csv_row_free(struct csv_row *row)
{
	buf_free(&row->unquoted);
}

char csv_separator(struct slice line)
{
	static const char candidates[] = { ',', ';', '\t' };
	size_t count[sizeof(candidates)] = { 0 };
	size_t best = 0;
	bool quoted = false;

	for (size_t i = 0; i < line.len; i++) {
		quoted ^= line.at[i] == '"';
		for (size_t k = 0; k < sizeof(candidates); k++) {
			count[k] += !quoted && line.at[i] == candidates[k];
		}
	}
	for (size_t k = 1; k < sizeof(candidates); k++) {
		best = count[k] > count[best] ? k : best;
	}
	return candidates[best];
}

/*
 * Where the row ends: one past its line feed, or 0 when it is not all there. A quote opens a field
 * only at its beginning, and closes it only before a separator or a line end: elsewhere it is
 * malformed inside quotes, and an ordinary character outside (5" pipe).
 */
static size_t row_end(struct slice in, char separator, bool last, size_t *lines)
{
	enum { AT_START, PLAIN, QUOTED, AFTER_QUOTE } state = AT_START;

	*lines = 0;
	for (size_t i = 0; i < in.len; i++) {
		char c = in.at[i];

		*lines += c == '\n';
		if (state == QUOTED) {
			state = c == '"' ? AFTER_QUOTE : QUOTED;
		} else if (c == '\n') {
			return i + 1;
		} else if (c == separator) {
			state = AT_START;
		} else if (c == '"' && state != PLAIN) {
			state = QUOTED; /* a first quote, or the second of a doubled one */
		} else {
			state = PLAIN; /* after a closing quote that is malformed: split says so */
		}
	}
	return last ? in.len : 0;
}

/* A quote that is never closed would swallow the rest of the file: give up at the first line end.
 */
static size_t first_line_end(struct slice in)
{
	const char *feed = in.len > 0 ? memchr(in.at, '\n', in.len) : NULL;

	return feed != NULL ? (size_t)(feed - in.at) + 1 : in.len;
}

/* One quoted field; `at` stands behind the opening quote and is left behind the closing one. */
static int take_quoted(struct slice row, size_t *at, struct buf *unquoted, struct slice *field)
{
	size_t start = unquoted->len;

	for (;;) {
		const char *quote = *at < row.len ? memchr(row.at + *at, '"', row.len - *at) : NULL;
		size_t n;

		if (quote == NULL) {
			return -EBADMSG;
		}
		n = (size_t)(quote - row.at) - *at;
		buf_add(unquoted, row.at + *at, n);
		*at += n + 1;
		if (*at >= row.len || row.at[*at] != '"') {
			break;
		}
		buf_add_char(unquoted, '"');
		++*at;
	}
	*field = (struct slice){ (const char *)unquoted->data + start, unquoted->len - start };
	return 0;
}

static int split(struct slice row, char separator, struct csv_row *out)
{
	size_t at = 0;

	for (;;) {
		struct slice *field = &out->fields[out->n_fields];

		if (out->n_fields == CSV_FIELDS_MAX) {
			return -EMSGSIZE;
		}
		if (at < row.len && row.at[at] == '"') {
			at++;
			if (take_quoted(row, &at, &out->unquoted, field) != 0 ||
			    (at < row.len && row.at[at] != separator)) {
				return -EBADMSG;
			}
		} else {
			const char *end =
				at < row.len ? memchr(row.at + at, separator, row.len - at) : NULL;
			size_t n = end != NULL ? (size_t)(end - row.at) - at : row.len - at;

			*field = (struct slice){ row.at + at, n };
			at += n;
		}
		out->n_fields++;
		if (at >= row.len) {
			return 0;
		}
		at++; /* the separator; a row that ends with one has an empty last field */
	}
}

int csv_next(struct slice in, char separator, bool last, struct csv_row *row, size_t *consumed)
{
	struct slice text;
	size_t end;
	int rc;

	row->n_fields = 0;
	buf_reset(&row->unquoted);
	*consumed = 0;
	end = row_end(in, separator, last, &row->lines);
	if (end == 0 && in.len < CSV_ROW_MAX_BYTES) {
		return 0;
	}
	if (end == 0 || end > CSV_ROW_MAX_BYTES) {
		*consumed = first_line_end(in);
		row->lines = 1;
		return -EMSGSIZE;
	}
	text = (struct slice){ in.at, end };
	while (text.len > 0 && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == '\r')) {
		text.len--;
	}
	/* room for the longest possible result at once, so that the slices handed out never move */
	rc = buf_reserve(&row->unquoted, text.len) != NULL ? split(text, separator, row) : -ENOMEM;
	*consumed = rc == 0 ? end : first_line_end(in);
	row->lines = rc == 0 ? row->lines : 1;
	return rc == 0 ? 1 : rc;
}

/* True for what a spreadsheet would run, also when it has the guard in front already: so that every
 * guard that is taken off was put on by us. */
static bool needs_guard(struct slice field)
{
	while (field.len > 0 && field.at[0] == '\'') {
		field = (struct slice){ field.at + 1, field.len - 1 };
	}
	return field.len > 0 && memchr("=+-@\t\r", field.at[0], 6) != NULL;
}

void csv_add(struct buf *out, struct slice field, bool guard)
{
	bool quote = false;

	for (size_t i = 0; i < field.len; i++) {
		quote |= memchr(",;\t\"\r\n", field.at[i], 6) != NULL;
	}
	if (quote) {
		buf_add_char(out, '"');
	}
	if (guard && needs_guard(field)) {
		buf_add_char(out, '\'');
	}
	for (size_t i = 0; i < field.len; i++) {
		if (field.at[i] == '"') {
			buf_add_char(out, '"');
		}
		buf_add_char(out, field.at[i]);
	}
	if (quote) {
		buf_add_char(out, '"');
	}
}

struct slice csv_unguard(struct slice field)
{
	return field.len > 1 && field.at[0] == '\'' && needs_guard(field)
	               ? (struct slice){ field.at + 1, field.len - 1 }
	               : field;
}
