/*
 * What a host shows of itself: which PBX runs, who listens on which ports, how busy its interfaces
 * are, which of our certificates lie there. Only reads, below a root that may be a made-up one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/proc_net.h"
#include "common/tls.h"

#define HOST_INTERFACES_MAX 64
#define HOST_PORTS_MAX      64
#define HOST_PROCESSES_MAX  100000 /* looked at */
#define HOST_TEXT_MAX       256

enum host_program {
	HOST_ASTERISK,
	HOST_FREESWITCH,
	HOST_KAMAILIO,
	HOST_OPENSIPS,
	HOST_RTPENGINE,
	HOST_PROGRAMS,
};

extern const char *const host_program_name[HOST_PROGRAMS];

struct host_port {
	const char *protocol; /* "tcp", "udp" */
	uint16_t port;
	const char *what; /* "SIP", "Asterisk manager" */
	bool wide;        /* others can reach it */
};

struct host {
	char root[512];                         /* "" for the host itself */
	unsigned running[HOST_PROGRAMS];        /* processes */
	unsigned unreadable;                    /* processes whose name may not be read */
	bool proc_missing;                      /* no /proc: what runs is not known */
	struct host_port ports[HOST_PORTS_MAX]; /* those that mean something to us */
	size_t n_ports;
	struct proc_net_device interfaces[HOST_INTERFACES_MAX]; /* the busiest first; no loopback */
	size_t n_interfaces;
	char name[HOST_TEXT_MAX];     /* of the host; a valid agent's name */
	char timezone[HOST_TEXT_MAX]; /* "" when nobody says */
	bool has_identity;            /* a certificate of ours lies there */
	struct tls_identity identity;
	char certificate[HOST_TEXT_MAX]; /* NAME of /etc/cxmeter/tls/NAME.pem */
};

void host_look(struct host *h, const char *root);

/** Is anything listening that speaks SIP, or a PBX running? */
bool host_has_sip(const struct host *h);
