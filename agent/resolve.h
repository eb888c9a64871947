/*
 * Looking up a name without stopping the loop: getaddrinfo(3) in a thread of its own, so that the
 * answer is the one every other program on this host gets (hosts file, resolv.conf, nsswitch), read
 * anew each time.
 */
#pragma once

#include <netdb.h>
#include <stdint.h>

#include <event2/event.h>

struct resolve;

/** Addresses (TCP, any family), to be freed with freeaddrinfo; or NULL and an error of getaddrinfo.
 */
typedef void (*resolve_fn)(void *arg, int error, struct addrinfo *found);

/**
 * Begin. `done` is called once from the loop, never from inside this call; the resolve is gone
 * then.
 * @return 0, -ENOMEM, -EMFILE or another -errno.
 */
int resolve_start(struct resolve **out, struct event_base *base, const char *host, uint16_t port,
                  resolve_fn done, void *arg);

/** `done` will not be called. NULL is fine. The thread ends when the name servers let it. */
void resolve_cancel(struct resolve *r);
