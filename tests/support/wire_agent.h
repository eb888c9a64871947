/*
 * An agent reduced to the wire, for tests of the collector: connects on loopback, blocks, sends the
 * frames it is told to and returns the frames that come. Also makes those frames for tests without
 * a socket. It has no sources and no spool; fake_agent.h and loop_agent.h have no wire.
 *
 * Nothing waits longer than WIRE_PATIENCE_S: then the test fails instead of hanging.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "common/buf.h"
#include "cxmeter/frame.h"
#include "tests/support/pki.h"

#define WIRE_PATIENCE_S 20

/* ---- frames ---- */

struct wire_hello {
	uint64_t epoch;
	uint64_t instance;
	uint64_t first;    /* 0: 1 */
	uint64_t next;     /* 0: first */
	uint32_t protocol; /* 0: the one there is */
	const char *timezone;
	const char *version;
};

void wire_add_hello(struct buf *out, const struct wire_hello *hello);

/** `count` queue contacts, each with its own sequence number as its contact and natural key. */
void wire_add_batch(struct buf *out, uint64_t first, uint32_t count, uint64_t lost);

/** The same records as they lie in a batch. */
void wire_add_records(struct buf *out, uint64_t first, uint32_t count);

void wire_add_frame(struct buf *out, const Cxm__Frame *frame);

/* ---- a connection ---- */

struct wire_agent;

/** A client's context with the certificate NAME of a pki; NULL name: without one. */
SSL_CTX *wire_context(const struct pki *pki, const char *name);

/** Connect and shake hands; NULL when the other side breaks off. With TLS 1.3 a client can believe
 * its handshake to be done when the server is about to refuse its certificate: then the first
 * wire_receive says so. */
struct wire_agent *wire_connect(SSL_CTX *ctx, uint16_t port);

/** Connect the socket only. @return its descriptor. */
int wire_connect_raw(uint16_t port);

SSL *wire_ssl(struct wire_agent *a);
void wire_send(struct wire_agent *a, const struct buf *bytes);
void wire_send_bytes(struct wire_agent *a, const void *data, size_t len_bytes);

/** The next frame; NULL when the connection ended. Aborts when neither happens. Valid until the
 * next call. */
const Cxm__Frame *wire_receive(struct wire_agent *a);

/** Hello, and what came back. */
const Cxm__Frame *wire_greet(struct wire_agent *a, const struct wire_hello *hello);

/** Send one batch. */
void wire_batch(struct wire_agent *a, uint64_t first, uint32_t count);

/** Receive until an Ack covers `sequence`. @return false: something else came. */
bool wire_wait_ack(struct wire_agent *a, uint64_t sequence);

/** Close without a word, as when the cable is cut at the other end's side. NULL is fine. */
void wire_close(struct wire_agent *a);
