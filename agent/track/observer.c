/* Pseudonyms of addresses, remembered: a keyed SHA-256 for each record would cost more than the
 * record. */
#include "agent/track/observer.h"

#include <string.h>

static bool holds(const struct observer_address *a, struct net_addr addr)
{
	return a->pseudonym != 0 && net_addr_eq(a->addr, addr);
}

uint64_t observer_address(struct observer *o, struct net_addr addr)
{
	uint64_t words[2] = { addr.high, addr.low };
	struct observer_address *set =
		o->addresses[siphash13_words(&o->key, words, 2) % OBSERVER_SETS];
	struct observer_address found;
	char text[NET_ADDR_TEXT_MAX];

	if (holds(&set[0], addr)) {
		return set[0].pseudonym;
	}
	if (holds(&set[1], addr)) {
		found = set[1];
	} else {
		found.addr = addr;
		found.pseudonym = pseudonym_of(o->pseudonym, CXM_ADDRESS,
		                               slice_of(net_addr_text(addr, text)));
	}
	set[1] = set[0];
	set[0] = found;
	return found.pseudonym;
}
