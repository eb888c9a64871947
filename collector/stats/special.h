/*
 * The special functions that exact intervals rest on: normal, beta and gamma distributions and
 * their quantiles. Pure. Error of the distributions about 1e-13 times the larger parameter, and
 * below 1e-12; checked against an independent library by tests/oracle.
 */
#pragma once

/** Standard normal distribution function. */
double stats_normal_cdf(double z);

/** Its inverse; -INFINITY at 0, INFINITY at 1, NAN outside 0 .. 1. */
double stats_normal_quantile(double p);

/**
 * Regularised incomplete beta function I_x(a, b) (DLMF 8.17): P(X <= x) of a beta variable.
 * A binomial tail with it, also of a count that is not whole: P(Bin(n, q) >= k) is I_q(k, n - k +
 * 1).
 * @return 0 for x <= 0, 1 for x >= 1; at a <= 0 it is 1 and at b <= 0 it is 0, which are the
 * limits.
 */
double stats_beta_cdf(double x, double a, double b);

/** Regularised lower incomplete gamma function P(a, x) (DLMF 8.2); 0 for x <= 0, 1 for a <= 0. */
double stats_gamma_cdf(double a, double x);

/** x with P(a, x) = p; 0 for p <= 0 or a <= 0, INFINITY for p >= 1. */
double stats_gamma_quantile(double a, double p);
