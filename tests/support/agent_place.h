/*
 * agent.yaml and a site key beside the certificates of a collector_world, for tests that call an
 * agent's run, replay or check in their own process. Real programs are tests/support/lab.h's.
 */
#pragma once

#include "tests/support/collector_world.h"

/** Write agent.yaml and site.key beside the world's certificates; `more` holds further lines.
 * Returns the path of agent.yaml, valid until the world is freed. */
const char *agent_place(struct world *w, uint16_t port, const char *more);
