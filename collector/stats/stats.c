/* Intervals of proportions and means, and the bootstrap over days; see stats.h. */
#include "cxmeter/stats.h"

#include <math.h>
#include <stdlib.h>

#include "collector/stats/special.h"
#include "collector/stats/student.h"

struct stats_day stats_total(const struct stats_day *days, size_t n_days)
{
	struct stats_day total = { 0 };

	for (size_t i = 0; i < n_days; i++) {
		total.n += days[i].n;
		total.sum += days[i].sum;
		total.squares += days[i].squares;
	}
	return total;
}

size_t stats_days_with_data(const struct stats_day *days, size_t n_days)
{
	size_t count = 0;

	for (size_t i = 0; i < n_days; i++) {
		count += days[i].n > 0;
	}
	return count;
}

struct interval stats_wilson(double good, double n, double z)
{
	double p = good / n;
	double z2n = z * z / n;
	double centre = p + z2n / 2;
	double half = z * sqrt(p * (1 - p) / n + z2n / (4 * n));
	struct interval i = { (centre - half) / (1 + z2n), (centre + half) / (1 + z2n) };

	/* exact at the ends, where rounding would leave 1e-17 or 1 - 1e-16 */
	if (good <= 0) {
		i.low = 0;
	}
	if (good >= n) {
		i.high = 1;
	}
	return i;
}

double stats_overdispersion(const struct stats_day *days, size_t n_days)
{
	struct stats_day total = stats_total(days, n_days);
	double p = total.sum / total.n;
	double off2 = 0;
	size_t with_data = stats_days_with_data(days, n_days);
	double phi;

	if (with_data < 2 || !(p > 0 && p < 1)) {
		return 1;
	}
	for (size_t i = 0; i < n_days; i++) {
		double off = days[i].sum - days[i].n * p;

		off2 += off * off;
	}
	phi = off2 / (total.n * p * (1 - p)) * (double)with_data / (double)(with_data - 1);
	return phi > 1 ? phi : 1;
}

struct interval stats_quasi_wilson(double good, double n, double phi, double z)
{
	return stats_wilson(good / phi, n / phi, z);
}

struct interval stats_mean_interval(const struct stats_day *total, double phi, double z)
{
	double mean = total->sum / total->n;
	double variance;
	double half;

	if (total->n < 2) {
		return (struct interval){ NAN, NAN };
	}
	variance = (total->squares - total->sum * mean) / (total->n - 1);
	variance = variance > 0 ? variance : 0; /* equal values may round to a little below 0 */
	half = z * sqrt(phi * variance / total->n);
	return (struct interval){ mean - half, mean + half };
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

struct interval stats_percentiles(double *replicates, size_t n, double confidence)
{
	/* as many replicates are left out below as above: 50 of 2000 at 95 % */
	size_t cut = (size_t)floor((1 - confidence) / 2 * (double)n + 1e-9);

	if (n == 0) {
		return (struct interval){ NAN, NAN };
	}
	cut = 2 * cut < n ? cut : (n - 1) / 2;
	qsort(replicates, n, sizeof(*replicates), by_size);
	return (struct interval){ replicates[cut], replicates[n - 1 - cut] };
}

struct interval stats_day_percentiles(double *replicates, size_t n, double confidence, size_t days)
{
	double d = (double)days;
	double t = stats_student_quantile((1 + confidence) / 2, d - 1);
	double tail = stats_normal_cdf(-sqrt(d / (d - 1)) * t);

	return stats_percentiles(replicates, n, 1 - 2 * tail);
}

/* The days that hold data, closed up; returns how many. */
static size_t pack_days(const struct stats_day *days, size_t n_days,
                        struct stats_day out[STATS_DAYS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < n_days && n < STATS_DAYS_MAX; i++) {
		if (days[i].n > 0) {
			out[n++] = days[i];
		}
	}
	return n;
}

struct interval stats_day_bootstrap(const struct stats_day *days, size_t n_days, double confidence,
                                    struct stats_random random)
{
	struct stats_day packed[STATS_DAYS_MAX];
	double replicates[STATS_REPLICATES];
	size_t n = pack_days(days, n_days, packed);

	if (n < 2) {
		return (struct interval){ NAN, NAN };
	}
	for (size_t b = 0; b < STATS_REPLICATES; b++) {
		double weight = 0;
		double sum = 0;

		for (size_t i = 0; i < n; i++) {
			const struct stats_day *day =
				&packed[stats_random_below(&random, (uint32_t)n)];

			weight += day->n;
			sum += day->sum;
		}
		replicates[b] = sum / weight;
	}
	return stats_day_percentiles(replicates, STATS_REPLICATES, confidence, n);
}

/* Cases on the rarer side below which days are too coarse to be resampled. */
#define SHARE_CASES 10

/* So many independent cases as would have the variance that the share has between days. */
static double effective_cases(const struct stats_day *days, size_t n, double all, double p)
{
	double off2 = 0;

	for (size_t i = 0; i < n; i++) {
		double off = days[i].sum - p * days[i].n;

		off2 += off * off;
	}
	off2 *= (double)n / (double)(n - 1);
	return p * (1 - p) * all * all / off2;
}

struct interval stats_day_share(const struct stats_day *days, size_t n_days, double confidence,
                                struct stats_random random)
{
	struct stats_day packed[STATS_DAYS_MAX];
	size_t n = pack_days(days, n_days, packed);
	struct stats_day total = stats_total(packed, n);
	double p = total.sum / total.n;
	double rarer = fmin(p, 1 - p);

	if (n < 2) {
		return (struct interval){ NAN, NAN };
	}
	if (rarer > 0 && effective_cases(packed, n, total.n, p) * rarer >= SHARE_CASES) {
		return stats_day_bootstrap(days, n_days, confidence, random);
	}
	return stats_wilson(p * (double)n, (double)n,
	                    stats_student_quantile((1 + confidence) / 2, (double)n - 1));
}
