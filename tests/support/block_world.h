/* One indicator with an evidence block of the test's own, over a store of the product's records:
 * for tests of estimators. The method (window, scale, statistics) is that of model/talkdesk.yaml.
 */
#pragma once

#include "cxmeter/cache.h"
#include "tests/support/score_world.h"

#define BLOCK_ID "probe"

/**
 * Make the model that has nothing but the indicator "probe", with these lines of YAML.
 * @param block  the evidence block or list, e.g. "{estimator: ratio, from: Survey, good: value >
 * 3}".
 * @param interval  "wilson" and so on; min_n is 1.
 */
void block_world_use(struct score_world *w, const char *interval, const char *block);

/** As model_parse does with such a model. @return its code; the fault is w->fault. */
int block_world_try(struct score_world *w, const char *interval, const char *block);

/** Score "probe" over the four weeks that end on 2026-11-22. */
struct scored block_world_score(struct score_world *w);
struct scored block_world_score_with(struct score_world *w, struct cache *cache);

/** What is reported of one day or group of it; the caller frees it with score_detail_free. */
struct score_detail block_world_detail(struct score_world *w);

/** "at_us=... source=dropbox host=h" and what follows, on a day (1 is 2026-10-26) at a time of day.
 */
void block_world_add(struct score_world *w, const char *kind, int day, const char *time,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

/** The instant of that day and time ("14:30:00"). */
int64_t block_world_us(int day, const char *time);

#define BLOCK_ROWS_MAX 40

/* An evidence block, rows written by hand, and what they come to. */
struct block_case {
	const char *name;
	const char *interval;
	const char *block;
	const char
		*rows[BLOCK_ROWS_MAX]; /* "Survey 3 14:30:00 kind=csat value=4": kind, day, time */
	double value;                  /* NAN: none, and then `why` */
	double n;
	enum score_why why;
	const char *missing; /* the kind that the reason names; NULL: not looked at */
};

/** Its test, in a world of its own: from all rows, in two
 * halves, with what was kept of the first, and with all rows once more in reverse. State: the case.
 */
void block_case_run(void **state);
