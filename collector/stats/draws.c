/* Random values of a few distributions; see draws.h. */
#include "collector/stats/draws.h"

#include <math.h>

double stats_random_normal(struct stats_random *r)
{
	double x;
	double square;

	do {
		double y = 2 * stats_random_unit(r) - 1;

		x = 2 * stats_random_unit(r) - 1;
		square = x * x + y * y;
	} while (square >= 1 || square == 0);
	return x * sqrt(-2 * log(square) / square);
}

/* Shape at least 1: a cubed normal value, accepted about 19 times in 20. */
static double gamma_from_one(struct stats_random *r, double shape)
{
	double d = shape - 1.0 / 3;
	double c = 1 / sqrt(9 * d);

	for (;;) {
		double x = stats_random_normal(r);
		double v = 1 + c * x;
		double u = 1 - stats_random_unit(r); /* never 0 */

		v = v * v * v;
		if (v > 0 && log(u) < x * x / 2 + d * (1 - v + log(v))) {
			return d * v;
		}
	}
}

/* The logarithm, because values of a small shape lie below what a double can hold. */
static double log_gamma_value(struct stats_random *r, double shape)
{
	double u;

	if (shape >= 1) {
		return log(gamma_from_one(r, shape));
	}
	u = 1 - stats_random_unit(r);
	return log(gamma_from_one(r, shape + 1)) + log(u) / shape;
}

double stats_random_gamma(struct stats_random *r, double shape)
{
	return exp(log_gamma_value(r, shape));
}

void stats_dirichlet(struct stats_random *r, const double *alpha, size_t n, double *out)
{
	double largest = -INFINITY;
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		out[i] = log_gamma_value(r, alpha[i]);
		largest = fmax(largest, out[i]);
	}
	for (size_t i = 0; i < n; i++) {
		out[i] = exp(out[i] - largest); /* the largest is 1: never all 0 */
		sum += out[i];
	}
	for (size_t i = 0; i < n; i++) {
		out[i] /= sum;
	}
}
