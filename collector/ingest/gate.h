/*
 * How many connections there may be: in all, not yet past their handshake, and of those from one
 * address.
 *
 * Strangers can only ever hold the waiting places, a quarter of all; the rest is kept for
 * connections that have shown a certificate. One address, for IPv6 one /64, which is what one
 * customer has (RFC 6177), may hold so many waiting places and no more. Shared by all ingest
 * threads; pure but for its lock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/env.h"

#define GATE_WAITING_MIN 16 /* waiting places, however few connections are allowed */

struct gate;

struct gate_limits {
	uint32_t connections;
	uint32_t waiting_per_address;
};

enum gate_verdict {
	GATE_OPEN,
	GATE_FULL,         /* no connection is free */
	GATE_WAITING_FULL, /* too many have not finished their handshake */
	GATE_ADDRESS_FULL, /* too many of those from this address */
};

/** @return 0 or -errno. */
int gate_open(struct gate **out, const struct env *env, const struct gate_limits *limits);
void gate_close(struct gate *g);

/** What stands for an address here: a keyed hash, the same for all ports of it. */
uint64_t gate_from(const struct gate *g, const struct sockaddr *address);

/** Ask for a waiting place. */
enum gate_verdict gate_enter(struct gate *g, uint64_t from);

/** The handshake is done: the waiting place is free again, the connection stays counted. */
void gate_pass(struct gate *g, uint64_t from);

/** The connection is gone. @param passed  whether gate_pass was called for it. */
void gate_leave(struct gate *g, uint64_t from, bool passed);

/** Connections there are, and how many of them wait. */
void gate_count(struct gate *g, uint32_t *connections, uint32_t *waiting);
