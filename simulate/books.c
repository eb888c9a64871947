/* Counting what happened; see books.h. */
#include "simulate/books.h"

#include <stdlib.h>
#include <string.h>

#include "collector/stats/variation.h"

enum { FIRST_SAMPLES = 1024 };

/* Figures that are a quantile, and which one. */
static double quantile_of(enum sim_figure f)
{
	static const struct {
		enum sim_figure figure;
		double q;
	} quantiles[] = {
		{ SIM_WORST_INTERVAL, 0.1 }, { SIM_LEAD_TIME, 0.1 },       { SIM_KB_LATENCY, 0.5 },
		{ SIM_FIRST_VALUE, 0.5 },    { SIM_REPORT_LATENCY, 0.95 }, { SIM_DELAY_P95, 0.95 },
		{ SIM_RECONCILIATION, 0.5 },
	};

	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		if (quantiles[i].figure == f) {
			return quantiles[i].q;
		}
	}
	return -1;
}

void sim_books_init(struct sim_books *b)
{
	*b = (struct sim_books){ 0 };
}

void sim_books_free(struct sim_books *b)
{
	for (size_t f = 0; f < SIM_BOOKS; f++) {
		free(b->at[f].samples.value);
		free(b->at[f].samples.weight);
	}
	*b = (struct sim_books){ 0 };
}

void sim_book(struct sim_books *b, enum sim_figure f, double good, double of)
{
	b->at[f].good += good;
	b->at[f].of += of;
}

static bool grow(struct sim_samples *s)
{
	size_t room = s->room > 0 ? 2 * s->room : FIRST_SAMPLES;
	double *value = realloc(s->value, room * sizeof(*value));
	double *weight;

	if (value == NULL) {
		return false;
	}
	s->value = value;
	weight = realloc(s->weight, room * sizeof(*weight));
	if (weight == NULL) {
		return false;
	}
	s->weight = weight;
	s->room = room;
	return true;
}

void sim_book_sample(struct sim_books *b, enum sim_figure f, double value, double weight)
{
	struct sim_samples *s = &b->at[f].samples;

	if (s->n == s->room && !grow(s)) {
		b->failed = true;
		return;
	}
	s->value[s->n] = value;
	s->weight[s->n++] = weight;
	b->at[f].of += weight;
}

void sim_books_add(struct sim_books *to, const struct sim_books *from)
{
	for (enum sim_figure f = 0; f < SIM_BOOKS; f++) {
		const struct sim_samples *s = &from->at[f].samples;

		if (s->n == 0) {
			sim_book(to, f, from->at[f].good, from->at[f].of);
		}
		for (size_t i = 0; i < s->n; i++) {
			sim_book_sample(to, f, s->value[i], s->weight[i]);
		}
	}
	to->failed = to->failed || from->failed;
}

struct pair {
	double value;
	double weight;
};

static int by_value(const void *a, const void *b)
{
	const struct pair *x = a;
	const struct pair *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

static int by_value_events_first(const void *a, const void *b)
{
	const struct pair *x = a;
	const struct pair *y = b;
	int c = by_value(a, b);

	return c != 0 ? c : (x->weight < y->weight) - (x->weight > y->weight);
}

/* The smallest value up to which a share q of the weight lies. */
static bool quantile(struct sim_books *b, const struct sim_samples *s, double q, double *out)
{
	struct pair *sorted = malloc(s->n * sizeof(*sorted));
	double all = 0;
	double seen = 0;

	if (sorted == NULL) {
		b->failed = true;
		return false;
	}
	for (size_t i = 0; i < s->n; i++) {
		sorted[i] = (struct pair){ s->value[i], s->weight[i] };
		all += s->weight[i];
	}
	qsort(sorted, s->n, sizeof(*sorted), by_value);
	for (size_t i = 0; i < s->n; i++) {
		seen += sorted[i].weight;
		if (seen >= q * all) {
			*out = sorted[i].value;
			break;
		}
	}
	free(sorted);
	return true;
}

/* The time by which a share q has ended; a weight of 0 is one that was cut off (Kaplan and Meier
 * 1958). */
static bool censored_quantile(struct sim_books *b, const struct sim_samples *s, double q,
                              double *out)
{
	struct pair *sorted = malloc(s->n * sizeof(*sorted));
	double alive = 1;
	bool found = false;

	if (sorted == NULL) {
		b->failed = true;
		return false;
	}
	for (size_t i = 0; i < s->n; i++) {
		sorted[i] = (struct pair){ s->value[i], s->weight[i] };
	}
	qsort(sorted, s->n, sizeof(*sorted), by_value_events_first);
	for (size_t i = 0; i < s->n && !found; i++) {
		alive *= 1 - (sorted[i].weight > 0 ? 1.0 : 0.0) / (double)(s->n - i);
		found = alive <= 1 - q;
		*out = sorted[i].value;
	}
	free(sorted);
	return found;
}

/* How far a sample is from all, beyond chance. */
static bool distance(const struct sim_samples *s, double *out)
{
	double all[SIM_SAMPLED_CELL] = { 0 };
	double sample[SIM_SAMPLED_CELL] = { 0 };
	double n = 0;
	double apart;

	for (size_t i = 0; i < s->n; i++) {
		size_t cell = (size_t)s->value[i];

		if (cell >= SIM_SAMPLED_CELL) {
			sample[cell - SIM_SAMPLED_CELL] += s->weight[i];
			n += s->weight[i];
		} else {
			all[cell] += s->weight[i];
		}
	}
	apart = stats_variation_distance(sample, all, SIM_SAMPLED_CELL) -
	        stats_variation_expected(all, SIM_SAMPLED_CELL, n);
	*out = apart > 0 ? apart : 0;
	return n > 0;
}

bool sim_books_value(struct sim_books *b, enum sim_figure f, double *out)
{
	const struct sim_book *book = &b->at[f];
	double q = quantile_of(f);

	if (book->of <= 0) {
		return false;
	}
	if (f == SIM_QA_SAMPLE) {
		return distance(&book->samples, out);
	}
	if (f == SIM_WAIT_P90 || f == SIM_CONSULT) {
		return censored_quantile(b, &book->samples, f == SIM_CONSULT ? 0.5 : 0.9, out);
	}
	if (q >= 0) {
		return book->samples.n > 0 && quantile(b, &book->samples, q, out);
	}
	*out = book->good / book->of;
	return true;
}
