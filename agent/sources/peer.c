/*
 * The connection of peer.h. Owns the dial, the bufferevent and two timers: `timer` for whatever is
 * due next, `turn` for what must not happen inside a callback.
 */
#include "agent/sources/peer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "agent/backoff.h"
#include "agent/dial.h"
#include "common/log.h"
#include "common/tls.h"
#include "cxmeter/record.h"

#define TEXTS           5
#define SAME_TROUBLE_US (INT64_C(300) * 1000000)

enum state {
	STOPPED,
	WAITING, /* for the next attempt */
	CONNECTING,
	GREETING, /* connected, the owner logs in */
	SETTLED,
	ENDING, /* `turn` takes it down */
};

struct peer {
	struct event_base *base;
	const struct env *env;
	struct peer_options options; /* its texts are those of `texts` */
	char *texts[TEXTS];          /* owned */
	struct peer_calls calls;
	SSL_CTX *ctx; /* NULL without TLS */
	struct dial *dial;
	struct bufferevent *bev;
	struct event *timer;
	struct event *turn;
	struct backoff backoff;
	enum state state;
	bool paused;
	bool asked;       /* `silent` was called, and nothing heard since */
	bool was_settled; /* the connection that is ending */
	bool closed;      /* by the peer, so that nothing before is missing */
	int64_t due_mono_us;
	int64_t heard_mono_us;
	int64_t paused_mono_us;
	int64_t heard_us; /* wall clock */
	int64_t least_ms; /* before the next attempt */
	int64_t gap_us;   /* events may be missing from here on; 0: none */
	int64_t told_us;  /* when the gap was last emitted */
	int64_t logged_us;
	char logged[FAULT_TEXT_MAX];
	char trouble[FAULT_TEXT_MAX];
	struct peer_counters counters;
};

/* ---- saying what is going on ---- */

/* The same trouble again and again is worth a line every five minutes. */
static void set_trouble(struct peer *p, const char *why)
{
	int64_t now_us = env_mono_us(p->env);

	(void)snprintf(p->trouble, sizeof(p->trouble), "%s", why);
	if (strcmp(p->logged, why) == 0 && now_us - p->logged_us < SAME_TROUBLE_US) {
		return;
	}
	(void)snprintf(p->logged, sizeof(p->logged), "%s", why);
	p->logged_us = now_us;
	log_warn(p->options.name, "%s %s:%u: %s; trying again", p->options.what, p->options.host,
	         p->options.port, why);
}

/* ---- gaps ---- */

static void emit_gap(struct peer *p, int64_t to_us)
{
	char host[CXM_LABEL_MAX_BYTES + 1];
	char part[CXM_LABEL_MAX_BYTES + 1];
	Cxm__Gap m = CXM__GAP__INIT;

	(void)snprintf(host, sizeof(host), "%s", p->options.agent_host);
	(void)snprintf(part, sizeof(part), "%s", p->options.part);
	m.at_us = p->gap_us;
	m.source = p->options.source;
	m.host = host;
	m.reason = CXM__GAP__REASON__SOURCE_DOWN;
	m.part = part;
	m.has_seen_us = 1;
	m.seen_us = to_us > m.at_us ? to_us : m.at_us;
	m.has_to_us = 1;
	m.to_us = m.seen_us;
	p->told_us = to_us;
	p->counters.gaps++;
	emit_record(&p->options.emit, &m.base);
}

/* The connection is no more, or did not come about. */
static void begin_gap(struct peer *p)
{
	int64_t now_us = env_wall_us(p->env);

	if (p->gap_us == 0) {
		p->gap_us = p->was_settled && !p->closed ? p->heard_us : now_us;
		p->told_us = p->gap_us;
	}
	/* the same record grows: its key is its beginning */
	if (now_us - p->told_us >= PEER_GAP_EVERY_US) {
		emit_gap(p, now_us);
	}
}

/* ---- what is due next ---- */

static void arm(struct peer *p, int64_t at_mono_us)
{
	int64_t left_us = at_mono_us - env_mono_us(p->env);
	struct timeval tv;

	left_us = left_us > 0 ? left_us : 0;
	tv.tv_sec = left_us / 1000000;
	tv.tv_usec = left_us % 1000000;
	p->due_mono_us = at_mono_us;
	(void)evtimer_add(p->timer, &tv);
}

static bool is_up(const struct peer *p)
{
	return p->state == GREETING || p->state == SETTLED;
}

/* The next time something is to be done about a connection that stands. */
static void arm_watch(struct peer *p)
{
	int64_t at_us = INT64_MAX;

	if (p->paused) {
		at_us = p->paused_mono_us + p->options.hold_ms * 1000;
	} else if (p->state == GREETING) {
		at_us = p->due_mono_us; /* the end of patience with the login; arm() keeps it */
	} else if (p->calls.silent != NULL) {
		at_us = p->heard_mono_us + p->options.silence_ms * 1000;
	}
	if (at_us != INT64_MAX) {
		arm(p, at_us);
	} else {
		(void)evtimer_del(p->timer);
	}
}

static void wait_and_retry(struct peer *p)
{
	int64_t pause_ms = backoff_next_ms(&p->backoff, p->env);

	pause_ms = pause_ms > p->least_ms ? pause_ms : p->least_ms;
	p->least_ms = 0;
	p->state = WAITING;
	log_debug(p->options.name, "trying again in %" PRId64 " ms", pause_ms);
	arm(p, env_mono_us(p->env) + pause_ms * 1000);
}

static void connect_now(struct peer *p)
{
	if (p->paused) { /* peer_resume connects */
		p->state = WAITING;
		return;
	}
	p->state = CONNECTING;
	p->was_settled = false;
	p->closed = false;
	p->asked = false;
	p->counters.attempts++;
	dial_start(p->dial, p->options.host, p->options.port, p->ctx);
}

/* ---- the end of a connection ---- */

static void drop_connection(struct peer *p)
{
	if (p->bev != NULL) {
		bufferevent_free(p->bev);
		p->bev = NULL;
	}
	dial_stop(p->dial);
}

static void end_later(struct peer *p, const char *why)
{
	if (!is_up(p)) {
		return;
	}
	p->was_settled = p->state == SETTLED;
	p->state = ENDING;
	p->counters.losses++;
	set_trouble(p, why);
	(void)bufferevent_disable(p->bev, EV_READ | EV_WRITE);
	event_active(p->turn, 0, 0);
}

static void turn_cb(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;

	(void)fd;
	(void)what;
	if (p->state != ENDING) {
		return;
	}
	(void)evtimer_del(p->timer);
	drop_connection(p);
	begin_gap(p);
	p->state = WAITING;
	p->calls.lost(p->calls.arg);
	if (p->state == WAITING) {
		wait_and_retry(p);
	}
}

/* ---- a connection that stands ---- */

static void take(struct peer *p, struct evbuffer *in)
{
	size_t waiting = evbuffer_get_length(in);
	const char *at = (const char *)evbuffer_pullup(in, -1);
	char why[FAULT_TEXT_MAX];
	size_t taken;

	if (at == NULL) {
		end_later(p, "out of memory");
		return;
	}
	taken = p->calls.bytes(p->calls.arg, (struct slice){ at, waiting });
	(void)evbuffer_drain(in, taken < waiting ? taken : waiting);
	if (is_up(p) && evbuffer_get_length(in) >= p->options.in_max_bytes) {
		p->counters.oversized++;
		(void)snprintf(why, sizeof(why), "it sends a message of more than %zu bytes",
		               p->options.in_max_bytes);
		end_later(p, why);
	}
}

static void read_cb(struct bufferevent *bev, void *arg)
{
	struct peer *p = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t before = evbuffer_get_length(in);

	if (!is_up(p) || p->paused || before == 0) {
		return;
	}
	p->heard_mono_us = env_mono_us(p->env);
	p->heard_us = env_wall_us(p->env);
	p->asked = false;
	take(p, in);
	p->counters.in_bytes += before - evbuffer_get_length(in);
	if (p->state == SETTLED) {
		arm_watch(p);
	}
}

static void event_cb(struct bufferevent *bev, short what, void *arg)
{
	struct peer *p = arg;
	char why[FAULT_TEXT_MAX];

	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) == 0 || !is_up(p)) {
		return;
	}
	p->closed = (what & BEV_EVENT_EOF) != 0 && !p->paused;
	end_later(p, dial_why(bev, what, why, sizeof(why)));
}

static void on_silence(struct peer *p)
{
	if (p->asked) {
		p->counters.silences++;
		end_later(p, "it has gone silent");
		return;
	}
	p->asked = true;
	p->heard_mono_us = env_mono_us(p->env); /* the same time again for the answer */
	p->calls.silent(p->calls.arg);
	if (p->state == SETTLED) {
		arm_watch(p);
	}
}

static void timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;

	(void)fd;
	(void)what;
	if (p->state == WAITING) {
		connect_now(p);
	} else if (is_up(p) && p->paused) {
		end_later(p, "the spool takes nothing, so it is not left to queue for us");
	} else if (p->state == GREETING) {
		end_later(p, "no answer to the login");
	} else if (p->state == SETTLED) {
		on_silence(p);
	}
}

/* ---- connecting ---- */

static void on_dial_trouble(void *arg, const char *why)
{
	set_trouble(arg, why);
}

static void on_dialed(void *arg, struct bufferevent *bev)
{
	struct peer *p = arg;

	if (bev == NULL) {
		begin_gap(p);
		wait_and_retry(p);
		return;
	}
	p->bev = bev;
	p->state = GREETING;
	p->counters.connects++;
	p->heard_mono_us = env_mono_us(p->env);
	p->heard_us = env_wall_us(p->env);
	bufferevent_setcb(bev, read_cb, NULL, event_cb, p);
	bufferevent_setwatermark(bev, EV_READ, 0, p->options.in_max_bytes);
	arm(p, p->heard_mono_us + PEER_SETTLE_MS * 1000);
	p->calls.connected(p->calls.arg);
	if (is_up(p) && evbuffer_get_length(bufferevent_get_input(bev)) > 0) {
		bufferevent_trigger(bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
	}
}

/* ---- what the owner says ---- */

void peer_start(struct peer *p, int64_t whole_us)
{
	p->gap_us = whole_us;
	p->told_us = whole_us;
	connect_now(p);
}

void peer_stop(struct peer *p)
{
	if (p->state == SETTLED) {
		p->gap_us = p->heard_us; /* what comes after the good-bye is missed */
	}
	p->state = STOPPED;
	(void)event_del(p->timer);
	(void)event_del(p->turn);
	drop_connection(p);
}

int peer_send(struct peer *p, const void *data, size_t len_bytes)
{
	if (!is_up(p)) {
		return -ENOTCONN;
	}
	if (evbuffer_get_length(bufferevent_get_output(p->bev)) + len_bytes > PEER_OUT_MAX_BYTES ||
	    bufferevent_write(p->bev, data, len_bytes) != 0) {
		end_later(p, "it takes nothing of what is sent");
		return -ENOBUFS;
	}
	p->counters.out_bytes += len_bytes;
	return 0;
}

void peer_settled(struct peer *p)
{
	char address[DIAL_ADDRESS_TEXT_MAX];

	if (p->state != GREETING) {
		return;
	}
	p->state = SETTLED;
	p->backoff.failures = 0;
	p->counters.settled++;
	p->trouble[0] = '\0';
	p->logged[0] = '\0';
	log_info(p->options.name, "connected to the %s %s:%u (%s)", p->options.what,
	         p->options.host, p->options.port, dial_address(p->dial, address));
	if (p->gap_us != 0) {
		emit_gap(p, env_wall_us(p->env));
		p->gap_us = 0;
	}
	arm_watch(p);
}

void peer_drop(struct peer *p, const char *why, int64_t least_ms)
{
	p->least_ms = least_ms;
	end_later(p, why);
}

void peer_pause(struct peer *p)
{
	if (p->paused) {
		return;
	}
	p->paused = true;
	p->paused_mono_us = env_mono_us(p->env);
	if (is_up(p)) {
		(void)bufferevent_disable(p->bev, EV_READ);
		arm_watch(p);
	}
}

void peer_resume(struct peer *p)
{
	if (!p->paused) {
		return;
	}
	p->paused = false;
	if (p->state == WAITING && !evtimer_pending(p->timer, NULL)) {
		connect_now(p);
	} else if (is_up(p)) {
		p->heard_mono_us = env_mono_us(p->env);
		(void)bufferevent_enable(p->bev, EV_READ);
		if (p->state == GREETING) {
			arm(p, p->heard_mono_us + PEER_SETTLE_MS * 1000);
		} else {
			arm_watch(p);
		}
		bufferevent_trigger(p->bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
	}
}

/* ---- looking ---- */

int64_t peer_whole_us(const struct peer *p)
{
	bool whole = p->state == SETTLED || (p->state == ENDING && p->was_settled);

	return whole ? p->heard_us : p->gap_us;
}

bool peer_is_settled(const struct peer *p)
{
	return p->state == SETTLED;
}

const char *peer_trouble(const struct peer *p)
{
	return p->trouble;
}

const struct peer_counters *peer_counters(const struct peer *p)
{
	return &p->counters;
}

/* ---- life ---- */

static bool copy_options(struct peer *p, const struct peer_options *o)
{
	const char *const from[TEXTS] = { o->name, o->what, o->host, o->agent_host, o->part };
	bool all = true;

	for (size_t i = 0; i < TEXTS; i++) {
		p->texts[i] = strdup(from[i]);
		all = all && p->texts[i] != NULL;
	}
	p->options = *o;
	p->options.name = p->texts[0];
	p->options.what = p->texts[1];
	p->options.host = p->texts[2];
	p->options.agent_host = p->texts[3];
	p->options.part = p->texts[4];
	p->options.hold_ms = o->hold_ms != 0 ? o->hold_ms : PEER_HOLD_MS;
	p->options.ca_path = NULL; /* read once, when it is opened */
	return all;
}

int peer_open(struct peer **out, struct event_base *base, const struct env *env,
              const struct peer_options *options, const struct peer_calls *calls,
              struct fault *fault)
{
	struct peer *p = calloc(1, sizeof(*p));
	const struct dial_calls dial_calls = { p, NULL, on_dial_trouble, on_dialed };
	int rc = -ENOMEM;

	if (p != NULL && copy_options(p, options)) {
		p->base = base;
		p->env = env;
		p->calls = *calls;
		p->backoff =
			(struct backoff){ options->backoff_min_ms, options->backoff_max_ms, 0 };
		p->timer = evtimer_new(base, timer_cb, p);
		p->turn = event_new(base, -1, 0, turn_cb, p);
		rc = p->timer != NULL && p->turn != NULL ? dial_new(&p->dial, base, &dial_calls)
		                                         : -ENOMEM;
	}
	if (rc != 0) {
		peer_close(p);
		return fault_set(fault, rc, "out of memory");
	}
	if (options->tls) {
		rc = tls_foreign(&p->ctx, options->ca_path, fault);
	}
	if (rc != 0) {
		peer_close(p);
		return rc;
	}
	*out = p;
	return 0;
}

void peer_close(struct peer *p)
{
	if (p == NULL) {
		return;
	}
	if (p->dial != NULL) {
		drop_connection(p);
	}
	dial_free(p->dial);
	if (p->timer != NULL) {
		event_free(p->timer);
	}
	if (p->turn != NULL) {
		event_free(p->turn);
	}
	SSL_CTX_free(p->ctx);
	for (size_t i = 0; i < TEXTS; i++) {
		free(p->texts[i]);
	}
	free(p);
}

void peer_tally(const struct peer *p, const struct source_tally *to)
{
	const struct peer_counters *n = peer_counters(p);

	source_tell(to, SOURCE_TAKEN, "bytes", n->in_bytes);
	source_tell(to, SOURCE_TAKEN, "connections", n->connects);
	source_tell(to, SOURCE_MALFORMED, "message_too_long_for_buffer", n->oversized);
	source_tell(to, SOURCE_LOST, "connections_lost", n->losses);
	source_tell(to, SOURCE_LOST, "connections_silent", n->silences);
	source_tell(to, SOURCE_LOST, "gaps", n->gaps);
}

void peer_say_trouble(const struct peer *p, struct source_progress *out)
{
	if (!peer_is_settled(p)) {
		(void)snprintf(out->trouble, sizeof(out->trouble), "%s", peer_trouble(p));
	}
}
