/* The agent's half of docs/protocol.md, sentence by sentence, over a real spool in memory. */
#include "agent/uplink_session.h"

#include <errno.h>
#include <string.h>

#include "agent/backoff.h"
#include "common/unconst.h"
#include "cxmeter/frame.h"
#include "tests/support/cases.h"
#include "tests/support/fake_env.h"
#include "tests/support/packed.h"

#define ROOM      ((size_t)512 * 1024)
#define HEARTBEAT INT64_C(15000)
#define SECOND    INT64_C(1000000)

struct fixture {
	struct fake_env *fake;
	const struct env *env;
	struct spool *spool;
	struct uplink_session_options options;
	struct uplink_session *session;
	struct arena arena;
	struct buf bytes;
	struct buf scratch;
	uint64_t acked; /* as told by the callback */
	unsigned n_acked;
};

static void on_acked(void *arg, uint64_t sequence)
{
	struct fixture *f = arg;

	f->acked = sequence;
	f->n_acked++;
}

static const char *const sources[] = { "queue_log", "capture", NULL };

static int setup(void **state)
{
	static struct fixture f;
	const struct spool_options spool = { "/spool", 1 << 26, 1 << 22 };

	f = (struct fixture){ .fake = fake_env_new(5) };
	f.env = fake_env_of(f.fake);
	f.options = (struct uplink_session_options){ .timezone = "Europe/Berlin",
		                                     .sources = sources,
		                                     .instance = 77 };
	arena_init(&f.arena, FRAME_ARENA_MAX_BYTES);
	buf_init(&f.bytes, 1 << 22);
	buf_init(&f.scratch, FRAME_MAX_BYTES);
	assert_int_equal(spool_open(&f.spool, f.env, &spool, NULL), 0);
	assert_int_equal(uplink_session_new(&f.session, f.env, f.spool, &f.options, on_acked, &f),
	                 0);
	uplink_session_begin(f.session);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	uplink_session_free(f->session);
	spool_close(f->spool);
	fake_env_free(f->fake);
	arena_free(&f->arena);
	buf_free(&f->bytes);
	buf_free(&f->scratch);
	return 0;
}

static void append(struct fixture *f, uint32_t count, size_t pad)
{
	struct spool_entry entry = { .count = count };
	struct spool_status status;

	spool_status(f->spool, &status);
	buf_reset(&f->bytes);
	for (uint32_t i = 0; i < count; i++) {
		packed_add(&f->bytes, status.next_sequence + i, pad);
	}
	entry.records = cursor_of(f->bytes.data, f->bytes.len);
	assert_int_equal(spool_append(f->spool, &entry), 0);
}

/* The next frame the session sends; NULL when there is none. */
static Cxm__Frame *sent(struct fixture *f)
{
	struct buf *out = uplink_session_out(f->session);
	Cxm__Frame *frame = NULL;
	size_t n;

	arena_reset(&f->arena);
	if (cxm_frame_ready(out->data, out->len, &n) == 1) {
		frame = cxm_frame_unpack(out->data + FRAME_HEAD_BYTES, n, &f->arena);
		assert_non_null(frame);
		buf_drop_front(out, FRAME_HEAD_BYTES + n);
	}
	return frame;
}

static Cxm__Batch *sent_batch(struct fixture *f)
{
	Cxm__Frame *frame = sent(f);

	assert_non_null(frame);
	assert_int_equal(frame->body_case, CXM__FRAME__BODY_BATCH);
	return frame->batch;
}

static enum uplink_verdict take_frame(struct fixture *f, const Cxm__Frame *frame)
{
	buf_reset(&f->bytes);
	assert_int_equal(cxm_frame_append(frame, &f->bytes), 0);
	return uplink_session_take(f->session, f->bytes.data, f->bytes.len);
}

static enum uplink_verdict take_welcome(struct fixture *f, uint64_t acked, uint32_t window)
{
	Cxm__Welcome welcome = CXM__WELCOME__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	welcome.acked_sequence = acked;
	welcome.window_batches = window;
	welcome.heartbeat_ms = HEARTBEAT;
	welcome.has_server_us = 1;
	welcome.server_us = env_wall_us(f->env) + 5 * SECOND;
	frame.body_case = CXM__FRAME__BODY_WELCOME;
	frame.welcome = &welcome;
	return take_frame(f, &frame);
}

static enum uplink_verdict take_ack(struct fixture *f, uint64_t sequence)
{
	Cxm__Ack ack = CXM__ACK__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	ack.sequence = sequence;
	frame.body_case = CXM__FRAME__BODY_ACK;
	frame.ack = &ack;
	return take_frame(f, &frame);
}

static enum uplink_verdict take_refuse(struct fixture *f, Cxm__Refuse__Code code, const char *text,
                                       uint32_t retry_after_ms)
{
	Cxm__Refuse refuse = CXM__REFUSE__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	refuse.code = code;
	refuse.text = unconst(text);
	refuse.has_retry_after_ms = retry_after_ms > 0;
	refuse.retry_after_ms = retry_after_ms;
	frame.body_case = CXM__FRAME__BODY_REFUSE;
	frame.refuse = &refuse;
	return take_frame(f, &frame);
}

/* Past the greeting, nothing sent yet. */
static void run(struct fixture *f, uint64_t acked, uint32_t window)
{
	assert_int_equal(sent(f)->body_case, CXM__FRAME__BODY_HELLO);
	assert_int_equal(take_welcome(f, acked, window), UPLINK_FINE);
}

static const char *why(const struct fixture *f)
{
	return uplink_session_view(f->session)->why;
}

/* ---- Hello and Welcome ---- */

static void hello_says_who_we_are_and_what_we_have(void **state)
{
	struct fixture *f = *state;
	struct spool_status status;
	Cxm__Frame *frame;

	append(f, 3, 10);
	uplink_session_begin(f->session);
	spool_status(f->spool, &status);
	frame = sent(f);
	assert_int_equal(frame->body_case, CXM__FRAME__BODY_HELLO);
	assert_int_equal(frame->hello->protocol, 1);
	assert_int_equal(frame->hello->spool_epoch, status.epoch);
	assert_int_equal(frame->hello->instance, 77);
	assert_int_equal(frame->hello->first_sequence, 1);
	assert_int_equal(frame->hello->next_sequence, 4);
	assert_string_equal(frame->hello->timezone, "Europe/Berlin");
	assert_int_equal(frame->hello->n_source, 2);
	assert_string_equal(frame->hello->source[1], "capture");
	assert_int_equal(frame->hello->sent_us, env_wall_us(f->env));
	assert_string_equal(frame->hello->agent_version, CXM_VERSION);
}

static void nothing_is_sent_before_welcome(void **state)
{
	struct fixture *f = *state;

	append(f, 3, 10);
	assert_int_equal(sent(f)->body_case, CXM__FRAME__BODY_HELLO);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	assert_null(sent(f));
}

static void sending_goes_on_behind_what_the_collector_has(void **state)
{
	struct fixture *f = *state;
	Cxm__Batch *batch;

	append(f, 10, 10);
	run(f, 4, 16);
	assert_true(uplink_session_view(f->session)->running);
	assert_int_equal(f->acked, 4);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	batch = sent_batch(f);
	assert_int_equal(batch->first_sequence, 5);
	assert_int_equal(batch->count, 6);
	assert_int_equal(batch->lost, 0);
	assert_false(batch->has_zstd_bytes);
}

static void what_is_gone_is_told_as_lost(void **state)
{
	struct fixture *f = *state;
	Cxm__Batch *batch;

	append(f, 10, 10);
	assert_int_equal(spool_ack(f->spool, 10), 0);
	assert_int_equal(spool_new_epoch(f->spool), 0); /* rolls, so 1 to 10 can go */
	assert_int_equal(spool_ack(f->spool, 10), 0);
	append(f, 2, 10);
	run(f, 4, 16);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	batch = sent_batch(f);
	assert_int_equal(batch->first_sequence, 11);
	assert_int_equal(batch->lost, 6);
}

static void the_clocks_are_compared_at_half_the_way(void **state)
{
	struct fixture *f = *state;

	(void)sent(f);
	fake_env_advance(f->fake, 2 * SECOND);
	/* the collector is 5 s ahead, and its Welcome is from now; Hello was 2 s ago */
	assert_int_equal(take_welcome(f, 0, 16), UPLINK_FINE);
	assert_int_equal(uplink_session_view(f->session)->clock_offset_us, 6 * SECOND);
}

static void a_collector_that_knows_more_than_we_had_needs_a_new_epoch(void **state)
{
	struct fixture *f = *state;

	append(f, 3, 10);
	(void)sent(f);
	assert_int_equal(take_welcome(f, 4, 16), UPLINK_STALE);
	assert_non_null(strstr(why(f), "old copy"));
	assert_int_equal(f->n_acked, 0);
}

static void a_second_welcome_ends_the_session(void **state)
{
	struct fixture *f = *state;

	run(f, 0, 16);
	assert_int_equal(take_welcome(f, 0, 16), UPLINK_BROKEN);
	assert_false(uplink_session_view(f->session)->running);
}

/* ---- batches and acknowledgements ---- */

static void records_arrive_whole_and_in_order(void **state)
{
	struct fixture *f = *state;
	uint64_t sequence = 1;

	for (int i = 0; i < 40; i++) {
		append(f, 100, 100);
	}
	run(f, 0, 16);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	while (sequence <= 4000) {
		Cxm__Batch *batch = sent_batch(f);
		struct cursor records;

		assert_int_equal(batch->first_sequence, sequence);
		assert_true(batch->records.len <= UPLINK_RUN_MAX_BYTES);
		assert_int_equal(cxm_batch_records(batch, &f->scratch, &records), 0);
		for (uint32_t i = 0; i < batch->count; i++) {
			assert_int_equal(packed_next(&records), sequence++);
		}
	}
	assert_null(sent(f));
	assert_int_equal(uplink_session_view(f->session)->sent_records, 4000);
}

static unsigned count_sent(struct fixture *f)
{
	unsigned n = 0;

	while (sent(f) != NULL) {
		n++;
	}
	return n;
}

static void no_more_than_the_window_is_in_flight(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 10; i++) {
		append(f, 10, 12000); /* a batch each */
	}
	run(f, 0, 3);
	assert_int_equal(uplink_session_step(f->session, SIZE_MAX), UPLINK_FINE);
	assert_int_equal(count_sent(f), 3);
	assert_int_equal(uplink_session_view(f->session)->unacked_batches, 3);
	assert_int_equal(take_ack(f, 10), UPLINK_FINE);
	assert_int_equal(uplink_session_step(f->session, SIZE_MAX), UPLINK_FINE);
	assert_int_equal(count_sent(f), 1);
	assert_int_equal(take_ack(f, 40), UPLINK_FINE); /* one for all three */
	assert_int_equal(uplink_session_view(f->session)->unacked_batches, 0);
	assert_int_equal(uplink_session_step(f->session, SIZE_MAX), UPLINK_FINE);
	assert_int_equal(count_sent(f), 3);
}

static void an_acknowledgement_of_half_a_batch_does_not_free_the_window(void **state)
{
	struct fixture *f = *state;

	append(f, 10, 12000);
	append(f, 10, 12000);
	run(f, 0, 1);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	assert_int_equal(count_sent(f), 1);
	assert_int_equal(take_ack(f, 9), UPLINK_FINE);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	assert_int_equal(count_sent(f), 0);
}

static void sending_stops_when_the_output_is_full(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 10; i++) {
		append(f, 10, 12000);
	}
	run(f, 0, 16);
	assert_int_equal(uplink_session_step(f->session, 150000), UPLINK_FINE);
	assert_int_equal(count_sent(f), 2);
	assert_int_equal(uplink_session_step(f->session, 0), UPLINK_FINE);
	assert_int_equal(count_sent(f), 0);
}

static void an_acknowledgement_reaches_the_spool_and_the_agent(void **state)
{
	struct fixture *f = *state;

	append(f, 10, 10);
	run(f, 0, 16);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	fake_env_advance(f->fake, SECOND);
	assert_int_equal(take_ack(f, 10), UPLINK_FINE);
	assert_int_equal(f->acked, 10);
	assert_int_equal(f->n_acked, 2); /* Welcome was the first */
	assert_int_equal(uplink_session_view(f->session)->acked_sequence, 10);
	assert_int_equal(uplink_session_view(f->session)->last_ack_mono_us, env_mono_us(f->env));
}

static void an_acknowledgement_of_what_was_never_sent_ends_the_session(void **state)
{
	struct fixture *f = *state;

	append(f, 10, 10);
	run(f, 0, 16);
	assert_int_equal(take_ack(f, 1), UPLINK_BROKEN);
	assert_non_null(strstr(why(f), "never sent"));
	assert_int_equal(f->acked, 0);
}

static void an_acknowledgement_before_welcome_ends_the_session(void **state)
{
	struct fixture *f = *state;

	append(f, 10, 10);
	assert_int_equal(take_ack(f, 0), UPLINK_BROKEN);
}

static void an_acknowledgement_from_the_past_is_harmless(void **state)
{
	struct fixture *f = *state;

	append(f, 10, 10);
	run(f, 5, 16);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	assert_int_equal(take_ack(f, 3), UPLINK_FINE);
	assert_int_equal(uplink_session_view(f->session)->acked_sequence, 5);
}

static void everything_unacknowledged_is_sent_again_after_a_reconnect(void **state)
{
	struct fixture *f = *state;

	append(f, 10, 10);
	run(f, 0, 16);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	(void)count_sent(f);
	uplink_session_begin(f->session);
	run(f, 0, 16);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	assert_int_equal(sent_batch(f)->first_sequence, 1);
}

static void a_spool_that_cannot_be_read_ends_the_session(void **state)
{
	struct fixture *f = *state;

	append(f, 10, 10);
	run(f, 0, 16);
	fake_env_fail_always(f->fake, FAKE_OPEN, EMFILE);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_BROKEN);
	assert_non_null(strstr(why(f), "cannot read the spool"));
	fake_env_fail_always(f->fake, FAKE_OPEN, 0);
}

/* ---- compression ---- */

static void records_are_compressed_when_asked(void **state)
{
	struct fixture *f = *state;
	struct cursor records;
	Cxm__Batch *batch;

	f->options.compress = true;
	append(f, 100, 100);
	run(f, 0, 16);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	batch = sent_batch(f);
	assert_true(batch->has_zstd_bytes);
	assert_true(batch->records.len < batch->zstd_bytes / 4);
	assert_int_equal(cxm_batch_records(batch, &f->scratch, &records), 0);
	assert_int_equal(packed_next(&records), 1);
}

static void a_few_records_are_not_worth_compressing(void **state)
{
	struct fixture *f = *state;

	f->options.compress = true;
	append(f, 3, 10);
	run(f, 0, 16);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	assert_false(sent_batch(f)->has_zstd_bytes);
}

/* ---- time ---- */

static void an_idle_agent_sends_an_empty_batch_every_heartbeat(void **state)
{
	struct fixture *f = *state;
	Cxm__Batch *batch;

	append(f, 2, 10);
	run(f, 2, 16);
	assert_int_equal(uplink_session_due_us(f->session), env_mono_us(f->env) + HEARTBEAT * 1000);
	fake_env_advance(f->fake, HEARTBEAT * 1000 - 1);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	assert_null(sent(f));
	fake_env_advance(f->fake, 1);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	batch = sent_batch(f);
	assert_int_equal(batch->first_sequence, 3);
	assert_int_equal(batch->count, 0);
	assert_false(batch->has_records);
	assert_int_equal(take_ack(f, 2), UPLINK_FINE);
}

static void a_busy_agent_sends_no_heartbeat(void **state)
{
	struct fixture *f = *state;

	run(f, 0, 16);
	for (int i = 0; i < 4; i++) {
		fake_env_advance(f->fake, HEARTBEAT * 500);
		append(f, 1, 10);
		assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
		assert_int_equal(sent_batch(f)->count, 1);
		assert_null(sent(f));
		assert_int_equal(take_ack(f, (uint64_t)i + 1), UPLINK_FINE);
	}
}

static void without_room_a_heartbeat_does_not_make_the_loop_spin(void **state)
{
	struct fixture *f = *state;

	run(f, 0, 16);
	fake_env_advance(f->fake, HEARTBEAT * 1000);
	assert_int_equal(uplink_session_step(f->session, 0), UPLINK_FINE);
	assert_null(sent(f));
	assert_true(uplink_session_due_us(f->session) > env_mono_us(f->env));
}

static void three_silent_heartbeats_end_the_session(void **state)
{
	struct fixture *f = *state;

	run(f, 0, 16);
	fake_env_advance(f->fake, 3 * HEARTBEAT * 1000 - 1);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	fake_env_advance(f->fake, 1);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_BROKEN);
	assert_string_equal(why(f), "the collector has been silent for 45 s");
}

static void no_answer_to_hello_ends_the_session(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(uplink_session_due_us(f->session), env_mono_us(f->env) + 30 * SECOND);
	fake_env_advance(f->fake, 30 * SECOND - 1);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	fake_env_advance(f->fake, 1);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_BROKEN);
}

static void a_frame_that_is_not_finished_ends_the_session(void **state)
{
	struct fixture *f = *state;

	run(f, 0, 16);
	assert_int_equal(uplink_session_take(f->session, "\0\0\0\x09", 4), UPLINK_FINE);
	fake_env_advance(f->fake, 20 * SECOND);
	assert_int_equal(uplink_session_take(f->session, "\x22", 1), UPLINK_FINE);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	fake_env_advance(f->fake, 10 * SECOND);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_BROKEN);
	assert_non_null(strstr(why(f), "did not finish"));
}

static void a_heartbeat_of_nothing_is_not_believed(void **state)
{
	struct fixture *f = *state;
	Cxm__Welcome welcome = CXM__WELCOME__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	frame.body_case = CXM__FRAME__BODY_WELCOME;
	frame.welcome = &welcome; /* window 0, heartbeat 0 */
	(void)sent(f);
	append(f, 1, 10);
	assert_int_equal(take_frame(f, &frame), UPLINK_FINE);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	assert_int_equal(sent_batch(f)->count, 1);
	assert_true(uplink_session_due_us(f->session) > env_mono_us(f->env));
}

/* ---- refusals ---- */

static const struct refuse_case {
	const char *name;
	Cxm__Refuse__Code code;
	enum uplink_verdict want;
	const char *says;
} refuse_cases[] = {
	{ "a_duplicate_identity_is_named", CXM__REFUSE__CODE__DUPLICATE_IDENTITY, UPLINK_REFUSED,
	  "another agent with this certificate is connected" },
	{ "an_unknown_protocol_is_named", CXM__REFUSE__CODE__PROTOCOL, UPLINK_REFUSED,
	  "version of the protocol" },
	{ "a_sequence_refusal_is_named", CXM__REFUSE__CODE__SEQUENCE, UPLINK_REFUSED, "numbers" },
	{ "a_stale_epoch_asks_for_a_new_one", CXM__REFUSE__CODE__EPOCH_STALE, UPLINK_STALE,
	  "old copy" },
	{ "an_overload_is_named", CXM__REFUSE__CODE__OVERLOADED, UPLINK_REFUSED, "overloaded" },
	{ "an_invalid_frame_is_named", CXM__REFUSE__CODE__INVALID, UPLINK_REFUSED, "understand" },
	{ "a_forbidden_agent_is_named", CXM__REFUSE__CODE__NOT_ALLOWED, UPLINK_REFUSED,
	  "may not send" },
};

static void refuse_case_run(void **state)
{
	const struct refuse_case *c = *state;
	void *fixture = NULL;
	struct fixture *f;

	(void)setup(&fixture);
	f = fixture;
	assert_int_equal(take_refuse(f, c->code, "told\nyou\x1b[31m", 7000), c->want);
	assert_non_null(strstr(why(f), c->says));
	assert_non_null(strstr(why(f), "(\"told?you?[31m\")"));
	assert_int_equal(uplink_session_view(f->session)->retry_after_ms, 7000);
	assert_false(uplink_session_view(f->session)->running);
	(void)teardown(&fixture);
}

static void no_collector_sends_an_agent_away_for_a_month(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(take_refuse(f, CXM__REFUSE__CODE__OVERLOADED, NULL, UINT32_MAX),
	                 UPLINK_REFUSED);
	assert_int_equal(uplink_session_view(f->session)->retry_after_ms, UPLINK_RETRY_MAX_MS);
}

static void a_long_text_of_the_collector_is_cut(void **state)
{
	struct fixture *f = *state;
	char text[5000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(take_refuse(f, CXM__REFUSE__CODE__INVALID, text, 0), UPLINK_REFUSED);
	assert_true(strlen(why(f)) < 300);
}

/* ---- hostile bytes ---- */

static const struct bytes_case {
	const char *name;
	const char *bytes;
	size_t len;
} bytes_cases[] = {
	{ "a_frame_of_length_zero_ends_the_session", "\0\0\0\0", 4 },
	{ "a_frame_of_four_gigabytes_ends_the_session", "\xff\xff\xff\xff", 4 },
	{ "a_frame_of_garbage_ends_the_session", "\0\0\0\x02\xff\xff", 6 },
	{ "an_empty_frame_ends_the_session", "\0\0\0\x02\x78\x00", 6 }, /* unknown field 15 */
	{ "a_frame_only_agents_send_ends_the_session", "\0\0\0\x06\x1a\x04\x08\x01\x10\x00", 10 },
	{ "a_welcome_without_its_fields_ends_the_session", "\0\0\0\x02\x12\x00", 6 },
};

static void bytes_case_run(void **state)
{
	const struct bytes_case *c = *state;
	void *fixture = NULL;
	struct fixture *f;

	(void)setup(&fixture);
	f = fixture;
	assert_int_equal(uplink_session_take(f->session, c->bytes, c->len), UPLINK_BROKEN);
	assert_true(why(f)[0] != '\0');
	(void)teardown(&fixture);
}

static void frames_may_come_byte_by_byte(void **state)
{
	struct fixture *f = *state;
	Cxm__Welcome welcome = CXM__WELCOME__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	append(f, 3, 10);
	welcome.acked_sequence = 2;
	welcome.window_batches = 16;
	welcome.heartbeat_ms = HEARTBEAT;
	frame.body_case = CXM__FRAME__BODY_WELCOME;
	frame.welcome = &welcome;
	buf_reset(&f->bytes);
	assert_int_equal(cxm_frame_append(&frame, &f->bytes), 0);
	for (size_t i = 0; i < f->bytes.len; i++) {
		assert_false(uplink_session_view(f->session)->running);
		assert_int_equal(uplink_session_take(f->session, f->bytes.data + i, 1),
		                 UPLINK_FINE);
	}
	assert_true(uplink_session_view(f->session)->running);
	assert_int_equal(f->acked, 2);
}

static void many_frames_may_come_at_once(void **state)
{
	struct fixture *f = *state;
	Cxm__Ack ack = CXM__ACK__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	append(f, 1000, 10);
	run(f, 0, 16);
	assert_int_equal(uplink_session_step(f->session, ROOM), UPLINK_FINE);
	frame.body_case = CXM__FRAME__BODY_ACK;
	frame.ack = &ack;
	buf_reset(&f->bytes);
	for (ack.sequence = 1; ack.sequence <= 1000; ack.sequence++) {
		assert_int_equal(cxm_frame_append(&frame, &f->bytes), 0);
	}
	assert_int_equal(uplink_session_take(f->session, f->bytes.data, f->bytes.len), UPLINK_FINE);
	assert_int_equal(f->acked, 1000);
	assert_int_equal(f->n_acked, 1001);
}

/* ---- back-off ---- */

static void pauses_grow_to_the_limit_and_stay_inside(void **state)
{
	struct fixture *f = *state;
	struct backoff b = { 500, 60000, 0 };
	int64_t ceiling_ms = 1000;
	int64_t longest_ms = 0;

	for (int i = 0; i < 200; i++) {
		int64_t pause_ms = backoff_next_ms(&b, f->env);

		assert_true(pause_ms >= 500);
		assert_true(pause_ms <= ceiling_ms);
		ceiling_ms = ceiling_ms * 2 < 60000 ? ceiling_ms * 2 : 60000;
		longest_ms = pause_ms > longest_ms ? pause_ms : longest_ms;
	}
	assert_true(longest_ms > 50000);
	b.failures = 0;
	assert_true(backoff_next_ms(&b, f->env) <= 1000);
}

static void pauses_are_spread(void **state)
{
	struct fixture *f = *state;
	unsigned low = 0;

	for (int i = 0; i < 1000; i++) {
		struct backoff b = { 500, 60000, 10 };

		low += backoff_next_ms(&b, f->env) < 30250;
	}
	assert_in_range(low, 400, 600);
}

static void equal_limits_are_a_fixed_pause(void **state)
{
	struct fixture *f = *state;
	struct backoff b = { 100, 100, 0 };

	assert_int_equal(backoff_next_ms(&b, f->env), 100);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, hello_says_who_we_are_and_what_we_have, setup, teardown);
	cases_test_with(&c, nothing_is_sent_before_welcome, setup, teardown);
	cases_test_with(&c, sending_goes_on_behind_what_the_collector_has, setup, teardown);
	cases_test_with(&c, what_is_gone_is_told_as_lost, setup, teardown);
	cases_test_with(&c, the_clocks_are_compared_at_half_the_way, setup, teardown);
	cases_test_with(&c, a_collector_that_knows_more_than_we_had_needs_a_new_epoch, setup,
	                teardown);
	cases_test_with(&c, a_second_welcome_ends_the_session, setup, teardown);
	cases_test_with(&c, records_arrive_whole_and_in_order, setup, teardown);
	cases_test_with(&c, no_more_than_the_window_is_in_flight, setup, teardown);
	cases_test_with(&c, an_acknowledgement_of_half_a_batch_does_not_free_the_window, setup,
	                teardown);
	cases_test_with(&c, sending_stops_when_the_output_is_full, setup, teardown);
	cases_test_with(&c, an_acknowledgement_reaches_the_spool_and_the_agent, setup, teardown);
	cases_test_with(&c, an_acknowledgement_of_what_was_never_sent_ends_the_session, setup,
	                teardown);
	cases_test_with(&c, an_acknowledgement_before_welcome_ends_the_session, setup, teardown);
	cases_test_with(&c, an_acknowledgement_from_the_past_is_harmless, setup, teardown);
	cases_test_with(&c, everything_unacknowledged_is_sent_again_after_a_reconnect, setup,
	                teardown);
	cases_test_with(&c, a_spool_that_cannot_be_read_ends_the_session, setup, teardown);
	cases_test_with(&c, records_are_compressed_when_asked, setup, teardown);
	cases_test_with(&c, a_few_records_are_not_worth_compressing, setup, teardown);
	cases_test_with(&c, an_idle_agent_sends_an_empty_batch_every_heartbeat, setup, teardown);
	cases_test_with(&c, a_busy_agent_sends_no_heartbeat, setup, teardown);
	cases_test_with(&c, without_room_a_heartbeat_does_not_make_the_loop_spin, setup, teardown);
	cases_test_with(&c, three_silent_heartbeats_end_the_session, setup, teardown);
	cases_test_with(&c, no_answer_to_hello_ends_the_session, setup, teardown);
	cases_test_with(&c, a_frame_that_is_not_finished_ends_the_session, setup, teardown);
	cases_test_with(&c, a_heartbeat_of_nothing_is_not_believed, setup, teardown);
	cases_test_with(&c, no_collector_sends_an_agent_away_for_a_month, setup, teardown);
	cases_test_with(&c, a_long_text_of_the_collector_is_cut, setup, teardown);
	cases_test_with(&c, frames_may_come_byte_by_byte, setup, teardown);
	cases_test_with(&c, many_frames_may_come_at_once, setup, teardown);
	cases_test_with(&c, pauses_grow_to_the_limit_and_stay_inside, setup, teardown);
	cases_test_with(&c, pauses_are_spread, setup, teardown);
	cases_test_with(&c, equal_limits_are_a_fixed_pause, setup, teardown);
	cases_table(&c, refuse_cases, refuse_case_run);
	cases_table(&c, bytes_cases, bytes_case_run);
	return cases_run("agent_uplink_session", &c, NULL, NULL);
}
