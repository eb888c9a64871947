/* The counters of captured calls by name, as whoever follows frames or mirrored messages tells
 * them. */
#pragma once

#include "agent/track/calls.h"
#include "cxmeter/source.h"

/** Tell each of them. */
void calls_tally(const struct calls_counters *n, const struct source_tally *to);
