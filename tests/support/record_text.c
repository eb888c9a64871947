#include "tests/support/record_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/evidence.pb-c.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"
#include "tests/support/site_key.h"

#define TEXT_MAX ((size_t)64 * 1024 * 1024)

void record_text_init(struct record_text *r)
{
	static const struct pseudonym_plan plan = { "49", "00", "0" };

	*r = (struct record_text){ .catalog = product_catalog(),
		                   .pseudonym = site_key_open(&plan) };
	buf_init(&r->out, TEXT_MAX);
	buf_init(&r->packed, TEXT_MAX);
}

void record_text_free(struct record_text *r)
{
	pseudonym_free(r->pseudonym);
	buf_free(&r->out);
	buf_free(&r->packed);
}

void record_text_reset(struct record_text *r)
{
	buf_reset(&r->out);
	buf_reset(&r->packed);
	r->n_records = 0;
}

struct emit record_text_emit(struct record_text *r)
{
	return (struct emit){ record_text_add, r };
}

static void add_identity(struct record_text *r, const struct cxm_field *f, uint64_t v)
{
	for (size_t i = 0; r->names != NULL && r->names[i] != NULL; i++) {
		if (pseudonym_of(r->pseudonym, f->domain, slice_of(r->names[i])) == v) {
			buf_printf(&r->out, "=<%s>", r->names[i]);
			return;
		}
	}
	buf_printf(&r->out, "=%016" PRIx64, v);
}

static void add_time(struct buf *out, int64_t at_us)
{
	buf_printf(out, "=%" PRId64, at_us / 1000000);
	if (at_us % 1000000 != 0) {
		buf_printf(out, ".%06d", (int)(at_us % 1000000));
	}
}

static bool is_shown(const struct cxm_field *f, const struct cxm_value *v)
{
	bool dull = strcmp(f->name, "source") == 0 || strcmp(f->name, "host") == 0 ||
	            strcmp(f->name, "channel") == 0;
	bool count = f->type == CXM_INT && f->unit == CXM_NO_UNIT && !f->key;

	return v->present && !dull && !(count && v->i == 0);
}

static void add_field(struct record_text *r, const struct cxm_field *f, const struct cxm_value *v)
{
	char name[64];
	size_t len = strlen(f->name);

	buf_printf(&r->out, " %.*s", (int)(f->unit == CXM_TIME ? len - 3 : len), f->name);
	if (f->type == CXM_LABEL) {
		buf_printf(&r->out, "=%.*s", (int)v->text.len, v->text.at);
	} else if (f->type == CXM_STATE) {
		buf_printf(&r->out, "=%s", cxm_state_name(f, v->i, name, sizeof(name)));
	} else if (f->type == CXM_IDENTITY) {
		add_identity(r, f, (uint64_t)v->i);
	} else if (f->unit == CXM_TIME) {
		add_time(&r->out, v->i);
	} else if (f->type == CXM_REAL) {
		buf_printf(&r->out, "=%g", v->d);
	} else {
		buf_printf(&r->out, "=%" PRId64, v->i);
	}
}

/* What every record must say though it is not shown. */
static bool is_missing(const struct cxm_field *f, const struct cxm_value *v)
{
	return (strcmp(f->name, "host") == 0 && v->text.len == 0) ||
	       (strcmp(f->name, "source") == 0 && v->i == 0);
}

static void add_line(struct record_text *r, const struct cxm_kind *kind, const ProtobufCMessage *m)
{
	buf_add_text(&r->out, kind->name);
	for (size_t i = 0; i < kind->n_fields; i++) {
		struct cxm_value v = cxm_field_get(m, &kind->fields[i]);

		if (is_missing(&kind->fields[i], &v)) {
			buf_printf(&r->out, " %s=?", kind->fields[i].name);
		} else if (is_shown(&kind->fields[i], &v)) {
			add_field(r, &kind->fields[i], &v);
		}
	}
	buf_add_char(&r->out, '\n');
}

void record_text_add(void *arg, const ProtobufCMessage *m)
{
	struct record_text *r = arg;
	const struct cxm_kind *kind = cxm_kind_of(r->catalog, m->descriptor);

	assert_non_null(kind);
	if (!r->only_packed) {
		add_line(r, kind, m);
	}
	assert_int_equal(cxm_record_append(kind, m, &r->packed), 0);
	r->n_records++;
}
