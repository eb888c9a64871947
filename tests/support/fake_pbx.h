/*
 * A PBX's event socket as tests need one: listens on loopback, on a free port, in the test's own
 * event loop, says what the test tells it to say and keeps what was said to it. One client at a
 * time; a second takes the place of the first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#define FAKE_PBX_HEARD_MAX ((size_t)64 * 1024)

struct fake_pbx;

struct fake_pbx_calls {
	void *arg;
	void (*connected)(void *arg, struct fake_pbx *pbx); /* may be NULL */
	void (*heard)(void *arg, struct fake_pbx *pbx);     /* something new; may be NULL */
	void (*gone)(void *arg, struct fake_pbx *pbx);      /* the client hung up; may be NULL */
};

/** Fails the test when it cannot. */
struct fake_pbx *fake_pbx_new(struct event_base *base, const struct fake_pbx_calls *calls);
void fake_pbx_free(struct fake_pbx *pbx);
uint16_t fake_pbx_port(const struct fake_pbx *pbx);

void fake_pbx_say(struct fake_pbx *pbx, const char *text);
void fake_pbx_say_bytes(struct fake_pbx *pbx, const void *data, size_t len_bytes);

/** All that was heard since the connection began, as text. */
const char *fake_pbx_heard(const struct fake_pbx *pbx);

/** Forget what was heard up to and with this text; false when it was not said. */
bool fake_pbx_took(struct fake_pbx *pbx, const char *text);

/** Close the connection once everything said has been sent; and later listen on. */
void fake_pbx_hang_up(struct fake_pbx *pbx);

/** Close it with a reset. */
void fake_pbx_reset(struct fake_pbx *pbx);

bool fake_pbx_is_connected(const struct fake_pbx *pbx);
unsigned fake_pbx_connects(const struct fake_pbx *pbx);
