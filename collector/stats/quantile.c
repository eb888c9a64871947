/* Quantiles of complete and of censored values; see stats.h. */
#include "cxmeter/stats.h"

#include <math.h>
#include <stdbool.h>

/* log of the binomial probability of k among n; lgamma_r because lgamma writes a global */
static double log_binomial(double n, double k, double p)
{
	int sign;

	return lgamma_r(n + 1, &sign) - lgamma_r(k + 1, &sign) - lgamma_r(n - k + 1, &sign) +
	       k * log(p) + (n - k) * log1p(-p);
}

struct stats_ranks stats_order_ranks(size_t n, double q, double confidence)
{
	double risk = (1 - confidence) / 2;
	/* further than 12 standard deviations (and 12 values) out lies less than 1e-30 of the mass
	 */
	double reach = 12 * sqrt((double)n * q * (1 - q)) + 12;
	double centre = (double)n * q;
	struct stats_ranks ranks = { 0, 0 };
	double tail = 0;

	if (n == 0 || !(q > 0 && q < 1)) {
		return ranks;
	}
	/* X(r) lies above Q when at most r - 1 values are below it: take the largest r with that at
	 * most `risk` */
	for (size_t k = centre > reach ? (size_t)(centre - reach) : 0; k < n; k++) {
		tail += exp(log_binomial((double)n, (double)k, q));
		if (tail > risk) {
			ranks.low = k;
			break;
		}
	}
	/* X(s) lies below Q when at least s values are below it: take the smallest s likewise */
	tail = 0;
	for (size_t k = centre + reach < (double)n ? (size_t)(centre + reach) : n; k > 0; k--) {
		tail += exp(log_binomial((double)n, (double)k, q));
		if (tail > risk) {
			ranks.high = k < n ? k + 1 : 0;
			break;
		}
	}
	return ranks;
}

double stats_value_of_rank(const struct stats_cell *cells, size_t n_cells, size_t rank)
{
	double seen = 0;

	for (size_t i = 0; rank > 0 && i < n_cells; i++) {
		seen += cells[i].n;
		if (seen >= (double)rank) {
			return cells[i].value;
		}
	}
	return NAN;
}

double stats_quantile(const struct stats_cell *cells, size_t n_cells, double q)
{
	double total = 0;

	for (size_t i = 0; i < n_cells; i++) {
		total += cells[i].n;
	}
	/* 1e-9: 0.9 * 10 is 9.000000000000002 in some orders, and must be rank 9 */
	return stats_value_of_rank(cells, n_cells, (size_t)ceil(q * total - 1e-9));
}

static double weight_of(const struct stats_cell *cell, const uint32_t *day_weight)
{
	return day_weight != NULL ? (double)day_weight[cell->day] : 1.0;
}

double stats_km_quantile(const struct stats_cell *cells, size_t n_cells, double q,
                         const uint32_t *day_weight)
{
	double survival = 1;
	double at_risk = 0;

	for (size_t i = 0; i < n_cells; i++) {
		at_risk += weight_of(&cells[i], day_weight) * cells[i].n;
	}
	for (size_t i = 0; i < n_cells;) {
		double value = cells[i].value;
		double leaving = 0;
		double events = 0;

		for (; i < n_cells && cells[i].value == value; i++) {
			leaving += weight_of(&cells[i], day_weight) * cells[i].n;
			events += weight_of(&cells[i], day_weight) * cells[i].events;
		}
		if (events > 0) {
			survival *= 1 - events / at_risk;
			if (survival <= 1 - q + 1e-12) { /* 1 - 0.9 is not 0.1 */
				return value;
			}
		}
		at_risk -= leaving;
	}
	return NAN;
}

/* Which days occur in the cells; returns how many. */
static size_t days_of(const struct stats_cell *cells, size_t n_cells, uint32_t days[STATS_DAYS_MAX])
{
	bool seen[STATS_DAYS_MAX] = { false };
	size_t n = 0;

	for (size_t i = 0; i < n_cells; i++) {
		if (cells[i].day < STATS_DAYS_MAX) {
			seen[cells[i].day] = true;
		}
	}
	for (uint32_t day = 0; day < STATS_DAYS_MAX; day++) {
		if (seen[day]) {
			days[n++] = day;
		}
	}
	return n;
}

struct interval stats_km_bootstrap(const struct stats_cell *cells, size_t n_cells, double q,
                                   double confidence, struct stats_random random)
{
	uint32_t days[STATS_DAYS_MAX];
	double replicates[STATS_REPLICATES];
	size_t n = days_of(cells, n_cells, days);
	struct interval ends;

	if (n < 2) {
		return (struct interval){ NAN, NAN };
	}
	for (size_t b = 0; b < STATS_REPLICATES; b++) {
		uint32_t weight[STATS_DAYS_MAX] = { 0 };
		double at;

		for (size_t i = 0; i < n; i++) {
			weight[days[stats_random_below(&random, (uint32_t)n)]]++;
		}
		at = stats_km_quantile(cells, n_cells, q, weight);
		replicates[b] = isnan(at) ? INFINITY : at; /* not reached: later than all */
	}
	ends = stats_percentiles(replicates, STATS_REPLICATES, confidence);
	ends.low = isinf(ends.low) ? NAN : ends.low;
	ends.high = isinf(ends.high) ? NAN : ends.high;
	return ends;
}
