/* Whether an address is one of this host: what the agent may connect to at all when it looks at
 * listeners. */
#pragma once

#include <stdbool.h>

#include "agent/decode/packet.h"

/** True for loopback (127.0.0.0/8, ::1) and for what an interface of this host has now. */
bool own_address(struct net_addr address);

/** True for 127.0.0.0/8 and ::1. */
bool own_address_loopback(struct net_addr address);

/** True for 0.0.0.0 and ::, which a listener on all addresses has. */
bool own_address_any(struct net_addr address);
