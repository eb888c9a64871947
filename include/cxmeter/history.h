/*
 * Scores day by day: each day's is that of the window that ends with it. What has been computed
 * before is kept in the cache and computed again only when evidence of its days has come since;
 * then it says so.
 */
#pragma once

#include "cxmeter/cache.h"
#include "cxmeter/score.h"

#define HISTORY_DAYS_MAX 400

struct history_day {
	int32_t day;
	struct cache_stamp stamp;   /* late_rows above 0: it had been computed before them */
	struct cache_score *scores; /* owned; of areas and indicators, by id */
	size_t n_scores;
};

struct history {
	char site[STORE_NAME_MAX + 1];
	char timezone[SCORE_ZONE_MAX];
	bool provisional;
	bool simulated;           /* made-up evidence; every page says so */
	struct history_day *days; /* owned; ascending; only those whose window has evidence */
	size_t n_days;
};

/**
 * The scores of the days request->from_day .. to_day (defaults: the 28 days up to the newest
 * evidence).
 * @param request  with now_us, and with a cache, or NULL: then every day is computed and nothing is
 * late.
 * @return 0, -EINVAL for more than HISTORY_DAYS_MAX days, or as score_site.
 */
int score_history(struct history *out, const struct model *m, struct store *st,
                  const struct score_request *request, const struct cxm_catalog *catalog,
                  struct fault *fault);
void history_free(struct history *h);

/** One number of a day; NULL when the day has none of that id. */
const struct cache_score *history_score(const struct history_day *day, const char *what);
