/* Poisson counts; see poisson.h. */
#include "collector/stats/poisson.h"

#include <math.h>

#include "collector/stats/special.h"

/* From here on the printed digits of the approximation are exact, and those of the logarithms are
 * not. */
#define LAMBDA_LARGE 1e10

struct interval stats_poisson_interval(double count, double confidence)
{
	double risk = (1 - confidence) / 2;

	return (struct interval){ stats_gamma_quantile(count, risk),
		                  stats_gamma_quantile(count + 1, 1 - risk) };
}

double stats_poisson_wape_floor(double lambda)
{
	double m = floor(lambda);
	int sign;

	if (!(lambda > 0)) {
		return NAN;
	}
	if (lambda > LAMBDA_LARGE) {
		return sqrt(2 / (M_PI * lambda));
	}
	return 2 * exp(m * log(lambda) - lambda - lgamma_r(m + 1, &sign));
}
