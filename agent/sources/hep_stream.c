/* Connections that carry HEP3; see the header. */
#include "agent/sources/hep_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct connection {
	struct hep_streams *owner;
	struct event *event; /* NULL: this place is free */
	int fd;
	int64_t last_us;
	size_t used;
	uint8_t bytes[HEP_MESSAGE_MAX_BYTES];
};

struct hep_streams {
	struct event_base *base;
	const struct env *env;
	hep_message_fn message;
	void *arg;
	struct connection *places[HEP_STREAMS_MAX]; /* owned; NULL: never used */
	struct hep_streams_counters counters;
};

static void hang_up(struct connection *c)
{
	event_free(c->event);
	c->event = NULL;
	(void)close(c->fd);
}

/* Hand out what is whole. @return false when the rest makes no sense. */
static bool cut(struct connection *c)
{
	size_t at = 0;
	int bytes = 0;

	while (at < c->used && (bytes = hep_frame(cursor_of(c->bytes + at, c->used - at))) > 0 &&
	       (size_t)bytes <= c->used - at) {
		c->owner->message(c->owner->arg, cursor_of(c->bytes + at, (size_t)bytes));
		at += (size_t)bytes;
	}
	c->used -= at;
	memmove(c->bytes, c->bytes + at, c->used);
	return bytes >= 0;
}

static void on_bytes(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	ssize_t n = read(fd, c->bytes + c->used, sizeof(c->bytes) - c->used);

	(void)what;
	if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
		return;
	}
	if (n <= 0) {
		c->owner->counters.cut += c->used > 0;
		hang_up(c);
		return;
	}
	c->used += (size_t)n;
	c->last_us = env_mono_us(c->owner->env);
	if (!cut(c)) {
		c->owner->counters.desynced++;
		hang_up(c);
	}
}

/* A free place, or that of the one silent the longest when that is long enough. */
static struct connection **find_place(struct hep_streams *s)
{
	struct connection **oldest = &s->places[0];

	for (size_t i = 0; i < HEP_STREAMS_MAX; i++) {
		struct connection **place = &s->places[i];

		if (*place == NULL || (*place)->event == NULL) {
			return place;
		}
		oldest = (*place)->last_us < (*oldest)->last_us ? place : oldest;
	}
	if (env_mono_us(s->env) - (*oldest)->last_us < HEP_STREAM_IDLE_US) {
		return NULL;
	}
	s->counters.evicted++;
	hang_up(*oldest);
	return oldest;
}

static bool begin(struct hep_streams *s, struct connection **place, int fd)
{
	struct connection *c = *place;

	if (c == NULL) {
		c = *place = malloc(sizeof(*c));
	}
	if (c == NULL) {
		return false;
	}
	c->owner = s;
	c->fd = fd;
	c->used = 0;
	c->last_us = env_mono_us(s->env);
	c->event = event_new(s->base, fd, EV_READ | EV_PERSIST, on_bytes, c);
	if (c->event == NULL || event_add(c->event, NULL) != 0) {
		if (c->event != NULL) {
			event_free(c->event);
			c->event = NULL;
		}
		return false;
	}
	return true;
}

void hep_streams_accept(struct hep_streams *s, int fd)
{
	struct connection **place = find_place(s);

	if (place == NULL || !begin(s, place, fd)) {
		s->counters.refused++;
		(void)close(fd);
		return;
	}
	s->counters.accepted++;
}

const struct hep_streams_counters *hep_streams_counters(const struct hep_streams *s)
{
	return &s->counters;
}

struct hep_streams *hep_streams_new(struct event_base *base, const struct env *env,
                                    hep_message_fn message, void *arg)
{
	struct hep_streams *s = calloc(1, sizeof(*s));

	if (s != NULL) {
		s->base = base;
		s->env = env;
		s->message = message;
		s->arg = arg;
	}
	return s;
}

void hep_streams_free(struct hep_streams *s)
{
	if (s == NULL) {
		return;
	}
	for (size_t i = 0; i < HEP_STREAMS_MAX; i++) {
		if (s->places[i] != NULL && s->places[i]->event != NULL) {
			hang_up(s->places[i]);
		}
		free(s->places[i]);
	}
	free(s);
}
