/* Who listens on this host, as the kernel says (/proc/net/tcp, tcp6). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/posture/scan.h"

#define LISTENERS_MAX       512                       /* further ones are counted */
#define LISTENERS_MAX_BYTES ((size_t)8 * 1024 * 1024) /* read of one table */

struct listener {
	struct net_addr address;
	uint16_t port;
};

struct listeners {
	struct listener at[LISTENERS_MAX];
	size_t n;
	uint64_t beyond;
	int error; /* of the table for version 4, without which nothing is known */
};

/** Read both tables; connections are left out, and so is a second socket of one address and port.
 */
void listeners_read(const struct posture_scan *scan, struct listeners *out);
