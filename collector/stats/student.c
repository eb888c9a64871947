/* Student's t; see student.h. */
#include "collector/stats/student.h"

#include <math.h>

#include "collector/stats/special.h"

/* With so many degrees of freedom it is the normal distribution to 1e-9. */
#define NORMAL_FROM 1e8

/* P(T > t) for t >= 0, without the cancellation of 1 - cdf */
static double upper_tail(double t, double df)
{
	if (df > NORMAL_FROM) {
		return stats_normal_cdf(-t);
	}
	return stats_beta_cdf(df / (df + t * t), df / 2, 0.5) / 2;
}

double stats_student_cdf(double t, double df)
{
	if (isnan(t) || !(df > 0)) {
		return NAN;
	}
	return t < 0 ? upper_tail(-t, df) : 1 - upper_tail(t, df);
}

/* The t >= 0 with P(T > t) = tail: doubled until it lies below, then halved until no double is
 * between. */
static double of_tail(double tail, double df)
{
	double low = 0;
	double high = 1;

	while (upper_tail(high, df) > tail && isfinite(high)) {
		low = high;
		high *= 2;
	}
	for (;;) {
		double middle = low + (high - low) / 2;

		if (middle <= low || middle >= high) {
			return high;
		}
		if (upper_tail(middle, df) > tail) {
			low = middle;
		} else {
			high = middle;
		}
	}
}

double stats_student_quantile(double p, double df)
{
	if (!(p >= 0 && p <= 1) || !(df > 0)) {
		return NAN;
	}
	if (p == 0 || p == 1) {
		return p == 0 ? -INFINITY : INFINITY;
	}
	if (p == 0.5) {
		return 0;
	}
	return p < 0.5 ? -of_tail(p, df) : of_tail(1 - p, df);
}

struct interval stats_student_interval(const struct stats_day *total, double confidence)
{
	if (!(total->n >= 2)) {
		return (struct interval){ NAN, NAN };
	}
	return stats_mean_interval(total, 1,
	                           stats_student_quantile((1 + confidence) / 2, total->n - 1));
}
