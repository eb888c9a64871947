/*
 * A collector that runs inside the test: on a free port of loopback, with a CA of its own, a store
 * in memory and a clock that can be put forward. tests/support/wire_agent.h talks to it. As a
 * program it is tests/support/lab.h's.
 */
#pragma once

#include <stdatomic.h>

#include "collector/collector.h"
#include "tests/support/fake_store.h"
#include "tests/support/pki.h"
#include "tests/support/wire_agent.h"

#define WORLD_ROWS_MAX 200000

struct world {
	struct pki *pki; /* has "server"; agents are for the test to issue */
	const struct cxm_catalog *catalog;
	struct fake_store *fs;
	struct collector *collector;
	uint16_t port;
	struct env env;
	atomic_llong ahead_us; /* how far the monotonic clock has been put forward */
};

/** Everything but the collector itself, so that a test can say what it is to be like. */
struct world *world_new(void);

/** Start the collector; `conf` holds lines of YAML beyond the needed ones. */
void world_start(struct world *w, const char *conf);

/** Write the configuration anew and reload. @return what collector_reload does. */
int world_reload(struct world *w, const char *conf, struct fault *fault);

/** Issue an agent's certificate, NAME, for site nord. */
void world_issue(struct world *w, const char *name);

/** Connect with that certificate and finish the handshake; aborts when that fails. */
struct wire_agent *world_connect(struct world *w, const char *name);

/** The same, greeted and welcomed: epoch and instance as given. */
struct wire_agent *world_agent(struct world *w, const char *name, uint64_t epoch,
                               uint64_t instance);

/** Greet over whatever wire_connect returned, NULL included. @return what came back; NULL: the
 * connection broke, then or before. */
const Cxm__Frame *world_try(struct wire_agent *a);

/** Put the monotonic clock forward; deadlines are looked at within a second. */
void world_forward(struct world *w, int64_t seconds);

/** Wait, at most WIRE_PATIENCE_S, until a counter has this value. @return false: it has not. */
bool world_count(struct world *w, enum counter which, uint64_t n);

/** Is this frame a Refuse with that code? */
bool world_refused(const Cxm__Frame *frame, Cxm__Refuse__Code code);

/** Has the other side hung up, without having sent a byte? Closes the socket. */
bool world_hung_up(int fd);

/** For cmocka: *state becomes a world with certificates of agents pbx1 and pbx2; started with what
 * its configuration needs and no more; freed. */
int world_set_up(void **state);
int world_set_up_started(void **state);
int world_tear_down(void **state);

void world_stop(struct world *w);
void world_free(struct world *w);
