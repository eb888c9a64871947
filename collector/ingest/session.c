#include "collector/ingest/session.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cxmeter/frame.h"

#define IN_MAX_BYTES (FRAME_HEAD_BYTES + FRAME_MAX_BYTES)
#define KEEP_BYTES   ((size_t)4096)    /* of an idle session's input buffer */
#define DEAF_US      INT64_C(30000000) /* within which the peer must take what we send */
#define US_PER_MS    1000

void session_tools_init(struct session_tools *tools)
{
	arena_init(&tools->arena, FRAME_ARENA_MAX_BYTES);
	buf_init(&tools->scratch, FRAME_MAX_BYTES);
}

void session_tools_free(struct session_tools *tools)
{
	arena_free(&tools->arena);
	buf_free(&tools->scratch);
}

void session_init(struct session *s, const struct session_limits *limits, int64_t now_us)
{
	*s = (struct session){
		.limits = *limits,
		.state = SESSION_GREETING,
		.began_us = now_us,
		.heard_us = now_us,
		.partial_us = now_us,
		.moved_us = now_us,
		.said_us = now_us,
	};
	buf_init(&s->in, IN_MAX_BYTES);
	buf_init(&s->out, SESSION_OUT_BYTES);
}

void session_free(struct session *s)
{
	buf_free(&s->in);
	buf_free(&s->out);
}

static void end_session(struct session *s, enum session_end end, const char *why)
{
	s->state = SESSION_ENDED;
	s->end = end;
	s->ack_due = false;
	if (why != s->why) {
		(void)snprintf(s->why, sizeof(s->why), "%s", why);
	}
	buf_free(&s->in);
	s->used = 0;
}

/* Everything we say is far shorter than the room: an Ack waits until the output is empty, Welcome
 * and Refuse come once. */
static void say(struct session *s, const Cxm__Frame *frame)
{
	int rc = cxm_frame_append(frame, &s->out);

	if (rc != 0) {
		end_session(s, SESSION_DEAF, "no memory for an answer");
	}
}

static void say_ack(struct session *s)
{
	Cxm__Ack ack = CXM__ACK__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	ack.sequence = s->acked;
	frame.body_case = CXM__FRAME__BODY_ACK;
	frame.ack = &ack;
	s->ack_due = false;
	say(s, &frame);
}

void session_refuse(struct session *s, Cxm__Refuse__Code code, uint32_t retry_after_ms,
                    const char *format, ...)
{
	Cxm__Refuse refuse = CXM__REFUSE__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;
	va_list args;

	if (s->state == SESSION_ENDED) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf(s->why, sizeof(s->why), format, args);
	va_end(args);
	if (s->ack_due) {
		say_ack(s); /* what is on disk need not be sent again */
	}
	refuse.code = code;
	refuse.text = s->why;
	refuse.has_retry_after_ms = retry_after_ms > 0;
	refuse.retry_after_ms = retry_after_ms;
	frame.body_case = CXM__FRAME__BODY_REFUSE;
	frame.refuse = &refuse;
	say(s, &frame);
	s->refused = code;
	end_session(s, SESSION_REFUSED, s->why);
}

static enum session_want invalid(struct session *s, const char *why)
{
	session_refuse(s, CXM__REFUSE__CODE__INVALID, 0, "%s", why);
	return SESSION_CLOSE;
}

/* A name that may be logged and looked up: what zone names and versions are made of, no more. */
static void take_name(char out[SESSION_TEXT_SIZE], const char *text)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-~/";

	out[0] = '\0';
	if (text != NULL && strlen(text) < SESSION_TEXT_SIZE &&
	    strspn(text, allowed) == strlen(text)) {
		(void)snprintf(out, SESSION_TEXT_SIZE, "%s", text);
	}
}

static enum session_want on_hello(struct session *s, const Cxm__Hello *hello)
{
	if (s->state != SESSION_GREETING) {
		return invalid(s, "a second Hello in one session");
	}
	if (hello->protocol != CXM_PROTOCOL) {
		session_refuse(s, CXM__REFUSE__CODE__PROTOCOL, 0,
		               "protocol %" PRIu32 " is not spoken here, only %d: update the older "
		               "of agent and collector",
		               hello->protocol, CXM_PROTOCOL);
		return SESSION_CLOSE;
	}
	if (hello->first_sequence == 0 || hello->next_sequence < hello->first_sequence) {
		return invalid(s, "Hello: sequences must count from 1 and end behind their "
		                  "beginning");
	}
	s->hello = (struct session_hello){
		.epoch = hello->spool_epoch,
		.instance = hello->instance,
		.first_sequence = hello->first_sequence,
		.next_sequence = hello->next_sequence,
		.has_clock = hello->has_sent_us,
		.sent_us = hello->sent_us,
		.simulated = hello->has_simulated && hello->simulated,
	};
	take_name(s->hello.timezone, hello->timezone);
	take_name(s->hello.version, hello->agent_version);
	s->state = SESSION_ASKING;
	return SESSION_ASK;
}

void session_welcome(struct session *s, uint64_t acked, int64_t wall_us)
{
	Cxm__Welcome welcome = CXM__WELCOME__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	if (s->state != SESSION_ASKING) {
		return;
	}
	if (acked > s->hello.next_sequence - 1) {
		session_refuse(s, CXM__REFUSE__CODE__EPOCH_STALE, 0,
		               "record %" PRIu64 " of this spool is stored already, the agent's "
		               "last is %" PRIu64 ": the spool is an old copy",
		               acked, s->hello.next_sequence - 1);
		return;
	}
	s->state = SESSION_RUNNING;
	s->acked = acked;
	s->next = acked + 1; /* no overflow: acked < next_sequence */
	welcome.acked_sequence = acked;
	welcome.window_batches = s->limits.window_batches;
	welcome.heartbeat_ms = (uint32_t)s->limits.heartbeat_ms;
	welcome.has_server_us = true;
	welcome.server_us = wall_us;
	frame.body_case = CXM__FRAME__BODY_WELCOME;
	frame.welcome = &welcome;
	say(s, &frame);
}

static enum session_want on_batch(struct session *s, struct session_tools *tools,
                                  const Cxm__Batch *batch, struct session_work *work)
{
	uint64_t first = batch->first_sequence;
	uint64_t lost = batch->lost;

	if (s->state != SESSION_RUNNING) {
		return invalid(s, "a Batch before Hello");
	}
	if (cxm_batch_records(batch, &tools->scratch, &work->batch.records) != 0) {
		return invalid(s, "Batch: its records cannot be unpacked or are not as many as it "
		                  "says");
	}
	if (batch->count == 0) { /* a heartbeat; what number it stands at does not matter */
		s->ack_due = true;
		return SESSION_READ;
	}
	if (first == 0 || lost >= first || first > UINT64_MAX - batch->count) {
		return invalid(s, "Batch: sequences must count from 1 and not overflow");
	}
	if (first - lost > s->next) {
		session_refuse(s, CXM__REFUSE__CODE__SEQUENCE, 0,
		               "record %" PRIu64 " was expected, not %" PRIu64
		               ": what lies between is missing",
		               s->next, first - lost);
		return SESSION_CLOSE;
	}
	work->batch.first_sequence = first;
	work->batch.lost = lost;
	work->batch.count = batch->count;
	s->next = first + batch->count > s->next ? first + batch->count : s->next;
	s->in_flight++;
	return SESSION_STORE;
}

static enum session_want on_frame(struct session *s, struct session_tools *tools,
                                  const Cxm__Frame *frame, struct session_work *work)
{
	if (frame == NULL) {
		return invalid(s, "a frame that cannot be understood");
	}
	switch (frame->body_case) {
	case CXM__FRAME__BODY_HELLO:
		return on_hello(s, frame->hello);
	case CXM__FRAME__BODY_BATCH:
		return on_batch(s, tools, frame->batch, work);
	case CXM__FRAME__BODY_WELCOME:
	case CXM__FRAME__BODY_ACK:
	case CXM__FRAME__BODY_REFUSE:
		return invalid(s, "a frame that only a collector sends");
	case CXM__FRAME__BODY__NOT_SET:
	case _CXM__FRAME__BODY__CASE_IS_INT_SIZE:
		break;
	}
	return invalid(s, "a frame without content");
}

bool session_waits(const struct session *s)
{
	return s->state == SESSION_ASKING ||
	       (s->state == SESSION_RUNNING && s->in_flight >= s->limits.window_batches);
}

enum session_want session_step(struct session *s, struct session_tools *tools, int64_t now_us,
                               struct session_work *work)
{
	enum session_want want = SESSION_READ;

	while (want == SESSION_READ) {
		struct cursor c = cursor_of(s->in.data, s->in.len);
		size_t frame_bytes = 0;
		int ready;

		if (s->state == SESSION_ENDED) {
			return SESSION_CLOSE;
		}
		if (session_waits(s)) {
			return SESSION_ANSWER;
		}
		cursor_skip(&c, s->used);
		ready = cxm_frame_ready(c.at, cursor_left(&c), &frame_bytes);
		if (ready == 0) {
			return SESSION_READ;
		}
		if (ready < 0) {
			return invalid(s, "a frame of length 0 or longer than is allowed");
		}
		arena_reset(&tools->arena);
		s->used += FRAME_HEAD_BYTES + frame_bytes;
		s->partial_us = now_us; /* what follows it came with it, or comes later */
		want = on_frame(
			s, tools,
			cxm_frame_unpack(c.at + FRAME_HEAD_BYTES, frame_bytes, &tools->arena),
			work);
	}
	return want;
}

uint8_t *session_room(struct session *s, size_t *room_bytes)
{
	uint8_t *room;

	if (s->used > 0 && (s->used == s->in.len || s->in.max - s->in.len < SESSION_READ_BYTES)) {
		buf_drop_front(&s->in, s->used);
		s->used = 0;
	}
	*room_bytes = s->in.max - s->in.len;
	if (*room_bytes > SESSION_READ_BYTES) {
		*room_bytes = SESSION_READ_BYTES;
	}
	room = *room_bytes > 0 ? buf_reserve(&s->in, *room_bytes) : NULL;
	s->in.failed = false;
	return room;
}

void session_filled(struct session *s, size_t n, int64_t now_us)
{
	if (s->in.len == s->used) {
		s->partial_us = now_us;
	}
	buf_commit(&s->in, n);
	s->heard_us = now_us;
}

void session_stored(struct session *s, uint64_t acked)
{
	if (s->state != SESSION_RUNNING) {
		return;
	}
	assert(s->in_flight > 0);
	s->in_flight--;
	s->acked = acked > s->acked ? acked : s->acked;
	s->ack_due = true;
}

struct cursor session_output(struct session *s, int64_t now_us)
{
	if (s->out.len == 0 && s->ack_due) {
		say_ack(s);
	}
	if (s->out.len > 0) {
		s->said_us = now_us;
	}
	return cursor_of(s->out.data, s->out.len);
}

void session_sent(struct session *s, size_t n, int64_t now_us)
{
	buf_drop_front(&s->out, n);
	s->moved_us = now_us;
}

static void check_deadlines(struct session *s, int64_t now_us)
{
	int64_t silence_us = SESSION_SILENCE * s->limits.heartbeat_ms * US_PER_MS;

	if (s->state == SESSION_GREETING && now_us - s->began_us > SESSION_HELLO_US) {
		end_session(s, SESSION_NO_HELLO, "no Hello came in time");
	} else if (s->in.len > s->used && now_us - s->partial_us > SESSION_FRAME_US) {
		end_session(s, SESSION_SLOW, "a frame was begun and not finished in time");
	} else if (now_us - s->heard_us > silence_us) {
		end_session(s, SESSION_SILENT, "nothing was heard for three heartbeats");
	}
}

void session_tick(struct session *s, bool listening, int64_t now_us)
{
	if (s->out.len == 0) {
		s->moved_us = now_us;
	}
	if (s->state == SESSION_ENDED) {
		return;
	}
	if (now_us - s->moved_us > DEAF_US) {
		end_session(s, SESSION_DEAF, "it does not take what is sent to it");
	} else if (!listening || session_waits(s)) {
		s->heard_us = now_us;
		s->partial_us = now_us;
		s->ack_due |= s->state == SESSION_RUNNING &&
		              now_us - s->said_us >= s->limits.heartbeat_ms * US_PER_MS;
	} else {
		check_deadlines(s, now_us);
	}
	if (s->in.len == s->used && s->in.cap > KEEP_BYTES) {
		buf_free(&s->in);
		s->used = 0;
	}
}
