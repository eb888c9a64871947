/*
 * The ami source: a connection (peer.h), the conversation on it (ami_session.h) and what is fed by
 * it (ami_feed.h); or recorded streams, read once (replay.h). Owns them, a timer and the
 * checkpoint.
 *
 * What was said while nobody listened is lost, and told as a Gap. Contacts that were open then have
 * no end (unknown_end), but for those that QueueStatus says wait on, and those that
 * CoreShowChannels, where the account may ask for it, shows still talking. So the checkpoint is the
 * time until which all was heard, and who is in a queue.
 */
#include "agent/sources/ami.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sources/peer.h"
#include "agent/sources/replay.h"
#include "common/log.h"

#define NAME               "ami"
#define CHECKPOINT_VERSION 2
#define TICK_MS            1000
#define SILENCE_MS         INT64_C(30000)
#define IN_MAX_BYTES       (4 * AMI_MESSAGE_MAX_BYTES)
#define WHOLE_EVERY_US     (INT64_C(30) * 1000000) /* a new checkpoint, though nothing happened */
#define CARRY_MAX_BYTES    (2 * AMI_MESSAGE_MAX_BYTES)
#define DESCRIBE_MAX_BYTES 2048

struct source {
	struct source_env e;
	struct ami_feed *feed; /* owned, as all below */
	struct peer *peer;     /* NULL in one_shot */
	struct replay *replay; /* NULL otherwise */
	struct buf carry;      /* replay: the beginning of a message */
	struct event *timer;
	struct ami_session session;
	struct call_rules rules; /* texts are the configuration's, which outlives us */
	char user[AMI_TEXT_MAX];
	char secret[AMI_TEXT_MAX];
	int64_t whole_us; /* of the checkpoint that was loaded */
	int64_t saved_us; /* peer_whole_us in the last checkpoint */
	uint64_t emitted;
	bool running;
	bool paused;
	bool changed; /* since the last checkpoint */
	bool done;
	bool explained; /* that channels may not be asked for */
};

/* ---- records ---- */

static void on_record(void *arg, const ProtobufCMessage *m)
{
	struct source *s = arg;

	s->emitted++;
	s->changed = true;
	(void)s->e.emit(s->e.agent, m); /* what is too big is counted there */
}

static void touch(struct source *s)
{
	s->changed = true;
	if (s->e.touched != NULL) {
		s->e.touched(s->e.agent);
	}
}

static void say_summary(const struct source *s)
{
	const struct ami_counters *n = &s->session.reader.counters;
	struct buf text;

	buf_init(&text, DESCRIBE_MAX_BYTES);
	ami_feed_describe(s->feed, &text);
	log_info(NAME, "%s", buf_text(&text));
	buf_free(&text);
	if (ami_malformed(n) + ami_feed_malformed(s->feed) > 0) {
		log_warn(NAME,
		         "malformed: too_long=%" PRIu64 " no_blank=%" PRIu64 " other=%" PRIu64
		         " odd_lines=%" PRIu64 " too_many_fields=%" PRIu64 " unfit_events=%" PRIu64,
		         n->too_long, n->no_blank, n->other, n->odd_lines, n->too_many,
		         ami_feed_malformed(s->feed));
	}
}

/* ---- live: between connection and conversation ---- */

static int on_send(void *arg, const void *data, size_t len_bytes)
{
	return peer_send(((struct source *)arg)->peer, data, len_bytes);
}

static void on_settled(void *arg)
{
	struct source *s = arg;

	peer_settled(s->peer);
	if (s->session.counters.no_channels > 0 && !s->explained) {
		s->explained = true;
		log_info(NAME,
		         "calls in progress when the connection was lost end as lost: manager.conf "
		         "does not let [%s] ask which are still up (write = reporting does)",
		         s->user);
	}
	touch(s);
}

static void on_drop(void *arg, const char *why, int64_t least_ms)
{
	peer_drop(((struct source *)arg)->peer, why, least_ms);
}

static void on_connected(void *arg)
{
	ami_session_begin(&((struct source *)arg)->session);
}

static size_t on_bytes(void *arg, struct slice in)
{
	struct source *s = arg;
	size_t taken = ami_session_take(&s->session, in, env_wall_us(s->e.env));

	if (peer_whole_us(s->peer) - s->saved_us >= WHOLE_EVERY_US) {
		touch(s);
	}
	return taken;
}

static void on_silent(void *arg)
{
	ami_session_ping(&((struct source *)arg)->session);
}

static void on_lost(void *arg)
{
	((struct source *)arg)->session.step = AMI_CLOSED;
	touch(arg);
}

/* ---- replay ---- */

static void on_block(void *arg, struct slice block)
{
	struct source *s = arg;
	struct ami_session *a = &s->session;
	struct slice rest;

	buf_add_slice(&s->carry, block);
	if (s->carry.failed) { /* cannot be: ami_take leaves less than a message */
		buf_reset(&s->carry);
		return;
	}
	rest = (struct slice){ (const char *)s->carry.data, s->carry.len };
	while (ami_take(&a->reader, &rest, &a->m)) {
		if (a->m.kind == AMI_EVENT) {
			ami_feed_event(s->feed, &a->reader, &a->m, 0);
		}
	}
	buf_drop_front(&s->carry, s->carry.len - rest.len);
}

/* Files are read in the order of their first event with a time. */
static int64_t on_first_us(void *arg, struct slice block)
{
	static struct ami_message m;
	struct ami_reader r = { .scanned = 0 };

	(void)arg;
	while (ami_take(&r, &block, &m)) {
		int64_t at_us;

		ami_fields(&r, &m);
		at_us = ami_time_us(&m, -1);
		if (m.kind == AMI_EVENT && at_us >= 0) {
			return at_us;
		}
	}
	return -1;
}

static void on_gap(void *arg, enum tail_gap why)
{
	(void)arg; /* of followed logs only */
	(void)why;
}

static void finish_replay(struct source *s)
{
	int rc = replay_rc(s->replay);

	ami_feed_finish(s->feed);
	if (rc == 0 && ami_feed_counters(s->feed)->events == 0) {
		log_err(NAME, "there is no event of a manager interface in it");
		rc = -EBADMSG;
	}
	s->done = true;
	say_summary(s);
	if (s->e.done != NULL) {
		s->e.done(s->e.agent, s, rc);
	}
}

/* ---- the timer ---- */

static void again(struct source *s, int64_t ms)
{
	struct timeval wait = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (s->running && !s->paused && !s->done) {
		(void)evtimer_add(s->timer, &wait);
	}
}

static void timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;

	(void)fd;
	(void)what;
	if (s->peer != NULL) {
		if (peer_is_settled(s->peer)) {
			ami_feed_tick(s->feed, env_wall_us(s->e.env));
		}
		again(s, TICK_MS);
	} else if (replay_step(s->replay) == REPLAY_MORE) {
		again(s, 0);
	} else {
		finish_replay(s);
	}
}

/* ---- checkpoint: u8 version, u64 whole until, who is in a queue ---- */

static int checkpoint(struct source *s, struct buf *out)
{
	if (s->peer == NULL || !s->changed) {
		return 0;
	}
	s->changed = false;
	s->saved_us = peer_whole_us(s->peer);
	buf_add_char(out, CHECKPOINT_VERSION);
	buf_add_u64le(out, (uint64_t)s->saved_us);
	ami_feed_save(s->feed, out);
	return 1;
}

static void restore(struct source *s)
{
	struct cursor in = s->e.checkpoint;
	bool good = cursor_u8(&in) == CHECKPOINT_VERSION;
	int64_t whole_us = (int64_t)cursor_u64le(&in);

	good = good && !in.bad && whole_us >= 0 && whole_us <= env_wall_us(s->e.env) &&
	       ami_feed_load(s->feed, &in) == 0;
	s->session.known = good;
	if (good && cursor_left(&in) == 0) {
		s->whole_us = whole_us;
	} else if (cursor_left(&s->e.checkpoint) > 0) {
		log_warn(NAME,
		         "the stored state cannot be used: a gap before this start is not told");
	}
}

/* ---- life ---- */

static void close_source(struct source *s)
{
	if (s == NULL) {
		return;
	}
	if (s->timer != NULL) {
		event_free(s->timer);
	}
	peer_close(s->peer);
	replay_free(s->replay);
	ami_feed_free(s->feed);
	buf_free(&s->carry);
	explicit_bzero(s->secret, sizeof(s->secret));
	free(s);
}

static int make_feed(struct source *s, const struct ami_conf *c, struct fault *fault)
{
	const struct emit emit = { on_record, s };
	struct ami_feed_options options = { .pseudonym = s->e.pseudonym,
		                            .host = s->e.host,
		                            .variables = c->variables,
		                            .max_open = (uint32_t)c->max_open,
		                            .max_age_us = c->max_age_ms * 1000,
		                            .slot_us = c->slot_ms * 1000,
		                            .added = c->no_contacts,
		                            .no_handoffs = c->no_handoffs,
		                            .media = c->media,
		                            .payments = c->payment_pause };
	int rc;

	s->rules = c->cel.rules;
	options.rules = c->calls && !c->no_calls ? &s->rules : NULL;
	rc = ami_feed_new(&s->feed, &options, &emit);
	return rc == 0 ? 0 : fault_set(fault, rc, "cannot prepare: %s", strerror(-rc));
}

static int open_live(struct source *s, const struct ami_conf *c, struct fault *fault)
{
	const struct peer_calls calls = { s, on_connected, on_bytes, on_silent, on_lost };
	const struct peer_options options = {
		.name = NAME,
		.what = "manager interface",
		.host = c->host,
		.port = (uint16_t)c->port,
		.tls = c->tls,
		.ca_path = c->ca,
		.in_max_bytes = IN_MAX_BYTES,
		.silence_ms = SILENCE_MS,
		.backoff_min_ms = c->reconnect_min_ms,
		.backoff_max_ms = c->reconnect_max_ms > c->reconnect_min_ms ? c->reconnect_max_ms
		                                                            : c->reconnect_min_ms,
		.source = CXM__SOURCE__AMI,
		.agent_host = s->e.host,
		.part = NAME,
		.emit = { on_record, s },
	};
	int rc = ami_secret(c, s->secret, fault);

	if (rc != 0) {
		return rc;
	}
	(void)snprintf(s->user, sizeof(s->user), "%s", c->user); /* check knows what fits */
	s->session.calls = (struct ami_session_calls){ s, on_send, on_settled, on_drop };
	s->session.feed = s->feed;
	s->session.user = s->user;
	s->session.secret = s->secret;
	s->session.plain = strcmp(c->login, "plain") == 0;
	s->session.media = c->media;
	restore(s);
	return peer_open(&s->peer, s->e.base, s->e.env, &options, &calls, fault);
}

static int open_source(struct source **out, const struct source_env *env, struct fault *fault)
{
	const struct ami_conf *c = env->conf;
	const struct tail_handler handler = { NULL, on_block, on_first_us, on_gap };
	struct source *s = calloc(1, sizeof(*s));
	struct tail_handler own = handler;
	int rc;

	if (s == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	s->e = *env;
	own.arg = s;
	buf_init(&s->carry, CARRY_MAX_BYTES + LINES_READ_BYTES);
	s->timer = evtimer_new(env->base, timer_cb, s);
	rc = s->timer != NULL ? make_feed(s, c, fault) : fault_set(fault, -ENOMEM, "out of memory");
	if (rc == 0) {
		rc = env->one_shot ? replay_new(&s->replay, NAME, c->files.items, c->files.count,
		                                &own, fault)
		                   : open_live(s, c, fault);
	}
	s->e.checkpoint = cursor_of(NULL, 0); /* borrowed for open only */
	s->e.conf = NULL;
	if (rc != 0) {
		close_source(s);
		return rc;
	}
	*out = s;
	return 0;
}

static int start(struct source *s)
{
	s->running = true;
	if (s->peer != NULL) {
		peer_start(s->peer, s->whole_us);
	}
	again(s, 0);
	return 0;
}

static void pause_source(struct source *s)
{
	s->paused = true;
	(void)evtimer_del(s->timer);
	if (s->peer != NULL) {
		peer_pause(s->peer);
	}
}

static void resume(struct source *s)
{
	s->paused = false;
	if (s->peer != NULL) {
		peer_resume(s->peer);
	}
	again(s, 0);
}

static void progress(const struct source *s, struct source_progress *out)
{
	*out = (struct source_progress){ .what = NAME,
		                         .records = s->emitted,
		                         .rejected = ami_malformed(&s->session.reader.counters) +
		                                     ami_feed_malformed(s->feed) };
	if (s->replay != NULL) {
		replay_progress(s->replay, &out->done, &out->all);
	} else {
		out->done = peer_counters(s->peer)->in_bytes;
		peer_say_trouble(s->peer, out);
	}
}

static void stop(struct source *s)
{
	(void)evtimer_del(s->timer);
	if (s->peer != NULL && s->running) {
		peer_stop(s->peer);
		ami_feed_leave(s->feed);
		say_summary(s);
		s->changed = true;
	}
	s->running = false;
}

static void counters(const struct source *s, const struct source_tally *to)
{
	const struct ami_counters *n = &s->session.reader.counters;
	const struct ami_feed_counters *f = ami_feed_counters(s->feed);
	const struct ami_feed_evicted evicted = ami_feed_evicted(s->feed);

	if (s->peer != NULL) {
		peer_tally(s->peer, to);
	}
	source_tell(to, SOURCE_TAKEN, "messages", n->messages);
	source_tell(to, SOURCE_TAKEN, "events", f->events);
	source_tell(to, SOURCE_TAKEN, "events_used", f->used);
	source_tell(to, SOURCE_TAKEN, "asterisk_restarts", f->restarts);
	source_tell(to, SOURCE_MALFORMED, "message_too_long", n->too_long);
	source_tell(to, SOURCE_MALFORMED, "no_blank_line", n->no_blank);
	source_tell(to, SOURCE_MALFORMED, "neither_event_nor_response", n->other);
	source_tell(to, SOURCE_MALFORMED, "odd_lines", n->odd_lines);
	source_tell(to, SOURCE_MALFORMED, "too_many_fields", n->too_many);
	source_tell(to, SOURCE_MALFORMED, "no_time", f->no_time);
	source_tell(to, SOURCE_MALFORMED, "rtcp_report_bad", ami_feed_odd_reports(s->feed));
	for (int i = CEL_LINE_BAD_TEXT; i < CEL_LINE_RESULTS; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "cel_%s", cel_result_name((enum cel_result)i));
		source_tell(to, SOURCE_MALFORMED, name, f->cel[i]);
	}
	source_tell(to, SOURCE_LOST, "channels_evicted", evicted.channels);
	source_tell(to, SOURCE_LOST, "contacts_evicted", evicted.contacts);
	source_tell(to, SOURCE_LOST, "calls_evicted", evicted.calls);
	source_tell(to, SOURCE_LOST, "facts_evicted", evicted.facts);
	source_tell(to, SOURCE_LOST, "streams_evicted", evicted.streams);
	source_tell(to, SOURCE_LOST, "logins_refused", s->session.counters.refusals);
	source_tell(to, SOURCE_LOST, "queue_status_refused", s->session.counters.no_queues);
	source_tell(to, SOURCE_LOST, "channels_refused", s->session.counters.no_channels);
}

const struct source_ops source_ami = {
	.name = NAME,
	.schema = &ami_schema,
	.check = ami_check,
	.examine = ami_examine,
	.open = open_source,
	.start = start,
	.pause = pause_source,
	.resume = resume,
	.checkpoint = checkpoint,
	.committed = NULL,
	.progress = progress,
	.counters = counters,
	.stop = stop,
	.close = close_source,
};
