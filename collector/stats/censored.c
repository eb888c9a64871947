/* Order statistics of censored times; see censored.h. */
#include "collector/stats/censored.h"

#include <math.h>

#include "collector/stats/special.h"

/* Rounding of the effective size, so that a whole n gives whole ranks. */
#define SLACK 1e-9

struct curve {
	double at_risk;
	double survival;
	double greenwood; /* variance of the survival over its square */
	double size;      /* effective; of the last step that had one */
};

/* One distinct time: those who leave then, and of them those whose time ended. */
static void step(struct curve *c, double leaving, double events)
{
	if (events > 0) {
		double left = c->at_risk - events;

		c->survival *= left / c->at_risk;
		c->greenwood += left > 0 ? events / (c->at_risk * left) : 0;
		if (left > 0) {
			c->size = (1 - c->survival) / (c->survival * c->greenwood);
		}
	}
	c->at_risk -= leaving;
}

/* P(so few or fewer ended by now), and P(so many or more), were q the true share. */
static double lower_tail(const struct curve *c, double q)
{
	double ended = c->size * (1 - c->survival);

	return stats_beta_cdf(1 - q, c->size - ended, ended + 1);
}

static double upper_tail(const struct curve *c, double q)
{
	double ended = c->size * (1 - c->survival);

	return stats_beta_cdf(q, ended, c->size - ended + 1);
}

struct interval stats_km_interval(const struct stats_cell *cells, size_t n_cells, double q,
                                  double confidence)
{
	struct interval at = { NAN, NAN };
	struct curve c = { .survival = 1 };
	double risk = (1 - confidence) / 2 * (1 + SLACK);

	for (size_t i = 0; i < n_cells; i++) {
		c.at_risk += cells[i].n;
	}
	c.size = c.at_risk;
	/* even before the first time it may already be q: then nothing bounds it from below */
	if (!(c.at_risk > 0 && q > 0 && q < 1)) {
		return at;
	}
	at.low = lower_tail(&c, q) > risk ? -INFINITY : NAN;
	for (size_t i = 0; i < n_cells && isnan(at.high);) {
		double value = cells[i].value;
		double leaving = 0;
		double events = 0;

		for (; i < n_cells && cells[i].value == value; i++) {
			leaving += cells[i].n;
			events += cells[i].events;
		}
		step(&c, leaving, events);
		if (events > 0 && isnan(at.low) && lower_tail(&c, q) > risk) {
			at.low = value;
		}
		if (events > 0 && upper_tail(&c, q) <= risk) {
			at.high = value;
		}
	}
	at.low = isinf(at.low) ? NAN : at.low;
	return at;
}
