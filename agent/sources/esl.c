/*
 * The esl source: a connection (peer.h), the conversation on it (esl_talk.h) and the trackers
 * behind it. Owns them, two timers and the checkpoint.
 *
 * What was said while nobody listened is lost, and told as a Gap. The checkpoint keeps what is open
 * and until when all was heard, so that a restart of the agent is a short gap and no open contact
 * is forgotten.
 */
#include "agent/sources/esl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sources/esl_talk.h"
#include "agent/sources/peer.h"
#include "agent/track/state_fields.h"
#include "common/log.h"
#include "cxmeter/source.h"

#define NAME               "esl"
#define CHECKPOINT_VERSION 2 /* 1: without the core and visits */
#define TICK_S             1
#define SILENCE_MS         INT64_C(45000)          /* HEARTBEAT comes every 20 s */
#define WHOLE_EVERY_US     (INT64_C(30) * 1000000) /* a new checkpoint, though nothing happened */

struct source {
	struct source_env e;
	struct peer *peer; /* owned, as all below */
	struct esl_talk *talk;
	struct cc_contact *contact;
	struct cc_agent *agent;
	struct fs_call *call;
	struct fs_visit *visit;
	struct call_rules visits;
	struct event *tick;
	struct event *look;
	int64_t look_ms;
	int64_t whole_us; /* of the checkpoint that was loaded, as is the next */
	struct esl_core core;
	int64_t saved_us; /* peer_whole_us in the last checkpoint */
	uint64_t emitted;
	bool paused;
	bool changed; /* since the last checkpoint */
	char password[ESL_PASSWORD_BYTES];
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

/* ---- between connection and conversation ---- */

static int on_send(void *arg, const void *data, size_t len_bytes)
{
	return peer_send(((struct source *)arg)->peer, data, len_bytes);
}

static void on_settled(void *arg)
{
	struct source *s = arg;

	peer_settled(s->peer);
	touch(s);
}

static void on_drop(void *arg, const char *why, int64_t least_ms)
{
	peer_drop(((struct source *)arg)->peer, why, least_ms);
}

static void on_connected(void *arg)
{
	esl_talk_begin(((struct source *)arg)->talk);
}

static size_t on_bytes(void *arg, struct slice in)
{
	struct source *s = arg;
	uint64_t events = esl_talk_counters(s->talk)->events;
	size_t taken = esl_talk_take(s->talk, in, env_wall_us(s->e.env));

	if (esl_talk_counters(s->talk)->events != events ||
	    peer_whole_us(s->peer) - s->saved_us >= WHOLE_EVERY_US) {
		touch(s);
	}
	return taken;
}

static void on_silent(void *arg)
{
	esl_talk_ping(((struct source *)arg)->talk);
}

/* What agents did since is not known; open contacts wait for the list of channels. */
static void on_lost(void *arg)
{
	struct source *s = arg;
	int64_t whole_us = peer_whole_us(s->peer);

	esl_talk_begin(s->talk);
	if (whole_us != 0) {
		cc_agent_lost(s->agent, whole_us);
	}
	touch(s);
}

/* ---- timers ---- */

static void again(struct event *timer, int64_t ms)
{
	struct timeval wait = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	(void)evtimer_add(timer, &wait);
}

static void tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;
	int64_t now_us = env_wall_us(s->e.env);

	(void)fd;
	(void)what;
	if (!s->paused) {
		cc_contact_tick(s->contact, now_us);
		cc_agent_tick(s->agent, now_us);
		fs_call_tick(s->call, now_us);
		fs_visit_tick(s->visit, now_us);
	}
	again(s->tick, TICK_S * INT64_C(1000));
}

static void look_cb(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;

	(void)fd;
	(void)what;
	if (!s->paused) {
		esl_talk_look(s->talk);
	}
	again(s->look, s->look_ms);
}

/* ---- checkpoint: u8 version, u64 whole until, the core heard last, state of the trackers ---- */

static const struct state_field core_fields[] = {
	{ STATE_TIME, offsetof(struct esl_core, at_us), 0 },
	{ STATE_TEXT, offsetof(struct esl_core, uuid), ESL_CORE_BYTES },
};
#define CORE_FIELDS (sizeof(core_fields) / sizeof(core_fields[0]))

static int checkpoint(struct source *s, struct buf *out)
{
	if (!s->changed) {
		return 0;
	}
	s->changed = false;
	s->saved_us = peer_whole_us(s->peer);
	buf_add_char(out, CHECKPOINT_VERSION);
	buf_add_u64le(out, (uint64_t)s->saved_us);
	state_save(core_fields, CORE_FIELDS, esl_talk_core(s->talk), out);
	cc_contact_save(s->contact, out);
	cc_agent_save(s->agent, out);
	fs_call_save(s->call, out);
	fs_visit_save(s->visit, out);
	return 1;
}

static int load(struct source *s)
{
	struct cursor in = s->e.checkpoint;
	unsigned version = cursor_u8(&in);
	bool good = version >= 1 && version <= CHECKPOINT_VERSION;
	int rc;

	s->whole_us = (int64_t)cursor_u64le(&in);
	if (version > 1) {
		state_load(core_fields, CORE_FIELDS, &s->core, &in);
	}
	good = good && !in.bad && s->whole_us >= 0 && s->whole_us <= env_wall_us(s->e.env);
	rc = good ? cc_contact_load(s->contact, &in) : -EBADMSG;
	rc = rc == 0 ? cc_agent_load(s->agent, &in) : rc;
	rc = rc == 0 ? fs_call_load(s->call, &in) : rc;
	rc = rc == 0 && version > 1 ? fs_visit_load(s->visit, &in) : rc;
	return rc == 0 && cursor_left(&in) > 0 ? -EBADMSG : rc;
}

/* ---- life ---- */

static void free_trackers(struct source *s)
{
	cc_contact_free(s->contact);
	cc_agent_free(s->agent);
	fs_call_free(s->call);
	fs_visit_free(s->visit);
	s->contact = NULL;
	s->agent = NULL;
	s->call = NULL;
	s->visit = NULL;
}

static int make_trackers(struct source *s, const struct esl_conf *c)
{
	const struct emit emit = { on_record, s };
	const struct cc_contact_options contact = { s->e.pseudonym,       s->e.host,
		                                    CXM__SOURCE__ESL,     (uint32_t)c->max_contacts,
		                                    c->max_age_ms * 1000, c->trunks };
	const struct fs_call_options call = { s->e.pseudonym, s->e.host, c->trunks,
		                              CXM__SOURCE__ESL, (uint32_t)c->max_calls };
	const struct fs_visit_options visit = { s->e.pseudonym,      s->e.host,
		                                c->trunks,           &s->visits,
		                                CXM__SOURCE__ESL,    fs_visit_room(c->max_calls),
		                                c->max_age_ms * 1000 };
	int rc = cc_contact_new(&s->contact, &contact, &emit);

	rc = rc == 0 ? cc_agent_new(&s->agent, s->e.pseudonym, s->e.host, &emit) : rc;
	rc = rc == 0 ? fs_call_new(&s->call, &call, &emit) : rc;
	return rc == 0 ? fs_visit_new(&s->visit, &visit, &emit) : rc;
}

static int restore(struct source *s, const struct esl_conf *c)
{
	int rc;

	if (cursor_left(&s->e.checkpoint) == 0) {
		return 0;
	}
	rc = load(s);
	if (rc == 0) {
		cc_agent_lost(s->agent, s->whole_us); /* they went on without us */
		return 0;
	}
	log_warn(NAME, "the stored state cannot be used: contacts that were open are not known");
	s->whole_us = 0;
	s->core = (struct esl_core){ .at_us = 0 };
	free_trackers(s);
	return make_trackers(s, c);
}

static int make_talk(struct source *s, const struct esl_conf *c)
{
	const struct esl_talk_calls calls = { s, on_send, on_settled, on_drop };
	const struct esl_talk_options options = { .password = s->password,
		                                  .host = s->e.host,
		                                  .look_us = c->look_ms * 1000,
		                                  .core = s->core,
		                                  .executes = fs_visit_wanted(&s->visits),
		                                  .contact = s->contact,
		                                  .agent = s->agent,
		                                  .call = s->call,
		                                  .visit = s->visit,
		                                  .emit = { on_record, s } };

	return esl_talk_new(&s->talk, &options, &calls);
}

static int make_peer(struct source *s, const struct esl_conf *c, struct fault *fault)
{
	const struct peer_calls calls = { s, on_connected, on_bytes, on_silent, on_lost };
	const struct peer_options options = {
		.name = NAME,
		.what = "event socket",
		.host = c->host,
		.port = (uint16_t)c->port,
		.in_max_bytes = ESL_MESSAGE_MAX_BYTES,
		.silence_ms = SILENCE_MS,
		.backoff_min_ms = c->reconnect_min_ms,
		.backoff_max_ms = c->reconnect_max_ms > c->reconnect_min_ms ? c->reconnect_max_ms
		                                                            : c->reconnect_min_ms,
		.source = CXM__SOURCE__ESL,
		.agent_host = s->e.host,
		.part = NAME,
		.emit = { on_record, s },
	};

	s->tick = evtimer_new(s->e.base, tick_cb, s);
	s->look = evtimer_new(s->e.base, look_cb, s);
	if (s->tick == NULL || s->look == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	return peer_open(&s->peer, s->e.base, s->e.env, &options, &calls, fault);
}

static void close_source(struct source *s)
{
	if (s == NULL) {
		return;
	}
	if (s->tick != NULL) {
		event_free(s->tick);
	}
	if (s->look != NULL) {
		event_free(s->look);
	}
	peer_close(s->peer);
	esl_talk_free(s->talk);
	free_trackers(s);
	explicit_bzero(s->password, sizeof(s->password));
	free(s);
}

static int open_source(struct source **out, const struct source_env *env, struct fault *fault)
{
	const struct esl_conf *c = env->conf;
	struct source *s;
	int rc;

	if (env->one_shot) {
		return fault_set(fault, -EINVAL,
		                 "an event socket cannot be read once; leave it out");
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	s->e = *env;
	s->look_ms = c->look_ms;
	s->visits = c->visits;
	rc = esl_password(c, s->password, fault);
	if (rc == 0) {
		rc = make_trackers(s, c);
		rc = rc == 0 ? restore(s, c) : rc;
		rc = rc == 0 ? make_talk(s, c) : rc;
		rc = rc == 0 ? make_peer(s, c, fault)
		             : fault_set(fault, rc, "cannot prepare the event socket: %s",
		                         strerror(-rc));
	}
	if (rc != 0) {
		close_source(s);
		return rc;
	}
	*out = s;
	return 0;
}

static int start(struct source *s)
{
	peer_start(s->peer, s->whole_us);
	again(s->tick, TICK_S * INT64_C(1000));
	again(s->look, s->look_ms);
	return 0;
}

static void pause_source(struct source *s)
{
	s->paused = true;
	peer_pause(s->peer);
}

static void resume(struct source *s)
{
	s->paused = false;
	peer_resume(s->peer);
}

static uint64_t malformed(const struct source *s)
{
	const struct esl_talk_counters *n = esl_talk_counters(s->talk);

	return n->wrong_lengths + n->oversized + n->bad_answers + n->bad_queues +
	       esl_talk_unfit(s->talk) + (n->skipped_bytes > 0 ? 1 : 0) +
	       cc_contact_counters(s->contact)->unkeyed;
}

static void progress(const struct source *s, struct source_progress *out)
{
	*out = (struct source_progress){ .what = NAME,
		                         .done = peer_counters(s->peer)->in_bytes,
		                         .records = s->emitted,
		                         .rejected = malformed(s) };
	peer_say_trouble(s->peer, out);
}

static void say_summary(const struct source *s)
{
	const struct esl_talk_counters *n = esl_talk_counters(s->talk);
	const struct cc_contact_counters *c = cc_contact_counters(s->contact);
	const struct cc_agent_counters *a = cc_agent_counters(s->agent);
	const struct fs_call_counters *f = fs_call_counters(s->call);

	log_info(NAME,
	         "events=%" PRIu64 " others=%" PRIu64 " looks=%" PRIu64 " contacts=%" PRIu64
	         " handoffs=%" PRIu64 " spans=%" PRIu64 " calls=%" PRIu64 " streams=%" PRIu64
	         " visits=%" PRIu64 " unended=%" PRIu64 " orphans=%" PRIu64 " stuck=%" PRIu64
	         " gone=%" PRIu64 " evicted=%" PRIu64,
	         n->events, n->others, n->looks, c->contacts, c->handoffs, a->spans, f->calls,
	         f->streams, fs_visit_counters(s->visit)->visits, c->unended, c->orphans, a->stuck,
	         a->gone, c->evicted + a->evicted + f->evicted);
	if (malformed(s) > 0) {
		log_warn(NAME,
		         "malformed: wrong_lengths=%" PRIu64 " skipped_bytes=%" PRIu64
		         " oversized=%" PRIu64 " bad_answers=%" PRIu64 " bad_queues=%" PRIu64
		         " unfit_values=%" PRIu64 " unkeyed=%" PRIu64,
		         n->wrong_lengths, n->skipped_bytes, n->oversized, n->bad_answers,
		         n->bad_queues, esl_talk_unfit(s->talk), c->unkeyed);
	}
}

static void stop(struct source *s)
{
	(void)event_del(s->tick);
	(void)event_del(s->look);
	peer_stop(s->peer);
	fs_visit_settle(s->visit);
	s->changed = true;
	say_summary(s);
}

static void counters(const struct source *s, const struct source_tally *to)
{
	const struct esl_talk_counters *n = esl_talk_counters(s->talk);
	const struct cc_contact_counters *c = cc_contact_counters(s->contact);
	const struct cc_agent_counters *a = cc_agent_counters(s->agent);
	const struct fs_call_counters *f = fs_call_counters(s->call);

	peer_tally(s->peer, to);
	source_tell(to, SOURCE_TAKEN, "events", n->events);
	source_tell(to, SOURCE_TAKEN, "contacts", c->contacts);
	source_tell(to, SOURCE_TAKEN, "agent_spans", a->spans);
	source_tell(to, SOURCE_TAKEN, "calls", f->calls);
	source_tell(to, SOURCE_TAKEN, "visits", fs_visit_counters(s->visit)->visits);
	source_tell(to, SOURCE_MALFORMED, "wrong_length", n->wrong_lengths);
	source_tell(to, SOURCE_MALFORMED, "skipped_bytes", n->skipped_bytes);
	source_tell(to, SOURCE_MALFORMED, "message_too_long", n->oversized);
	source_tell(to, SOURCE_MALFORMED, "bad_answer", n->bad_answers);
	source_tell(to, SOURCE_MALFORMED, "bad_queue_name", n->bad_queues);
	source_tell(to, SOURCE_MALFORMED, "unfit_value", esl_talk_unfit(s->talk));
	source_tell(to, SOURCE_MALFORMED, "no_member", c->unkeyed);
	source_tell(to, SOURCE_MALFORMED, "unknown_agent_state", a->unknown);
	source_tell(to, SOURCE_LOST, "contacts_unended", c->unended);
	source_tell(to, SOURCE_LOST, "contacts_evicted", c->evicted);
	source_tell(to, SOURCE_LOST, "orphans", c->orphans);
	source_tell(to, SOURCE_LOST, "agents_evicted", a->evicted);
	source_tell(to, SOURCE_LOST, "calls_evicted", f->evicted);
	source_tell(to, SOURCE_LOST, "visits_unended", fs_visit_counters(s->visit)->unended);
	source_tell(to, SOURCE_LOST, "visits_evicted", fs_visit_counters(s->visit)->evicted);
	source_tell(to, SOURCE_LOST, "calls_without_time", f->untimed);
}

const struct source_ops source_esl = {
	.name = NAME,
	.schema = &esl_schema,
	.check = esl_check,
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
