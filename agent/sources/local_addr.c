/* Addresses of this host; see the header. */
#include "agent/sources/local_addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

int local_addr_parse(const char *source, unsigned line, const struct conf_list *texts,
                     struct net_addr *out, struct fault *fault)
{
	const char *const *items = texts->items;

	for (size_t i = 0; i < texts->count; i++) {
		if (net_addr_parse(items[i], strlen(items[i]), &out[i]) != 0) {
			return fault_set(fault, -EINVAL,
			                 "%s (line %u): local: \"%s\" is no address: expected one "
			                 "such as 192.0.2.10 or 2001:db8::10",
			                 source, line, items[i]);
		}
	}
	return 0;
}

static const void *bytes_of(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET) {
		return &((const struct sockaddr_in *)(const void *)a)->sin_addr;
	}
	return &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
}

size_t local_addr_find(struct net_addr *out, size_t max)
{
	struct ifaddrs *all = NULL;
	size_t n = 0;

	if (getifaddrs(&all) != 0) {
		return 0;
	}
	for (const struct ifaddrs *i = all; i != NULL && n < max; i = i->ifa_next) {
		int family = i->ifa_addr != NULL ? i->ifa_addr->sa_family : AF_UNSPEC;
		char text[NET_ADDR_TEXT_MAX];

		if ((family == AF_INET || family == AF_INET6) &&
		    inet_ntop(family, bytes_of(i->ifa_addr), text, sizeof(text)) != NULL &&
		    net_addr_parse(text, strlen(text), &out[n]) == 0) {
			n++;
		}
	}
	freeifaddrs(all);
	return n;
}
