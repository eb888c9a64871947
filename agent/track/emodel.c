/*
 * The formulas of ITU-T G.107 with all but four inputs at their defaults; see the header for what
 * is left out.
 */
#include "agent/track/emodel.h"

#include <math.h>

#define R0_LESS_IS    93.2  /* G.107 clause 7.7: R with every parameter at its default */
#define DELAY_FREE_MS 100.0 /* G.107 clause 7.4: no impairment up to here */

static double power_6(double x)
{
	return x * x * x * x * x * x;
}

static double root_6(double x)
{
	return cbrt(sqrt(x));
}

double emodel_idd(double delay_ms)
{
	double x;

	if (delay_ms <= DELAY_FREE_MS) {
		return 0;
	}
	x = log2(delay_ms / DELAY_FREE_MS);
	return 25.0 * (root_6(1 + power_6(x)) - 3 * root_6(1 + power_6(x / 3)) + 2);
}

double emodel_ie_eff(const struct emodel_codec *codec, double loss_ratio, double burst_ratio)
{
	double percent = 100.0 * loss_ratio;
	double burst = burst_ratio > 1 ? burst_ratio : 1;

	return codec->ie + (95.0 - codec->ie) * percent / (percent / burst + codec->bpl);
}

double emodel_r(const struct emodel_input *in)
{
	return R0_LESS_IS - emodel_idd(in->delay_ms) -
	       emodel_ie_eff(&in->codec, in->loss_ratio, in->burst_ratio);
}

double emodel_mos(double r)
{
	double mos;

	if (r <= 0) {
		return 1.0;
	}
	if (r >= 100) {
		return 4.5;
	}
	mos = 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r);
	return mos > 1 ? mos : 1.0; /* the polynomial dips under 1 for R below about 6.5 */
}
