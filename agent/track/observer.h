/*
 * What every tracker of calls needs to make a record: who observes, how identities are hidden,
 * where records go.
 */
#pragma once

#include "agent/decode/packet.h"
#include "agent/pseudonym.h"
#include "agent/track/emit.h"
#include "common/siphash.h"
#include "proto/evidence.pb-c.h"

struct sampling;

#define OBSERVER_SETS 128 /* power of two */

struct observer {
	const char *host; /* borrowed; goes into every record */
	Cxm__Source source;
	const struct pseudonym *pseudonym; /* borrowed */
	struct siphash_key key;            /* of tables in memory */
	struct emit emit;
	const struct sampling *sampling; /* borrowed; NULL: every call is followed */
	/* the hosts of a centre are few: their pseudonyms are kept. Two share a set, the one asked
	 * for last first, so that PBX and trunk, which take turns, do not push each other out */
	struct observer_address {
		struct net_addr addr;
		uint64_t pseudonym; /* 0: empty */
	} addresses[OBSERVER_SETS][2];
};

/** Pseudonym of a network address. */
uint64_t observer_address(struct observer *o, struct net_addr addr);

/** Text as the generated structs want it; nobody changes it through them. */
static inline char *observer_text(const char *text)
{
	union {
		const char *given;
		char *wanted;
	} either = { text };

	return either.wanted;
}

static inline int64_t observer_us(int64_t at_ns)
{
	return at_ns / 1000;
}

/** A duration as a field holds it: not below 0, where the clock went back, nor beyond 49 days. */
static inline uint32_t observer_ms(int64_t from_ns, int64_t to_ns)
{
	int64_t ms = (to_ns - from_ns) / 1000000;

	return ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}
