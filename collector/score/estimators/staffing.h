/* Who was there, for which queues, and what came: gathered for staffing_fit.c and laid out by pool,
 * day and interval. */
#pragma once

#include "collector/score/estimators/rows.h"
#include "proto/evidence.pb-c.h"

#define STAFFING_SPAN_DAYS   7   /* how long before a day a login that lasts into it may lie */
#define STAFFING_TARGET_DAYS 400 /* the same of a declared target */

/* Queues that share agents. */
struct staffing_pool {
	double arrivals;
	double handled; /* answered contacts of known talk time, and their time */
	double handle_ms;
	double abandoned;
	double wait_ms; /* of all who came */
	double target;  /* declared share; 0: none is */
	double within_ms;
};

struct staffing_cell {
	double arrivals;
	double staffed_ms;
};

struct staffing {
	struct staffing_pool *pools;
	size_t n_pools;
	struct staffing_cell *cells; /* [day][slot][pool] */
	size_t n_days;
	size_t slots;
};

int staffing_gather(struct gather *g);

/** @return 0; -ENOMEM, or -E2BIG for more pools and days than are laid out. The caller frees `out`,
 * also on failure. */
int staffing_lay(struct staffing *out, const struct tallies *t);
void staffing_free(struct staffing *s);
