/*
 * Which listeners of this host speak TLS from the first byte: those the source's configuration
 * names, those on the usual ports, and those that Asterisk's files name (pjsip.conf, sip.conf,
 * http.conf, manager.conf), where the kernel says that somebody listens. Others are not asked: many
 * servers count a handshake they do not expect as an attack.
 */
#pragma once

#include "agent/posture/scan.h"

struct tls_port {
	struct net_addr address; /* to connect to */
	uint16_t port;
	const char *service; /* "sip", "https" */
	bool sip;
	bool local; /* reached from this host only, and not named: no part of the floor */
	char subject[POSTURE_SUBJECT_MAX];
};

struct tls_ports {
	struct tls_port at[POSTURE_TLS_MAX];
	size_t n;
	uint64_t beyond; /* there was no room for */
};

/** @return 0, or -errno when it cannot be read who listens; those that are named are there even
 * then. */
int tls_ports_find(const struct posture_scan *scan, struct tls_ports *out);
