/*
 * Erlang A (M/M/n+M): the states of a birth-death process, and the wait as an integral.
 *
 * Both are reckoned relative to their largest term, which is the log space of the model's text
 * without its logarithms: nothing overflows, and what underflows is below 1e-15 of the whole.
 * Model and measures: Mandelbaum and Zeltyn (MZ2004); checked against Garnett, Mandelbaum and
 * Reiman 2002 (GMR2002).
 */
#include "collector/stats/erlang_a.h"

#include <math.h>

#define NEGLIGIBLE   1e-18 /* of the largest state; thousands of them stay below 1e-15 */
#define STATES_MAX   ((uint64_t)1 << 22)
#define LOG_REACH    45.0 /* exp(-45) is 3e-20 */
#define PANELS       24
#define NODES        4 /* on either side of a panel's middle */
#define HALVINGS_MAX 200

/* Sums over the states, each relative to the likeliest. */
struct states {
	double all;
	double waiting; /* states in which a newcomer waits: n or more in the system */
	double queued;  /* those who wait, times the state */
	double busy;    /* servers, times the state */
};

static void count_state(struct states *s, double weight, double in_system, double n)
{
	s->all += weight;
	s->busy += weight * fmin(in_system, n);
	if (in_system >= n) {
		s->waiting += weight;
		s->queued += weight * (in_system - n);
	}
}

static double death_rate(const struct erlang_load *l, double in_system, double n)
{
	return fmin(in_system, n) * l->service + fmax(0, in_system - n) * l->patience;
}

static struct states sum_states(const struct erlang_load *l, double n)
{
	double likeliest = l->arrival < n * l->service
	                           ? floor(l->arrival / l->service)
	                           : n + floor((l->arrival - n * l->service) / l->patience);
	struct states s = { 0 };
	double weight = 1;
	uint64_t rounds = 0;

	count_state(&s, 1, likeliest, n);
	for (double j = likeliest; weight > NEGLIGIBLE && rounds < STATES_MAX; j++, rounds++) {
		weight *= l->arrival / death_rate(l, j + 1, n);
		count_state(&s, weight, j + 1, n);
	}
	weight = 1;
	for (double j = likeliest; j >= 1 && weight > NEGLIGIBLE && rounds < 2 * STATES_MAX;
	     j--, rounds++) {
		weight *= death_rate(l, j, n) / l->arrival;
		count_state(&s, weight, j - 1, n);
	}
	return s;
}

/* The density of the wait that somebody of endless patience would have, given that there is one:
 * exp of lambda (1 - exp(-theta x)) / theta - n mu x, but for a factor; concave in the exponent. */
struct wait {
	double arrival;
	double capacity; /* n mu */
	double patience; /* theta */
	double peak;     /* where the exponent is largest */
	double top;      /* the exponent there */
};

static double exponent(const struct wait *w, double x)
{
	return w->arrival * -expm1(-w->patience * x) / w->patience - w->capacity * x;
}

static struct wait wait_of(const struct erlang_load *l, uint32_t n)
{
	struct wait w = { .arrival = l->arrival,
		          .capacity = n * l->service,
		          .patience = l->patience };

	w.peak = w.arrival > w.capacity ? log(w.arrival / w.capacity) / w.patience : 0;
	w.top = exponent(&w, w.peak);
	return w;
}

/* How far from the peak, on one side, anything is left. `step` is signed. */
static double reach(const struct wait *w, double step, double limit)
{
	double near = 0;
	double far = step;

	while (exponent(w, w->peak + far) > w->top - LOG_REACH && fabs(far) < limit) {
		far *= 2;
	}
	far = fabs(far) < limit ? far : copysign(limit, step);
	for (int i = 0; i < HALVINGS_MAX && fabs(far - near) > 1e-3 * fabs(far); i++) {
		double middle = (near + far) / 2;

		if (exponent(w, w->peak + middle) > w->top - LOG_REACH) {
			near = middle;
		} else {
			far = middle;
		}
	}
	return w->peak + far;
}

/* Gauss and Legendre, eight points a panel (Abramowitz and Stegun, table 25.4). */
static const double node[NODES] = { 0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
	                            0.9602898564975363 };
static const double share[NODES] = { 0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
	                             0.1012285362903763 };

struct mass {
	double all;
	double served; /* of it: what patience lasts for */
};

static void add_panels(struct mass *m, const struct wait *w, double a, double b)
{
	double half = (b - a) / PANELS / 2;

	if (!(b > a)) {
		return;
	}
	for (int i = 0; i < PANELS * 2 * NODES; i++) {
		int panel = i / (2 * NODES);
		int k = i % NODES;
		double sign = i / NODES % 2 == 0 ? -1 : 1;
		double x = a + (2 * panel + 1 + sign * node[k]) * half;
		double here = share[k] * half * exp(exponent(w, x) - w->top);

		m->all += here;
		m->served += here * exp(-w->patience * x);
	}
}

/* The mass of the density from a to b, but for a factor. Its scale changes at its peak, and where
 * patience has run out. */
static struct mass mass_between(const struct wait *w, double a, double b)
{
	double peak = fmin(fmax(w->peak, a), b);
	double later = fmin(fmax(w->peak + LOG_REACH / w->patience, a), b);
	struct mass m = { 0, 0 };

	add_panels(&m, w, a, peak);
	add_panels(&m, w, peak, later);
	add_panels(&m, w, later, b);
	return m;
}

/* All callers wait at first and nobody is served: what is left when there are no servers. */
static struct erlang_queue unserved(const struct erlang_load *l, double within)
{
	return (struct erlang_queue){ .waits = 1,
		                      .abandons = 1,
		                      .mean_wait = 1 / l->patience,
		                      .gone_within = -expm1(-l->patience * within) };
}

struct erlang_queue erlang_a(const struct erlang_load *l, uint32_t n, double within)
{
	struct erlang_queue q;
	struct states s;
	struct wait w;
	struct mass until;
	struct mass after;
	double begin;
	double end;
	double scale;

	if (n == 0) {
		return unserved(l, within);
	}
	s = sum_states(l, n);
	q.waits = fmin(s.waiting / s.all, 1);
	q.mean_wait = s.queued / s.all / l->arrival;
	q.abandons = fmin(l->patience * q.mean_wait, 1);
	q.occupancy = s.busy / s.all / n;

	w = wait_of(l, n);
	scale = 1 / (w.capacity + w.arrival);
	begin = w.peak > 0 ? reach(&w, -scale, w.peak) : 0;
	end = reach(&w, scale, INFINITY);
	until = mass_between(&w, begin, fmax(fmin(within, end), begin));
	after = mass_between(&w, fmin(fmax(within, begin), end), end);
	/* the whole mass is those who wait, so no state's own probability is needed */
	q.service_level = fmin(1 - q.waits + q.waits * until.served / (until.all + after.all), 1);
	q.gone_within =
		1 - exp(-l->patience * within) * q.waits * after.all / (until.all + after.all);
	return q;
}
