#include "collector/ingest/conn.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "collector/ingest/listener.h"
#include "collector/ingest/talk.h"

#define READ_BUDGET_BYTES ((size_t)512 * 1024)  /* a turn; then others have theirs */
#define DRAIN_MAX_BYTES   ((size_t)1024 * 1024) /* a turn */
#define HONEST_US         INT64_C(2000000)      /* a handshake takes two round trips and some ms */

static int64_t now_us(const struct conn *c)
{
	return env_mono_us(c->home->env);
}

static struct conn_list *list_of(struct conn *c)
{
	return c->state == CONN_SHAKING ? &c->home->shaking : &c->home->open;
}

/* Close the socket; what is left of the connection waits for its jobs among the dead. */
static void die(struct conn *c)
{
	TAILQ_REMOVE(list_of(c), c, link);
	TAILQ_INSERT_TAIL(&c->home->dead, c, link);
	if (c->is_stirred) {
		TAILQ_REMOVE(&c->home->stirred, c, stir);
		c->is_stirred = false;
	}
	c->state = CONN_DEAD;
	(void)event_del(&c->reads);
	(void)event_del(&c->writes);
	SSL_free(c->ssl);
	c->ssl = NULL;
	(void)close(c->fd);
	peers_leave(c->home->peers, &c->place);
	gate_leave(c->home->gate, c->from, c->passed);
	session_free(&c->session);
}

static void set_waits_to_write(struct conn *c, bool waits)
{
	if (waits == c->waits_to_write) {
		return;
	}
	c->waits_to_write = waits;
	if (waits) {
		(void)event_add(&c->writes, NULL);
	} else {
		(void)event_del(&c->writes);
	}
}

/* What an SSL call that did not succeed wants. @return true: to be called again later; false: the
 * connection is over. */
static bool call_again(struct conn *c, int ssl_rc)
{
	switch (SSL_get_error(c->ssl, ssl_rc)) {
	case SSL_ERROR_WANT_READ:
		return true;
	case SSL_ERROR_WANT_WRITE:
		set_waits_to_write(c, true);
		return true;
	default:
		return false;
	}
}

static void lose_line(struct conn *c)
{
	char why[256];

	(void)tls_why(c->ssl, why, sizeof(why));
	/* first the place, then the counter: who sees the line counted as lost finds the agent gone
	 */
	peers_leave(c->home->peers, &c->place);
	talk_lost(c, why);
	die(c);
}

static void shake_failed(struct conn *c)
{
	char why[256];

	counter_one(c->home->counters, COUNTER_HANDSHAKE_FAILED);
	log_limited(&c->home->refused_limit, LOG_LEVEL_WARN, "ingest",
	            "%s: TLS handshake failed: %s", c->address, tls_why(c->ssl, why, sizeof(why)));
	die(c);
}

static void shake(struct conn *c)
{
	const struct collector_conf *conf = rules_conf(c->home->rules);
	const struct session_limits limits = { (uint32_t)conf->window_batches, conf->heartbeat_ms };
	int rc;

	ERR_clear_error();
	rc = SSL_do_handshake(c->ssl);
	if (rc != 1) {
		if (!call_again(c, rc)) {
			shake_failed(c);
		}
		return;
	}
	TAILQ_REMOVE(&c->home->shaking, c, link);
	TAILQ_INSERT_TAIL(&c->home->open, c, link);
	c->state = CONN_OPEN;
	session_init(&c->session, &limits, now_us(c));
	if (!talk_admit(c)) {
		die(c);
		return;
	}
	c->passed = true;
	gate_pass(c->home->gate, c->from);
	counter_one(c->home->counters, COUNTER_SHAKEN);
}

/* Read once. @return false: nothing came, or the connection is over. */
static bool fill(struct conn *c)
{
	size_t room_bytes;
	uint8_t *room = session_room(&c->session, &room_bytes);
	int rc;

	if (room == NULL) {
		talk_no_memory(c);
		return true;
	}
	ERR_clear_error();
	rc = SSL_read(c->ssl, room, (int)room_bytes);
	if (rc > 0) {
		session_filled(&c->session, (size_t)rc, now_us(c));
		return true;
	}
	if (!call_again(c, rc)) {
		lose_line(c);
	}
	return false;
}

/* Take in what has come, until there is no more, or the session must wait, or others have their
 * turn. */
static void take_in(struct conn *c)
{
	size_t taken = 0;

	while (c->state == CONN_OPEN && talk_on(c)) {
		size_t before = c->session.in.len;

		if (!fill(c)) {
			break;
		}
		taken += c->session.in.len - before;
		if (taken >= READ_BUDGET_BYTES) {
			event_active(&c->reads, EV_READ, 0);
			break;
		}
	}
}

/* The last words are out: say that nothing more comes, and wait for the other side to hang up. */
static void half_close(struct conn *c)
{
	ERR_clear_error();
	(void)SSL_shutdown(c->ssl);
	(void)shutdown(c->fd, SHUT_WR);
	ERR_clear_error();
	c->state = CONN_DRAINING;
	(void)event_add(&c->reads, NULL);
}

static void put_out(struct conn *c)
{
	struct cursor out;

	while (out = session_output(&c->session, now_us(c)), cursor_left(&out) > 0) {
		int rc;

		ERR_clear_error();
		rc = SSL_write(c->ssl, out.at, (int)cursor_left(&out));
		if (rc <= 0) {
			if (!call_again(c, rc)) {
				lose_line(c);
			}
			return;
		}
		session_sent(&c->session, (size_t)rc, now_us(c));
	}
	set_waits_to_write(c, false);
	if (c->state == CONN_LEAVING) {
		half_close(c);
	}
}

static void drain(struct conn *c)
{
	uint8_t waste[16384];
	size_t drained = 0;
	ssize_t n;

	do {
		n = recv(c->fd, waste, sizeof(waste), 0);
		drained += n > 0 ? (size_t)n : 0;
	} while (n > 0 && drained < DRAIN_MAX_BYTES);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		die(c);
	}
}

/* Only what can be used is asked for; a socket that is not read slows its agent down. */
static void set_reading(struct conn *c)
{
	bool reading = c->state == CONN_SHAKING || c->state == CONN_DRAINING ||
	               (c->state == CONN_OPEN && !c->paused && !session_waits(&c->session));

	if (reading) {
		(void)event_add(&c->reads, NULL);
	} else {
		(void)event_del(&c->reads);
	}
}

/* Do everything that can be done now. */
static void work(struct conn *c)
{
	set_waits_to_write(c, false);
	if (c->state == CONN_SHAKING) {
		shake(c);
	}
	if (c->state == CONN_OPEN && !talk_holds_place(c)) {
		die(c);
	}
	if (c->state == CONN_OPEN) {
		take_in(c);
	}
	if (c->state == CONN_OPEN && c->session.state == SESSION_ENDED) {
		talk_ended(c);
		c->state = CONN_LEAVING;
		c->left_us = now_us(c);
	}
	if (c->state == CONN_OPEN || c->state == CONN_LEAVING) {
		put_out(c);
	} else if (c->state == CONN_DRAINING) {
		drain(c);
	}
	if (c->state != CONN_DEAD) {
		set_reading(c);
	}
}

static void conn_cb(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	struct conn_home *home = c->home;

	(void)fd;
	(void)what;
	work(c);
	conn_bury(home);
}

int conn_open(struct conn_home *home, int fd, uint64_t from, const struct sockaddr *address)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->ssl = rules_accept(home->rules)) == NULL ||
	    SSL_set_fd(c->ssl, fd) != 1) {
		SSL_free(c != NULL ? c->ssl : NULL);
		free(c);
		ERR_clear_error();
		gate_leave(home->gate, from, false);
		(void)close(fd);
		return -ENOMEM;
	}
	c->home = home;
	c->state = CONN_SHAKING;
	c->fd = fd;
	c->from = from;
	c->began_us = now_us(c);
	(void)listener_text(address, c->address, sizeof(c->address));
	/* cannot fail: fd and base are good */
	(void)event_assign(&c->reads, home->base, fd, EV_READ | EV_PERSIST, conn_cb, c);
	(void)event_assign(&c->writes, home->base, fd, EV_WRITE | EV_PERSIST, conn_cb, c);
	(void)event_add(&c->reads, NULL);
	TAILQ_INSERT_TAIL(&home->shaking, c, link);
	return 0;
}

bool conn_evict(struct conn_home *home, uint64_t from)
{
	for (struct conn *c = TAILQ_FIRST(&home->shaking); c != NULL; c = TAILQ_NEXT(c, link)) {
		if (now_us(c) - c->began_us <= HONEST_US) {
			return false; /* those behind are younger */
		}
		if (from == 0 || c->from == from) {
			counter_one(home->counters, COUNTER_EVICTED);
			die(c);
			return true;
		}
	}
	return false;
}

void conn_answer(struct job *job)
{
	struct conn *c = job->owner;

	assert(c->jobs > 0);
	c->jobs--;
	if (c->state != CONN_DEAD) {
		talk_answer(c, job);
		if (!c->is_stirred) {
			TAILQ_INSERT_TAIL(&c->home->stirred, c, stir);
			c->is_stirred = true;
		}
	}
	free(job);
}

void conn_stir(struct conn_home *home)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&home->stirred)) != NULL) {
		TAILQ_REMOVE(&home->stirred, c, stir);
		c->is_stirred = false;
		work(c);
	}
}

/* For each that lives and is past its handshake; `next` is taken first, for what is done may take
 * the connection out of the list. */
static void for_each_open(struct conn_home *home, void (*act)(struct conn *c))
{
	struct conn *next;

	for (struct conn *c = TAILQ_FIRST(&home->open); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		act(c);
	}
}

static void resume(struct conn *c)
{
	if (c->paused && !c->home->finishing) {
		c->paused = false;
		work(c);
	}
}

void conn_resume(struct conn_home *home)
{
	for_each_open(home, resume);
}

static void check_rules(struct conn *c)
{
	if (c->state == CONN_OPEN && !talk_recheck(c)) {
		work(c);
	}
}

void conn_check_rules(struct conn_home *home)
{
	for_each_open(home, check_rules);
}

static void tick(struct conn *c)
{
	int64_t now = now_us(c);

	if (c->state == CONN_OPEN && !talk_holds_place(c)) {
		die(c);
		return;
	}
	session_tick(&c->session, !c->paused, now);
	if (c->state != CONN_OPEN && now - c->left_us > CONN_LEAVE_US) {
		die(c);
	} else if (c->session.ack_due || c->session.state == SESSION_ENDED) {
		work(c);
	}
}

void conn_tick(struct conn_home *home)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&home->shaking)) != NULL &&
	       now_us(c) - c->began_us > CONN_SHAKE_US) {
		counter_one(home->counters, COUNTER_HANDSHAKE_LATE);
		die(c);
	}
	for_each_open(home, tick);
}

static void stop_reading(struct conn *c)
{
	if (c->state == CONN_OPEN) {
		c->paused = true;
		set_reading(c);
	}
}

static void drop_shaking(struct conn_home *home)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&home->shaking)) != NULL) {
		die(c);
	}
}

void conn_finish(struct conn_home *home)
{
	home->finishing = true;
	drop_shaking(home);
	for_each_open(home, stop_reading);
}

static void leave(struct conn *c)
{
	if (c->state == CONN_OPEN) {
		c->state = CONN_LEAVING;
		c->left_us = now_us(c);
		work(c);
	}
}

void conn_leave_all(struct conn_home *home)
{
	home->leaving = true;
	for_each_open(home, leave);
}

void conn_drop_all(struct conn_home *home)
{
	drop_shaking(home);
	for_each_open(home, die);
}

void conn_bury(struct conn_home *home)
{
	struct conn *next;

	for (struct conn *c = TAILQ_FIRST(&home->dead); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->jobs == 0) {
			TAILQ_REMOVE(&home->dead, c, link);
			free(c);
		}
	}
	if (home->leaving && TAILQ_EMPTY(&home->open)) {
		(void)event_base_loopbreak(home->base);
	}
}
