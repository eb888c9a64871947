/* A call as app_queue writes it into queue_log: epoch|unique id|queue|agent|verb|arguments. */
#pragma once

#include "simulate/lines.h"
#include "simulate/site.h"

void sim_queue_lines(const struct sim_call *c, struct sim_lines *out);

/** ADDMEMBER and REMOVEMEMBER. */
void sim_queue_piece(const struct sim_piece *p, struct sim_lines *out);
