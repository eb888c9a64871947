/* Draws from distributions; see draw.h. */
#include "simulate/draw.h"

#include <math.h>

#define TWO_PI 6.28318530717958647692

bool draw_chance(struct stats_random *r, double p)
{
	return stats_random_unit(r) < p;
}

double draw_exponential(struct stats_random *r, double mean)
{
	return -mean * log1p(-stats_random_unit(r));
}

double draw_normal(struct stats_random *r)
{
	double u = 1 - stats_random_unit(r); /* above 0, so that the logarithm exists */
	double v = stats_random_unit(r);

	return sqrt(-2 * log(u)) * cos(TWO_PI * v);
}

double draw_lognormal(struct stats_random *r, double mean, double cv)
{
	double variance = log1p(cv * cv);

	return mean * exp(sqrt(variance) * draw_normal(r) - variance / 2);
}

double draw_around_median(struct stats_random *r, double median, double sigma)
{
	return median * exp(sigma * draw_normal(r));
}

double draw_gamma(struct stats_random *r, double shape)
{
	double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
	double c = 1 / sqrt(9 * d);
	double boost = shape < 1 ? pow(1 - stats_random_unit(r), 1 / shape) : 1;
	double x;
	double v;

	do {
		x = draw_normal(r);
		v = pow(1 + c * x, 3);
	} while (v <= 0 || log(1 - stats_random_unit(r)) >= x * x / 2 + d - d * v + d * log(v));
	return d * v * boost;
}

double draw_share(struct stats_random *r, double p, double spread)
{
	double both = 1 / spread - 1; /* a + b of a beta whose variance is p (1-p) / (a+b+1) */
	double a;
	double b;

	if (p <= 0 || p >= 1 || spread <= 0) {
		return p;
	}
	a = draw_gamma(r, p * both);
	b = draw_gamma(r, (1 - p) * both);
	return a + b > 0 ? a / (a + b) : p;
}

unsigned draw_poisson(struct stats_random *r, double mean)
{
	double left = mean;
	unsigned n = 0;

	if (!(mean > 0)) {
		return 0;
	}
	left -= draw_exponential(r, 1);
	while (left > 0) {
		n++;
		left -= draw_exponential(r, 1);
	}
	return n;
}

double draw_between(struct stats_random *r, double low, double high)
{
	return low + (high - low) * stats_random_unit(r);
}
