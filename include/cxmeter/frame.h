/*
 * Frames on the TLS stream: 4 bytes of length, big endian, then one cxm.Frame (proto/wire.proto).
 * Pure functions over memory; sockets are elsewhere.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/cursor.h"
#include "proto/wire.pb-c.h"

#define CXM_PROTOCOL          1
#define CXM_ALPN              "cxmeter/1"
#define FRAME_HEAD_BYTES      4
#define FRAME_MAX_BYTES       ((size_t)256 * 1024)
#define FRAME_ARENA_MAX_BYTES ((size_t)8 * 1024 * 1024)
#define BATCH_MAX_RECORDS     65536

/** Append a frame with its length. @return 0, -EMSGSIZE above FRAME_MAX_BYTES or at the buffer's
 * ceiling. */
int cxm_frame_append(const Cxm__Frame *frame, struct buf *out);

/**
 * Is a whole frame there?
 * @param frame_bytes  set to the length of the frame behind its head.
 * @return 1 when all of it is there, 0 when more must come, -EMSGSIZE for a length of 0 or above
 * FRAME_MAX_BYTES.
 */
int cxm_frame_ready(const void *data, size_t len_bytes, size_t *frame_bytes);

/** Decode one frame (without its length) into the arena; NULL when it is malformed or too big for
 * the arena. */
Cxm__Frame *cxm_frame_unpack(const void *data, size_t len_bytes, struct arena *arena);

/**
 * The records of a batch, unpacked into `scratch` when they came compressed.
 * @return 0, -EBADMSG for a bad zstd frame, a wrong size or a count that does not match, -EMSGSIZE
 * above FRAME_MAX_BYTES.
 */
int cxm_batch_records(const Cxm__Batch *batch, struct buf *scratch, struct cursor *records);
