/*
 * What comes over the wire, of any bytes: frames one after the other, each decoded in its arena,
 * the records of its batch unpacked and walked.
 */
#include <assert.h>

#include "cxmeter/frame.h"
#include "cxmeter/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_batch(const Cxm__Batch *batch)
{
	struct cxm_packed packed;
	struct cursor records;
	struct buf scratch;
	uint32_t n = 0;

	buf_init(&scratch, FRAME_MAX_BYTES);
	if (cxm_batch_records(batch, &scratch, &records) == 0) {
		while (cxm_record_next(&records, &packed) == 1) {
			n++;
		}
		assert(n == batch->count && cursor_left(&records) == 0);
	}
	assert(scratch.cap <= FRAME_MAX_BYTES);
	buf_free(&scratch);
}

static void check_again(const Cxm__Frame *frame, struct arena *arena)
{
	size_t n = 0;
	struct buf b;

	buf_init(&b, FRAME_MAX_BYTES + FRAME_HEAD_BYTES);
	if (cxm_frame_append(frame, &b) == 0 && b.len > FRAME_HEAD_BYTES) {
		int rc = cxm_frame_ready(b.data, b.len, &n);

		assert(rc == 1 && n + FRAME_HEAD_BYTES == b.len);
		arena_reset(arena);
		(void)cxm_frame_unpack(b.data + FRAME_HEAD_BYTES, n, arena);
	}
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	size_t at = 0;
	size_t n;

	arena_init(&arena, FRAME_ARENA_MAX_BYTES);
	while (cxm_frame_ready(data + at, size - at, &n) == 1) {
		const Cxm__Frame *frame = cxm_frame_unpack(data + at + FRAME_HEAD_BYTES, n, &arena);

		assert(arena.used_bytes <= FRAME_ARENA_MAX_BYTES);
		if (frame != NULL && frame->body_case == CXM__FRAME__BODY_BATCH) {
			check_batch(frame->batch);
		}
		if (frame != NULL) {
			check_again(frame, &arena);
		}
		arena_reset(&arena);
		at += FRAME_HEAD_BYTES + n;
	}
	arena_free(&arena);
	return 0;
}
