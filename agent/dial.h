/*
 * From a name and a port to a connection: looks the name up anew (resolve.h), tries each address it
 * has, 10 s each, and with a TLS context shakes hands with a peer that is who it should be.
 *
 * `done` is never called from inside a call, and is the last thing that happens, so the owner may
 * start again or stop from there.
 */
#pragma once

#include <stdint.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <openssl/ssl.h>

#include "common/env.h"

#define DIAL_HANDSHAKE_WAIT_US (INT64_C(10) * 1000000) /* docs/protocol.md, Deadlines */
#define DIAL_ADDRESS_TEXT_MAX  64

struct dial;

struct dial_calls {
	void *arg;
	/* After the handshake: why this is nobody to talk to, or NULL. May be NULL: whoever has the
	 * right certificate will do. */
	const char *(*stranger)(const SSL *ssl);
	/* One address, or the name, did not do; the next address is tried without being asked. */
	void (*trouble)(void *arg, const char *why);
	/* A connection, which is the owner's now; or NULL when no address is left. */
	void (*done)(void *arg, struct bufferevent *bev);
};

/** @return 0 or -ENOMEM. */
int dial_new(struct dial **out, struct event_base *base, const struct dial_calls *calls);
void dial_free(struct dial *d);

/** Begin; what was under way is forgotten. The context is used until done or dial_stop; NULL: no
 * TLS.
 */
void dial_start(struct dial *d, const char *host, uint16_t port, SSL_CTX *ctx);

/** The connection was no good after all: go on with the next address. */
void dial_next(struct dial *d);
void dial_stop(struct dial *d);

/** The address of the connection as text; "" when there is none. */
const char *dial_address(const struct dial *d, char out[DIAL_ADDRESS_TEXT_MAX]);

/** Why a connection failed, with TLS or without, in a sentence that begins with a small letter:
 * what OpenSSL, the certificates or the socket say. @param what  BEV_EVENT_ flags. */
const char *dial_why(struct bufferevent *bev, short what, char *out, size_t size);
