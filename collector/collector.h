/*
 * The collector: agents connect, what they send is stored, what is stored is acknowledged.
 *
 * Puts together the ingest threads (ingest/loop.h) and the writer (ingest/writer.h), and takes them
 * apart in the order in which nothing is lost. Opens the listening sockets and the certificates;
 * the store is given to it.
 */
#pragma once

#include <stdint.h>

#include "collector/conf.h"
#include "collector/ingest/counters.h"
#include "common/env.h"
#include "common/fault.h"
#include "cxmeter/store.h"

#define COLLECTOR_OTHER_FILES 64   /* besides connections: store, loops, certificates being read */
#define COLLECTOR_STORE_MS    6000 /* at a stop, for what waits to be stored; 10 s in all */

struct collector;

/**
 * Do all that needs rights: listen, read certificates and key.
 * @param conf  taken over on success (and zeroed).
 * @return 0 or -errno, explained.
 */
int collector_open(struct collector **out, struct collector_conf *conf, const struct env *env,
                   struct fault *fault);

/** The port listened on. */
uint16_t collector_port(const struct collector *c);

/** Start the threads. `store` is used by the writer's thread until collector_stop. @return 0 or
 * -errno, explained. */
int collector_start(struct collector *c, struct store *store, struct fault *fault);

/**
 * Take up new certificates, revocations, `allow`, `deny`, window and heartbeat, and end connections
 * that these do not let in. What else has changed is logged as needing a restart.
 * @param conf  taken over on success (and zeroed).
 * @return 0 or -errno, explained; then everything stays as it was.
 */
int collector_reload(struct collector *c, struct collector_conf *conf, struct fault *fault);

/** Stop reading, store what waits, acknowledge it, take leave. Ends within 10 s unless the store
 * hangs. */
void collector_stop(struct collector *c);

/** After collector_stop, or before collector_start; NULL is fine. */
void collector_close(struct collector *c);

struct counters *collector_counters(struct collector *c);

/** Agents connected now. */
uint32_t collector_agents(struct collector *c);
