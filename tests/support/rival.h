/* Sites to compare, without a store: site Nord of tests/support/nord.h under other names, complete
 * telemetry, and contacts by stratum as a test wants them. */
#pragma once

#include "collector/score/views/compare.h"
#include "tests/support/nord.h"

struct rival {
	struct nord *nord;
	struct compare_fact fact;
	struct compare_measure *measures;
};

/** Every area and indicator that Nord has, and telemetry of which 99 % arrived. */
struct rival *rival_new(const char *site);
void rival_free(struct rival *r);

struct scored *rival_indicator(struct rival *r, const char *id);
struct compare_measure *rival_measure(struct rival *r, const char *id);

/** `good` of `n` contacts of a kind of queue, dealt out evenly over the days. The indicator becomes
 * the share of all its strata. */
void rival_stratum(struct rival *r, const char *id, const char *queue, double good, double n);

/** The score and value of an indicator, with an interval of +/- half. */
void rival_set(struct rival *r, const char *id, double value, double half);

struct compare_site rival_site(const struct rival *r);
