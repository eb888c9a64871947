/* Normal, beta and gamma distributions; see special.h. Follows the series and continued fractions
 * of the NIST Digital Library of Mathematical Functions (dlmf.nist.gov), evaluated by the modified
 * method of Lentz (Thompson and Barnett 1986). */
#include "collector/stats/special.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define TINY   1e-300
#define ROUNDS 100000 /* no parameter below 1e8 comes near it */

/* From here on Wilson and Hilferty's cube root is better than the rounding of the series. */
#define GAMMA_LARGE 1e8

static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign); /* lgamma writes a global */
}

double stats_normal_cdf(double z)
{
	return erfc(-z / sqrt(2)) / 2;
}

double stats_normal_quantile(double p)
{
	double tail = p < 0.5 ? p : 1 - p;
	double t;
	double z;

	if (!(p >= 0 && p <= 1)) {
		return NAN;
	}
	if (tail <= 0) {
		return p < 0.5 ? -INFINITY : INFINITY;
	}
	/* Abramowitz and Stegun 26.2.23, good to 4.5e-4; then Halley's steps on the true tail */
	t = sqrt(-2 * log(tail));
	z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
	                (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
	for (int i = 0; i < 3; i++) {
		double off = erfc(z / sqrt(2)) / 2 - tail;
		double step = off * sqrt(2 * M_PI) * exp(z * z / 2);

		z += step / (1 - z * step / 2);
	}
	return p < 0.5 ? -z : z;
}

/* One step of Lentz: c and d hold the two ratios of a continued fraction. */
struct lentz {
	double c;
	double d;
	double value;
};

static bool lentz_step(struct lentz *l, double numerator, double denominator)
{
	double delta;

	l->d = denominator + numerator * l->d;
	l->d = 1 / (fabs(l->d) > TINY ? l->d : TINY);
	l->c = denominator + numerator / l->c;
	l->c = fabs(l->c) > TINY ? l->c : TINY;
	delta = l->c * l->d;
	l->value *= delta;
	return fabs(delta - 1) < DBL_EPSILON;
}

/* DLMF 8.17.22, which converges fast for x < (a + 1) / (a + b + 2) */
static double beta_fraction(double x, double a, double b)
{
	struct lentz l = { .c = 1 / TINY, .d = 1, .value = 1 };

	for (int i = 0; i < ROUNDS; i++) {
		double m = i;
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double even = (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2));

		(void)lentz_step(&l, odd, 1);
		if (lentz_step(&l, even, 1)) {
			break;
		}
	}
	return l.value;
}

double stats_beta_cdf(double x, double a, double b)
{
	double front;

	if (a <= 0 || x >= 1) {
		return 1;
	}
	if (b <= 0 || x <= 0) {
		return 0;
	}
	front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2)) {
		return front * beta_fraction(x, a, b) / a;
	}
	return 1 - front * beta_fraction(1 - x, b, a) / b;
}

/* DLMF 8.7.1 */
static double gamma_series(double a, double x)
{
	double term = 1 / a;
	double sum = term;

	for (int k = 1; k < ROUNDS && term > sum * DBL_EPSILON; k++) {
		term *= x / (a + k);
		sum += term;
	}
	return sum;
}

/* DLMF 8.9.2, of the upper function */
static double gamma_fraction(double a, double x)
{
	double first = 1 / (x + 1 - a);
	struct lentz l = { .c = 1 / TINY, .d = first, .value = first };

	for (int i = 1; i < ROUNDS; i++) {
		double k = i;

		if (lentz_step(&l, -k * (k - a), x + 1 - a + 2 * k)) {
			break;
		}
	}
	return l.value;
}

/* Wilson and Hilferty 1931: the cube root of a gamma variable is nearly normal. */
static double hilferty_z(double a, double x)
{
	return (cbrt(x / a) - 1 + 1 / (9 * a)) * 3 * sqrt(a);
}

static double hilferty_x(double a, double z)
{
	double root = 1 - 1 / (9 * a) + z / (3 * sqrt(a));

	return root > 0 ? a * root * root * root : 0;
}

double stats_gamma_cdf(double a, double x)
{
	double front;

	if (a <= 0) {
		return 1;
	}
	if (x <= 0) {
		return 0;
	}
	if (a > GAMMA_LARGE) {
		return stats_normal_cdf(hilferty_z(a, x));
	}
	front = exp(a * log(x) - x - log_gamma(a));
	return x < a + 1 ? fmin(1, front * gamma_series(a, x))
	                 : fmax(0, 1 - front * gamma_fraction(a, x));
}

double stats_gamma_quantile(double a, double p)
{
	double low = 0;
	double high;

	if (a <= 0 || p <= 0) {
		return 0;
	}
	if (p >= 1) {
		return INFINITY;
	}
	high = fmax(hilferty_x(a, stats_normal_quantile(p)), 1e-300);
	if (a > GAMMA_LARGE) {
		return high;
	}
	while (stats_gamma_cdf(a, high) < p) {
		low = high;
		high *= 2;
	}
	/* halved until there is no double between: about 60 rounds from two close ends; values
	 * below 1e-300 count as 0 */
	for (;;) {
		double middle = low + (high - low) / 2;

		if (middle <= low || middle >= high || high < 1e-300) {
			return high;
		}
		if (stats_gamma_cdf(a, middle) < p) {
			low = middle;
		} else {
			high = middle;
		}
	}
}
