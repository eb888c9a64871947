/* The pages of cxmeter trend over a made-up history: golden texts in both languages and in colour.
 */
#include "cli/trend.h"

#include <math.h>
#include <stdio.h>

#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/golden.h"
#include "tests/support/nord.h"

#define FIRST_DAY 20776 /* 2026-11-19 */
#define DAYS      4

static const struct trend_case {
	const char *name;
	const char *file;
	const char *only;
	struct look look;
	size_t n_days;
} cases[] = {
	{ "areas_in_english", "trend_areas_en.txt", NULL, { MODEL_ENGLISH, false }, DAYS },
	{ "areas_in_german", "trend_areas_de.txt", NULL, { MODEL_GERMAN, false }, DAYS },
	{ "an_area_in_german", "trend_area_de.txt", "security", { MODEL_GERMAN, false }, DAYS },
	{ "an_indicator_in_english",
	  "trend_indicator_en.txt",
	  "service_level",
	  { MODEL_ENGLISH, false },
	  DAYS },
	{ "an_indicator_in_colour",
	  "trend_indicator_color.txt",
	  "service_level",
	  { MODEL_ENGLISH, true },
	  DAYS },
	{ "a_history_of_no_day", "trend_none_de.txt", NULL, { MODEL_GERMAN, false }, 0 },
};

/* Service level and two areas rise a little each day; every other one is not assessed. */
static void fill(struct history *h, struct cache_score scores[DAYS][3])
{
	for (size_t d = 0; d < h->n_days; d++) {
		double step = 0.05 * (double)d;

		scores[d][0] =
			(struct cache_score){ "security", NAN,        NAN,           1.74 + step,
			                      1.7 + step, 1.8 + step, d == 0 ? 1 : 2 };
		scores[d][1] =
			(struct cache_score){ "routing_queueing", NAN, NAN, 2.47, 2.39, 2.53, 2 };
		scores[d][2] = (struct cache_score){ "service_level",     0.7686 + step / 10,
			                             8000 + (double)d,    2.38 + step,
			                             2.31 + step,         2.45 + step,
			                             d < DAYS - 1 ? 2 : 3 };
		h->days[d] = (struct history_day){ .day = FIRST_DAY + (int32_t)d,
			                           .scores = scores[d],
			                           .n_scores = 3 };
	}
}

static void run(void **state)
{
	const struct trend_case *c = *state;
	struct nord *n = nord_new(NORD_MONTH, false);
	struct cache_score scores[DAYS][3];
	struct history_day days[DAYS];
	struct history h = { .site = "nord", .timezone = "Europe/Berlin", .days = days };
	struct trend t = { .history = &h, .model = n->model, .only = c->only };
	struct fault fault;
	struct buf out;

	assert_int_equal(when_use_zone("Europe/Berlin", &fault), 0);
	h.n_days = c->n_days;
	fill(&h, scores);
	days[1].stamp = (struct cache_stamp){ .computed_us = when_day_start_us(FIRST_DAY + 3),
		                              .late_rows = 10,
		                              .late_day = FIRST_DAY - 1 };
	t.indicator = c->only != NULL ? model_indicator_named(n->model, c->only) : NULL;
	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	trend_text(&t, &c->look, &out);
	golden_check(c->file, buf_text(&out));
	buf_free(&out);
	nord_free(n);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, run);
	return cases_run("cli_trend_text", &c, NULL, NULL);
}
