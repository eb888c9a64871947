/*
 * Weights and what they cost; see the header.
 *
 * With weights w an estimate is that of the weighed sums. Its spread is that of
 * (sum w)^2 / sum w^2 equal rows (Kish, Survey Sampling, 1965, section 11.7), so the sums are
 * divided by sum w^2 / sum w: then their n is that number, and every interval takes it as it takes
 * rows. One weight for all rows divides out.
 */
#include "collector/score/evidence/weights.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Nearer to a whole number than this is one: counts come back as counts. */
#define WHOLE 1e-9

double weight_of(uint32_t share_ppm)
{
	return share_ppm == 0 || share_ppm >= WEIGHTS_ALL_PPM ? 1
	                                                      : (double)WEIGHTS_ALL_PPM / share_ppm;
}

/* ---- how many calls ---- */

void weights_count(struct counted *c, uint32_t share_ppm)
{
	double weight = weight_of(share_ppm);
	uint32_t share =
		share_ppm == 0 || share_ppm > WEIGHTS_ALL_PPM ? WEIGHTS_ALL_PPM : share_ppm;

	c->all += weight;
	c->variance += weight * (weight - 1); /* (1 - p) / p^2: Horvitz and Thompson 1952 */
	c->lowest_ppm = c->lowest_ppm == 0 || share < c->lowest_ppm ? share : c->lowest_ppm;
	c->highest_ppm = share > c->highest_ppm ? share : c->highest_ppm;
}

/* Of N calls a share p leaves N p, give or take the square root of N p (1 - p). The two N of which
 * what is there lies z of these away solve a quadratic, as Wilson's interval does (1927), and hold
 * for few calls as well. With several shares p is the one of which the variance is the same. */
struct interval weights_between(const struct counted *c, double z)
{
	double p = c->all > 0 ? 1 / (1 + c->variance / c->all)
	                      : c->lowest_ppm / (double)WEIGHTS_ALL_PPM;
	double k = c->all * p;
	double spare = z * z * (1 - p);
	double reach;

	if (!(p > 0 && p < 1)) {
		return (struct interval){ c->all, c->all };
	}
	reach = sqrt(spare * (spare + 4 * k));
	return (struct interval){ fmax(k, (2 * k + spare - reach) / (2 * p)),
		                  (2 * k + spare + reach) / (2 * p) };
}

/* ---- rows of a day ---- */

static void add(struct stats_day *to, const struct stats_day *rows, double weight)
{
	to->n += weight * rows->n;
	to->sum += weight * rows->sum;
	to->squares += weight * rows->squares;
}

/* The first share of a window: what was there until now had none. */
static int begin(struct tallies *t)
{
	t->sampled = calloc(STATS_DAYS_MAX, sizeof(*t->sampled));
	return t->sampled != NULL ? 0 : -ENOMEM;
}

int weights_add(struct tallies *t, size_t day, uint32_t share_ppm, const struct stats_day *rows)
{
	double weight = weight_of(share_ppm);
	struct tally_sampled *s;

	if (share_ppm == 0 && (t->sampled == NULL || t->sampled[day].highest_ppm == 0)) {
		add(&t->days[day], rows, 1);
		return 0;
	}
	if (t->sampled == NULL && begin(t) != 0) {
		return -ENOMEM;
	}
	s = &t->sampled[day];
	if (s->highest_ppm == 0) { /* the day's first share, after rows without one */
		s->seen = t->days[day];
		s->squares = t->days[day].n;
	}
	share_ppm = share_ppm == 0 || share_ppm > WEIGHTS_ALL_PPM ? WEIGHTS_ALL_PPM : share_ppm;
	if (s->highest_ppm == 0) {
		s->lowest_ppm = s->seen.n > 0 ? WEIGHTS_ALL_PPM : share_ppm;
		s->highest_ppm = s->lowest_ppm;
	}
	s->lowest_ppm = share_ppm < s->lowest_ppm ? share_ppm : s->lowest_ppm;
	s->highest_ppm = share_ppm > s->highest_ppm ? share_ppm : s->highest_ppm;
	s->squares += weight * weight * rows->n;
	add(&s->seen, rows, 1);
	add(&t->days[day], rows, weight);
	return 0;
}

/* ---- what estimators take ---- */

static double put_to(double weighed, double per_row)
{
	double rows = weighed / per_row;
	double whole = round(rows);

	return fabs(rows - whole) <= WHOLE * fabs(rows) ? whole : rows;
}

/* Sums over all days. @return the sum of squares of the weights. */
static double look(const struct tallies *t, struct weighed *out)
{
	struct score_sampled *said = &out->said;
	double squares = 0;

	for (size_t i = 0; i < t->n_days; i++) {
		const struct tally_sampled *s = &t->sampled[i];
		bool any = s->highest_ppm != 0;
		uint32_t lowest = any ? s->lowest_ppm : WEIGHTS_ALL_PPM;
		uint32_t highest = any ? s->highest_ppm : WEIGHTS_ALL_PPM;

		if (!any && t->days[i].n == 0) {
			continue;
		}
		add(&out->seen, any ? &s->seen : &t->days[i], 1);
		squares += any ? s->squares : t->days[i].n;
		said->lowest_ppm = said->highest_ppm == 0 || lowest < said->lowest_ppm
		                           ? lowest
		                           : said->lowest_ppm;
		said->highest_ppm = highest > said->highest_ppm ? highest : said->highest_ppm;
	}
	return squares;
}

static void put_days(struct tallies *t, double per_row)
{
	for (size_t i = 0; i < t->n_days; i++) {
		t->days[i].n = put_to(t->days[i].n, per_row);
		t->days[i].sum = put_to(t->days[i].sum, per_row);
		t->days[i].squares = put_to(t->days[i].squares, per_row);
	}
}

static int put_cells(const struct tallies *from, struct tallies *t, double per_row)
{
	t->cells = NULL;
	if (from->n_cells == 0) {
		return 0;
	}
	t->cells = malloc(from->n_cells * sizeof(*t->cells));
	if (t->cells == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < from->n_cells; i++) {
		t->cells[i] = from->cells[i];
		t->cells[i].n = put_to(t->cells[i].n, per_row);
		t->cells[i].events = put_to(t->cells[i].events, per_row);
	}
	return 0;
}

int weights_apply(const struct tallies *t, bool total, struct weighed *out)
{
	double all = stats_total(t->days, t->n_days).n;
	double squares;

	*out = (struct weighed){ .t = *t };
	squares = look(t, out);
	out->per_row = all > 0 ? squares / all : 1;
	out->said.effective_n = put_to(all, out->per_row);
	if (total) { /* nothing to put: it speaks of all calls */
		out->per_row = 1;
	}
	put_days(&out->t, out->per_row);
	return put_cells(t, &out->t, out->per_row);
}

void weights_free(struct weighed *w)
{
	free(w->t.cells);
	*w = (struct weighed){ 0 };
}
