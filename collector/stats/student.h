/* Student's t, and the interval of the mean of independent answers. Pure. */
#pragma once

#include "cxmeter/stats.h"

/** P(T <= t) with `df` degrees of freedom, above 0 and not necessarily whole. */
double stats_student_cdf(double t, double df);

/** Its inverse (Abramowitz and Stegun 26.7); -INFINITY at 0, INFINITY at 1, NAN outside 0 .. 1 and
 * for df <= 0. */
double stats_student_quantile(double p, double df);

/**
 * Interval of a mean: mean -/+ t(n - 1) s / sqrt(n).
 * @param total  n values, their sum and the sum of their squares.
 * @return NANs for fewer than two values.
 */
struct interval stats_student_interval(const struct stats_day *total, double confidence);
