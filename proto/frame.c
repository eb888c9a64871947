#include "cxmeter/frame.h"

#include <errno.h>

#include <zstd.h>

#include "cxmeter/record.h"

int cxm_frame_append(const Cxm__Frame *frame, struct buf *out)
{
	size_t n = cxm__frame__get_packed_size(frame);
	bool failed = out->failed;
	uint8_t *to = n <= FRAME_MAX_BYTES ? buf_reserve(out, FRAME_HEAD_BYTES + n) : NULL;

	if (to == NULL) {
		out->failed = failed;
		return -EMSGSIZE;
	}
	to[0] = (uint8_t)(n >> 24);
	to[1] = (uint8_t)(n >> 16);
	to[2] = (uint8_t)(n >> 8);
	to[3] = (uint8_t)n;
	(void)cxm__frame__pack(frame, to + FRAME_HEAD_BYTES);
	buf_commit(out, FRAME_HEAD_BYTES + n);
	return 0;
}

int cxm_frame_ready(const void *data, size_t len_bytes, size_t *frame_bytes)
{
	struct cursor c = cursor_of(data, len_bytes);
	uint32_t n = cursor_u32be(&c);

	if (c.bad) {
		return 0;
	}
	if (n == 0 || n > FRAME_MAX_BYTES) {
		return -EMSGSIZE;
	}
	*frame_bytes = n;
	return cursor_left(&c) >= n ? 1 : 0;
}

Cxm__Frame *cxm_frame_unpack(const void *data, size_t len_bytes, struct arena *arena)
{
	ProtobufCAllocator allocator = arena_allocator(arena);

	return cxm__frame__unpack(&allocator, len_bytes, data);
}

static int unzip(const Cxm__Batch *batch, struct buf *scratch)
{
	uint8_t *to;
	size_t n;

	if (batch->zstd_bytes == 0 || batch->zstd_bytes > FRAME_MAX_BYTES) {
		return -EMSGSIZE;
	}
	buf_reset(scratch);
	to = buf_reserve(scratch, batch->zstd_bytes);
	if (to == NULL) {
		return -EMSGSIZE;
	}
	n = ZSTD_decompress(to, batch->zstd_bytes, batch->records.data, batch->records.len);
	if (ZSTD_isError(n) != 0 || n != batch->zstd_bytes) {
		return -EBADMSG;
	}
	buf_commit(scratch, n);
	return 0;
}

int cxm_batch_records(const Cxm__Batch *batch, struct buf *scratch, struct cursor *records)
{
	struct cxm_packed record;
	struct cursor c;
	uint32_t count = 0;
	int rc;

	*records = cursor_of(batch->records.data, batch->has_records ? batch->records.len : 0);
	if (batch->has_zstd_bytes) {
		rc = unzip(batch, scratch);
		if (rc != 0) {
			return rc;
		}
		*records = cursor_of(scratch->data, scratch->len);
	}
	c = *records;
	while ((rc = cxm_record_next(&c, &record)) == 1) {
		count++;
	}
	return rc == 0 && count == batch->count && count <= BATCH_MAX_RECORDS ? 0 : -EBADMSG;
}
