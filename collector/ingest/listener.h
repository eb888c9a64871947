/*
 * The listening sockets: an address as it is written, and one socket a thread bound to it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/fault.h"

#define LISTENER_MAX 64 /* sockets; as many as ingest threads */

struct listener_address {
	struct sockaddr_storage at;
	socklen_t len;
};

/** "0.0.0.0:7443", "[::]:7443". @return 0 or -EINVAL, explained. */
int listener_parse(const char *text, struct listener_address *out, struct fault *fault);

/**
 * Bind n <= LISTENER_MAX sockets to one address and listen; the kernel spreads connections over
 * them (SO_REUSEPORT, socket(7)). A port that somebody else has is found out even so.
 * @param fds   filled; the caller closes them.
 * @param port  the port it became, of interest when 0 was asked for.
 * @return 0 or -errno (-EADDRINUSE, -EADDRNOTAVAIL, -EACCES), explained with what to do.
 */
int listener_open(const struct listener_address *address, size_t n, int *fds, uint16_t *port,
                  struct fault *fault);

/** "192.0.2.1:40000", "[2001:db8::1]:40000". */
const char *listener_text(const struct sockaddr *address, char *out, size_t size);
