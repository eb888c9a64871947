#include "tests/support/record_text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "proto/text.h"

static void set_key(const struct cxm_kind *kind, ProtobufCMessage *m)
{
	for (size_t i = 0; i < kind->n_key; i++) {
		const struct cxm_field *f = &kind->fields[i];
		const ProtobufCEnumDescriptor *e = f->pb->descriptor;
		struct cxm_value v = { .present = true, .text = SLICE("") };

		v.i = f == kind->at ? RECORD_AT_US : 0;
		if (f->type == CXM_STATE) {
			v.i = e->values[0].value;
		}
		assert_int_equal(cxm_field_set(m, f, &v), 0);
	}
}

static void set_field(const struct cxm_kind *kind, ProtobufCMessage *m, struct slice name,
                      struct slice text, struct arena *arena)
{
	static const struct text_rules rules;
	const struct cxm_field *f = cxm_field_named(kind, name);
	struct cxm_value v = { .present = true };
	struct fault fault = { 0 };

	if (f == NULL) {
		fail_msg("%s has no field %.*s", kind->name, (int)name.len, name.at);
		return;
	}
	if (f->type != CXM_BYTES && text.len > 0) {
		if (text_parse(m, f, text, 1.0, &rules, arena, &fault) != 0) {
			fail_msg("%s", fault.text);
		}
		return;
	}
	v.text = (struct slice){ arena_text(arena, text.at, text.len), text.len };
	assert_non_null(v.text.at);
	assert_int_equal(cxm_field_set(m, f, &v), 0);
}

ProtobufCMessage *record_of(const struct cxm_kind *kind, struct arena *arena, const char *text)
{
	ProtobufCMessage *m = cxm_record_new(kind, arena);
	struct slice rest = slice_of(text);

	assert_non_null(m);
	set_key(kind, m);
	while (rest.len > 0) {
		struct slice value = slice_cut(&rest, ' ');
		struct slice name = slice_cut(&value, '=');

		if (name.len > 0) {
			set_field(kind, m, name, value, arena);
		}
	}
	return m;
}
