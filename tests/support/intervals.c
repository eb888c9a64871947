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

struct bench {
	struct cxm_catalog catalog;
	struct model *model;
	struct sim_truths truths;
	const struct intervals_order *order;
	struct intervals *out;
	int32_t first_day;
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
	double truth = b->truths.value[f];
	double realised;

	if (s == NULL || isnan(s->got.value) || s->got.n < s->is->min_n) {
		return;
	}
	row->values++;
	if (sim_books_value(books, f, &realised)) {
		row->realised += fabs(s->got.value - realised) <= 1e-6 * fmax(1, fabs(realised));
	}
	if (s->is->interval == MODEL_NO_INTERVAL || isnan(s->got.interval.low) ||
	    isnan(s->got.interval.high)) {
		row->without++;
	} else if (b->truths.known[f]) {
		row->sites++;
		row->below += s->got.interval.high < truth;
		row->above += s->got.interval.low > truth;
		row->held += s->got.interval.low <= truth && truth <= s->got.interval.high;
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
		rc = one_site(&b, &plan, fault);
		out->sites++;
	}
	model_free(b.model);
	cxm_catalog_free(&b.catalog);
	return rc;
}
