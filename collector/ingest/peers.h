/*
 * Who is connected now: at most one session an identity.
 *
 * Shared by all ingest threads, behind one lock that is held for a table lookup. A session that has
 * lost its place to another one learns it the next time it asks (peers_keep), which it does for
 * every frame and once a second; nobody reaches into another thread's session.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/env.h"
#include "common/tls.h"

#define PEERS_ADDRESS_SIZE 64 /* "[2001:db8::1]:65535" */

struct peers;

/* A place in the registry; all zero: none. */
struct peers_place {
	uint32_t slot;
	uint64_t ticket;
};

struct peers_claim {
	const struct tls_identity *identity;
	uint64_t instance;   /* of the agent's process, from Hello */
	const char *address; /* where it connects from, for the log */
	int64_t now_us;      /* monotonic */
	int64_t silent_us;   /* a holder not heard of for longer than this gives way */
};

enum peers_verdict {
	PEERS_NEW,       /* nobody was there */
	PEERS_REPLACED,  /* the same process, reconnected; or the holder has gone silent */
	PEERS_DUPLICATE, /* another process holds this identity: refused */
	PEERS_FULL,      /* more identities than connections: cannot happen; refused */
};

/** @return 0 or -errno. `capacity`: as many as there can be connections. */
int peers_open(struct peers **out, const struct env *env, uint32_t capacity);
void peers_close(struct peers *p);

/**
 * Ask for the place of an identity.
 * @param place   filled unless refused.
 * @param holder  address of the session that was there, or is (PEERS_ADDRESS_SIZE bytes); "" for
 *                PEERS_NEW.
 */
enum peers_verdict peers_enter(struct peers *p, const struct peers_claim *claim,
                               struct peers_place *place, char *holder);

/** Heard from the session at this place. @return false: it has been replaced, or has no place. */
bool peers_keep(struct peers *p, const struct peers_place *place, int64_t now_us);

/** Give the place back; one that is not held any more, or was never, changes nothing. */
void peers_leave(struct peers *p, struct peers_place *place);

/** How many identities are connected. */
uint32_t peers_count(struct peers *p);
