#include "agent/uplink_session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "common/unconst.h"
#include "cxmeter/frame.h"

#define OUT_MAX_BYTES   (4 * FRAME_MAX_BYTES)
#define COMPRESS_LEVEL  1   /* telemetry shrinks five times even so; higher levels double the CPU */
#define REFUSE_TEXT_MAX 200 /* of the collector's words, in the log */

enum phase { GREETING, RUNNING };

struct uplink_session {
	const struct env *env;
	struct spool *spool;
	const struct uplink_session_options *options;
	void (*acked)(void *arg, uint64_t sequence);
	void *arg;
	enum phase phase;
	struct buf in;
	struct buf out;
	struct buf zipped;
	struct arena arena;
	ZSTD_CCtx *zstd; /* owned; made when first needed */
	uint64_t next_send;
	uint64_t in_flight[UPLINK_WINDOW_MAX]; /* last sequence of each; a ring */
	uint32_t first_in_flight;
	uint32_t n_in_flight;
	uint32_t window;
	int64_t heartbeat_us;
	int64_t begun_us;
	int64_t begun_wall_us;
	int64_t sent_us;
	int64_t heard_us;
	int64_t partial_us; /* since when the frame in `in` has been unfinished; 0: none is */
	struct uplink_session_view view;
};

static enum uplink_verdict end(struct uplink_session *s, enum uplink_verdict verdict,
                               const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum uplink_verdict end(struct uplink_session *s, enum uplink_verdict verdict,
                               const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(s->view.why, sizeof(s->view.why), format, args);
	va_end(args);
	s->view.running = false;
	return verdict;
}

int uplink_session_new(struct uplink_session **out, const struct env *env, struct spool *spool,
                       const struct uplink_session_options *options,
                       void (*acked)(void *arg, uint64_t sequence), void *arg)
{
	struct uplink_session *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		return -ENOMEM;
	}
	s->env = env;
	s->spool = spool;
	s->options = options;
	s->acked = acked;
	s->arg = arg;
	buf_init(&s->in, FRAME_HEAD_BYTES + FRAME_MAX_BYTES);
	buf_init(&s->out, OUT_MAX_BYTES);
	buf_init(&s->zipped, FRAME_MAX_BYTES);
	arena_init(&s->arena, FRAME_ARENA_MAX_BYTES);
	*out = s;
	return 0;
}

void uplink_session_free(struct uplink_session *s)
{
	if (s == NULL) {
		return;
	}
	buf_free(&s->in);
	buf_free(&s->out);
	buf_free(&s->zipped);
	arena_free(&s->arena);
	(void)ZSTD_freeCCtx(s->zstd);
	free(s);
}

struct buf *uplink_session_out(struct uplink_session *s)
{
	return &s->out;
}

const struct uplink_session_view *uplink_session_view(const struct uplink_session *s)
{
	return &s->view;
}

/* ---- out ---- */

static int send_frame(struct uplink_session *s, const Cxm__Frame *frame)
{
	int rc = cxm_frame_append(frame, &s->out);

	if (rc == 0) {
		s->sent_us = env_mono_us(s->env);
	}
	return rc;
}

static size_t count_names(const char *const *names)
{
	size_t n = 0;

	while (names != NULL && names[n] != NULL) {
		n++;
	}
	return n;
}

void uplink_session_begin(struct uplink_session *s)
{
	Cxm__Hello hello = CXM__HELLO__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;
	struct spool_status spool;

	spool_status(s->spool, &spool);
	buf_reset(&s->in);
	buf_reset(&s->out);
	s->phase = GREETING;
	s->n_in_flight = 0;
	s->begun_us = env_mono_us(s->env);
	s->begun_wall_us = env_wall_us(s->env);
	s->heard_us = s->begun_us;
	s->partial_us = 0;
	s->view.running = false;
	s->view.unacked_batches = 0;
	s->view.retry_after_ms = 0;
	s->view.why[0] = '\0';
	hello.protocol = CXM_PROTOCOL;
	hello.agent_version = unconst(CXM_VERSION);
	hello.spool_epoch = spool.epoch;
	hello.instance = s->options->instance;
	hello.first_sequence = spool.first_sequence;
	hello.next_sequence = spool.next_sequence;
	hello.timezone = unconst(s->options->timezone);
	hello.n_source = count_names(s->options->sources);
	hello.source = unconst(s->options->sources);
	hello.has_simulated = s->options->simulated;
	hello.simulated = s->options->simulated;
	hello.has_sent_us = 1;
	hello.sent_us = s->begun_wall_us;
	frame.body_case = CXM__FRAME__BODY_HELLO;
	frame.hello = &hello;
	(void)send_frame(s, &frame); /* some hundred bytes into an empty buffer */
}

/* The records as one zstd frame, when that is worth it. */
static bool compress(struct uplink_session *s, const struct spool_run *run)
{
	size_t len = cursor_left(&run->records);
	uint8_t *to;
	size_t n;

	if (!s->options->compress || len < UPLINK_COMPRESS_MIN) {
		return false;
	}
	s->zstd = s->zstd != NULL ? s->zstd : ZSTD_createCCtx();
	buf_reset(&s->zipped);
	to = s->zstd != NULL ? buf_reserve(&s->zipped, len) : NULL;
	if (to == NULL) {
		return false;
	}
	n = ZSTD_compressCCtx(s->zstd, to, len, run->records.at, len, COMPRESS_LEVEL);
	if (ZSTD_isError(n) != 0) {
		return false; /* it would get longer */
	}
	buf_commit(&s->zipped, n);
	return true;
}

static int send_batch(struct uplink_session *s, const struct spool_run *run)
{
	Cxm__Batch batch = CXM__BATCH__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	batch.first_sequence = run->first_sequence;
	batch.count = run->count;
	batch.has_lost = run->lost > 0;
	batch.lost = run->lost;
	batch.has_records = run->count > 0;
	batch.records.data = unconst(run->records.at);
	batch.records.len = cursor_left(&run->records);
	if (run->count > 0 && compress(s, run)) {
		batch.has_zstd_bytes = 1;
		batch.zstd_bytes = (uint32_t)batch.records.len;
		batch.records.data = s->zipped.data;
		batch.records.len = s->zipped.len;
	}
	frame.body_case = CXM__FRAME__BODY_BATCH;
	frame.batch = &batch;
	return send_frame(s, &frame);
}

static enum uplink_verdict send_records(struct uplink_session *s, size_t room_bytes)
{
	while (s->n_in_flight < s->window && s->out.len < room_bytes) {
		uint32_t slot = (s->first_in_flight + s->n_in_flight) % UPLINK_WINDOW_MAX;
		struct spool_run run;
		int rc = spool_read(s->spool, s->next_send, UPLINK_RUN_MAX_BYTES, &run);

		if (rc == 1) {
			rc = send_batch(s, &run);
			rc = rc == 0 ? 1 : rc;
		}
		if (rc < 0) {
			return end(s, UPLINK_BROKEN, "cannot read the spool: %s", strerror(-rc));
		}
		if (rc == 0) {
			break;
		}
		s->next_send = run.first_sequence + run.count;
		s->in_flight[slot] = s->next_send - 1;
		s->n_in_flight++;
		s->view.sent_records += run.count;
		s->view.unacked_batches = s->n_in_flight;
	}
	return UPLINK_FINE;
}

/* ---- in ---- */

static void apply_ack(struct uplink_session *s, uint64_t sequence)
{
	while (s->n_in_flight > 0 && s->in_flight[s->first_in_flight] <= sequence) {
		s->first_in_flight = (s->first_in_flight + 1) % UPLINK_WINDOW_MAX;
		s->n_in_flight--;
	}
	s->view.unacked_batches = s->n_in_flight;
	s->view.last_ack_mono_us = env_mono_us(s->env);
	if (sequence > s->view.acked_sequence) {
		s->view.acked_sequence = sequence;
	}
	(void)spool_ack(s->spool, sequence); /* a segment that would not go is tried again */
	s->acked(s->arg, sequence);
}

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

static enum uplink_verdict on_welcome(struct uplink_session *s, const Cxm__Welcome *welcome)
{
	struct spool_status spool;

	if (s->phase != GREETING) {
		return end(s, UPLINK_BROKEN, "the collector said Welcome twice");
	}
	spool_status(s->spool, &spool);
	if (welcome->acked_sequence >= spool.next_sequence) {
		return end(s, UPLINK_STALE,
		           "the collector has %" PRIu64 " records of this spool, which has only "
		           "got to %" PRIu64 ": it is an old copy",
		           welcome->acked_sequence, spool.next_sequence - 1);
	}
	if (welcome->has_server_us) {
		int64_t half_us = (env_wall_us(s->env) - s->begun_wall_us) / 2;

		s->view.clock_offset_us = welcome->server_us - (s->begun_wall_us + half_us);
	}
	s->phase = RUNNING;
	s->view.running = true;
	s->window = (uint32_t)clamp(welcome->window_batches, 1, UPLINK_WINDOW_MAX);
	s->heartbeat_us = 1000 * clamp(welcome->heartbeat_ms, UPLINK_HEARTBEAT_MIN_MS,
	                               UPLINK_HEARTBEAT_MAX_MS);
	s->first_in_flight = 0;
	s->next_send = welcome->acked_sequence + 1;
	s->view.acked_sequence = welcome->acked_sequence;
	apply_ack(s, welcome->acked_sequence);
	return UPLINK_FINE;
}

static enum uplink_verdict on_ack(struct uplink_session *s, const Cxm__Ack *ack)
{
	if (s->phase != RUNNING) {
		return end(s, UPLINK_BROKEN, "the collector acknowledged before it said Welcome");
	}
	if (ack->sequence >= s->next_send) {
		return end(s, UPLINK_BROKEN,
		           "the collector acknowledged record %" PRIu64
		           ", which was never sent: it is not a cxmeter collector of this version",
		           ack->sequence);
	}
	apply_ack(s, ack->sequence);
	return UPLINK_FINE;
}

/* Words of another host, fit for one line of a log. */
static void quote(const char *text, char out[REFUSE_TEXT_MAX])
{
	size_t n = 0;

	for (; text != NULL && text[n] != '\0' && n + 1 < REFUSE_TEXT_MAX; n++) {
		out[n] = '?';
		if (text[n] >= ' ' && text[n] <= '~') {
			out[n] = text[n];
		}
	}
	out[n] = '\0';
}

static const char *refusal(Cxm__Refuse__Code code)
{
	switch (code) {
	case CXM__REFUSE__CODE__PROTOCOL:
		return "it does not speak this version of the protocol";
	case CXM__REFUSE__CODE__DUPLICATE_IDENTITY:
		return "another agent with this certificate is connected: give each host its own";
	case CXM__REFUSE__CODE__SEQUENCE:
		return "the numbers of the records do not follow";
	case CXM__REFUSE__CODE__EPOCH_STALE:
		return "this spool is an old copy";
	case CXM__REFUSE__CODE__OVERLOADED:
		return "it is overloaded";
	case CXM__REFUSE__CODE__INVALID:
		return "it could not understand us";
	case CXM__REFUSE__CODE__NOT_ALLOWED:
		return "this site or agent may not send to it";
	case _CXM__REFUSE__CODE_IS_INT_SIZE:
		break;
	}
	return "for a reason this version does not know";
}

static enum uplink_verdict on_refuse(struct uplink_session *s, const Cxm__Refuse *refuse)
{
	char text[REFUSE_TEXT_MAX];
	bool stale = refuse->code == CXM__REFUSE__CODE__EPOCH_STALE;

	quote(refuse->text, text);
	s->view.retry_after_ms = refuse->has_retry_after_ms
	                                 ? clamp(refuse->retry_after_ms, 0, UPLINK_RETRY_MAX_MS)
	                                 : 0;
	return end(s, stale ? UPLINK_STALE : UPLINK_REFUSED, "refused by the collector: %s%s%s%s",
	           refusal(refuse->code), text[0] != '\0' ? " (\"" : "", text,
	           text[0] != '\0' ? "\")" : "");
}

static enum uplink_verdict on_frame(struct uplink_session *s, const uint8_t *data, size_t len)
{
	Cxm__Frame *frame;

	arena_reset(&s->arena);
	frame = cxm_frame_unpack(data, len, &s->arena);
	if (frame == NULL) {
		return end(s, UPLINK_BROKEN, "a frame of the collector cannot be understood");
	}
	s->heard_us = env_mono_us(s->env);
	switch (frame->body_case) {
	case CXM__FRAME__BODY_WELCOME:
		return on_welcome(s, frame->welcome);
	case CXM__FRAME__BODY_ACK:
		return on_ack(s, frame->ack);
	case CXM__FRAME__BODY_REFUSE:
		return on_refuse(s, frame->refuse);
	case CXM__FRAME__BODY_HELLO:
	case CXM__FRAME__BODY_BATCH:
	case CXM__FRAME__BODY__NOT_SET:
	case _CXM__FRAME__BODY__CASE_IS_INT_SIZE:
		break;
	}
	return end(s, UPLINK_BROKEN, "the collector sent a frame that only agents send");
}

static enum uplink_verdict take_frames(struct uplink_session *s)
{
	enum uplink_verdict verdict = UPLINK_FINE;
	size_t at = 0;
	size_t n;
	int rc;

	while (verdict == UPLINK_FINE &&
	       (rc = cxm_frame_ready(s->in.data + at, s->in.len - at, &n)) != 0) {
		if (rc < 0) {
			return end(s, UPLINK_BROKEN,
			           "the collector announced a frame of an impossible length");
		}
		verdict = on_frame(s, s->in.data + at + FRAME_HEAD_BYTES, n);
		at += FRAME_HEAD_BYTES + n;
		s->partial_us = 0;
	}
	buf_drop_front(&s->in, at);
	if (s->in.len > 0 && s->partial_us == 0) {
		s->partial_us = env_mono_us(s->env);
	}
	return verdict;
}

enum uplink_verdict uplink_session_take(struct uplink_session *s, const void *data,
                                        size_t len_bytes)
{
	const uint8_t *p = data;
	enum uplink_verdict verdict = UPLINK_FINE;

	while (len_bytes > 0 && verdict == UPLINK_FINE) {
		size_t room = s->in.max - s->in.len;
		size_t n = len_bytes < room ? len_bytes : room;

		buf_add(&s->in, p, n);
		if (s->in.failed) {
			return end(s, UPLINK_BROKEN, "out of memory");
		}
		p += n;
		len_bytes -= n;
		verdict = take_frames(s); /* a full buffer holds a whole frame, so there is room */
	}
	return verdict;
}

/* ---- time ---- */

static enum uplink_verdict check_deadlines(struct uplink_session *s, int64_t now_us)
{
	if (s->partial_us != 0 && now_us - s->partial_us >= UPLINK_FRAME_WAIT_US) {
		return end(s, UPLINK_BROKEN, "the collector began a frame and did not finish it");
	}
	if (s->phase == GREETING && now_us - s->begun_us >= UPLINK_WELCOME_WAIT_US) {
		return end(s, UPLINK_BROKEN, "the collector did not answer Hello within %d s",
		           (int)(UPLINK_WELCOME_WAIT_US / 1000000));
	}
	if (s->phase == RUNNING &&
	    now_us - s->heard_us >= UPLINK_SILENT_HEARTBEATS * s->heartbeat_us) {
		return end(s, UPLINK_BROKEN, "the collector has been silent for %" PRId64 " s",
		           (now_us - s->heard_us) / 1000000);
	}
	return UPLINK_FINE;
}

enum uplink_verdict uplink_session_step(struct uplink_session *s, size_t room_bytes)
{
	int64_t now_us = env_mono_us(s->env);
	enum uplink_verdict verdict = check_deadlines(s, now_us);

	if (verdict != UPLINK_FINE || s->phase != RUNNING) {
		return verdict;
	}
	verdict = send_records(s, room_bytes);
	if (verdict == UPLINK_FINE && now_us - s->sent_us >= s->heartbeat_us) {
		struct spool_run nothing = { .first_sequence = s->next_send };

		s->sent_us = now_us; /* without room there is enough on its way to show we live */
		if (s->out.len < room_bytes) {
			(void)send_batch(s, &nothing); /* twenty bytes */
		}
	}
	return verdict;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t uplink_session_due_us(const struct uplink_session *s)
{
	int64_t due_us =
		s->phase == GREETING
			? s->begun_us + UPLINK_WELCOME_WAIT_US
			: earlier(s->sent_us + s->heartbeat_us,
	                          s->heard_us + UPLINK_SILENT_HEARTBEATS * s->heartbeat_us);

	return s->partial_us != 0 ? earlier(due_us, s->partial_us + UPLINK_FRAME_WAIT_US) : due_us;
}
