#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "collector/ingest/session.h"
#include "cxmeter/frame.h"
#include "cxmeter/record.h"
#include "tests/support/wire_agent.h"

#define SECOND_US INT64_C(1000000)
#define WINDOW    4
#define HEARTBEAT 15000
#define EPOCH     UINT64_C(0x1122334455667788)

/* A session at time 0, the tools it needs, and what came out of it. */
struct fixture {
	struct session session;
	struct session_tools tools;
	struct session_work work;
	struct buf bytes; /* to feed */
	struct arena arena;
	struct buf said;
};

static int setup(void **state)
{
	static const struct session_limits limits = { WINDOW, HEARTBEAT };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	session_init(&f->session, &limits, 0);
	session_tools_init(&f->tools);
	buf_init(&f->bytes, (size_t)8 * 1024 * 1024);
	buf_init(&f->said, (size_t)1024 * 1024);
	arena_init(&f->arena, FRAME_ARENA_MAX_BYTES);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	session_free(&f->session);
	session_tools_free(&f->tools);
	buf_free(&f->bytes);
	buf_free(&f->said);
	arena_free(&f->arena);
	free(f);
	return 0;
}

/* Put bytes in, as many as it has room for at a time. */
static void feed(struct fixture *f, const void *data, size_t len, int64_t now_us)
{
	const uint8_t *at = data;

	while (len > 0) {
		size_t room = 0;
		uint8_t *to = session_room(&f->session, &room);
		size_t n = room < len ? room : len;

		assert_non_null(to);
		memcpy(to, at, n);
		session_filled(&f->session, n, now_us);
		at += n;
		len -= n;
	}
}

static enum session_want step(struct fixture *f, int64_t now_us)
{
	return session_step(&f->session, &f->tools, now_us, &f->work);
}

/* Feed f->bytes and say what it wants then. */
static enum session_want after(struct fixture *f)
{
	feed(f, f->bytes.data, f->bytes.len, 0);
	buf_reset(&f->bytes);
	return step(f, 0);
}

/* The next frame it says. */
static const Cxm__Frame *said(struct fixture *f)
{
	struct cursor out = session_output(&f->session, 0);
	size_t n = 0;
	const Cxm__Frame *frame;

	assert_int_equal(1, cxm_frame_ready(out.at, cursor_left(&out), &n));
	arena_reset(&f->arena);
	frame = cxm_frame_unpack(out.at + FRAME_HEAD_BYTES, n, &f->arena);
	session_sent(&f->session, FRAME_HEAD_BYTES + n, 0);
	assert_non_null(frame);
	return frame;
}

static bool silent(struct fixture *f)
{
	struct cursor out = session_output(&f->session, 0);

	return cursor_left(&out) == 0;
}

static void assert_refused(struct fixture *f, Cxm__Refuse__Code code)
{
	const Cxm__Frame *frame;

	assert_int_equal(SESSION_CLOSE, step(f, 0));
	assert_int_equal(SESSION_REFUSED, f->session.end);
	frame = said(f);
	assert_int_equal(CXM__FRAME__BODY_REFUSE, frame->body_case);
	assert_int_equal(code, frame->refuse->code);
	assert_true(strlen(frame->refuse->text) > 0);
}

static void add_hello(struct fixture *f, uint64_t first, uint64_t next)
{
	wire_add_hello(&f->bytes,
	               &(struct wire_hello){
			       .epoch = EPOCH, .instance = 7, .first = first, .next = next });
}

/* Greeted and welcomed: record `acked` + 1 is next. */
static void run_from(struct fixture *f, uint64_t acked)
{
	add_hello(f, 1, 1000000);
	assert_int_equal(SESSION_ASK, after(f));
	session_welcome(&f->session, acked, 0);
	assert_int_equal(CXM__FRAME__BODY_WELCOME, said(f)->body_case);
}

/* ---- greeting ---- */

static void hello_asks_the_store(void **state)
{
	struct fixture *f = *state;

	wire_add_hello(&f->bytes, &(struct wire_hello){ .epoch = EPOCH,
	                                                .instance = 9,
	                                                .first = 3,
	                                                .next = 12,
	                                                .timezone = "Europe/Berlin",
	                                                .version = "0.1.0" });
	assert_int_equal(SESSION_ASK, after(f));
	assert_true(f->session.hello.epoch == EPOCH);
	assert_int_equal(9, f->session.hello.instance);
	assert_int_equal(3, f->session.hello.first_sequence);
	assert_int_equal(12, f->session.hello.next_sequence);
	assert_string_equal("Europe/Berlin", f->session.hello.timezone);
	assert_string_equal("0.1.0", f->session.hello.version);
}

static void nothing_is_read_while_the_store_is_asked(void **state)
{
	struct fixture *f = *state;

	add_hello(f, 1, 1);
	wire_add_batch(&f->bytes, 1, 1, 0);
	assert_int_equal(SESSION_ASK, after(f));
	assert_int_equal(SESSION_ANSWER, step(f, 0));
	assert_true(session_waits(&f->session));
}

static void welcome_says_what_is_stored_and_the_rules(void **state)
{
	struct fixture *f = *state;
	const Cxm__Frame *frame;

	add_hello(f, 1, 100);
	assert_int_equal(SESSION_ASK, after(f));
	session_welcome(&f->session, 41, 5000000);
	frame = said(f);
	assert_int_equal(CXM__FRAME__BODY_WELCOME, frame->body_case);
	assert_int_equal(41, frame->welcome->acked_sequence);
	assert_int_equal(WINDOW, frame->welcome->window_batches);
	assert_int_equal(HEARTBEAT, frame->welcome->heartbeat_ms);
	assert_int_equal(5000000, frame->welcome->server_us);
	assert_int_equal(SESSION_READ, step(f, 0));
}

static void store_ahead_of_the_spool_is_epoch_stale(void **state)
{
	struct fixture *f = *state;

	add_hello(f, 1, 100);
	assert_int_equal(SESSION_ASK, after(f));
	session_welcome(&f->session, 100, 0);
	assert_refused(f, CXM__REFUSE__CODE__EPOCH_STALE);
}

static void store_level_with_the_spool_is_welcome(void **state)
{
	struct fixture *f = *state;

	add_hello(f, 1, 100);
	assert_int_equal(SESSION_ASK, after(f));
	session_welcome(&f->session, 99, 0);
	assert_int_equal(CXM__FRAME__BODY_WELCOME, said(f)->body_case);
}

static void names_that_are_none_are_forgotten(void **state)
{
	struct fixture *f = *state;

	wire_add_hello(&f->bytes, &(struct wire_hello){ .timezone = "Europe/Ber\nlin",
	                                                .version = "\xff\xfe" });
	assert_int_equal(SESSION_ASK, after(f));
	assert_string_equal("", f->session.hello.timezone);
	assert_string_equal("", f->session.hello.version);
}

static void overlong_name_is_forgotten(void **state)
{
	struct fixture *f = *state;
	char name[SESSION_TEXT_SIZE + 1];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	wire_add_hello(&f->bytes, &(struct wire_hello){ .timezone = name });
	assert_int_equal(SESSION_ASK, after(f));
	assert_string_equal("", f->session.hello.timezone);
}

/* ---- frames that end a session: one frame in, one refusal out ---- */

struct refusal_case {
	const char *name;
	void (*add)(struct fixture *f); /* appends frames to f->bytes */
	void (*begin)(struct fixture *f);
	Cxm__Refuse__Code want;
};

static void fresh(struct fixture *f)
{
	assert_int_equal(SESSION_GREETING, f->session.state);
}

static void running(struct fixture *f)
{
	run_from(f, 100);
}

static void add_raw(struct fixture *f, const void *frame, size_t len)
{
	const uint8_t head[FRAME_HEAD_BYTES] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16),
		                                 (uint8_t)(len >> 8), (uint8_t)len };

	buf_add(&f->bytes, head, sizeof(head));
	buf_add(&f->bytes, frame, len);
}

static void add_frame(struct fixture *f, const Cxm__Frame *frame)
{
	wire_add_frame(&f->bytes, frame);
}

static void add_other_protocol(struct fixture *f)
{
	wire_add_hello(&f->bytes, &(struct wire_hello){ .protocol = 2 });
}

static void add_hello_backwards(struct fixture *f)
{
	add_hello(f, 5, 4);
}

static void add_hello_from_zero(struct fixture *f)
{
	Cxm__Hello hello = CXM__HELLO__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	hello.protocol = CXM_PROTOCOL;
	frame.body_case = CXM__FRAME__BODY_HELLO;
	frame.hello = &hello;
	add_frame(f, &frame);
}

static void add_a_hello(struct fixture *f)
{
	add_hello(f, 1, 1);
}

static void add_batch_101(struct fixture *f)
{
	wire_add_batch(&f->bytes, 101, 2, 0);
}

static void add_batch_102(struct fixture *f)
{
	wire_add_batch(&f->bytes, 102, 2, 0);
}

static void add_batch_lost_too_few(struct fixture *f)
{
	wire_add_batch(&f->bytes, 201, 2, 99);
}

static void add_batch_lost_more_than_there_were(struct fixture *f)
{
	wire_add_batch(&f->bytes, 100, 2, 100);
}

static void add_batch_of(struct fixture *f, uint64_t first, uint32_t says, uint32_t holds)
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
	add_frame(f, &frame);
	buf_free(&records);
}

static void add_batch_from_zero(struct fixture *f)
{
	add_batch_of(f, 0, 1, 1);
}

static void add_batch_overflowing(struct fixture *f)
{
	add_batch_of(f, UINT64_MAX, 1, 1);
}

static void add_batch_counting_too_many(struct fixture *f)
{
	add_batch_of(f, 101, 3, 2);
}

static void add_batch_counting_too_few(struct fixture *f)
{
	add_batch_of(f, 101, 1, 2);
}

static void add_heartbeat_with_records(struct fixture *f)
{
	add_batch_of(f, 101, 0, 1);
}

static void add_batch_cut_record(struct fixture *f)
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
	add_frame(f, &frame);
}

/* 200 MiB of nothing in a few hundred bytes, which says it were 200,000. */
static void add_zstd_bomb(struct fixture *f)
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
	add_frame(f, &frame);
}

static void add_welcome(struct fixture *f)
{
	Cxm__Welcome welcome = CXM__WELCOME__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	frame.body_case = CXM__FRAME__BODY_WELCOME;
	frame.welcome = &welcome;
	add_frame(f, &frame);
}

static void add_ack(struct fixture *f)
{
	Cxm__Ack ack = CXM__ACK__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	frame.body_case = CXM__FRAME__BODY_ACK;
	frame.ack = &ack;
	add_frame(f, &frame);
}

static void add_refuse(struct fixture *f)
{
	Cxm__Refuse refuse = CXM__REFUSE__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	refuse.code = CXM__REFUSE__CODE__OVERLOADED;
	frame.body_case = CXM__FRAME__BODY_REFUSE;
	frame.refuse = &refuse;
	add_frame(f, &frame);
}

static void add_length_zero(struct fixture *f)
{
	add_raw(f, "", 0);
}

static void add_length_16_mib(struct fixture *f)
{
	buf_add(&f->bytes, "\x01\x00\x00\x00", 4);
}

static void add_length_4_gib(struct fixture *f)
{
	buf_add(&f->bytes, "\xff\xff\xff\xff", 4);
}

static void add_length_one_too_many(struct fixture *f)
{
	buf_add(&f->bytes, "\x00\x04\x00\x01", 4); /* 256 KiB + 1 */
}

static void add_only_unknown_fields(struct fixture *f)
{
	add_raw(f, "\xa2\x06\x03xyz", 6); /* field 100, 3 bytes: no body */
}

static void add_varint_of_11_bytes(struct fixture *f)
{
	/* Frame{batch{first_sequence = ...}} */
	add_raw(f, "\x1a\x0c\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 14);
}

static void add_wrong_wire_type(struct fixture *f)
{
	add_raw(f, "\x18\x01", 2); /* batch as a varint */
}

static void add_nested_groups(struct fixture *f)
{
	uint8_t groups[10000];

	memset(groups, 0xa3, sizeof(groups)); /* field 20, start of group, 10,000 deep */
	for (size_t i = 1; i < sizeof(groups); i += 2) {
		groups[i] = 0x01;
	}
	add_raw(f, groups, sizeof(groups));
}

static void add_missing_required(struct fixture *f)
{
	add_raw(f, "\x1a\x02\x08\x65", 4); /* Frame{batch{first_sequence = 101}}: no count */
}

/* 256 KiB of empty unknown sub-messages: what a decoder keeps of them must stay below the arena's
 * ceiling. */
static void add_amplified(struct fixture *f)
{
	uint8_t *many = malloc(FRAME_MAX_BYTES);

	assert_non_null(many);
	for (size_t i = 0; i < FRAME_MAX_BYTES; i += 2) {
		many[i] = 0x7a; /* field 15, length-delimited */
		many[i + 1] = 0x00;
	}
	add_raw(f, many, FRAME_MAX_BYTES);
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
	void *made = NULL;
	struct fixture *f;

	assert_int_equal(0, setup(&made));
	f = made;
	c->begin(f);
	c->add(f);
	assert_int_equal(SESSION_CLOSE, after(f));
	assert_refused(f, c->want);
	assert_true(f->tools.arena.used_bytes <= FRAME_ARENA_MAX_BYTES);
	assert_int_equal(0, teardown(&made));
}

/* ---- running ---- */

static void batch_is_handed_out_with_its_records(void **state)
{
	struct fixture *f = *state;
	struct cxm_packed record;
	unsigned n = 0;

	run_from(f, 100);
	wire_add_batch(&f->bytes, 101, 3, 0);
	assert_int_equal(SESSION_STORE, after(f));
	assert_int_equal(101, f->work.batch.first_sequence);
	assert_int_equal(3, f->work.batch.count);
	assert_int_equal(0, f->work.batch.lost);
	while (cxm_record_next(&f->work.batch.records, &record) == 1) {
		n++;
	}
	assert_int_equal(3, n);
	assert_int_equal(SESSION_READ, step(f, 0));
}

static void compressed_batch_is_handed_out_unpacked(void **state)
{
	struct fixture *f = *state;
	struct buf records;
	uint8_t packed[4096];
	Cxm__Batch batch = CXM__BATCH__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;
	size_t n;

	run_from(f, 100);
	buf_init(&records, FRAME_MAX_BYTES);
	wire_add_records(&records, 101, 50);
	n = ZSTD_compress(packed, sizeof(packed), records.data, records.len, 1);
	assert_false(ZSTD_isError(n));
	batch.first_sequence = 101;
	batch.count = 50;
	batch.has_records = true;
	batch.records = (ProtobufCBinaryData){ n, packed };
	batch.has_zstd_bytes = true;
	batch.zstd_bytes = (uint32_t)records.len;
	frame.body_case = CXM__FRAME__BODY_BATCH;
	frame.batch = &batch;
	add_frame(f, &frame);
	assert_int_equal(SESSION_STORE, after(f));
	assert_int_equal(records.len, cursor_left(&f->work.batch.records));
	assert_memory_equal(records.data, f->work.batch.records.at, records.len);
	buf_free(&records);
}

static void nothing_is_acknowledged_before_it_is_stored(void **state)
{
	struct fixture *f = *state;

	run_from(f, 100);
	wire_add_batch(&f->bytes, 101, 3, 0);
	assert_int_equal(SESSION_STORE, after(f));
	assert_true(silent(f));
}

static void stored_batch_is_acknowledged(void **state)
{
	struct fixture *f = *state;
	const Cxm__Frame *frame;

	run_from(f, 100);
	wire_add_batch(&f->bytes, 101, 3, 0);
	assert_int_equal(SESSION_STORE, after(f));
	session_stored(&f->session, 103);
	frame = said(f);
	assert_int_equal(CXM__FRAME__BODY_ACK, frame->body_case);
	assert_int_equal(103, frame->ack->sequence);
	assert_true(silent(f));
}

static void one_ack_covers_what_was_stored_together(void **state)
{
	struct fixture *f = *state;

	run_from(f, 100);
	wire_add_batch(&f->bytes, 101, 1, 0);
	wire_add_batch(&f->bytes, 102, 1, 0);
	assert_int_equal(SESSION_STORE, after(f));
	assert_int_equal(SESSION_STORE, step(f, 0));
	session_stored(&f->session, 101);
	session_stored(&f->session, 102);
	assert_int_equal(102, said(f)->ack->sequence);
	assert_true(silent(f));
}

static void batch_sent_again_is_stored_again_and_acknowledged(void **state)
{
	struct fixture *f = *state;

	run_from(f, 100);
	wire_add_batch(&f->bytes, 91, 10, 0); /* the store will skip it */
	assert_int_equal(SESSION_STORE, after(f));
	session_stored(&f->session, 100);
	assert_int_equal(100, said(f)->ack->sequence);
	wire_add_batch(&f->bytes, 101, 1, 0);
	assert_int_equal(SESSION_STORE, after(f));
}

static void lost_records_may_be_skipped(void **state)
{
	struct fixture *f = *state;

	run_from(f, 100);
	wire_add_batch(&f->bytes, 151, 2, 50);
	assert_int_equal(SESSION_STORE, after(f));
	assert_int_equal(50, f->work.batch.lost);
	wire_add_batch(&f->bytes, 153, 2, 0);
	assert_int_equal(SESSION_STORE, after(f));
}

static void heartbeat_is_acknowledged_at_once(void **state)
{
	struct fixture *f = *state;

	run_from(f, 100);
	wire_add_batch(&f->bytes, 500, 0, 0); /* where it stands does not matter */
	assert_int_equal(SESSION_READ, after(f));
	assert_int_equal(100, said(f)->ack->sequence);
}

static void full_window_is_not_read(void **state)
{
	struct fixture *f = *state;

	run_from(f, 0);
	for (uint64_t n = 1; n <= WINDOW + 1; n++) {
		wire_add_batch(&f->bytes, n, 1, 0);
	}
	feed(f, f->bytes.data, f->bytes.len, 0);
	for (unsigned n = 0; n < WINDOW; n++) {
		assert_int_equal(SESSION_STORE, step(f, 0));
	}
	assert_int_equal(SESSION_ANSWER, step(f, 0));
	session_stored(&f->session, 1);
	assert_int_equal(SESSION_STORE, step(f, 0));
}

static void refusal_says_first_what_is_stored(void **state)
{
	struct fixture *f = *state;

	run_from(f, 0);
	wire_add_batch(&f->bytes, 1, 1, 0);
	assert_int_equal(SESSION_STORE, after(f));
	session_stored(&f->session, 1);
	session_refuse(&f->session, CXM__REFUSE__CODE__OVERLOADED, 5000, "later");
	assert_int_equal(1, said(f)->ack->sequence);
	assert_int_equal(5000, said(f)->refuse->retry_after_ms);
}

static void answers_after_the_end_change_nothing(void **state)
{
	struct fixture *f = *state;

	run_from(f, 0);
	wire_add_batch(&f->bytes, 1, 1, 0);
	assert_int_equal(SESSION_STORE, after(f));
	session_refuse(&f->session, CXM__REFUSE__CODE__OVERLOADED, 5000, "later");
	session_refuse(&f->session, CXM__REFUSE__CODE__INVALID, 0, "never said");
	session_stored(&f->session, 1);
	session_welcome(&f->session, 1, 0);
	assert_int_equal(CXM__REFUSE__CODE__OVERLOADED, said(f)->refuse->code);
	assert_true(silent(f));
}

static void finished_session_still_acknowledges(void **state)
{
	struct fixture *f = *state;

	run_from(f, 0);
	wire_add_batch(&f->bytes, 1, 1, 0);
	wire_add_batch(&f->bytes, 2, 1, 0);
	assert_int_equal(SESSION_STORE, after(f));
	session_finish(&f->session);
	assert_int_equal(SESSION_READ, step(f, 0));
	session_stored(&f->session, 1);
	assert_int_equal(1, said(f)->ack->sequence);
}

/* ---- the stream may be cut anywhere ---- */

/* Hello and two batches as one stream. */
static void add_talk(struct fixture *f)
{
	add_hello(f, 1, 100);
	wire_add_batch(&f->bytes, 1, 2, 0);
	wire_add_batch(&f->bytes, 3, 1, 0);
}

/* Step until it wants more; count what it asked for. */
static void drive(struct fixture *f, unsigned *asked, unsigned *stored)
{
	enum session_want want;

	while ((want = step(f, 0)) != SESSION_READ) {
		assert_true(want == SESSION_ASK || want == SESSION_STORE);
		if (want == SESSION_ASK) {
			++*asked;
			session_welcome(&f->session, 0, 0);
		} else {
			++*stored;
			session_stored(&f->session,
			               f->work.batch.first_sequence + f->work.batch.count - 1);
		}
	}
}

static void stream_cut_at_every_offset_reads_the_same(void **state)
{
	struct fixture *f = *state;
	struct buf talk;

	(void)state;
	add_talk(f);
	talk = f->bytes;
	buf_init(&f->bytes, talk.max);
	for (size_t cut = 0; cut <= talk.len; cut++) {
		void *made = NULL;
		unsigned asked = 0;
		unsigned stored = 0;

		assert_int_equal(0, setup(&made));
		feed(made, talk.data, cut, 0);
		drive(made, &asked, &stored);
		feed(made, talk.data + cut, talk.len - cut, 0);
		drive(made, &asked, &stored);
		assert_int_equal(1, asked);
		assert_int_equal(2, stored);
		assert_int_equal(0, teardown(&made));
	}
	buf_free(&talk);
}

static void stream_in_single_bytes_reads_the_same(void **state)
{
	struct fixture *f = *state;
	unsigned asked = 0;
	unsigned stored = 0;

	add_talk(f);
	for (size_t i = 0; i < f->bytes.len; i++) {
		feed(f, f->bytes.data + i, 1, 0);
		drive(f, &asked, &stored);
	}
	assert_int_equal(1, asked);
	assert_int_equal(2, stored);
}

/* B08: a frame whose body ends early, at every length, is never stored and never read past. */
static void frame_truncated_at_every_offset_is_never_stored(void **state)
{
	struct fixture *f = *state;
	struct buf whole;

	buf_init(&whole, FRAME_MAX_BYTES);
	wire_add_batch(&whole, 1, 3, 0);
	for (size_t n = 1; n < whole.len - FRAME_HEAD_BYTES; n++) {
		void *made = NULL;

		assert_int_equal(0, setup(&made));
		run_from(made, 0);
		add_raw(made, whole.data + FRAME_HEAD_BYTES, n);
		assert_int_equal(SESSION_CLOSE, after(made));
		assert_int_equal(CXM__REFUSE__CODE__INVALID,
		                 ((struct fixture *)made)->session.refused);
		assert_int_equal(0, teardown(&made));
	}
	buf_free(&whole);
	assert_int_equal(SESSION_READ, step(f, 0));
}

static void largest_frame_is_read(void **state)
{
	struct fixture *f = *state;
	struct buf records;
	uint32_t count = 0;

	buf_init(&records, FRAME_MAX_BYTES);
	while (records.len < FRAME_MAX_BYTES - 128) {
		wire_add_records(&records, ++count, 1);
	}
	buf_free(&records);
	run_from(f, 0);
	wire_add_batch(&f->bytes, 1, count, 0);
	assert_true(f->bytes.len > FRAME_MAX_BYTES - 256);
	assert_int_equal(SESSION_STORE, after(f));
	assert_int_equal(count, f->work.batch.count);
}

static void unfinished_frame_claims_no_memory_ahead(void **state)
{
	struct fixture *f = *state;

	feed(f, "\x00\x04\x00\x00", 4, 0); /* 256 KiB will come, it says */
	assert_int_equal(SESSION_READ, step(f, 0));
	assert_true(f->session.in.cap <= 2 * SESSION_READ_BYTES);
}

/* ---- time ---- */

static void missing_hello_ends_after_ten_seconds(void **state)
{
	struct fixture *f = *state;

	session_tick(&f->session, true, 10 * SECOND_US);
	assert_int_equal(SESSION_GREETING, f->session.state);
	session_tick(&f->session, true, 10 * SECOND_US + 1);
	assert_int_equal(SESSION_NO_HELLO, f->session.end);
	assert_int_equal(SESSION_CLOSE, step(f, 0));
	assert_true(silent(f));
}

static void frame_begun_and_dripping_ends_after_thirty_seconds(void **state)
{
	struct fixture *f = *state;

	run_from(f, 0);
	wire_add_batch(&f->bytes, 1, 3, 0);
	for (int64_t second = 1; second <= 30; second++) {
		feed(f, f->bytes.data + second - 1, 1, second * SECOND_US);
		session_tick(&f->session, true, second * SECOND_US);
		assert_int_equal(SESSION_RUNNING, f->session.state);
	}
	session_tick(&f->session, true, 31 * SECOND_US + 1);
	assert_int_equal(SESSION_SLOW, f->session.end);
}

static void frames_that_follow_each_other_are_not_slow(void **state)
{
	struct fixture *f = *state;

	run_from(f, 0);
	for (uint64_t n = 1; n <= 100; n++) { /* each cut in two, so one is always begun */
		wire_add_batch(&f->bytes, n, 1, 0);
		feed(f, f->bytes.data, f->bytes.len - 1, (int64_t)n * SECOND_US);
		session_tick(&f->session, true, (int64_t)n * SECOND_US);
		feed(f, f->bytes.data + f->bytes.len - 1, 1, (int64_t)n * SECOND_US);
		buf_reset(&f->bytes);
		assert_int_equal(SESSION_STORE, step(f, (int64_t)n * SECOND_US));
		session_stored(&f->session, n);
		assert_int_equal(n, said(f)->ack->sequence);
	}
}

static void silence_of_three_heartbeats_ends_it(void **state)
{
	struct fixture *f = *state;

	run_from(f, 0);
	session_tick(&f->session, true, 45 * SECOND_US);
	assert_int_equal(SESSION_RUNNING, f->session.state);
	session_tick(&f->session, true, 45 * SECOND_US + 1);
	assert_int_equal(SESSION_SILENT, f->session.end);
}

static void silence_does_not_count_while_nobody_listens(void **state)
{
	struct fixture *f = *state;

	run_from(f, 0);
	feed(f, "\x00", 1, 0); /* a frame is begun, too */
	session_tick(&f->session, false, 1000 * SECOND_US);
	session_tick(&f->session, true, 1030 * SECOND_US);
	assert_int_equal(SESSION_RUNNING, f->session.state);
}

static void silence_does_not_count_while_the_window_is_full(void **state)
{
	struct fixture *f = *state;

	run_from(f, 0);
	for (uint64_t n = 1; n <= WINDOW; n++) {
		wire_add_batch(&f->bytes, n, 1, 0);
	}
	assert_int_equal(SESSION_STORE, after(f));
	for (unsigned n = 1; n < WINDOW; n++) {
		assert_int_equal(SESSION_STORE, step(f, 0));
	}
	session_tick(&f->session, true, 1000 * SECOND_US);
	assert_int_equal(SESSION_RUNNING, f->session.state);
}

static void last_ack_is_repeated_while_nobody_listens(void **state)
{
	struct fixture *f = *state;

	run_from(f, 17);
	session_tick(&f->session, false, 14 * SECOND_US);
	assert_true(silent(f));
	session_tick(&f->session, false, 15 * SECOND_US);
	assert_int_equal(17, said(f)->ack->sequence);
}

static void peer_that_takes_nothing_is_left_after_thirty_seconds(void **state)
{
	struct fixture *f = *state;

	add_hello(f, 1, 1);
	assert_int_equal(SESSION_ASK, after(f));
	session_welcome(&f->session, 0, 0);
	for (int64_t second = 1; second <= 30; second++) {
		feed(f, "", 0, second * SECOND_US);
		session_tick(&f->session, true, second * SECOND_US);
	}
	assert_int_equal(SESSION_RUNNING, f->session.state);
	session_tick(&f->session, true, 31 * SECOND_US);
	assert_int_equal(SESSION_DEAF, f->session.end);
}

static void idle_session_gives_its_buffer_back(void **state)
{
	struct fixture *f = *state;

	run_from(f, 0);
	wire_add_batch(&f->bytes, 1, 2000, 0);
	assert_int_equal(SESSION_STORE, after(f));
	assert_true(f->session.in.cap > SESSION_READ_BYTES);
	session_stored(&f->session, 2000);
	session_tick(&f->session, true, SECOND_US);
	assert_int_equal(0, f->session.in.cap);
	wire_add_batch(&f->bytes, 2001, 1, 0);
	assert_int_equal(SESSION_STORE, after(f));
}

#define claim(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
#define N_REFUSALS      (sizeof(refusals) / sizeof(refusals[0]))

int main(void)
{
	const struct CMUnitTest claims[] = {
		claim(hello_asks_the_store),
		claim(nothing_is_read_while_the_store_is_asked),
		claim(welcome_says_what_is_stored_and_the_rules),
		claim(store_ahead_of_the_spool_is_epoch_stale),
		claim(store_level_with_the_spool_is_welcome),
		claim(names_that_are_none_are_forgotten),
		claim(overlong_name_is_forgotten),
		claim(batch_is_handed_out_with_its_records),
		claim(compressed_batch_is_handed_out_unpacked),
		claim(nothing_is_acknowledged_before_it_is_stored),
		claim(stored_batch_is_acknowledged),
		claim(one_ack_covers_what_was_stored_together),
		claim(batch_sent_again_is_stored_again_and_acknowledged),
		claim(lost_records_may_be_skipped),
		claim(heartbeat_is_acknowledged_at_once),
		claim(full_window_is_not_read),
		claim(refusal_says_first_what_is_stored),
		claim(answers_after_the_end_change_nothing),
		claim(finished_session_still_acknowledges),
		claim(stream_cut_at_every_offset_reads_the_same),
		claim(stream_in_single_bytes_reads_the_same),
		claim(frame_truncated_at_every_offset_is_never_stored),
		claim(largest_frame_is_read),
		claim(unfinished_frame_claims_no_memory_ahead),
		claim(missing_hello_ends_after_ten_seconds),
		claim(frame_begun_and_dripping_ends_after_thirty_seconds),
		claim(frames_that_follow_each_other_are_not_slow),
		claim(silence_of_three_heartbeats_ends_it),
		claim(silence_does_not_count_while_nobody_listens),
		claim(silence_does_not_count_while_the_window_is_full),
		claim(last_ack_is_repeated_while_nobody_listens),
		claim(peer_that_takes_nothing_is_left_after_thirty_seconds),
		claim(idle_session_gives_its_buffer_back),
	};
	struct CMUnitTest rows[N_REFUSALS];
	int failed;

	for (size_t i = 0; i < N_REFUSALS; i++) {
		rows[i] = (struct CMUnitTest){ refusals[i].name, frame_is_refused, NULL, NULL,
			                       (void *)(uintptr_t)&refusals[i] };
	}
	failed = cmocka_run_group_tests_name("session", claims, NULL, NULL);
	failed += cmocka_run_group_tests_name("refused frames", rows, NULL, NULL);
	return failed;
}
