/*
 * Frames that a session must not accept: of a wrong kind, in a wrong place, damaged, or made to do
 * harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "cxmeter/frame.h"
#include "cxmeter/record.h"
#include "tests/support/cases.h"
#include "tests/support/session_world.h"

/* ---- frames that end a session: one frame in, one refusal out ---- */

struct refusal_case {
	const char *name;
	void (*add)(struct play *p); /* appends frames to p->bytes */
	void (*begin)(struct play *p);
	Cxm__Refuse__Code want;
};

static void fresh(struct play *p)
{
	assert_int_equal(SESSION_GREETING, p->session.state);
}

static void running(struct play *p)
{
	play_run_from(p, 100);
}

static void add_raw(struct play *p, const void *frame, size_t len)
{
	const uint8_t head[FRAME_HEAD_BYTES] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16),
		                                 (uint8_t)(len >> 8), (uint8_t)len };

	buf_add(&p->bytes, head, sizeof(head));
	buf_add(&p->bytes, frame, len);
}

static void add_frame(struct play *p, const Cxm__Frame *frame)
{
	wire_add_frame(&p->bytes, frame);
}

static void add_other_protocol(struct play *p)
{
	wire_add_hello(&p->bytes, &(struct wire_hello){ .protocol = 2 });
}

static void add_hello_backwards(struct play *p)
{
	play_add_hello(p, 5, 4);
}

static void add_hello_from_zero(struct play *p)
{
	Cxm__Hello hello = CXM__HELLO__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	hello.protocol = CXM_PROTOCOL;
	frame.body_case = CXM__FRAME__BODY_HELLO;
	frame.hello = &hello;
	add_frame(p, &frame);
}

static void add_a_hello(struct play *p)
{
	play_add_hello(p, 1, 1);
}

static void add_batch_101(struct play *p)
{
	wire_add_batch(&p->bytes, 101, 2, 0);
}

static void add_batch_102(struct play *p)
{
	wire_add_batch(&p->bytes, 102, 2, 0);
}

static void add_batch_lost_too_few(struct play *p)
{
	wire_add_batch(&p->bytes, 201, 2, 99);
}

static void add_batch_lost_more_than_there_were(struct play *p)
{
	wire_add_batch(&p->bytes, 100, 2, 100);
}

static void add_batch_of(struct play *p, uint64_t first, uint32_t says, uint32_t holds)
{
	Cxm__Batch batch = CXM__BATCH__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;
	struct buf records;

	buf_init(&records, FRAME_MAX_BYTES);
	wire_add_records(&records, 1, holds);
	batch.first_sequence = first;
	batch.count = says;
	batch.has_records = true;
	batch.records = (ProtobufCBinaryData){ records.len, records.data };
	frame.body_case = CXM__FRAME__BODY_BATCH;
	frame.batch = &batch;
	add_frame(p, &frame);
	buf_free(&records);
}

static void add_batch_from_zero(struct play *p)
{
	add_batch_of(p, 0, 1, 1);
}

static void add_batch_overflowing(struct play *p)
{
	add_batch_of(p, UINT64_MAX, 1, 1);
}

static void add_batch_counting_too_many(struct play *p)
{
	add_batch_of(p, 101, 3, 2);
}

static void add_batch_counting_too_few(struct play *p)
{
	add_batch_of(p, 101, 1, 2);
}

static void add_heartbeat_with_records(struct play *p)
{
	add_batch_of(p, 101, 0, 1);
}

static void add_batch_cut_record(struct play *p)
{
	static uint8_t record[] = { 0x05, 0x0a, 0x01 }; /* says 5 bytes, holds 2 */
	Cxm__Batch batch = CXM__BATCH__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	batch.first_sequence = 101;
	batch.count = 1;
	batch.has_records = true;
	batch.records = (ProtobufCBinaryData){ sizeof(record), record };
	frame.body_case = CXM__FRAME__BODY_BATCH;
	frame.batch = &batch;
	add_frame(p, &frame);
}

/* 200 MiB of nothing in a few hundred bytes, which says it were 200,000. */
static void add_zstd_bomb(struct play *p)
{
	static uint8_t packed[32 * 1024];
	size_t n_plain = (size_t)200 * 1024 * 1024;
	void *plain = calloc(1, n_plain);
	Cxm__Batch batch = CXM__BATCH__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;
	size_t n;

	assert_non_null(plain);
	n = ZSTD_compress(packed, sizeof(packed), plain, n_plain, 1);
	free(plain);
	assert_false(ZSTD_isError(n));
	batch.first_sequence = 101;
	batch.count = 1;
	batch.has_records = true;
	batch.records = (ProtobufCBinaryData){ n, packed };
	batch.has_zstd_bytes = true;
	batch.zstd_bytes = 200000;
	frame.body_case = CXM__FRAME__BODY_BATCH;
	frame.batch = &batch;
	add_frame(p, &frame);
}

static void add_welcome(struct play *p)
{
	Cxm__Welcome welcome = CXM__WELCOME__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	frame.body_case = CXM__FRAME__BODY_WELCOME;
	frame.welcome = &welcome;
	add_frame(p, &frame);
}

static void add_ack(struct play *p)
{
	Cxm__Ack ack = CXM__ACK__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	frame.body_case = CXM__FRAME__BODY_ACK;
	frame.ack = &ack;
	add_frame(p, &frame);
}

static void add_refuse(struct play *p)
{
	Cxm__Refuse refuse = CXM__REFUSE__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	refuse.code = CXM__REFUSE__CODE__OVERLOADED;
	frame.body_case = CXM__FRAME__BODY_REFUSE;
	frame.refuse = &refuse;
	add_frame(p, &frame);
}

static void add_length_zero(struct play *p)
{
	add_raw(p, "", 0);
}

static void add_length_16_mib(struct play *p)
{
	buf_add(&p->bytes, "\x01\x00\x00\x00", 4);
}

static void add_length_4_gib(struct play *p)
{
	buf_add(&p->bytes, "\xff\xff\xff\xff", 4);
}

static void add_length_one_too_many(struct play *p)
{
	buf_add(&p->bytes, "\x00\x04\x00\x01", 4); /* 256 KiB + 1 */
}

static void add_only_unknown_fields(struct play *p)
{
	add_raw(p, "\xa2\x06\x03xyz", 6); /* field 100, 3 bytes: no body */
}

static void add_varint_of_11_bytes(struct play *p)
{
	/* Frame{batch{first_sequence = ...}} */
	add_raw(p, "\x1a\x0c\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 14);
}

static void add_wrong_wire_type(struct play *p)
{
	add_raw(p, "\x18\x01", 2); /* batch as a varint */
}

static void add_nested_groups(struct play *p)
{
	uint8_t groups[10000];

	memset(groups, 0xa3, sizeof(groups)); /* field 20, start of group, 10,000 deep */
	for (size_t i = 1; i < sizeof(groups); i += 2) {
		groups[i] = 0x01;
	}
	add_raw(p, groups, sizeof(groups));
}

static void add_missing_required(struct play *p)
{
	add_raw(p, "\x1a\x02\x08\x65", 4); /* Frame{batch{first_sequence = 101}}: no count */
}

/* 256 KiB of empty unknown sub-messages: what a decoder keeps of them must stay below the arena's
 * ceiling. */
static void add_amplified(struct play *p)
{
	uint8_t *many = malloc(FRAME_MAX_BYTES);

	assert_non_null(many);
	for (size_t i = 0; i < FRAME_MAX_BYTES; i += 2) {
		many[i] = 0x7a; /* field 15, length-delimited */
		many[i + 1] = 0x00;
	}
	add_raw(p, many, FRAME_MAX_BYTES);
	free(many);
}

#define INVALID  CXM__REFUSE__CODE__INVALID
#define SEQUENCE CXM__REFUSE__CODE__SEQUENCE

static const struct refusal_case refusals[] = {
	{ "another_protocol_is_refused", add_other_protocol, fresh, CXM__REFUSE__CODE__PROTOCOL },
	{ "hello_that_ends_before_it_begins_is_invalid", add_hello_backwards, fresh, INVALID },
	{ "hello_from_sequence_zero_is_invalid", add_hello_from_zero, fresh, INVALID },
	{ "batch_before_hello_is_invalid", add_batch_101, fresh, INVALID },
	{ "welcome_from_an_agent_is_invalid", add_welcome, fresh, INVALID },
	{ "ack_from_an_agent_is_invalid", add_ack, fresh, INVALID },
	{ "refuse_from_an_agent_is_invalid", add_refuse, fresh, INVALID },
	{ "length_zero_is_invalid", add_length_zero, fresh, INVALID },
	{ "length_of_16_mib_is_invalid_before_it_comes", add_length_16_mib, fresh, INVALID },
	{ "length_of_4_gib_is_invalid_before_it_comes", add_length_4_gib, fresh, INVALID },
	{ "length_one_above_the_limit_is_invalid", add_length_one_too_many, fresh, INVALID },
	{ "frame_without_content_is_invalid", add_only_unknown_fields, fresh, INVALID },
	{ "varint_of_eleven_bytes_is_invalid", add_varint_of_11_bytes, running, INVALID },
	{ "wrong_wire_type_is_invalid", add_wrong_wire_type, running, INVALID },
	{ "groups_nested_ten_thousand_deep_are_invalid", add_nested_groups, running, INVALID },
	{ "missing_required_field_is_invalid", add_missing_required, running, INVALID },
	{ "amplified_frame_is_invalid", add_amplified, running, INVALID },
	{ "second_hello_is_invalid", add_a_hello, running, INVALID },
	{ "batch_from_sequence_zero_is_invalid", add_batch_from_zero, running, INVALID },
	{ "batch_that_overflows_is_invalid", add_batch_overflowing, running, INVALID },
	{ "batch_that_counts_too_many_is_invalid", add_batch_counting_too_many, running, INVALID },
	{ "batch_that_counts_too_few_is_invalid", add_batch_counting_too_few, running, INVALID },
	{ "heartbeat_with_records_is_invalid", add_heartbeat_with_records, running, INVALID },
	{ "batch_with_a_cut_record_is_invalid", add_batch_cut_record, running, INVALID },
	{ "zstd_bomb_is_invalid", add_zstd_bomb, running, INVALID },
	{ "batch_that_lost_more_than_there_were_is_invalid", add_batch_lost_more_than_there_were,
	  running, INVALID },
	{ "hole_is_refused", add_batch_102, running, SEQUENCE },
	{ "hole_behind_lost_is_refused", add_batch_lost_too_few, running, SEQUENCE },
};

static void frame_is_refused(void **state)
{
	const struct refusal_case *c = *state;
	struct play *p = play_new();

	c->begin(p);
	c->add(p);
	assert_int_equal(SESSION_CLOSE, play_after(p));
	assert_true(play_refused(p, c->want));
	assert_true(p->tools.arena.used_bytes <= FRAME_ARENA_MAX_BYTES);
	play_free(p);
}

/* B08: a frame whose body ends early, at every length, is never stored and never read past. */
static void frame_truncated_at_every_offset_is_never_stored(void **state)
{
	struct buf whole;

	(void)state;
	buf_init(&whole, FRAME_MAX_BYTES);
	wire_add_batch(&whole, 1, 3, 0);
	for (size_t n = 1; n < whole.len - FRAME_HEAD_BYTES; n++) {
		struct play *p = play_new();

		play_run_from(p, 0);
		add_raw(p, whole.data + FRAME_HEAD_BYTES, n);
		assert_int_equal(SESSION_CLOSE, play_after(p));
		assert_true(play_refused(p, CXM__REFUSE__CODE__INVALID));
		play_free(p);
	}
	buf_free(&whole);
}

int main(void)
{
	static struct cases tests;

	cases_test(&tests, frame_truncated_at_every_offset_is_never_stored);
	cases_table(&tests, refusals, frame_is_refused);
	return cases_run("frames", &tests, NULL, NULL);
}
