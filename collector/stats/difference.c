/* Differences of two estimates, and many tests at once; see difference.h. */
#include "collector/stats/difference.h"

#include <math.h>
#include <stdlib.h>

struct stats_difference stats_difference(double a, struct interval sure_a, double b,
                                         struct interval sure_b)
{
	struct stats_difference d = { .value = a - b };

	d.sure.low = d.value - hypot(a - sure_a.low, sure_b.high - b);
	d.sure.high = d.value + hypot(sure_a.high - a, b - sure_b.low);
	return d;
}

struct stats_difference stats_newcombe(double good_a, double n_a, double good_b, double n_b,
                                       double z)
{
	if (!(n_a > 0 && n_b > 0)) {
		return (struct stats_difference){ NAN, { NAN, NAN } };
	}
	return stats_difference(good_a / n_a, stats_wilson(good_a, n_a, z), good_b / n_b,
	                        stats_wilson(good_b, n_b, z));
}

double stats_p_of_z(double z)
{
	return isnan(z) ? 1 : erfc(fabs(z) / sqrt(2));
}

bool stats_equivalent(struct interval sure_90, double margin)
{
	return sure_90.low > -margin && sure_90.high < margin; /* false for NAN */
}

static int by_p(const void *a, const void *b)
{
	const struct stats_test *x = a;
	const struct stats_test *y = b;

	if (x->p != y->p) {
		return x->p < y->p ? -1 : 1;
	}
	return (x->id > y->id) - (x->id < y->id);
}

void stats_benjamini_hochberg(struct stats_test *tests, size_t n)
{
	double least = 1;

	for (size_t i = 0; i < n; i++) {
		tests[i].p = isnan(tests[i].p) ? 1 : tests[i].p;
	}
	qsort(tests, n, sizeof(*tests), by_p);
	for (size_t i = n; i > 0; i--) {
		least = fmin(least, tests[i - 1].p * ((double)n / (double)i));
		tests[i - 1].adjusted = least;
	}
}
