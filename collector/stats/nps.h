/* Net promoter score with its multinomial interval. Pure. */
#pragma once

#include "cxmeter/stats.h"

struct stats_nps {
	double points; /* 100 (promoters - detractors) / answers; NAN without answers */
	double error;  /* standard error, points */
	struct interval sure;
};

/**
 * @param promoters   answers 9 and 10.
 * @param detractors  answers 0 to 6.
 * @param answers     all of them.
 *
 * Interval: points -/+ z error with the multinomial variance (P + D - (P - D)^2 / n) / n^2. Where
 * all answers fall into one class that variance is 0 and would promise certainty: then MOVER of the
 * Wilson intervals of both shares takes its place. Always within -100 .. 100.
 */
struct stats_nps stats_nps(double promoters, double detractors, double answers, double z);
