#include "agent/posture/tls_ports.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agent/posture/asterisk_file.h"
#include "agent/posture/listeners.h"
#include "agent/posture/own_address.h"

#define KNOWN_MAX 48

struct known {
	uint16_t port;
	const char *service;
	bool sip;
};

/* Where nobody has moved them: RFC 3261 (5061), the samples of Asterisk's http.conf (8089) and
 * manager.conf (5039), FreeSWITCH's profiles and Verto (5081, 7443, 8082), and the web. */
static const struct known usual[] = {
	{ 5061, "sip", true },    { 5081, "sip", true },    { 5039, "ami", false },
	{ 8089, "https", false }, { 443, "https", false },  { 8443, "https", false },
	{ 7443, "wss", false },   { 8082, "verto", false },
};

/* The usual ones, and those the files of this host name. */
struct all_known {
	struct known at[KNOWN_MAX];
	size_t n;
};

static const struct known *find(const struct all_known *all, uint16_t port)
{
	for (size_t i = 0; i < all->n; i++) {
		if (all->at[i].port == port) {
			return &all->at[i];
		}
	}
	return NULL;
}

static void add_known(struct all_known *all, uint16_t port, const char *service, bool sip)
{
	if (port != 0 && find(all, port) == NULL && all->n < KNOWN_MAX) {
		all->at[all->n++] = (struct known){ port, service, sip };
	}
}

/* ---- what Asterisk's files name ---- */

/* "0.0.0.0:5062", "[::]:5062", "5062"; without a port, the other. */
static uint16_t port_of(const char *bind, uint16_t otherwise)
{
	const char *colon = strrchr(bind, ':');
	const char *bracket = strrchr(bind, ']');
	bool has_port =
		colon != NULL && (bracket != NULL ? colon > bracket : strchr(bind, ':') == colon);
	uint64_t port;

	if (!has_port) {
		return otherwise;
	}
	return slice_u64(slice_trim(slice_of(colon + 1)), UINT16_MAX, &port) == 0 ? (uint16_t)port
	                                                                          : otherwise;
}

static void add_pjsip(const struct asterisk_config *c, struct all_known *all)
{
	const struct asterisk_section *s = NULL;

	while ((s = asterisk_section_after(c, s, NULL)) != NULL) {
		if (strcasecmp(asterisk_text(s, "type", ""), "transport") == 0 &&
		    strcasecmp(asterisk_text(s, "protocol", "udp"), "tls") == 0) {
			add_known(all, port_of(asterisk_text(s, "bind", ""), 5061), "sip", true);
		}
	}
}

static void add_chan_sip(const struct asterisk_config *c, struct all_known *all)
{
	const struct asterisk_section *s = asterisk_section(c, "general");

	if (asterisk_bool(s, "tlsenable", false)) {
		add_known(all, port_of(asterisk_text(s, "tlsbindaddr", ""), 5061), "sip", true);
	}
}

static void add_http(const struct asterisk_config *c, struct all_known *all)
{
	const struct asterisk_section *s = asterisk_section(c, "general");

	if (asterisk_bool(s, "tlsenable", false)) {
		add_known(all, port_of(asterisk_text(s, "tlsbindaddr", ""), 8089), "https", false);
	}
}

static void add_manager(const struct asterisk_config *c, struct all_known *all)
{
	const struct asterisk_section *s = asterisk_section(c, "general");

	if (asterisk_bool(s, "tlsenable", false)) {
		add_known(all, port_of(asterisk_text(s, "tlsbindaddr", ""), 5039), "ami", false);
	}
}

static void know(const struct posture_scan *scan, struct all_known *all)
{
	static const struct {
		const char *file;
		void (*add)(const struct asterisk_config *c, struct all_known *all);
	} files[] = {
		{ "pjsip.conf", add_pjsip },
		{ "sip.conf", add_chan_sip },
		{ "http.conf", add_http },
		{ "manager.conf", add_manager },
	};

	memcpy(all->at, usual, sizeof(usual));
	all->n = sizeof(usual) / sizeof(usual[0]);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct asterisk_config c;

		if (asterisk_file_load(scan, files[i].file, &c) == 0) {
			files[i].add(&c, all);
		}
		asterisk_config_free(&c);
	}
}

/* ---- which of them are there ---- */

static void set_subject(struct tls_port *p, struct net_addr bound)
{
	char text[NET_ADDR_TEXT_MAX];
	bool v4 = net_addr_is_v4(bound);

	if (own_address_any(bound)) {
		(void)snprintf(p->subject, sizeof(p->subject), "%s:%u", p->service, p->port);
	} else {
		(void)snprintf(p->subject, sizeof(p->subject), "%s:%s%s%s:%u", p->service,
		               v4 ? "" : "[", net_addr_text(bound, text), v4 ? "" : "]", p->port);
	}
}

static struct net_addr reachable(struct net_addr bound)
{
	if (!own_address_any(bound)) {
		return bound;
	}
	return net_addr_is_v4(bound) ? net_addr_v4(0x7f000001) : (struct net_addr){ 0, 1 };
}

static void add_port(struct tls_ports *all, struct net_addr bound, const struct known *k,
                     bool named)
{
	struct tls_port p = { .address = reachable(bound),
		              .port = k->port,
		              .service = k->service,
		              .sip = k->sip,
		              .local = !named && own_address_loopback(bound) };

	set_subject(&p, bound);
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->at[i].subject, p.subject) == 0 ||
		    (all->at[i].port == p.port && net_addr_eq(all->at[i].address, p.address))) {
			all->at[i].local = all->at[i].local && p.local;
			return; /* version 4 and 6 of one listener, or named and found */
		}
	}
	if (all->n == POSTURE_TLS_MAX) {
		all->beyond++;
		return;
	}
	all->at[all->n++] = p;
}

static void add_named(const struct posture_scan *scan, const struct all_known *known,
                      struct tls_ports *out)
{
	const char *const *named = scan->conf->tls.items;

	for (size_t i = 0; i < scan->conf->tls.count; i++) {
		struct net_addr address;
		uint16_t port;

		if (posture_endpoint(named[i], &address, &port) == 0) {
			const struct known *k = find(known, port);
			const struct known other = { port, "tls", false };

			add_port(out, address, k != NULL ? k : &other, true);
		}
	}
}

int tls_ports_find(const struct posture_scan *scan, struct tls_ports *out)
{
	struct all_known known;
	struct listeners all;

	*out = (struct tls_ports){ .n = 0 };
	know(scan, &known);
	add_named(scan, &known, out);
	listeners_read(scan, &all);
	out->beyond += all.beyond;
	for (size_t i = 0; i < all.n; i++) {
		const struct known *k = find(&known, all.at[i].port);

		if (k != NULL) {
			add_port(out, all.at[i].address, k, false);
		}
	}
	return all.error;
}
