#include "tests/support/intervals.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/when.h"
#include "cxmeter/score.h"
#include "proto/evidence.pb-c.h"
#include "simulate/store_sink.h"
#include "tests/support/temp.h"

#define ZONE      "Europe/Berlin"
#define FIRST_DAY "2026-09-21"
#define DAYS      28
#define DIGITS    1e-4 /* of a truth that was found by Monte Carlo: more are not known */

struct bench {
	struct cxm_catalog catalog;
	struct model *model;
	struct sim_truths truths;
	const struct intervals_order *order;
	struct intervals *out;
	int32_t first_day;
	uint64_t seed;
};

static const struct scored *find(const struct scorecard *card, const char *id)
{
	for (size_t a = 0; a < card->n_areas; a++) {
		for (size_t i = 0; i < card->areas[a].n_indicators; i++) {
			if (strcmp(card->areas[a].indicators[i].is->id, id) == 0) {
				return &card->areas[a].indicators[i];
			}
		}
	}
	for (size_t i = 0; i < card->n_context; i++) {
		if (strcmp(card->context[i].is->id, id) == 0) {
			return &card->context[i];
		}
	}
	return NULL;
}

static void judge(struct bench *b, enum sim_figure f, const struct scored *s,
                  struct sim_books *books)
{
	struct intervals_row *row = &b->out->rows[f];
	/* the truth of the method that was used: surveys and repeats are two figures */
	enum sim_figure by = s != NULL && s->by != NULL ? sim_figure_by(f, s->by->method) : f;
	double truth = b->truths.known[by] ? b->truths.value[by] : NAN;
	double realised = NAN;

	if (s == NULL || isnan(s->got.value) || s->got.n < s->is->min_n) {
		return;
	}
	row->values++;
	if (b->order->each != NULL) {
		const struct intervals_seen seen = {
			.profile = b->order->profile,
			.seed = b->seed,
			.figure = f,
			.value = s->got.value,
			.low = s->got.interval.low,
			.high = s->got.interval.high,
			.n = s->got.n,
			.truth = truth,
			.realised = sim_books_value(books, by, &realised) ? realised : NAN,
		};

		b->order->each(b->order->arg, &seen);
	}
	if (sim_books_value(books, by, &realised)) {
		row->realised += fabs(s->got.value - realised) <= 1e-6 * fmax(1, fabs(realised));
	}
	if (s->is->interval == MODEL_NO_INTERVAL || isnan(s->got.interval.low) ||
	    isnan(s->got.interval.high)) {
		row->without++;
	} else if (b->truths.known[by]) {
		double slack = b->truths.error[by] > 0 ? DIGITS * fabs(truth) : 0;
		bool below = s->got.interval.high < truth - slack;
		bool above = s->got.interval.low > truth + slack;

		row->sites++;
		row->below += below;
		row->above += above;
		row->held += !below && !above;
	}
}

static int score_one(struct bench *b, struct store *st, const char *site, struct sim_books *books,
                     struct fault *fault)
{
	const int32_t last_day = b->first_day + DAYS - 1;
	struct score_request request = { .site = site,
		                         .timezone = ZONE,
		                         .from_day = &b->first_day,
		                         .to_day = &last_day,
		                         .provisional = true };
	struct scorecard *card;
	int rc = score_site(&card, b->model, st, &request, &b->catalog, fault);

	if (rc != 0) {
		return rc;
	}
	for (enum sim_figure f = 0; f < SIM_FIGURES; f++) {
		judge(b, f, find(card, sim_figure_id(f)), books);
	}
	scorecard_free(card);
	return 0;
}

static int one_site(struct bench *b, const struct sim_plan *plan, struct fault *fault)
{
	struct sim_books books;
	struct sim_store_sink sink;
	struct store *st;
	struct temp dir;
	char url[300];
	int rc;

	sim_books_init(&books);
	temp_open(&dir);
	(void)snprintf(url, sizeof(url), "sqlite:%s", temp_path(&dir, "evidence.db"));
	rc = cxm_store_open(&st, url, false, &b->catalog, fault);
	if (rc == 0) {
		rc = sim_store_sink_init(&sink, st, &b->catalog, plan, fault);
		rc = rc == 0 ? sim_run(plan, &sink.sink, &books, fault) : rc;
		rc = rc == 0 ? sim_store_sink_flush(&sink, fault) : rc;
		sim_store_sink_free(&sink);
		rc = rc == 0 ? score_one(b, st, plan->name, &books, fault) : rc;
		cxm_store_close(st);
	}
	temp_remove(&dir);
	sim_books_free(&books);
	return rc;
}

void intervals_add(struct intervals *to, const struct intervals *from)
{
	for (enum sim_figure f = 0; f < SIM_FIGURES; f++) {
		struct intervals_row *row = &to->rows[f];
		const struct intervals_row *more = &from->rows[f];

		row->sites += more->sites;
		row->held += more->held;
		row->below += more->below;
		row->above += more->above;
		row->without += more->without;
		row->realised += more->realised;
		row->values += more->values;
	}
	to->sites += from->sites;
}

int intervals_run(struct intervals *out, const struct intervals_order *order, struct fault *fault)
{
	struct bench b = { .order = order, .out = out };
	struct sim_plan plan = { .name = "site",
		                 .profile = order->profile,
		                 .days = DAYS,
		                 .contacts_per_day = order->contacts_per_day };
	int rc = when_use_zone(ZONE, fault);

	rc = rc == 0 ? when_parse_date(SLICE(FIRST_DAY), &b.first_day) : rc;
	rc = rc == 0 ? cxm_catalog_init(&b.catalog, &cxm__evidence__descriptor, fault) : rc;
	rc = rc == 0 ? model_builtin(&b.model, &b.catalog, fault) : rc;
	plan.first_day = b.first_day;
	rc = rc == 0 ? sim_truths_of(&plan, order->truth_sites, &b.truths, fault) : rc;
	for (unsigned i = 0; rc == 0 && i < order->n_sites; i++) {
		plan.seed = order->first_seed + i;
		b.seed = plan.seed;
		rc = one_site(&b, &plan, fault);
		out->sites++;
	}
	model_free(b.model);
	cxm_catalog_free(&b.catalog);
	return rc;
}
