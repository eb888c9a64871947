/*
 * A call as cel_custom writes it into its CSV file: 21 quoted columns, times with microseconds, in
 * the legacy mapping of Asterisk 22 (eventtype first). The contexts and user events are those of
 * the dialplan that the cel source knows by default: from-trunk, ivr-main, ivr-balance, to-queue.
 */
#pragma once

#include "simulate/lines.h"
#include "simulate/site.h"

/** Nothing of a call that the log lost. */
void sim_cel_lines(const struct sim_call *c, struct sim_lines *out);
