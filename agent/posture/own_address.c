#include "agent/posture/own_address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

#include "agent/decode/bytes.h"

bool own_address_loopback(struct net_addr a)
{
	return net_addr_is_v4(a) ? (a.low >> 24 & 0xff) == 127 : a.high == 0 && a.low == 1;
}

bool own_address_any(struct net_addr a)
{
	return net_addr_is_v4(a) ? (a.low & UINT32_MAX) == 0 : a.high == 0 && a.low == 0;
}

static bool same(const struct sockaddr *sa, struct net_addr want)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sa != NULL && sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		return net_addr_eq(net_addr_v4(ntohl(in.sin_addr.s_addr)), want);
	}
	if (sa != NULL && sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		return net_addr_eq((struct net_addr){ bytes_u64be(in6.sin6_addr.s6_addr),
		                                      bytes_u64be(in6.sin6_addr.s6_addr + 8) },
		                   want);
	}
	return false;
}

bool own_address(struct net_addr address)
{
	struct ifaddrs *all = NULL;
	bool own = own_address_loopback(address);

	if (own || own_address_any(address) || getifaddrs(&all) != 0) {
		return own;
	}
	for (const struct ifaddrs *i = all; i != NULL && !own; i = i->ifa_next) {
		own = same(i->ifa_addr, address);
	}
	freeifaddrs(all);
	return own;
}
