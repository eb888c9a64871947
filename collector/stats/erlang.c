/* Erlang B and C, and the search for the fewest servers; see erlang.h. Erlang A: erlang_a.c. */
#include "collector/stats/erlang.h"

#include <math.h>

#include "collector/stats/erlang_a.h"

double erlang_b(double load, uint32_t n)
{
	double blocked = 1;

	for (uint32_t k = 1; k <= n; k++) {
		blocked = load * blocked / (k + load * blocked);
	}
	return blocked;
}

double erlang_c(double load, uint32_t n)
{
	double blocked;

	if (load <= 0) {
		return n > 0 ? 0 : 1;
	}
	if (load >= n) {
		return 1;
	}
	blocked = erlang_b(load, n);
	return n * blocked / (n - load * (1 - blocked));
}

/* Nobody gives up. */
static struct erlang_queue patient(const struct erlang_load *l, uint32_t n, double within)
{
	double load = l->arrival / l->service;
	double spare = n * l->service - l->arrival;
	struct erlang_queue q = { .waits = erlang_c(load, n) };
	double within_if_waits;

	if (spare <= 0) {
		q.mean_wait = INFINITY;
		q.occupancy = 1;
		return q;
	}
	within_if_waits = -expm1(-spare * within);
	q.mean_wait = q.waits / spare;
	q.occupancy = load / n;
	q.service_level = 1 - q.waits + q.waits * within_if_waits;
	q.gone_within = q.service_level;
	return q;
}

static int in_range(const struct erlang_load *l, uint32_t n, double within)
{
	return l->arrival >= 0 && isfinite(l->arrival) && l->service > 0 && isfinite(l->service) &&
	       l->patience >= 0 && isfinite(l->patience) && n <= ERLANG_SERVERS_MAX && within >= 0;
}

struct erlang_queue erlang_queue(const struct erlang_load *l, uint32_t n, double within)
{
	if (!in_range(l, n, within)) {
		return (struct erlang_queue){ NAN, NAN, NAN, NAN, NAN, NAN };
	}
	if (l->arrival == 0) {
		return (struct erlang_queue){ .service_level = 1, .gone_within = 1 };
	}
	return l->patience > 0 ? erlang_a(l, n, within) : patient(l, n, within);
}

static int does(const struct erlang_load *l, uint32_t n, double target, double within)
{
	return erlang_queue(l, n, within).service_level >= target;
}

uint32_t erlang_servers(const struct erlang_load *l, double target, double within)
{
	uint32_t too_few = 0;
	uint32_t enough = 1;

	if (!(l->arrival > 0)) {
		return 0;
	}
	/* more servers never lower the service level: double, then halve */
	while (!does(l, enough, target, within)) {
		if (enough >= ERLANG_SERVERS_MAX) {
			return ERLANG_SERVERS_MAX;
		}
		too_few = enough;
		enough = 2 * enough < ERLANG_SERVERS_MAX ? 2 * enough : ERLANG_SERVERS_MAX;
	}
	while (enough - too_few > 1) {
		uint32_t middle = too_few + (enough - too_few) / 2;

		if (does(l, middle, target, within)) {
			enough = middle;
		} else {
			too_few = middle;
		}
	}
	return enough;
}
