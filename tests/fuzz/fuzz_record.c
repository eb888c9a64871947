/*
 * Records of any bytes: as a run of records, and as the body of one kind (chosen by the first
 * byte). What is understood must be what protobuf-c understands, and pack to what unpacks to the
 * same.
 */
#include <assert.h>
#include <stdlib.h>

#include "cxmeter/record.h"
#include "proto/text.h"
#include "tests/support/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct cxm_kind *kind, const ProtobufCMessage *a,
                       const ProtobufCMessage *b)
{
	assert(b != NULL);
	for (size_t k = 0; k < kind->n_fields; k++) {
		struct cxm_value va = cxm_field_get(a, &kind->fields[k]);
		struct cxm_value vb = cxm_field_get(b, &kind->fields[k]);

		assert(va.present == vb.present && va.i == vb.i && va.d == vb.d);
		assert(slice_eq(va.text, vb.text));
	}
	assert(cxm_record_rank(kind, a, b) == 0);
}

/* kept from input to input: making them anew would be most of the time */
static struct arena arena = { .max_bytes = 8 * CXM_RECORD_MAX_BYTES };
static struct buf buf = { .max = 1 << 18 };

static void check_body(const struct cxm_kind *kind, struct cursor body)
{
	ProtobufCMessage *m = cxm_record_unpack(kind, body, &arena);

	buf_reset(&buf);
	if (m != NULL) {
		ProtobufCMessage *reference =
			protobuf_c_message_unpack(kind->pb, NULL, cursor_left(&body), body.at);
		struct cxm_packed again;
		struct cursor c;

		check_same(kind, m, reference);
		protobuf_c_message_free_unpacked(reference, NULL);
		if (cxm_record_append(kind, m, &buf) == 0) {
			int rc;

			c = cursor_of(buf.data, buf.len);
			rc = cxm_record_next(&c, &again);
			assert(rc == 1 && again.number == kind->number);
			check_same(kind, m, cxm_record_unpack(kind, again.body, &arena));
		}
		buf_reset(&buf);
		text_csv_row(kind, m, &buf);
		text_json_row(kind, m, &buf);
		assert(!buf.failed);
	}
	arena_reset(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cxm_catalog *catalog = product_catalog();
	struct cxm_packed packed;
	struct cursor c = cursor_of(data, size);

	while (cxm_record_next(&c, &packed) == 1) {
		const struct cxm_kind *kind = cxm_kind_numbered(catalog, packed.number);

		if (kind != NULL) {
			check_body(kind, packed.body);
		}
	}
	if (size > 0 && size <= CXM_RECORD_MAX_BYTES) {
		check_body(&catalog->kinds[data[0] % catalog->n_kinds],
		           cursor_of(data + 1, size - 1));
	}
	return 0;
}
