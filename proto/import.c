#include "proto/import.h"

#include <errno.h>
#include <stdlib.h>

#include <jansson.h>

#include "proto/csv.h"
#include "proto/import_plan.h"

#define CHUNK_BYTES     ((size_t)64 * 1024)
#define INPUT_MAX_BYTES (CSV_ROW_MAX_BYTES + CHUNK_BYTES + 16)
#define RAW_BYTES       (CHUNK_BYTES / 4) /* a byte may become ENCODING_GROWTH */
#define IGNORED_MAX     1024

_Static_assert(RAW_BYTES *ENCODING_GROWTH <= CHUNK_BYTES, "room for what a chunk becomes");

/* The texts of a row, by column. */
struct cells {
	struct slice names[CSV_FIELDS_MAX];
	struct slice texts[CSV_FIELDS_MAX];
	bool nested[CSV_FIELDS_MAX]; /* an object or list of JSON */
	size_t n;
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
	struct cells cells;
	struct plan plan;
	struct encoding_state encoding;
	struct buf raw;     /* bytes that are not UTF-8 yet */
	struct buf joined;  /* a value of several columns */
	struct buf scratch; /* a value brought into shape */
	unsigned line;      /* of the next row */
	uint64_t skipped;
	struct arena arena;
	struct arena names; /* of the header */
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

/* Cut the endings off. */
static int cut_format(struct slice *name, enum import_format *format)
{
	(void)(strip(name, SLICE(".gz")) || strip(name, SLICE(".zst")));
	if (strip(name, SLICE(".csv"))) {
		*format = IMPORT_CSV;
		return 0;
	}
	if (strip(name, SLICE(".jsonl"))) {
		*format = IMPORT_JSONL;
		return 0;
	}
	return -EINVAL;
}

int import_format_of(const char *path, enum import_format *format)
{
	struct slice name = slice_of(path);

	return cut_format(&name, format);
}

int import_name(const struct cxm_catalog *catalog, const char *path, const struct cxm_kind **kind,
                enum import_format *format)
{
	const char *slash = strrchr(path, '/');
	struct slice name = slice_of(slash != NULL ? slash + 1 : path);

	if (cut_format(&name, format) != 0) {
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
	if (im->input.len == 0) { /* of an empty file there may be no memory at all */
		return SLICE("");
	}
	return (struct slice){ (const char *)im->input.data + im->used, im->input.len - im->used };
}

static int read_failed(const struct import *im, ssize_t n, struct fault *fault)
{
	return fault_set(fault, (int)n == -EINVAL ? -EIO : (int)n, "%s: cannot read further: %s",
	                 instream_path(im->in),
	                 n == -EBADMSG ? "damaged compression" : strerror((int)-n));
}

/* Read on until a line end is there or nothing more comes. */
static int refill(struct import *im, struct fault *fault)
{
	bool utf8 = im->encoding.encoding == ENCODING_UTF8;
	size_t want = utf8 ? CHUNK_BYTES : RAW_BYTES;
	uint8_t *to;
	ssize_t n;

	buf_drop_front(&im->input, im->used);
	im->used = 0;
	buf_reset(&im->raw);
	to = buf_reserve(utf8 ? &im->input : &im->raw, want);
	if (to == NULL) {
		return fault_set(fault, -ENOMEM, "%s: out of memory", instream_path(im->in));
	}
	n = instream_read(im->in, to, want);
	if (n < 0) {
		return read_failed(im, n, fault);
	}
	im->last = n == 0;
	if (utf8) {
		buf_commit(&im->input, (size_t)n);
		return 0;
	}
	encoding_add(&im->encoding, to, (size_t)n, &im->input);
	return im->input.failed
	               ? fault_set(fault, -ENOMEM, "%s: out of memory", instream_path(im->in))
	               : 0;
}

/* The first bytes say how the file is encoded, or its rules do. */
static int begin_text(struct import *im, struct fault *fault)
{
	uint8_t *to = buf_reserve(&im->raw, RAW_BYTES);
	size_t mark_bytes;
	ssize_t n;

	if (to == NULL) {
		return fault_set(fault, -ENOMEM, "%s: out of memory", instream_path(im->in));
	}
	n = instream_read(im->in, to, RAW_BYTES);
	if (n < 0) {
		return read_failed(im, n, fault);
	}
	im->last = n == 0;
	im->encoding.encoding = encoding_marked((struct slice){ (const char *)to, (size_t)n },
	                                        im->rules->encoding, &mark_bytes);
	encoding_add(&im->encoding, to + mark_bytes, (size_t)n - mark_bytes, &im->input);
	return im->input.failed
	               ? fault_set(fault, -ENOMEM, "%s: out of memory", instream_path(im->in))
	               : 0;
}

/* Remember a name that matches nothing, once. */
static void note_ignored(void *arg, struct slice name)
{
	struct import *im = arg;
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

static int match_header(struct import *im, struct fault *fault)
{
	const struct cxm_kind *kind = im->rules->kind;
	const struct plan_input in = { im->cells.names, im->row.n_fields, true,
		                       "columns",       note_ignored,     im };
	int rc;

	for (size_t i = 0; i < im->row.n_fields; i++) {
		struct slice name = slice_trim(im->row.fields[i]);
		char *copy = arena_text(&im->names, name.at, name.len);

		if (copy == NULL) {
			return fault_set(fault, -ENOMEM, "%s: out of memory",
			                 instream_path(im->in));
		}
		im->cells.names[i] = (struct slice){ copy, name.len };
	}
	im->cells.n = im->row.n_fields;
	rc = plan_make(&im->plan, im->rules, &in, fault);
	if (rc != 0) {
		fault_prefix(fault, "%s:1", instream_path(im->in));
		return rc;
	}
	for (size_t i = 0; i < kind->n_key; i++) {
		if (!plan_fills(&im->plan, &kind->fields[i]) &&
		    !is_constant(im, &kind->fields[i])) {
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
	/* who needs the comma for numbers separates by semicolon */
	im->text.decimal_comma |= im->separator == ';' && im->rules->thousands != ',';
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
	arena_init(&im->names, 4 * CSV_ROW_MAX_BYTES);
	buf_init(&im->raw, RAW_BYTES);
	buf_init(&im->joined, 4 * CSV_ROW_MAX_BYTES);
	buf_init(&im->scratch, CSV_ROW_MAX_BYTES);
	csv_row_init(&im->row);
	for (size_t i = 0; i < rules->n_columns; i++) {
		if (cxm_field_named(rules->kind, slice_of(rules->columns[i].to)) == NULL) {
			rc = fault_set(fault, -EINVAL, "column mapping: %s has no field %s",
			               rules->kind->name, rules->columns[i].to);
			import_close(im);
			return rc;
		}
	}
	rc = begin_text(im, fault);
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

/* The text of an output: of one column, or of several with glue between them; all of them empty is
 * empty. */
static int text_of(struct import *im, const struct plan_output *o, struct slice *text,
                   struct fault *fault)
{
	const char *glue = o->column != NULL ? o->column->glue : NULL;
	bool any = false;

	for (size_t i = 0; i < o->n_parts; i++) {
		if (o->parts[i] != PLAN_NO_PART && im->cells.nested[o->parts[i]]) {
			return fault_set(fault, -EINVAL,
			                 "%s: objects and lists have no place in a record",
			                 o->field->name);
		}
	}
	*text = im->cells.texts[o->parts[0]];
	if (o->n_parts == 1) {
		return 0;
	}
	buf_reset(&im->joined);
	for (size_t i = 0; i < o->n_parts; i++) {
		size_t part = o->parts[i];
		struct slice piece = { NULL, 0 };

		if (part != PLAN_NO_PART) {
			piece = slice_trim(im->cells.texts[part]);
		}
		buf_add_text(&im->joined, i == 0 ? "" : glue != NULL ? glue : " ");
		buf_add_slice(&im->joined, piece);
		any |= piece.len > 0;
	}
	*text = (struct slice){ (const char *)im->joined.data, any ? im->joined.len : 0 };
	return im->joined.failed ? fault_set(fault, -EINVAL, "%s: too long", o->field->name) : 0;
}

/* @return 0, 1 when the row is passed over, or -EINVAL. */
static int put_output(struct import *im, ProtobufCMessage *m, const struct plan_output *o,
                      struct fault *fault)
{
	const struct shape_rules rules = { im->rules->zone, im->rules->thousands,
		                           im->text.decimal_comma };
	struct shape_value v = { .field = o->field, .joined = o->n_parts > 1, .factor = 1.0 };
	static const struct shape plain;
	int rc = text_of(im, o, &v.text, fault);

	if (rc != 0) {
		return rc;
	}
	if (o->field->type == CXM_LABEL && im->rules->format == IMPORT_CSV) {
		v.text = csv_unguard(v.text);
	}
	if (o->column != NULL || rules.zone != NULL || rules.thousands != 0) {
		v.begin_us = cxm_field_get(m, im->rules->kind->at).i;
		rc = shape_apply(o->column != NULL ? &o->column->shape : &plain, &rules, &v,
		                 &im->scratch, fault);
	}
	if (rc == 0 && o->column != NULL && o->column->skip_empty && slice_trim(v.text).len == 0) {
		return 1;
	}
	return rc == 0 ? text_parse(m, o->field, v.text, v.factor, &im->text, &im->arena, fault)
	               : rc;
}

static int put_outputs(struct import *im, ProtobufCMessage *m, struct fault *fault)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < im->plan.n; i++) {
		rc = put_output(im, m, &im->plan.outputs[i], fault);
	}
	return rc;
}

static int row_from_csv(struct import *im, ProtobufCMessage *m, struct fault *fault)
{
	if (im->row.n_fields != im->cells.n) {
		return fault_set(fault, -EINVAL, "%zu fields, the header has %zu", im->row.n_fields,
		                 im->cells.n);
	}
	memcpy(im->cells.texts, im->row.fields, im->row.n_fields * sizeof(im->row.fields[0]));
	return put_outputs(im, m, fault);
}

/* A value as it would stand in a CSV file; numbers are written into the arena. */
static struct slice text_of_json(struct import *im, const json_t *value)
{
	char number[40] = "";

	switch (json_typeof(value)) {
	case JSON_STRING:
		return (struct slice){ json_string_value(value), json_string_length(value) };
	case JSON_INTEGER:
		(void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
		               json_integer_value(value));
		break;
	case JSON_REAL:
		(void)snprintf(number, sizeof(number), "%.17g", json_real_value(value));
		break;
	case JSON_TRUE:
		return SLICE("true");
	case JSON_FALSE:
		return SLICE("false");
	case JSON_NULL:
	case JSON_OBJECT:
	case JSON_ARRAY:
		break;
	}
	return slice_of(arena_text(&im->arena, number, strlen(number)));
}

static int key_complete(const struct import *im, struct fault *fault)
{
	const struct cxm_kind *kind = im->rules->kind;

	for (size_t i = 0; i < kind->n_key; i++) {
		if (!plan_fills(&im->plan, &kind->fields[i]) &&
		    !is_constant(im, &kind->fields[i])) {
			return fault_set(fault, -EINVAL,
			                 "%s is missing; it is part of the record's key",
			                 kind->fields[i].name);
		}
	}
	return 0;
}

/* The names and texts of an object; those that are null are not there. */
static int cells_of_json(struct import *im, json_t *object, struct fault *fault)
{
	const char *name;
	json_t *value;

	im->cells.n = 0;
	json_object_foreach(object, name, value)
	{
		size_t i = im->cells.n;

		if (i == CSV_FIELDS_MAX) {
			return fault_set(fault, -EINVAL, "more than %d names in one object",
			                 CSV_FIELDS_MAX);
		}
		im->cells.names[i] = slice_of(name);
		im->cells.texts[i] = text_of_json(im, value);
		im->cells.nested[i] = json_is_object(value) || json_is_array(value);
		im->cells.n += json_is_null(value) ? 0 : 1;
	}
	return 0;
}

/* A name that is not there is as empty as one without a value. */
static bool lacks_needed(const struct import *im)
{
	for (size_t i = 0; i < im->rules->n_columns; i++) {
		const struct import_column *c = &im->rules->columns[i];

		if (c->skip_empty &&
		    !plan_fills(&im->plan, cxm_field_named(im->rules->kind, slice_of(c->to)))) {
			return true;
		}
	}
	return false;
}

static int row_from_object(struct import *im, json_t *object, ProtobufCMessage *m,
                           struct fault *fault)
{
	int rc = cells_of_json(im, object, fault);
	const struct plan_input in = { im->cells.names, im->cells.n,  false,
		                       "names",         note_ignored, im };

	if (rc == 0) {
		rc = plan_make(&im->plan, im->rules, &in, fault);
	}
	if (rc == 0 && lacks_needed(im)) {
		return 1;
	}
	if (rc == 0) {
		rc = put_outputs(im, m, fault);
	}
	return rc == 0 ? key_complete(im, fault) : rc;
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
	int rc;

	if (object == NULL) {
		return not_json(&why, fault);
	}
	rc = json_is_object(object)
	             ? row_from_object(im, object, m, fault)
	             : fault_set(fault, -EINVAL, "not a JSON object but another value");
	json_decref(object);
	return rc;
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

/* @return 1 for a record, 0 for a row that is passed over, -EINVAL. */
static int make_record(struct import *im, struct slice text, ProtobufCMessage **m,
                       struct fault *fault)
{
	int rc;

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
	im->skipped += rc == 1 ? 1 : 0;
	return rc == 0 ? 1 : rc == 1 ? 0 : -EINVAL;
}

int import_next(struct import *im, ProtobufCMessage **m, unsigned *line, struct fault *fault)
{
	struct slice text = { NULL, 0 };
	int rc;

	do {
		rc = next_row(im, &text, line, fault);
		if (rc != 1) {
			return rc;
		}
		rc = make_record(im, text, m, fault);
	} while (rc == 0);
	return rc;
}

uint64_t import_skipped(const struct import *im)
{
	return im->skipped;
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
	buf_free(&im->raw);
	buf_free(&im->joined);
	buf_free(&im->scratch);
	arena_free(&im->names);
	arena_free(&im->arena);
	csv_row_free(&im->row);
	free(im);
}
