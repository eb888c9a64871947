#include "tests/support/estimated.h"

#include "collector/score/evidence/tallies.h"
#include "collector/score/evidence/tally.h"
#include "common/when.h"
#include "tests/support/cases.h"

#define DAY_US (INT64_C(86400) * 1000000)

/* As the loader does for a block without `from`. */
static void read_kinds(struct model_evidence *e, const struct cxm_catalog *catalog)
{
	const struct estimator_read *own = e->estimator->reads;

	for (size_t i = 0; i < MODEL_READS_MAX && own[i].kind != NULL; i++) {
		e->reads[e->n_reads++] = (struct model_read){
			.kind = cxm_kind_of(catalog, own[i].kind),
			.before_us = own[i].before_days * DAY_US,
			.after_us = own[i].after_days * DAY_US,
			.needed = own[i].needed,
		};
	}
	e->from = e->reads[0].kind;
}

struct estimate estimated(struct score_world *w, const struct estimated *how)
{
	struct model_evidence e = {
		.estimator = how->estimator, .method = "", .interval = how->interval, .divisor = 1
	};
	struct model_indicator is = { .id = "tested",
		                      .unit = "",
		                      .interval = how->interval,
		                      .min_n = how->min_n,
		                      .evidence = &e,
		                      .n_methods = 1 };
	struct score_window window = { .from_day = score_world_day(how->from),
		                       .to_day = score_world_day(how->to),
		                       .timezone = "UTC" };
	struct tally_source from = { .store = w->store,
		                     .site = SCORE_WORLD_SITE,
		                     .window = &window };
	struct tallies t;
	struct estimate got;

	read_kinds(&e, w->catalog);
	assert_int_equal(when_use_zone("UTC", &w->fault), 0);
	if (tally_fetch(&t, &is, &w->model->rules, &from, &w->fault) != 0) {
		print_error("%s\n", w->fault.text);
		fail();
	}
	got = estimator_run(&is, &w->model->rules, &t, "nord|tested|window");
	tally_free(&t);
	return got;
}
