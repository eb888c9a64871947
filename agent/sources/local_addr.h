/* The addresses of this host, by which inbound is told from outbound: as configured, or as the host
 * has them. */
#pragma once

#include "agent/decode/packet.h"
#include "common/conf.h"
#include "common/fault.h"

/**
 * Translate a list of addresses.
 * @param source  and `line` say where it stands, for the message.
 * @param out     room for all of the list.
 * @return 0 or -EINVAL, explained.
 */
int local_addr_parse(const char *source, unsigned line, const struct conf_list *texts,
                     struct net_addr *out, struct fault *fault);

/** Those of all interfaces, at most `max`. @return how many. */
size_t local_addr_find(struct net_addr *out, size_t max);
