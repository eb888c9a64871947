/* How far a forecast was off, and how busy agents were: ratios of sums over intervals. Pure. */
#pragma once

#include <stddef.h>

struct stats_forecast_error {
	double wape; /* sum |actual - forecast| / sum actual; NAN when nothing came */
	double mape; /* mean of |actual - forecast| / actual; NAN when an actual is 0 */
	double bias; /* (sum forecast - sum actual) / sum actual: above 0 too much was expected */
};

/** @param actual, forecast  n pairs, 0 or more each. */
struct stats_forecast_error stats_forecast_error(const double *actual, const double *forecast,
                                                 size_t n);

/** 1 - error / error of the naive forecast: above 0 it was of use. NAN when the naive one was
 * exact. */
double stats_forecast_skill(double wape, double naive_wape);

/* Seconds (or any one unit) of staffed time. */
struct stats_work {
	double talk;
	double hold;
	double wrap;
	double available;
	double pause;
};

/** (talk + hold + wrap) / (talk + hold + wrap + available); NAN for none. Pause is neither. */
double stats_occupancy(const struct stats_work *w);

/** The same over all logged-in time, pause included. Never to be mixed with occupancy. */
double stats_utilisation(const struct stats_work *w);
