#include "proto/import.h"

#include <errno.h>
#include <stdlib.h>

#include <jansson.h>

#include "proto/csv.h"

#define CHUNK_BYTES     ((size_t)64 * 1024)
#define INPUT_MAX_BYTES (CSV_ROW_MAX_BYTES + CHUNK_BYTES + 16)
#define IGNORED_MAX     1024

struct column {
	const struct cxm_field *field; /* NULL: ignored */
	double factor;
};

struct import {
	struct instream *in;
	const struct import_rules *rules;
	struct text_rules text;
	struct buf input; /* read, not yet parsed */
	size_t used;      /* bytes of it that are done */
	bool last;
	bool skip_line; /* of a line that was too long the end is still to come */
	char separator;
	struct csv_row row;
	struct column columns[CSV_FIELDS_MAX];
	size_t n_columns;
	bool filled[CXM_FIELDS_MAX]; /* by field: a name of this JSON object set it */
	unsigned line;               /* of the next row */
	struct arena arena;
	struct buf ignored;
};

static bool strip(struct slice *name, struct slice suffix)
{
	if (name->len <= suffix.len ||
	    !slice_ieq((struct slice){ name->at + name->len - suffix.len, suffix.len }, suffix)) {
		return false;
	}
	name->len -= suffix.len;
	return true;
}

int import_name(const struct cxm_catalog *catalog, const char *path, const struct cxm_kind **kind,
                enum import_format *format)
{
	const char *slash = strrchr(path, '/');
	struct slice name = slice_of(slash != NULL ? slash + 1 : path);

	(void)(strip(&name, SLICE(".gz")) || strip(&name, SLICE(".zst")));
	if (strip(&name, SLICE(".csv"))) {
		*format = IMPORT_CSV;
	} else if (strip(&name, SLICE(".jsonl"))) {
		*format = IMPORT_JSONL;
	} else {
		return -EINVAL;
	}
	/* the kind is the whole name or what stands before - _ . or a blank; table names hold _
	 * themselves */
	for (struct slice head = name; head.len > 0; head.len--) {
		bool edge = head.len == name.len || strchr("-_. ", head.at[head.len]) != NULL;

		if (edge && (*kind = cxm_kind_named(catalog, head)) != NULL) {
			return 0;
		}
	}
	return -EINVAL;
}

static struct slice rest_of(const struct import *im)
{
	return (struct slice){ (const char *)im->input.data + im->used, im->input.len - im->used };
}

/* Read on until a line end is there or nothing more comes. */
static int refill(struct import *im, struct fault *fault)
{
	uint8_t *to;
	ssize_t n;

	buf_drop_front(&im->input, im->used);
	im->used = 0;
	to = buf_reserve(&im->input, CHUNK_BYTES);
	if (to == NULL) {
		return fault_set(fault, -ENOMEM, "%s: out of memory", instream_path(im->in));
	}
	n = instream_read(im->in, to, CHUNK_BYTES);
	if (n < 0) {
		return fault_set(fault, (int)n == -EINVAL ? -EIO : (int)n,
		                 "%s: cannot read further: %s", instream_path(im->in),
		                 n == -EBADMSG ? "damaged compression" : strerror((int)-n));
	}
	buf_commit(&im->input, (size_t)n);
	im->last = n == 0;
	return 0;
}

/* Drop a byte order mark; recognise what Excel calls "Unicode text". */
static int check_encoding(struct import *im, struct fault *fault)
{
	struct slice head;
	int rc = refill(im, fault);

	if (rc != 0) {
		return rc;
	}
	head = rest_of(im);
	if (slice_starts(head, SLICE("\xff\xfe")) || slice_starts(head, SLICE("\xfe\xff"))) {
		return fault_set(fault, -EBADMSG, "%s: the file is UTF-16: save it as UTF-8",
		                 instream_path(im->in));
	}
	im->used = slice_starts(head, SLICE("\xef\xbb\xbf")) ? 3 : 0;
	return 0;
}

static const struct import_column *mapped(const struct import *im, struct slice name)
{
	for (size_t i = 0; i < im->rules->n_columns; i++) {
		if (slice_ieq(name, slice_of(im->rules->columns[i].from))) {
			return &im->rules->columns[i];
		}
	}
	return NULL;
}

static struct column match(struct import *im, struct slice name)
{
	const struct import_column *map = mapped(im, name);
	struct column column = { NULL, 1.0 };

	if (map != NULL) {
		column.field = cxm_field_named(im->rules->kind, slice_of(map->to));
		column.factor = map->factor;
		return column;
	}
	for (size_t i = 0; i < im->rules->kind->n_fields; i++) {
		if (slice_ieq(name, slice_of(im->rules->kind->fields[i].name))) {
			column.field = &im->rules->kind->fields[i];
		}
	}
	return column;
}

/* Remember a name that matches nothing, once. */
static void note_ignored(struct import *im, struct slice name)
{
	struct slice known = { (const char *)im->ignored.data, im->ignored.len };

	while (known.len > 0) {
		if (slice_eq(slice_trim(slice_cut(&known, ',')), name)) {
			return;
		}
	}
	buf_printf(&im->ignored, "%s%.*s", im->ignored.len > 0 ? ", " : "", (int)name.len, name.at);
}

static bool is_constant(const struct import *im, const struct cxm_field *f)
{
	for (size_t i = 0; i < im->rules->n_constants; i++) {
		if (strcmp(im->rules->constants[i].to, f->name) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_column(const struct import *im, const struct cxm_field *f)
{
	for (size_t i = 0; i < im->n_columns; i++) {
		if (im->columns[i].field == f) {
			return true;
		}
	}
	return false;
}

static int match_header(struct import *im, struct fault *fault)
{
	const struct cxm_kind *kind = im->rules->kind;

	for (size_t i = 0; i < im->row.n_fields; i++) {
		struct slice name = slice_trim(im->row.fields[i]);
		struct column column = match(im, name);

		if (column.field != NULL && is_column(im, column.field)) {
			return fault_set(fault, -EINVAL,
			                 "%s:1: two columns fill %s; rename or remove one",
			                 instream_path(im->in), column.field->name);
		}
		if (column.field == NULL) {
			note_ignored(im, name);
		}
		im->columns[im->n_columns++] = column;
	}
	for (size_t i = 0; i < kind->n_key; i++) {
		if (!is_column(im, &kind->fields[i]) && !is_constant(im, &kind->fields[i])) {
			return fault_set(fault, -EINVAL,
			                 "%s:1: no column for %s, which every %s needs; name the "
			                 "column so, or map it in the "
			                 "configuration",
			                 instream_path(im->in), kind->fields[i].name, kind->name);
		}
	}
	return 0;
}

/* Find the separator in the first line and read the header row. */
static int read_header(struct import *im, struct fault *fault)
{
	size_t consumed = 0;
	int rc;

	do {
		struct slice in = rest_of(im);

		if (in.len > 0) {
			im->separator = csv_separator(slice_cut(&in, '\n'));
		}
		rc = csv_next(rest_of(im), im->separator, im->last, &im->row, &consumed);
		if (rc == 0 && im->last) {
			return fault_set(fault, -EBADMSG, "%s: the file is empty",
			                 instream_path(im->in));
		}
		if (rc == 0) {
			int more = refill(im, fault);

			if (more != 0) {
				return more;
			}
		}
	} while (rc == 0);
	if (rc < 0) {
		return fault_set(fault, -EBADMSG, "%s:1: the header line cannot be read as CSV",
		                 instream_path(im->in));
	}
	im->used += consumed;
	im->line += (unsigned)im->row.lines;
	im->text.decimal_comma |=
		im->separator == ';'; /* who needs the comma for numbers separates by semicolon */
	return match_header(im, fault);
}

int import_open(struct import **out, struct instream *in, const struct import_rules *rules,
                struct fault *fault)
{
	struct import *im = calloc(1, sizeof(*im));
	int rc;

	if (im == NULL) {
		return fault_set(fault, -ENOMEM, "%s: out of memory", instream_path(in));
	}
	im->in = in;
	im->rules = rules;
	im->text = rules->text;
	im->line = 1;
	im->separator = ',';
	buf_init(&im->input, INPUT_MAX_BYTES);
	buf_init(&im->ignored, IGNORED_MAX);
	arena_init(&im->arena, 4 * CSV_ROW_MAX_BYTES);
	csv_row_init(&im->row);
	for (size_t i = 0; i < rules->n_columns; i++) {
		if (cxm_field_named(rules->kind, slice_of(rules->columns[i].to)) == NULL) {
			rc = fault_set(fault, -EINVAL, "column mapping: %s has no field %s",
			               rules->kind->name, rules->columns[i].to);
			import_close(im);
			return rc;
		}
	}
	rc = check_encoding(im, fault);
	if (rc == 0 && rules->format == IMPORT_CSV) {
		rc = read_header(im, fault);
	}
	if (rc != 0) {
		import_close(im);
		return rc;
	}
	*out = im;
	return 0;
}

static int put_constants(struct import *im, ProtobufCMessage *m, struct fault *fault)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < im->rules->n_constants; i++) {
		const struct import_constant *c = &im->rules->constants[i];
		const struct cxm_field *f = cxm_field_named(im->rules->kind, slice_of(c->to));

		/* a default such as seen_us may have no field in a small kind */
		rc = f != NULL ? text_parse(m, f, slice_of(c->text), 1.0, &im->text, &im->arena,
		                            fault)
		               : 0;
	}
	return rc;
}

static int row_from_csv(struct import *im, ProtobufCMessage *m, struct fault *fault)
{
	int rc = 0;

	if (im->row.n_fields != im->n_columns) {
		return fault_set(fault, -EINVAL, "%zu fields, the header has %zu", im->row.n_fields,
		                 im->n_columns);
	}
	for (size_t i = 0; rc == 0 && i < im->n_columns; i++) {
		const struct column *c = &im->columns[i];
		struct slice text = im->row.fields[i];

		if (c->field != NULL && c->field->type == CXM_LABEL) {
			text = csv_unguard(text);
		}
		if (c->field != NULL) {
			rc = text_parse(m, c->field, text, c->factor, &im->text, &im->arena, fault);
		}
	}
	return rc;
}

static int value_from_json(struct import *im, ProtobufCMessage *m, const struct column *c,
                           const json_t *value, struct fault *fault)
{
	char number[40];
	struct slice text;

	switch (json_typeof(value)) {
	case JSON_STRING:
		text = (struct slice){ json_string_value(value), json_string_length(value) };
		break;
	case JSON_INTEGER:
		(void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
		               json_integer_value(value));
		text = slice_of(number);
		break;
	case JSON_REAL:
		(void)snprintf(number, sizeof(number), "%.17g", json_real_value(value));
		text = slice_of(number);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		text = json_is_true(value) ? SLICE("true") : SLICE("false");
		break;
	case JSON_NULL:
		return 0;
	case JSON_OBJECT:
	case JSON_ARRAY:
		return fault_set(fault, -EINVAL, "%s: objects and lists have no place in a record",
		                 c->field->name);
	default:
		return fault_set(fault, -EINVAL, "%s: not understood", c->field->name);
	}
	return text_parse(m, c->field, text, c->factor, &im->text, &im->arena, fault);
}

static int key_complete(const struct import *im, struct fault *fault)
{
	const struct cxm_kind *kind = im->rules->kind;

	for (size_t i = 0; i < kind->n_key; i++) {
		if (!im->filled[i] && !is_constant(im, &kind->fields[i])) {
			return fault_set(fault, -EINVAL,
			                 "%s is missing; it is part of the record's key",
			                 kind->fields[i].name);
		}
	}
	return 0;
}

static int member_from_json(struct import *im, ProtobufCMessage *m, const char *name,
                            const json_t *value, struct fault *fault)
{
	struct column column = match(im, slice_of(name));
	bool *filled;

	if (column.field == NULL) {
		note_ignored(im, slice_of(name));
		return 0;
	}
	filled = &im->filled[column.field - im->rules->kind->fields];
	if (*filled) {
		return fault_set(fault, -EINVAL, "two names fill %s; remove one",
		                 column.field->name);
	}
	*filled = !json_is_null(value);
	return value_from_json(im, m, &column, value, fault);
}

/* What jansson says without the text it says it about, which may be a name or number of somebody.
 */
static int not_json(const json_error_t *why, struct fault *fault)
{
	struct slice text = slice_of(why->text);
	const char *near = strstr(why->text, " near ");

	text.len = near != NULL ? (size_t)(near - why->text) : text.len;
	return fault_set(fault, -EINVAL, "not a JSON object: %.*s in column %d", (int)text.len,
	                 text.at, why->column);
}

static int row_from_json(struct import *im, struct slice line, ProtobufCMessage *m,
                         struct fault *fault)
{
	json_error_t why;
	json_t *object = json_loadb(line.at, line.len, JSON_REJECT_DUPLICATES, &why);
	const char *name;
	json_t *value;
	int rc = 0;

	if (object == NULL) {
		return not_json(&why, fault);
	}
	if (!json_is_object(object)) {
		rc = fault_set(fault, -EINVAL, "not a JSON object but another value");
	}
	memset(im->filled, 0, sizeof(im->filled));
	json_object_foreach(object, name, value)
	{
		rc = rc == 0 ? member_from_json(im, m, name, value, fault) : rc;
	}
	json_decref(object);
	return rc == 0 ? key_complete(im, fault) : rc;
}

/* The next line of JSONL in place of a CSV row: same contract as csv_next. */
static int next_line(struct slice in, bool last, struct slice *line, size_t *consumed)
{
	const char *feed = in.len > 0 ? memchr(in.at, '\n', in.len) : NULL;

	*consumed = feed != NULL ? (size_t)(feed - in.at) + 1 : in.len;
	*line = slice_trim((struct slice){ in.at, *consumed });
	if (*consumed > CSV_ROW_MAX_BYTES) {
		return -EMSGSIZE;
	}
	return feed != NULL || (last && in.len > 0) ? 1 : 0;
}

/* Drop what is left of a line that was too long. @return false while its end is not there yet. */
static bool skip_line(struct import *im)
{
	struct slice rest = rest_of(im);
	const char *feed = rest.len > 0 ? memchr(rest.at, '\n', rest.len) : NULL;

	im->used += feed != NULL ? (size_t)(feed - rest.at) + 1 : rest.len;
	im->skip_line = feed == NULL;
	return !im->skip_line;
}

/* One row or line, blank or not: like csv_next, and what it takes is taken. */
static int take_row(struct import *im, struct slice *line)
{
	bool csv = im->rules->format == IMPORT_CSV;
	size_t consumed = 0;
	int rc;

	if (im->skip_line && !skip_line(im)) {
		return 0;
	}
	rc = csv ? csv_next(rest_of(im), im->separator, im->last, &im->row, &consumed)
	         : next_line(rest_of(im), im->last, line, &consumed);
	if (rc == 0) {
		return 0;
	}
	im->used += consumed;
	im->line += csv ? (unsigned)im->row.lines : 1;
	im->skip_line = rc == -EMSGSIZE && im->input.data[im->used - 1] != '\n';
	return rc;
}

/* Find the next row that is not blank: 1 with its text in im->row or `line`, 0 at the end,
 * negative. */
static int next_row(struct import *im, struct slice *line, unsigned *at_line, struct fault *fault)
{
	for (;;) {
		bool blank;
		int rc;

		*at_line = im->line;
		rc = take_row(im, line);
		if (rc == 0 && im->last) {
			return 0;
		}
		if (rc == 0) {
			rc = refill(im, fault);
			if (rc != 0) {
				return rc;
			}
			continue;
		}
		if (rc == -ENOMEM) {
			return fault_set(fault, rc, "out of memory");
		}
		if (rc < 0) {
			return fault_set(fault, -EINVAL,
			                 rc == -EMSGSIZE
			                         ? "the row is too long or has too many fields"
			                         : "a quote is out of place");
		}
		blank = im->rules->format == IMPORT_CSV
		                ? im->row.n_fields == 1 && slice_trim(im->row.fields[0]).len == 0
		                : line->len == 0;
		if (!blank) {
			return 1;
		}
	}
}

int import_next(struct import *im, ProtobufCMessage **m, unsigned *line, struct fault *fault)
{
	struct slice text = { NULL, 0 };
	int rc = next_row(im, &text, line, fault);

	if (rc != 1) {
		return rc;
	}
	arena_reset(&im->arena);
	*m = cxm_record_new(im->rules->kind, &im->arena);
	if (*m == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	rc = put_constants(im, *m, fault);
	if (rc == 0) {
		rc = im->rules->format == IMPORT_CSV ? row_from_csv(im, *m, fault)
		                                     : row_from_json(im, text, *m, fault);
	}
	return rc == 0 ? 1 : -EINVAL;
}

const char *import_ignored(struct import *im)
{
	return buf_text(&im->ignored);
}

void import_close(struct import *im)
{
	if (im == NULL) {
		return;
	}
	buf_free(&im->input);
	buf_free(&im->ignored);
	arena_free(&im->arena);
	csv_row_free(&im->row);
	free(im);
}
