/* Pseudonyms of addresses, remembered: a keyed SHA-256 for each record would cost more than the
 * record. */
#include "agent/track/observer.h"

#include <string.h>

uint64_t observer_address(struct observer *o, struct net_addr addr)
{
	uint64_t words[2] = { addr.high, addr.low };
	size_t i = siphash13_words(&o->key, words, 2) % OBSERVER_ADDRESSES;
	char text[NET_ADDR_TEXT_MAX];

	if (o->addresses[i].pseudonym == 0 || !net_addr_eq(o->addresses[i].addr, addr)) {
		o->addresses[i].addr = addr;
		o->addresses[i].pseudonym = pseudonym_of(o->pseudonym, CXM_ADDRESS,
		                                         slice_of(net_addr_text(addr, text)));
	}
	return o->addresses[i].pseudonym;
}
