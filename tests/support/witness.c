/* Remembers records as packed and unpacked copies, so that what a tracker borrows is not looked at
 * later. */
#include "tests/support/witness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/site_key.h"

static void remember(void *arg, const ProtobufCMessage *m)
{
	struct witness *w = arg;
	size_t len = protobuf_c_message_get_packed_size(m);
	uint8_t *packed = malloc(len);

	assert_non_null(packed);
	assert_true(w->n < WITNESS_RECORDS_MAX);
	assert_int_equal(protobuf_c_message_pack(m, packed), len);
	w->records[w->n] = protobuf_c_message_unpack(m->descriptor, NULL, len, packed);
	assert_non_null(w->records[w->n]);
	w->n++;
	free(packed);
}

void witness_open(struct witness *w)
{
	static const struct pseudonym_plan plan = { 0 };

	*w = (struct witness){ 0 };
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is what it shall be */
	w->records = calloc(WITNESS_RECORDS_MAX, sizeof(w->records[0]));
	assert_non_null(w->records);
	w->pseudonym = site_key_open(&plan);
	w->observer = (struct observer){
		.host = "pbx1",
		.source = CXM__SOURCE__CAPTURE,
		.pseudonym = w->pseudonym,
		.key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 },
		.emit = { remember, w },
	};
}

void witness_forget(struct witness *w)
{
	for (size_t i = 0; i < w->n; i++) {
		protobuf_c_message_free_unpacked(w->records[i], NULL);
	}
	w->n = 0;
}

void witness_close(struct witness *w)
{
	witness_forget(w);
	free(w->records);
	pseudonym_free(w->pseudonym);
}

static const void *nth(const struct witness *w, const ProtobufCMessageDescriptor *kind, size_t n)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->records[i]->descriptor == kind && n-- == 0) {
			return w->records[i];
		}
	}
	return NULL;
}

const Cxm__Dialog *witness_dialog(const struct witness *w, size_t n)
{
	return nth(w, &cxm__dialog__descriptor, n);
}

const Cxm__MediaStream *witness_stream(const struct witness *w, size_t n)
{
	return nth(w, &cxm__media_stream__descriptor, n);
}

const Cxm__Gap *witness_gap(const struct witness *w, size_t n)
{
	return nth(w, &cxm__gap__descriptor, n);
}

size_t witness_count(const struct witness *w, const ProtobufCMessageDescriptor *kind)
{
	size_t count = 0;

	for (size_t i = 0; i < w->n; i++) {
		count += w->records[i]->descriptor == kind;
	}
	return count;
}
