/*
 * Did the agents there fit what was needed? Counted for the book of staffing_fit, half hour by half
 * hour, in the words of the model: 1 - sum |staffed - required| / sum required, required by Erlang
 * A at the contacts that came, with handle time and patience of the whole run.
 */
#pragma once

#include "simulate/site.h"

struct sim_fit;

/** @return NULL without memory. */
struct sim_fit *sim_fit_new(unsigned days);
void sim_fit_free(struct sim_fit *f);

/** A contact whose whole story is in the log. */
void sim_fit_entry(struct sim_fit *f, const struct sim_entry *e);

/** One half hour of one queue: contacts that came, and agents there (not whole). */
void sim_fit_cell(struct sim_fit *f, unsigned queue, double came, double staffed);

/** At the end of the run: into the books. */
void sim_fit_settle(const struct sim_fit *f, const struct sim_site *s);

/** The fewest agents with which the queue meets its target when so many come in half an hour.
 * @param load  its service and patience, per second. */
struct erlang_load;
double sim_fit_need(const struct sim_site *s, unsigned queue, const struct erlang_load *load,
                    double came);
