/*
 * Lines of the tables of sockets and interfaces that the kernel shows: /proc/net/tcp, tcp6, udp,
 * udp6 and /proc/net/dev (proc(5), proc_pid_net(5)). Pure; one line at a time.
 */
#pragma once

#include <stdint.h>

#include "agent/decode/packet.h"
#include "common/slice.h"

#define PROC_NET_TCP_LISTEN 0x0a /* TCP_LISTEN of the kernel's tcp_states.h */
#define PROC_NET_UDP_OPEN   0x07 /* TCP_CLOSE: bound and not connected */
#define PROC_NET_NAME_MAX   32

struct proc_net_socket {
	struct net_addr address; /* local */
	uint16_t port;
	uint8_t state;
};

/** A line of tcp, tcp6, udp or udp6. @return 0, or -EBADMSG for the heading and what is no such
 * line. */
int proc_net_socket(struct slice line, struct proc_net_socket *out);

struct proc_net_device {
	char name[PROC_NET_NAME_MAX];
	uint64_t received_packets;
	uint64_t sent_packets;
};

/** A line of dev. @return as above. */
int proc_net_device(struct slice line, struct proc_net_device *out);
