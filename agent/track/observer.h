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

#define OBSERVER_ADDRESSES 256 /* power of two */

struct observer {
	const char *host; /* borrowed; goes into every record */
	Cxm__Source source;
	const struct pseudonym *pseudonym; /* borrowed */
	struct siphash_key key;            /* of tables in memory */
	struct emit emit;
	/* the hosts of a centre are few: their pseudonyms are kept, newer ones in the place of
	 * older */
	struct {
		struct net_addr addr;
		uint64_t pseudonym; /* 0: empty */
	} addresses[OBSERVER_ADDRESSES];
};

/** Pseudonym of a network address. */
uint64_t observer_address(struct observer *o, struct net_addr addr);

/** The host as generated structs want it; they do not change it. */
static inline char *observer_host(const struct observer *o)
{
	return (char *)(uintptr_t)o->host;
}

static inline int64_t observer_us(int64_t at_ns)
{
	return at_ns / 1000;
}
