/* Forecast errors and occupancy; see forecast.h. */
#include "collector/stats/forecast.h"

#include <math.h>

struct stats_forecast_error stats_forecast_error(const double *actual, const double *forecast,
                                                 size_t n)
{
	double off = 0;
	double relative = 0;
	double sum = 0;
	double expected = 0;

	for (size_t i = 0; i < n; i++) {
		double error = fabs(actual[i] - forecast[i]);

		off += error;
		relative += actual[i] > 0 ? error / actual[i] : NAN;
		sum += actual[i];
		expected += forecast[i];
	}
	if (!(sum > 0)) {
		return (struct stats_forecast_error){ NAN, NAN, NAN };
	}
	return (struct stats_forecast_error){ off / sum, relative / (double)n,
		                              (expected - sum) / sum };
}

double stats_forecast_skill(double wape, double naive_wape)
{
	return naive_wape > 0 ? 1 - wape / naive_wape : NAN;
}

double stats_occupancy(const struct stats_work *w)
{
	double busy = w->talk + w->hold + w->wrap;
	double staffed = busy + w->available;

	return staffed > 0 ? busy / staffed : NAN;
}

double stats_utilisation(const struct stats_work *w)
{
	double busy = w->talk + w->hold + w->wrap;
	double logged_in = busy + w->available + w->pause;

	return logged_in > 0 ? busy / logged_in : NAN;
}
