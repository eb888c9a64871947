/* Observed against expected, and over-dispersion between sites; see standardise.h. */
#include "collector/stats/standardise.h"

#include <math.h>
#include <stdlib.h>

#define WINSORISED 0.1 /* at either end (Spiegelhalter 2005) */

struct stats_standardised stats_standardise(const struct stats_stratum *site,
                                            const double *reference, size_t n, double pool_rate)
{
	struct stats_standardised s = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (isnan(reference[i])) {
			continue;
		}
		s.observed += site[i].good;
		s.expected += site[i].n * reference[i];
		s.variance += site[i].n * reference[i] * (1 - reference[i]);
	}
	s.ratio = s.expected > 0 ? s.observed / s.expected : NAN;
	s.error = s.expected > 0 ? sqrt(s.variance) / s.expected : NAN;
	s.z = s.variance > 0 ? (s.observed - s.expected) / sqrt(s.variance) : NAN;
	s.adjusted = s.ratio * pool_rate;
	return s;
}

double stats_standardised_z(const struct stats_standardised *a, const struct stats_standardised *b)
{
	double error = hypot(a->error, b->error);

	return error > 0 ? (a->ratio - b->ratio) / error : NAN;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

void stats_winsorise(double *values, size_t n, double share)
{
	size_t cut = (size_t)floor(share * (double)n + 1e-9);

	if (n == 0) {
		return;
	}
	cut = 2 * cut < n ? cut : (n - 1) / 2;
	qsort(values, n, sizeof(*values), by_size);
	for (size_t i = 0; i < cut; i++) {
		values[i] = values[cut];
		values[n - 1 - i] = values[n - 1 - cut];
	}
}

struct stats_dispersion stats_dispersion_of(const double *y, const double *variance, size_t n,
                                            double centre, double *scratch)
{
	struct stats_dispersion d = { .phi = 1 };
	double sites = (double)n;
	double w = 0;
	double w2 = 0;
	double squares = 0;

	if (n < 2) {
		return d;
	}
	for (size_t i = 0; i < n; i++) {
		scratch[i] = (y[i] - centre) / sqrt(variance[i]);
		w += 1 / variance[i];
		w2 += 1 / (variance[i] * variance[i]);
	}
	stats_winsorise(scratch, n, WINSORISED);
	for (size_t i = 0; i < n; i++) {
		squares += scratch[i] * scratch[i];
	}
	d.phi = squares / sites;
	d.additive = d.phi > sites / (sites - 1);
	if (d.additive) {
		d.tau2 = fmax(0, (sites * d.phi - (sites - 1)) / (w - w2 / w));
	}
	return d;
}

double stats_dispersed_z(double y, double variance, double centre, const struct stats_dispersion *d)
{
	return (y - centre) / sqrt(variance + (d->additive ? d->tau2 : 0));
}
