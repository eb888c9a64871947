#include "proto/text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "common/when.h"
#include "proto/csv.h"

#define PSEUDONYM_DIGITS 16
#define SHAPE_MAX        40 /* characters of a value shown in an error */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int text_pseudonym(struct slice text, uint64_t *out)
{
	uint64_t v = 0;

	if (text.len != PSEUDONYM_DIGITS) {
		return -EINVAL;
	}
	for (size_t i = 0; i < text.len; i++) {
		int digit = hex_digit(text.at[i]);

		if (digit < 0) {
			return -EINVAL;
		}
		v = v << 4 | (uint64_t)digit;
	}
	*out = v;
	return 0;
}

static int parse_bool(struct slice text, int64_t *out)
{
	static const char *const words[][2] = {
		{ "false", "true" },
		{ "0", "1" },
		{ "no", "yes" },
		{ "nein", "ja" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (int64_t v = 0; v < 2; v++) {
			if (slice_ieq(text, slice_of(words[i][v]))) {
				*out = v;
				return 0;
			}
		}
	}
	return -EINVAL;
}

static int parse_int(struct slice text, double factor, bool comma, int64_t *out)
{
	double scaled;

	if (slice_i64(text, INT64_MIN, INT64_MAX, out) == 0 && factor == 1.0) {
		return 0;
	}
	if (slice_double(text, comma, &scaled) != 0) {
		return -EINVAL;
	}
	scaled *= factor;
	/* a fraction is welcome only where a unit was converted; 2^53 bounds what a double counts
	 * exactly */
	if (fabs(scaled) > 9007199254740992.0 || (factor == 1.0 && scaled != floor(scaled))) {
		return -ERANGE;
	}
	*out = llround(scaled);
	return 0;
}

static int parse_identity(const struct cxm_field *f, struct slice text,
                          const struct text_rules *rules, int64_t *out)
{
	uint64_t pseudonym;

	if (!cxm_utf8_valid(text)) {
		return -EINVAL; /* the same name in another file would be somebody else */
	}
	int rc = rules->identity != NULL ? rules->identity(rules->arg, f, text, &pseudonym)
	                                 : text_pseudonym(text, &pseudonym);

	if (rc == 0) {
		memcpy(out, &pseudonym, sizeof(*out));
	}
	return rc;
}

static int parse_text(struct slice text, struct arena *arena, struct cxm_value *v)
{
	char *copy;

	if (text.len > CXM_LABEL_MAX_BYTES || !cxm_utf8_valid(text)) {
		return -EINVAL;
	}
	copy = arena_text(arena, text.at, text.len);
	v->text = (struct slice){ copy, text.len };
	return copy != NULL ? 0 : -ENOMEM;
}

static int parse_bytes(struct slice text, struct arena *arena, struct cxm_value *v)
{
	size_t n = text.len / 2;
	char *bytes = text.len % 2 == 0 ? arena_alloc(arena, n) : NULL;

	if (bytes == NULL) {
		return -EINVAL;
	}
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(text.at[2 * i]);
		int low = hex_digit(text.at[2 * i + 1]);

		if (high < 0 || low < 0) {
			return -EINVAL;
		}
		bytes[i] = (char)(high << 4 | low);
	}
	v->text = (struct slice){ bytes, n };
	return 0;
}

static int parse_real(struct slice text, double factor, bool comma, double *out)
{
	if (slice_double(text, comma, out) != 0) {
		return -EINVAL;
	}
	*out *= factor;
	return 0;
}

static int parse_value(const struct cxm_field *f, struct slice text, double factor,
                       const struct text_rules *rules, struct arena *arena, struct cxm_value *v)
{
	switch (f->type) {
	case CXM_INT:
		/* a time that is converted is a number in another unit */
		return f->unit == CXM_TIME && factor == 1.0
		               ? when_parse(text, &v->i)
		               : parse_int(text, factor, rules->decimal_comma, &v->i);
	case CXM_REAL:
		return parse_real(text, factor, rules->decimal_comma, &v->d);
	case CXM_BOOL:
		return parse_bool(text, &v->i);
	case CXM_LABEL:
		return parse_text(text, arena, v);
	case CXM_STATE:
		return cxm_state_value(f, text, &v->i);
	case CXM_IDENTITY:
		return parse_identity(f, text, rules, &v->i);
	case CXM_BYTES:
		return parse_bytes(text, arena, v);
	}
	return -EINVAL;
}

static const char *expected(const struct cxm_field *f)
{
	switch (f->type) {
	case CXM_INT:
		return f->unit == CXM_TIME ? "a time such as 2026-11-22T05:58:26+01:00, 22.11.2026 "
		                             "05:58 or seconds since 1970"
		                           : "a whole number that fits the field";
	case CXM_REAL:
		return "a number";
	case CXM_BOOL:
		return "true or false";
	case CXM_LABEL:
		return "UTF-8 text of at most 512 bytes";
	case CXM_IDENTITY:
		return "an identity, or its pseudonym (16 hexadecimal digits)";
	case CXM_STATE:
	case CXM_BYTES:
		break;
	}
	return "bytes as hexadecimal digits";
}

static void list_states(const struct cxm_field *f, struct buf *out)
{
	const ProtobufCEnumDescriptor *e = f->pb->descriptor;
	char name[64];

	for (unsigned i = 0; i < e->n_values; i++) {
		buf_add_text(out, i > 0 ? ", " : "one of ");
		buf_add_text(out, cxm_state_name(f, e->values[i].value, name, sizeof(name)));
	}
}

/*
 * What a value looks like without what it says: 9 for each digit, a for each letter. In a row whose
 * columns have shifted any field may hold a telephone number or a name.
 */
void text_shape(struct slice text, struct buf *out)
{
	for (size_t i = 0; i < text.len && i < SHAPE_MAX; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c >= '0' && c <= '9') {
			c = '9';
		} else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') {
			c = 'a';
		} else if (c < ' ' || c > '~') {
			c = '?';
		}
		buf_add_char(out, (char)c);
	}
}

static int refuse(const struct cxm_field *f, struct slice text, struct fault *fault)
{
	struct buf why;

	buf_init(&why, FAULT_TEXT_MAX);
	buf_add_text(&why, "expected ");
	if (f->type == CXM_STATE) {
		list_states(f, &why);
	} else {
		buf_add_text(&why, expected(f));
	}
	if (f->type != CXM_IDENTITY && f->type != CXM_LABEL) {
		buf_add_text(&why, ", found something like \"");
		text_shape(text, &why);
		buf_add_text(&why, "\"");
	}
	if (!cxm_utf8_valid(text)) {
		buf_add_text(&why,
		             ": the text is not UTF-8; name the file's `encoding`, or save it "
		             "as UTF-8");
	}
	(void)fault_set(fault, -EINVAL, "%s: %s", f->name, buf_text(&why));
	buf_free(&why);
	return -EINVAL;
}

/* NOLINTNEXTLINE(readability-function-size): seven things are known of a field's text */
int text_parse(ProtobufCMessage *m, const struct cxm_field *f, struct slice text, double factor,
               const struct text_rules *rules, struct arena *arena, struct fault *fault)
{
	struct cxm_value v = { .present = true };
	struct slice trimmed = slice_trim(text);
	int rc;

	if (trimmed.len == 0) {
		if (!f->key || f->type == CXM_LABEL || f->type == CXM_IDENTITY) {
			v.text = SLICE(""); /* a key label may be empty, a key identity 0: "none" */
			return f->key ? cxm_field_set(m, f, &v) : 0;
		}
		return fault_set(fault, -EINVAL, "%s is empty; it is part of the record's key",
		                 f->name);
	}
	rc = parse_value(f, trimmed, factor, rules, arena, &v);
	if (rc == 0) {
		rc = cxm_field_set(m, f, &v);
	}
	return rc == 0 ? 0 : refuse(f, trimmed, fault);
}

static void print_real(double d, bool narrow, struct buf *out)
{
	/* the shortest form that reads back to the same bits */
	for (int digits = narrow ? 6 : 15; digits <= 17; digits++) {
		char text[40];
		double back;

		(void)snprintf(text, sizeof(text), "%.*g", digits, d);
		if (slice_double(slice_of(text), false, &back) == 0 &&
		    (narrow ? (float)back == (float)d : back == d)) {
			buf_add_text(out, text);
			return;
		}
	}
}

static void print_value(const struct cxm_field *f, const struct cxm_value *v, struct buf *out)
{
	char name[64];

	switch (f->type) {
	case CXM_INT:
		buf_printf(out, "%" PRId64, v->i);
		break;
	case CXM_REAL:
		print_real(v->d, f->pb->type == PROTOBUF_C_TYPE_FLOAT, out);
		break;
	case CXM_BOOL:
		buf_add_text(out, v->i != 0 ? "true" : "false");
		break;
	case CXM_LABEL:
		buf_add_slice(out, v->text);
		break;
	case CXM_STATE:
		if (cxm_state_name(f, v->i, name, sizeof(name)) != NULL) {
			buf_add_text(out, name);
		} else {
			buf_printf(out, "%" PRId64, v->i); /* a newer agent's value */
		}
		break;
	case CXM_IDENTITY:
		buf_printf(out, "%016" PRIx64, (uint64_t)v->i);
		break;
	case CXM_BYTES:
		for (size_t i = 0; i < v->text.len; i++) {
			buf_printf(out, "%02x", (unsigned char)v->text.at[i]);
		}
		break;
	}
}

void text_print(const ProtobufCMessage *m, const struct cxm_field *f, struct buf *out)
{
	struct cxm_value v = cxm_field_get(m, f);

	if (v.present) {
		print_value(f, &v, out);
	}
}

void text_csv_header(const struct cxm_kind *kind, struct buf *out)
{
	for (size_t i = 0; i < kind->n_fields; i++) {
		if (i > 0) {
			buf_add_char(out, ',');
		}
		buf_add_text(out, kind->fields[i].name);
	}
	buf_add_char(out, '\n');
}

void text_csv_row(const struct cxm_kind *kind, const ProtobufCMessage *m, struct buf *out)
{
	for (size_t i = 0; i < kind->n_fields; i++) {
		const struct cxm_field *f = &kind->fields[i];

		if (i > 0) {
			buf_add_char(out, ',');
		}
		if (f->type == CXM_LABEL) {
			csv_add(out, cxm_field_get(m, f).text, true);
		} else {
			text_print(m, f, out);
		}
	}
	buf_add_char(out, '\n');
}

void text_json_string(struct slice s, struct buf *out)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c == '"' || c == '\\') {
			buf_add_char(out, '\\');
			buf_add_char(out, (char)c);
		} else if (c < 0x20 || c == 0x7f) {
			buf_printf(out, "\\u%04x", c);
		} else {
			buf_add_char(out, (char)c);
		}
	}
	buf_add_char(out, '"');
}

void text_json_row(const struct cxm_kind *kind, const ProtobufCMessage *m, struct buf *out)
{
	for (size_t i = 0; i < kind->n_fields; i++) {
		const struct cxm_field *f = &kind->fields[i];
		struct cxm_value v = cxm_field_get(m, f);
		bool bare = f->type == CXM_INT || f->type == CXM_REAL || f->type == CXM_BOOL;

		buf_printf(out, "%c\"%s\":", i == 0 ? '{' : ',', f->name);
		if (!v.present || (f->type == CXM_REAL && !isfinite(v.d))) {
			buf_add_text(out, "null");
		} else if (f->type == CXM_LABEL) {
			text_json_string(v.text, out);
		} else if (bare) {
			print_value(f, &v, out);
		} else {
			buf_add_char(out, '"');
			print_value(f, &v, out); /* names and digits: nothing to escape */
			buf_add_char(out, '"');
		}
	}
	buf_add_text(out, "}\n");
}
