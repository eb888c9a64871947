#include "tests/support/rival.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t place_of(const struct rival *r, const char *id)
{
	size_t at = 0;

	for (size_t a = 0; a < r->nord->card.n_areas; a++) {
		for (size_t i = 0; i < r->nord->card.areas[a].n_indicators; i++, at++) {
			if (strcmp(r->nord->card.areas[a].indicators[i].is->id, id) == 0) {
				return at;
			}
		}
	}
	fail_msg("no indicator %s", id);
	return 0;
}

struct scored *rival_indicator(struct rival *r, const char *id)
{
	size_t at = place_of(r, id);
	size_t a = 0;

	while (at >= r->nord->card.areas[a].n_indicators) {
		at -= r->nord->card.areas[a++].n_indicators;
	}
	return &r->nord->card.areas[a].indicators[at];
}

struct compare_measure *rival_measure(struct rival *r, const char *id)
{
	return &r->measures[place_of(r, id)];
}

static void score_again(struct rival *r)
{
	for (size_t a = 0; a < r->nord->card.n_areas; a++) {
		score_area(&r->nord->model->rules, &r->nord->card.areas[a]);
	}
}

static void judge(struct rival *r, struct scored *s, const struct estimate *got)
{
	const struct model_indicator *is = s->is;

	*s = score_indicator(is, &r->nord->model->rules, got, false);
	score_again(r);
}

void rival_set(struct rival *r, const char *id, double value, double half)
{
	struct estimate got = { .value = value,
		                .n = 10000,
		                .numerator = NAN,
		                .denominator = NAN,
		                .interval = { value - half, value + half },
		                .days = 28,
		                .phi = NAN };

	judge(r, rival_indicator(r, id), &got);
}

struct rival *rival_new(const char *site)
{
	struct rival *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->nord = nord_new(NORD_MONTH, false);
	(void)snprintf(r->nord->card.site, sizeof(r->nord->card.site), "%s", site);
	r->fact.site = r->nord->card.site;
	r->measures = calloc((size_t)MODEL_AREAS_MAX * MODEL_INDICATORS_MAX, sizeof(*r->measures));
	assert_non_null(r->measures);
	rival_set(r, "telemetry_completeness", 0.99, 0.001);
	return r;
}

void rival_free(struct rival *r)
{
	for (size_t i = 0; i < (size_t)MODEL_AREAS_MAX * MODEL_INDICATORS_MAX; i++) {
		free(r->measures[i].cells);
	}
	free(r->measures);
	nord_free(r->nord);
	free(r);
}

#define DAYS 28

void rival_stratum(struct rival *r, const char *id, const char *queue, double good, double n)
{
	struct compare_measure *m = rival_measure(r, id);
	struct estimate got = { .days = DAYS, .phi = 1 };

	m->adjustable = true;
	m->share = true;
	m->cells = realloc(m->cells, (m->n_cells + DAYS) * sizeof(*m->cells));
	assert_non_null(m->cells);
	for (uint32_t day = 0; day < DAYS; day++) {
		struct compare_cell *c = &m->cells[m->n_cells++];

		*c = (struct compare_cell){ .daypart = 1, .day = day };
		(void)snprintf(c->queue, sizeof(c->queue), "%s", queue);
		c->n = n / DAYS;
		c->sum = good / DAYS;
	}
	for (size_t i = 0; i < m->n_cells; i++) {
		got.numerator += m->cells[i].sum;
		got.denominator += m->cells[i].n;
	}
	got.n = got.denominator;
	got.value = got.numerator / got.denominator;
	got.interval = stats_quasi_wilson(got.numerator, got.denominator, got.phi,
	                                  r->nord->model->rules.z);
	judge(r, rival_indicator(r, id), &got);
}

struct compare_site rival_site(const struct rival *r)
{
	return (struct compare_site){ &r->nord->card, &r->fact, r->measures };
}
