#include "cxmeter/frame.h"

#include <errno.h>

#include <zstd.h>

#include "cxmeter/record.h"
#include "proto/evidence.pb-c.h"
#include "tests/support/cases.h"
#include "tests/support/dice.h"

static char text_of_agent[] = "0.1.0";
static char zone[] = "Europe/Berlin";
static char source[] = "queue_log";

/* One frame of every kind there is, with every field. */
static void make_frames(Cxm__Frame out[5])
{
	static char *sources[] = { source, source };
	static uint8_t records[] = { 2, 0x0a, 0 };
	static Cxm__Hello hello = CXM__HELLO__INIT;
	static Cxm__Welcome welcome = CXM__WELCOME__INIT;
	static Cxm__Batch batch = CXM__BATCH__INIT;
	static Cxm__Ack ack = CXM__ACK__INIT;
	static Cxm__Refuse refuse = CXM__REFUSE__INIT;

	hello.protocol = CXM_PROTOCOL;
	hello.agent_version = text_of_agent;
	hello.spool_epoch = 77;
	hello.instance = 88;
	hello.next_sequence = 5;
	hello.timezone = zone;
	hello.n_source = 2;
	hello.source = sources;
	hello.has_sent_us = 1;
	hello.sent_us = INT64_C(1795323506000000);
	welcome.window_batches = 16;
	welcome.heartbeat_ms = 15000;
	batch.first_sequence = 1;
	batch.count = 1;
	batch.has_records = 1;
	batch.records = (ProtobufCBinaryData){ sizeof(records), records };
	ack.sequence = UINT64_MAX;
	refuse.code = CXM__REFUSE__CODE__OVERLOADED;
	refuse.text = zone;
	refuse.has_retry_after_ms = 1;
	for (int i = 0; i < 5; i++) {
		out[i] = (Cxm__Frame)CXM__FRAME__INIT;
		out[i].body_case = (Cxm__Frame__BodyCase)(CXM__FRAME__BODY_HELLO + i);
	}
	out[0].hello = &hello;
	out[1].welcome = &welcome;
	out[2].batch = &batch;
	out[3].ack = &ack;
	out[4].refuse = &refuse;
}

static void frame_survives_the_journey(void **state)
{
	Cxm__Frame frames[5];
	struct arena arena;
	struct buf wire;
	struct buf again;

	(void)state;
	make_frames(frames);
	arena_init(&arena, FRAME_ARENA_MAX_BYTES);
	buf_init(&wire, FRAME_MAX_BYTES * 2);
	buf_init(&again, FRAME_MAX_BYTES * 2);
	for (int i = 0; i < 5; i++) {
		const Cxm__Frame *back;
		size_t n = 0;

		buf_reset(&wire);
		buf_reset(&again);
		assert_int_equal(cxm_frame_append(&frames[i], &wire), 0);
		assert_int_equal(cxm_frame_ready(wire.data, wire.len, &n), 1);
		assert_int_equal(n, wire.len - FRAME_HEAD_BYTES);
		back = cxm_frame_unpack(wire.data + FRAME_HEAD_BYTES, n, &arena);
		assert_non_null(back);
		assert_int_equal(back->body_case, frames[i].body_case);
		assert_int_equal(cxm_frame_append(back, &again), 0);
		assert_int_equal(again.len, wire.len);
		assert_memory_equal(again.data, wire.data, wire.len);
		arena_reset(&arena);
	}
	buf_free(&wire);
	buf_free(&again);
	arena_free(&arena);
}

static void frame_cut_at_any_byte_is_not_ready_and_never_understood(void **state)
{
	Cxm__Frame frames[5];
	struct arena arena;
	struct buf wire;

	(void)state;
	make_frames(frames);
	arena_init(&arena, FRAME_ARENA_MAX_BYTES);
	buf_init(&wire, FRAME_MAX_BYTES);
	for (int i = 0; i < 5; i++) {
		buf_reset(&wire);
		assert_int_equal(cxm_frame_append(&frames[i], &wire), 0);
		for (size_t n = 0; n < wire.len; n++) {
			size_t bytes = 0;

			assert_int_equal(cxm_frame_ready(wire.data, n, &bytes), 0);
		}
		for (size_t n = 1; n < wire.len - FRAME_HEAD_BYTES; n++) {
			assert_null(cxm_frame_unpack(wire.data + FRAME_HEAD_BYTES, n, &arena));
			arena_reset(&arena);
		}
	}
	buf_free(&wire);
	arena_free(&arena);
}

static const struct length_case {
	const char *name;
	uint8_t head[FRAME_HEAD_BYTES];
	int rc;
	size_t want;
} lengths[] = {
	{ "length_of_one", { 0, 0, 0, 1 }, 0, 1 },
	{ "length_at_the_limit", { 0, 4, 0, 0 }, 0, FRAME_MAX_BYTES },
	{ "length_0", { 0, 0, 0, 0 }, -EMSGSIZE, 99 },
	{ "length_above_the_limit", { 0, 4, 0, 1 }, -EMSGSIZE, 99 },
	{ "length_16_mib", { 1, 0, 0, 0 }, -EMSGSIZE, 99 },
	{ "length_4_gib_less_one", { 0xff, 0xff, 0xff, 0xff }, -EMSGSIZE, 99 },
	{ "length_that_is_text", { 'G', 'E', 'T', ' ' }, -EMSGSIZE, 99 },
};

static void length_is_checked_before_anything_else(void **state)
{
	const struct length_case *c = *state;
	size_t n = 99;

	assert_int_equal(cxm_frame_ready(c->head, sizeof(c->head), &n), c->rc);
	assert_int_equal(n, c->want);
}

static void frame_above_the_limit_is_not_written(void **state)
{
	static uint8_t records[FRAME_MAX_BYTES];
	Cxm__Frame frames[5];
	struct buf out;

	(void)state;
	make_frames(frames);
	frames[2].batch->records = (ProtobufCBinaryData){ FRAME_MAX_BYTES - 64, records };
	buf_init(&out, FRAME_MAX_BYTES * 2);
	assert_int_equal(cxm_frame_append(&frames[2], &out), 0);
	frames[2].batch->records.len = FRAME_MAX_BYTES;
	assert_int_equal(cxm_frame_append(&frames[2], &out), -EMSGSIZE);
	assert_true(out.len < FRAME_MAX_BYTES);
	assert_false(out.failed);
	buf_free(&out);
}

static void frame_that_does_not_fit_leaves_the_buffer_as_it_was(void **state)
{
	Cxm__Frame frames[5];
	struct buf small;

	(void)state;
	make_frames(frames);
	buf_init(&small, 10);
	buf_add_text(&small, "before");
	assert_int_equal(cxm_frame_append(&frames[0], &small), -EMSGSIZE);
	assert_string_equal(buf_text(&small), "before");
	assert_false(small.failed);
	small.failed = true; /* before: an older failure was forgotten */
	assert_int_equal(cxm_frame_append(&frames[0], &small), -EMSGSIZE);
	assert_true(small.failed);
	buf_free(&small);
}

/*
 * Amplification: what protobuf-c allocates for a frame of the largest size that is made of nothing
 * but one small pattern. The arena bounds it, and afterwards everything is given back.
 */
static const struct flood_case {
	const char *name;
	uint8_t pattern[8];
	size_t len;
} floods[] = {
	{ "flood_of_empty_hellos", { 0x0a, 0 }, 2 },
	{ "flood_of_empty_batches", { 0x1a, 0 }, 2 },
	{ "flood_of_acks", { 0x22, 2, 0x08, 1 }, 4 },
	{ "flood_of_unknown_numbers", { 0x78, 1 }, 2 },
	{ "flood_of_unknown_empty_messages", { 0x7a, 0 }, 2 },
	{ "flood_of_unknown_numbers_in_acks", { 0x22, 4, 0x08, 1, 0x78, 1 }, 6 },
	{ "flood_of_groups", { 0x7b }, 1 },
	{ "flood_of_zeros", { 0 }, 1 },
	{ "flood_of_ones", { 0xff }, 1 },
};

static void fill_pattern(uint8_t *out, size_t size, const uint8_t *pattern, size_t n)
{
	for (size_t i = 0; i < size; i++) {
		out[i] = pattern[i % n];
	}
}

static void flood_stays_within_the_arena(void **state)
{
	static uint8_t frame[FRAME_MAX_BYTES];
	const struct flood_case *c = *state;
	struct arena arena;

	arena_init(&arena, FRAME_ARENA_MAX_BYTES);
	fill_pattern(frame, sizeof(frame), c->pattern, c->len);
	for (size_t cut = 0; cut < 4; cut++) {
		(void)cxm_frame_unpack(frame, sizeof(frame) - cut, &arena);
		assert_true(arena.used_bytes <= FRAME_ARENA_MAX_BYTES);
		arena_reset(&arena);
	}
	arena_free(&arena);
}

/* A Hello whose rest is 130,000 empty names of sources. */
static void flood_inside_a_hello_stays_within_the_arena(void **state)
{
	static const uint8_t names[] = { 0x42, 0 };
	static uint8_t frame[FRAME_MAX_BYTES] = {
		0x0a, 0xfc, 0xff, 0x0f, /* hello of 262,140 bytes */
		0x08, 1,    0x19, 1,    1, 1, 1, 1, 1,    1, 1,    0x21,
		1,    1,    1,    1,    1, 1, 1, 1, 0x28, 1, 0x30, 1
	};
	struct arena arena;
	struct arena generous;

	(void)state;
	fill_pattern(frame + 28, sizeof(frame) - 28, names, 2);
	arena_init(&generous, 8 * FRAME_ARENA_MAX_BYTES);
	assert_non_null(cxm_frame_unpack(frame, sizeof(frame), &generous));
	assert_true(generous.used_bytes > FRAME_ARENA_MAX_BYTES); /* the amplification is real */
	arena_free(&generous);
	arena_init(&arena, FRAME_ARENA_MAX_BYTES);
	assert_null(cxm_frame_unpack(frame, sizeof(frame), &arena));
	assert_true(arena.used_bytes <= FRAME_ARENA_MAX_BYTES);
	arena_free(&arena);
}

static void every_budget_is_kept(void **state)
{
	Cxm__Frame frames[5];
	struct arena arena;
	struct buf wire;
	size_t refused = 0;

	(void)state;
	make_frames(frames);
	buf_init(&wire, FRAME_MAX_BYTES);
	assert_int_equal(cxm_frame_append(&frames[0], &wire), 0);
	for (size_t budget = 0; budget < 4096; budget += 16) {
		arena_init(&arena, budget);
		refused += cxm_frame_unpack(wire.data + FRAME_HEAD_BYTES,
		                            wire.len - FRAME_HEAD_BYTES, &arena) == NULL;
		assert_true(arena.used_bytes <= budget);
		arena_free(&arena);
	}
	assert_true(refused > 10);
	assert_true(refused < 256);
	buf_free(&wire);
}

static void damaged_frames_do_no_harm(void **state)
{
	Cxm__Frame frames[5];
	struct dice dice = { 99 };
	struct arena arena;
	struct buf wire;

	(void)state;
	make_frames(frames);
	arena_init(&arena, FRAME_ARENA_MAX_BYTES);
	buf_init(&wire, FRAME_MAX_BYTES);
	for (int i = 0; i < 20000; i++) {
		buf_reset(&wire);
		assert_int_equal(cxm_frame_append(&frames[i % 5], &wire), 0);
		for (size_t k = 0; k < 1 + dice_below(&dice, 4); k++) {
			wire.data[FRAME_HEAD_BYTES +
			          dice_below(&dice, wire.len - FRAME_HEAD_BYTES)] =
				(uint8_t)dice_next(&dice);
		}
		(void)cxm_frame_unpack(wire.data + FRAME_HEAD_BYTES, wire.len - FRAME_HEAD_BYTES,
		                       &arena);
		arena_reset(&arena);
	}
	buf_free(&wire);
	arena_free(&arena);
}

/* ---- batches ---- */

static uint8_t some_records[] = { 2, 0x0a, 0, 2, 0x12, 0, 2, 0x1a, 0 }; /* three, all empty */

static Cxm__Batch batch_of(const void *data, size_t len, uint32_t count)
{
	Cxm__Batch b = CXM__BATCH__INIT;

	b.first_sequence = 1;
	b.count = count;
	b.has_records = 1;
	b.records.len = len;
	memcpy(&b.records.data, &data, sizeof(data));
	return b;
}

static int records_of(const Cxm__Batch *b, struct buf *scratch, size_t *left)
{
	struct cursor records;
	int rc = cxm_batch_records(b, scratch, &records);

	*left = rc == 0 ? cursor_left(&records) : 0;
	return rc;
}

static void plain_batch_is_read_in_place(void **state)
{
	Cxm__Batch b = batch_of(some_records, sizeof(some_records), 3);
	struct cursor records;
	struct cxm_packed record;
	struct buf scratch;

	(void)state;
	buf_init(&scratch, FRAME_MAX_BYTES);
	assert_int_equal(cxm_batch_records(&b, &scratch, &records), 0);
	assert_ptr_equal(records.at, some_records);
	for (uint32_t i = 1; i <= 3; i++) {
		assert_int_equal(cxm_record_next(&records, &record), 1);
		assert_int_equal(record.number, i);
	}
	assert_int_equal(cxm_record_next(&records, &record), 0);
	assert_int_equal(scratch.cap, 0);
	buf_free(&scratch);
}

static void heartbeat_holds_nothing(void **state)
{
	Cxm__Batch b = CXM__BATCH__INIT;
	struct buf scratch;
	size_t left = 9;

	(void)state;
	buf_init(&scratch, FRAME_MAX_BYTES);
	assert_int_equal(records_of(&b, &scratch, &left), 0);
	assert_int_equal(left, 0);
	b.count = 1;
	assert_int_equal(records_of(&b, &scratch, &left), -EBADMSG);
	buf_free(&scratch);
}

static const struct count_case {
	const char *name;
	size_t len;
	uint32_t count;
} bad_batches[] = {
	{ "count_too_small", 9, 2 },
	{ "count_too_large", 9, 4 },
	{ "count_without_end", 9, UINT32_MAX },
	{ "last_record_cut", 8, 3 },
	{ "records_of_garbage", 4, 2 },
};

static void batch_that_does_not_add_up_is_refused(void **state)
{
	const struct count_case *c = *state;
	Cxm__Batch b = batch_of(some_records, c->len, c->count);
	struct buf scratch;
	size_t left;

	buf_init(&scratch, FRAME_MAX_BYTES);
	assert_int_equal(records_of(&b, &scratch, &left), -EBADMSG);
	buf_free(&scratch);
}

static void batch_of_too_many_records_is_refused(void **state)
{
	static uint8_t many[(BATCH_MAX_RECORDS + 1) * 3];
	struct buf scratch;
	Cxm__Batch b;
	size_t left;

	(void)state;
	fill_pattern(many, sizeof(many), some_records, 3);
	buf_init(&scratch, FRAME_MAX_BYTES);
	b = batch_of(many, sizeof(many) - 3, BATCH_MAX_RECORDS);
	assert_int_equal(records_of(&b, &scratch, &left), 0);
	b = batch_of(many, sizeof(many), BATCH_MAX_RECORDS + 1);
	assert_int_equal(records_of(&b, &scratch, &left), -EBADMSG);
	buf_free(&scratch);
}

struct zipped {
	uint8_t data[1024];
	size_t len;
	struct buf scratch;
};

static struct zipped zip(const void *data, size_t len)
{
	struct zipped z;

	z.len = ZSTD_compress(z.data, sizeof(z.data), data, len, 3);
	assert_int_equal(ZSTD_isError(z.len), 0);
	buf_init(&z.scratch, FRAME_MAX_BYTES);
	return z;
}

static void compressed_batch_is_unpacked(void **state)
{
	struct zipped z = zip(some_records, sizeof(some_records));
	Cxm__Batch b = batch_of(z.data, z.len, 3);
	size_t left = 0;

	(void)state;
	b.has_zstd_bytes = 1;
	b.zstd_bytes = sizeof(some_records);
	assert_int_equal(records_of(&b, &z.scratch, &left), 0);
	assert_int_equal(left, sizeof(some_records));
	assert_memory_equal(z.scratch.data, some_records, sizeof(some_records));
	buf_free(&z.scratch);
}

static const struct size_case {
	const char *name;
	uint32_t bytes;
	int rc;
} sizes[] = {
	{ "size_0", 0, -EMSGSIZE },
	{ "size_one_too_small", sizeof(some_records) - 1, -EBADMSG },
	{ "size_one_too_large", sizeof(some_records) + 1, -EBADMSG },
	{ "size_at_the_limit", FRAME_MAX_BYTES, -EBADMSG },
	{ "size_above_the_limit", FRAME_MAX_BYTES + 1, -EMSGSIZE },
	{ "size_of_4_gib", UINT32_MAX, -EMSGSIZE },
};

static void size_that_is_not_the_unpacked_one_is_refused(void **state)
{
	const struct size_case *c = *state;
	struct zipped z = zip(some_records, sizeof(some_records));
	Cxm__Batch b = batch_of(z.data, z.len, 3);
	size_t left;

	b.has_zstd_bytes = 1;
	b.zstd_bytes = c->bytes;
	assert_int_equal(records_of(&b, &z.scratch, &left), c->rc);
	buf_free(&z.scratch);
}

/* 8 MiB of zeros in 4 KiB or less: refused by its size, and by its content when it lies about it.
 */
static void bomb_is_refused_whatever_size_it_claims(void **state)
{
	static uint8_t zeros[8 << 20];
	static uint8_t bomb[64 << 10];
	size_t n = ZSTD_compress(bomb, sizeof(bomb), zeros, sizeof(zeros), 19);
	struct buf scratch;
	Cxm__Batch b;
	size_t left;

	(void)state;
	assert_int_equal(ZSTD_isError(n), 0);
	assert_true(n < 4096);
	buf_init(&scratch, FRAME_MAX_BYTES);
	b = batch_of(bomb, n, 1);
	b.has_zstd_bytes = 1;
	b.zstd_bytes = sizeof(zeros);
	assert_int_equal(records_of(&b, &scratch, &left), -EMSGSIZE);
	b.zstd_bytes = FRAME_MAX_BYTES;
	assert_int_equal(records_of(&b, &scratch, &left), -EBADMSG);
	assert_true(scratch.cap <= FRAME_MAX_BYTES);
	buf_free(&scratch);
}

static void compressed_garbage_is_refused(void **state)
{
	struct zipped z = zip(some_records, sizeof(some_records));
	struct dice dice = { 6 };
	size_t left;

	(void)state;
	for (size_t cut = 0; cut < z.len; cut++) {
		Cxm__Batch b = batch_of(z.data, cut, 3);

		b.has_zstd_bytes = 1;
		b.zstd_bytes = sizeof(some_records);
		assert_int_equal(records_of(&b, &z.scratch, &left), -EBADMSG);
	}
	for (int i = 0; i < 2000; i++) {
		struct zipped bad = z;
		Cxm__Batch b = batch_of(bad.data, bad.len, 3);

		bad.data[dice_below(&dice, bad.len)] ^= (uint8_t)(1 + dice_below(&dice, 255));
		b.has_zstd_bytes = 1;
		b.zstd_bytes = sizeof(some_records);
		(void)records_of(&b, &z.scratch,
		                 &left); /* the change may be in what is not checked */
	}
	buf_free(&z.scratch);
}

static void compression_of_absent_records_is_refused(void **state)
{
	Cxm__Batch b = CXM__BATCH__INIT;
	struct buf scratch;
	size_t left;

	(void)state;
	buf_init(&scratch, FRAME_MAX_BYTES);
	b.has_zstd_bytes = 1;
	b.zstd_bytes = 3;
	assert_int_equal(records_of(&b, &scratch, &left), -EBADMSG);
	buf_free(&scratch);
}

static void scratch_that_is_too_small_refuses(void **state)
{
	struct zipped z = zip(some_records, sizeof(some_records));
	Cxm__Batch b = batch_of(z.data, z.len, 3);
	struct buf small;
	size_t left;

	(void)state;
	b.has_zstd_bytes = 1;
	b.zstd_bytes = sizeof(some_records);
	buf_init(&small, sizeof(some_records) - 1);
	assert_int_equal(records_of(&b, &small, &left), -EMSGSIZE);
	buf_free(&small);
	buf_free(&z.scratch);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, frame_survives_the_journey);
	cases_test(&c, frame_cut_at_any_byte_is_not_ready_and_never_understood);
	cases_table(&c, lengths, length_is_checked_before_anything_else);
	cases_test(&c, frame_above_the_limit_is_not_written);
	cases_test(&c, frame_that_does_not_fit_leaves_the_buffer_as_it_was);
	cases_table(&c, floods, flood_stays_within_the_arena);
	cases_test(&c, flood_inside_a_hello_stays_within_the_arena);
	cases_test(&c, every_budget_is_kept);
	cases_test(&c, damaged_frames_do_no_harm);
	cases_test(&c, plain_batch_is_read_in_place);
	cases_test(&c, heartbeat_holds_nothing);
	cases_table(&c, bad_batches, batch_that_does_not_add_up_is_refused);
	cases_test(&c, batch_of_too_many_records_is_refused);
	cases_test(&c, compressed_batch_is_unpacked);
	cases_table(&c, sizes, size_that_is_not_the_unpacked_one_is_refused);
	cases_test(&c, bomb_is_refused_whatever_size_it_claims);
	cases_test(&c, compressed_garbage_is_refused);
	cases_test(&c, compression_of_absent_records_is_refused);
	cases_test(&c, scratch_that_is_too_small_refuses);
	return cases_run("frame", &c, NULL, NULL);
}
