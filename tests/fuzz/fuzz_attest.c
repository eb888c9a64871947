/* Statements of any bytes. What is accepted is a record that packs, has all that a statement needs,
 * and was not verified, because nothing was signed. */
#include <assert.h>
#include <string.h>

#include "agent/sources/attest.h"
#include "common/when.h"
#include "tests/support/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct attest_input in = { .text = { (const char *)data, size },
		                         .name = "Attestation-x.yaml",
		                         .host = "h",
		                         .seen_us = INT64_C(1795323506000000) };
	Cxm__Attestation *att = NULL;
	struct arena arena;
	struct fault fault = { 0 };
	struct fault note;

	if (size > ATTEST_FILE_MAX_BYTES || when_use_zone("Europe/Berlin", NULL) != 0) {
		return 0;
	}
	arena_init(&arena, 1 << 20);
	if (attest_read(&in, &arena, &att, &note, &fault) == 0) {
		struct buf packed;

		buf_init(&packed, 1 << 16);
		assert(att->signed_ == CXM__ATTESTATION__SIGNATURE__UNSIGNED);
		assert(note.text[0] != '\0' && att->has_expires_us && att->signer != 0);
		assert(strlen(att->document_sha256) == 64);
		assert(att->has_value != att->has_not_applicable);
		assert(cxm_record_append(product_kind("Attestation"), &att->base, &packed) == 0);
		buf_free(&packed);
	} else {
		assert(fault.text[0] != '\0');
	}
	arena_free(&arena);
	return 0;
}
