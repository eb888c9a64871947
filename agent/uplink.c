/*
 * Certificates, pauses and timers around the conversation (uplink_session.c) and the connection it
 * is held over (dial.c).
 *
 * No callback takes down what called it: it says so to `turn`, which runs next in the loop.
 */
#include "agent/uplink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>

#include "agent/backoff.h"
#include "agent/dial.h"
#include "agent/uplink_session.h"
#include "common/log.h"
#include "common/tls.h"

#define PART            "uplink"

#define OUT_ROOM_BYTES  ((size_t)512 * 1024)
#define OUT_LOW_BYTES   ((size_t)128 * 1024) /* a batch: the socket never runs dry */
#define IN_CHUNK_BYTES  ((size_t)16 * 1024)  /* a TLS record */
#define SAME_TROUBLE_US (INT64_C(300) * 1000000)

struct uplink {
	struct event_base *base;
	const struct env *env;
	struct spool *spool;
	char *host; /* owned, as are the next four */
	char *ca_path;
	char *certificate_path;
	char *key_path;
	char *timezone;
	char **sources; /* owned, NULL-terminated, with its texts */
	uint16_t port;
	struct uplink_session_options session_options;
	struct uplink_session *session;
	void (*acked)(void *arg, uint64_t sequence);
	void *acked_arg;
	SSL_CTX *ctx; /* the last that could be loaded; NULL: none yet */
	struct event *timer;
	struct event *turn;
	struct dial *dial;
	struct bufferevent *bev;
	struct backoff backoff;
	enum uplink_state state;
	int64_t since_mono_us;       /* when it became that */
	enum uplink_verdict verdict; /* other than FINE: `turn` takes the connection down */
	bool at_once;                /* `turn` connects without a pause */
	bool was_stale;              /* the epoch was drawn anew, and nothing acknowledged since */
	uint64_t connects;
	int64_t logged_us;
	char logged[FAULT_TEXT_MAX];
	char trouble[FAULT_TEXT_MAX];
};

static void connect_now(struct uplink *u);

/* ---- saying what is going on ---- */

/* The same trouble again and again is worth a line every five minutes. */
static void set_trouble(struct uplink *u, const char *text)
{
	int64_t now_us = env_mono_us(u->env);

	(void)snprintf(u->trouble, sizeof(u->trouble), "%s", text);
	if (strcmp(u->logged, text) == 0 && now_us - u->logged_us < SAME_TROUBLE_US) {
		return;
	}
	(void)snprintf(u->logged, sizeof(u->logged), "%s", text);
	u->logged_us = now_us;
	log_warn(PART, "collector %s:%u: %s; records wait in the spool", u->host, u->port, text);
}

static void set_state(struct uplink *u, enum uplink_state state)
{
	char text[DIAL_ADDRESS_TEXT_MAX];

	if (state == UPLINK_RUNNING && u->state != UPLINK_RUNNING) {
		u->connects++;
		u->trouble[0] = '\0';
		u->logged[0] = '\0';
		log_info(PART, "connected to collector %s:%u (%s)", u->host, u->port,
		         dial_address(u->dial, text));
	}
	u->since_mono_us = u->state != state ? env_mono_us(u->env) : u->since_mono_us;
	u->state = state;
}

static void arm(struct uplink *u, int64_t at_mono_us)
{
	int64_t left_us = at_mono_us - env_mono_us(u->env);
	struct timeval tv;

	left_us = left_us > 0 ? left_us : 0;
	tv.tv_sec = left_us / 1000000;
	tv.tv_usec = left_us % 1000000;
	(void)evtimer_add(u->timer, &tv);
}

/* ---- certificates ---- */

static int load_context(SSL_CTX **out, const struct uplink_options *o, struct fault *fault)
{
	const struct tls_files files = { o->ca_path, o->certificate_path, o->key_path };

	return tls_context(out, false, &files, fault);
}

/* Read the files again, so that a renewed certificate needs no restart. While they cannot be used
 * (half written, say) the last good ones serve; but nobody gets in with an expired one. */
static bool refresh_context(struct uplink *u)
{
	const struct uplink_options o = { .ca_path = u->ca_path,
		                          .certificate_path = u->certificate_path,
		                          .key_path = u->key_path };
	struct fault fault;
	SSL_CTX *ctx;
	int rc = load_context(&ctx, &o, &fault);

	if (rc == 0) {
		SSL_CTX_free(u->ctx);
		u->ctx = ctx;
		return true;
	}
	set_trouble(u, fault.text);
	return rc != -EKEYEXPIRED && u->ctx != NULL;
}

/* ---- taking connections down ---- */

/* From inside a callback: let `turn` do it. */
static void end_later(struct uplink *u, enum uplink_verdict verdict)
{
	if (u->verdict == UPLINK_FINE) {
		u->verdict = verdict;
		if (u->bev != NULL) {
			(void)bufferevent_disable(u->bev, EV_READ | EV_WRITE);
		}
		event_active(u->turn, 0, 0);
	}
}

static void drop_connection(struct uplink *u)
{
	if (u->bev != NULL) {
		SSL *ssl = bufferevent_openssl_get_ssl(u->bev);

		/* say good-bye (RFC 8446, section 6.1), which libevent does not; nobody waits for
		 * the answer */
		SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
		(void)SSL_shutdown(ssl);
		ERR_clear_error();
		bufferevent_free(u->bev);
		u->bev = NULL;
	}
}

static void wait_and_retry(struct uplink *u, int64_t least_ms)
{
	int64_t pause_ms = backoff_next_ms(&u->backoff, u->env);
	struct backoff spread = { least_ms, least_ms + least_ms / 10, 0 };

	if (least_ms > 0) {
		int64_t asked_ms = backoff_next_ms(&spread, u->env);

		pause_ms = pause_ms > asked_ms ? pause_ms : asked_ms;
	}
	set_state(u, UPLINK_WAITING);
	log_debug(PART, "trying again in %" PRId64 " ms", pause_ms);
	arm(u, env_mono_us(u->env) + pause_ms * 1000);
}

/* ---- the conversation ---- */

static void judge(struct uplink *u, enum uplink_verdict verdict)
{
	const struct uplink_session_view *view = uplink_session_view(u->session);

	if (verdict != UPLINK_FINE) {
		set_trouble(u, view->why);
		end_later(u, verdict);
		return;
	}
	if (view->running) {
		set_state(u, UPLINK_RUNNING);
	}
}

static void flush(struct uplink *u)
{
	struct buf *out = uplink_session_out(u->session);

	if (out->len > 0) {
		if (bufferevent_write(u->bev, out->data, out->len) != 0) {
			set_trouble(u, "out of memory");
			end_later(u, UPLINK_BROKEN);
		}
		buf_reset(out);
	}
}

static void pump(struct uplink *u)
{
	size_t waiting;

	if (u->verdict != UPLINK_FINE || u->bev == NULL || u->state < UPLINK_GREETING) {
		return;
	}
	waiting = evbuffer_get_length(bufferevent_get_output(u->bev));
	judge(u, uplink_session_step(u->session,
	                             waiting < OUT_ROOM_BYTES ? OUT_ROOM_BYTES - waiting : 0));
	if (u->verdict == UPLINK_FINE) {
		flush(u);
		arm(u, uplink_session_due_us(u->session));
	}
}

static void on_acked(void *arg, uint64_t sequence)
{
	struct uplink *u = arg;

	/* the acknowledgement in Welcome proves nothing: a collector may greet and hang up */
	if (u->state == UPLINK_RUNNING) {
		u->backoff.failures = 0;
		u->was_stale = false;
	}
	if (u->acked != NULL) {
		u->acked(u->acked_arg, sequence);
	}
}

static void read_cb(struct bufferevent *bev, void *arg)
{
	struct uplink *u = arg;
	uint8_t chunk[IN_CHUNK_BYTES];
	int n;

	while (u->verdict == UPLINK_FINE &&
	       (n = evbuffer_remove(bufferevent_get_input(bev), chunk, sizeof(chunk))) > 0) {
		judge(u, uplink_session_take(u->session, chunk, (size_t)n));
	}
	pump(u);
}

static void write_cb(struct bufferevent *bev, void *arg)
{
	(void)bev;
	pump(arg);
}

static void event_cb(struct bufferevent *bev, short what, void *arg)
{
	struct uplink *u = arg;
	char why[FAULT_TEXT_MAX];

	if (u->verdict == UPLINK_FINE && (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0) {
		set_trouble(u, dial_why(bev, what, why, sizeof(why)));
		end_later(u, UPLINK_BROKEN);
	}
}

/* ---- connecting ---- */

static const char *stranger(const SSL *ssl)
{
	return tls_alpn_ok(ssl) ? NULL
	                        : "it does not speak cxmeter/1: is this the collector's port?";
}

static void on_dial_trouble(void *arg, const char *why)
{
	set_trouble(arg, why);
}

static void on_dialed(void *arg, struct bufferevent *bev)
{
	struct uplink *u = arg;

	if (bev == NULL) {
		wait_and_retry(u, 0);
		return;
	}
	u->bev = bev;
	bufferevent_setcb(bev, read_cb, write_cb, event_cb, u);
	bufferevent_setwatermark(bev, EV_READ, 0, 4 * IN_CHUNK_BYTES);
	bufferevent_setwatermark(bev, EV_WRITE, OUT_LOW_BYTES, 0);
	set_state(u, UPLINK_GREETING);
	uplink_session_begin(u->session);
	flush(u);
	arm(u, uplink_session_due_us(u->session));
}

static void connect_now(struct uplink *u)
{
	u->verdict = UPLINK_FINE;
	u->at_once = false;
	set_state(u, UPLINK_CONNECTING);
	if (refresh_context(u)) {
		dial_start(u->dial, u->host, u->port, u->ctx);
	} else {
		wait_and_retry(u, 0);
	}
}

/* ---- between callbacks ---- */

static void draw_epoch(struct uplink *u)
{
	int rc = spool_new_epoch(u->spool);
	char text[FAULT_TEXT_MAX];

	if (rc != 0) {
		(void)snprintf(text, sizeof(text), "cannot begin a new epoch of the spool: %s",
		               strerror(-rc));
		set_trouble(u, text);
	}
	u->at_once = rc == 0 && !u->was_stale;
	u->was_stale = true;
}

/* A connection has ended, or is to end. */
static void turn_cb(evutil_socket_t fd, short what, void *arg)
{
	struct uplink *u = arg;
	enum uplink_verdict verdict = u->verdict;
	bool greeted = u->state != UPLINK_GREETING;

	(void)fd;
	(void)what;
	(void)evtimer_del(u->timer);
	drop_connection(u);
	u->verdict = UPLINK_FINE;
	if (verdict == UPLINK_STALE) {
		draw_epoch(u);
	}
	if (u->at_once) {
		connect_now(u);
	} else if (verdict == UPLINK_BROKEN && !greeted) {
		set_state(u, UPLINK_CONNECTING);
		dial_next(u->dial); /* whoever this was, it may be better elsewhere */
	} else {
		wait_and_retry(u, verdict == UPLINK_REFUSED
		                          ? uplink_session_view(u->session)->retry_after_ms
		                          : 0);
	}
}

static void timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct uplink *u = arg;

	(void)fd;
	(void)what;
	if (u->state == UPLINK_WAITING) {
		connect_now(u);
	} else {
		pump(u);
	}
}

/* ---- life ---- */

static char **copy_names(const char *const *names)
{
	size_t n = 0;
	char **out;

	while (names != NULL && names[n] != NULL) {
		n++;
	}
	out = calloc(n + 1, sizeof(*out));
	for (size_t i = 0; out != NULL && i < n; i++) {
		out[i] = strdup(names[i]);
	}
	return out;
}

static void free_options(struct uplink *u)
{
	free(u->host);
	free(u->ca_path);
	free(u->certificate_path);
	free(u->key_path);
	free(u->timezone);
	for (size_t i = 0; u->sources != NULL && u->sources[i] != NULL; i++) {
		free(u->sources[i]);
	}
	free(u->sources);
}

static bool copy_options(struct uplink *u, const struct uplink_options *o)
{
	u->host = strdup(o->host);
	u->ca_path = strdup(o->ca_path);
	u->certificate_path = strdup(o->certificate_path);
	u->key_path = strdup(o->key_path);
	u->timezone = o->timezone != NULL ? strdup(o->timezone) : NULL;
	u->sources = copy_names(o->sources);
	u->port = o->port;
	u->backoff.min_ms = o->backoff_min_ms;
	u->backoff.max_ms = o->backoff_max_ms;
	u->session_options.timezone = u->timezone;
	u->session_options.sources = (const char *const *)u->sources;
	u->session_options.compress = o->compress;
	u->session_options.simulated = o->simulated;
	return u->host != NULL && u->ca_path != NULL && u->certificate_path != NULL &&
	       u->key_path != NULL && u->sources != NULL &&
	       (u->timezone != NULL || o->timezone == NULL);
}

int uplink_open(struct uplink **out, struct event_base *base, const struct env *env,
                struct spool *spool, const struct uplink_options *options, struct fault *fault)
{
	struct uplink *u = calloc(1, sizeof(*u));
	int rc = u != NULL ? 0 : -ENOMEM;

	if (rc == 0) {
		u->base = base;
		u->env = env;
		u->spool = spool;
		u->timer = evtimer_new(base, timer_cb, u);
		u->turn = event_new(base, -1, 0, turn_cb, u);
		rc = env->random(env->arg, &u->session_options.instance,
		                 sizeof(u->session_options.instance));
	}
	if (rc == 0 && (!copy_options(u, options) || u->timer == NULL || u->turn == NULL)) {
		rc = -ENOMEM;
	}
	if (rc == 0) {
		const struct dial_calls calls = { u, stranger, on_dial_trouble, on_dialed };

		rc = dial_new(&u->dial, base, &calls);
	}
	rc = rc == 0 ? uplink_session_new(&u->session, env, spool, &u->session_options, on_acked, u)
	             : rc;
	if (rc != 0) {
		uplink_close(u);
		return fault_set(fault, rc, "cannot prepare the uplink: %s", strerror(-rc));
	}
	rc = load_context(&u->ctx, options, fault);
	if (rc != 0 && rc != -EKEYEXPIRED) {
		uplink_close(u);
		return rc;
	}
	*out = u;
	return 0;
}

void uplink_start(struct uplink *u, void (*acked)(void *arg, uint64_t sequence), void *arg)
{
	u->acked = acked;
	u->acked_arg = arg;
	connect_now(u);
}

void uplink_kick(struct uplink *u)
{
	if (u->state == UPLINK_RUNNING) {
		pump(u);
	}
}

int uplink_reload(struct uplink *u, const struct uplink_options *options, struct fault *fault)
{
	struct uplink before = *u;
	SSL_CTX *ctx;
	int rc = load_context(&ctx, options, fault);

	if (rc != 0) {
		return rc;
	}
	if (!copy_options(u, options)) {
		free_options(u);
		*u = before;
		SSL_CTX_free(ctx);
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	free_options(&before);
	SSL_CTX_free(u->ctx);
	u->ctx = ctx;
	u->backoff.failures = 0;
	u->at_once = true;
	end_later(u, UPLINK_BROKEN);
	return 0;
}

void uplink_status(const struct uplink *u, struct uplink_status *out)
{
	const struct uplink_session_view *view = uplink_session_view(u->session);

	*out = (struct uplink_status){
		.state = u->state,
		.acked_sequence = view->acked_sequence,
		.sent_records = view->sent_records,
		.connects = u->connects,
		.last_ack_mono_us = view->last_ack_mono_us,
		.clock_offset_us = view->clock_offset_us,
		.since_mono_us = u->since_mono_us,
		.host = u->host,
		.certificate_path = u->certificate_path,
		.port = u->port,
	};
	memcpy(out->trouble, u->trouble, sizeof(out->trouble));
}

void uplink_close(struct uplink *u)
{
	if (u == NULL) {
		return;
	}
	drop_connection(u);
	dial_free(u->dial);
	if (u->timer != NULL) {
		event_free(u->timer);
	}
	if (u->turn != NULL) {
		event_free(u->turn);
	}
	uplink_session_free(u->session);
	SSL_CTX_free(u->ctx);
	free_options(u);
	free(u);
}
