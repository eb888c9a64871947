/*
 * A folder with everything an agent's configuration names: agent.yaml, certificates of a world's
 * CA, a site key, a spool. For tests of whole programs.
 */
#pragma once

#include "tests/support/collector_world.h"

/** Write agent.yaml and site.key beside the world's certificates; `more` holds further lines.
 * Returns the path of agent.yaml, valid until the world is freed. */
const char *agent_place(struct world *w, uint16_t port, const char *more);
