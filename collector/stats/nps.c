/* Net promoter score; see nps.h. */
#include "collector/stats/nps.h"

#include <math.h>

#include "collector/stats/difference.h"

struct stats_nps stats_nps(double promoters, double detractors, double answers, double z)
{
	double net = promoters - detractors;
	struct stats_nps s = { NAN, NAN, { NAN, NAN } };
	double variance;

	if (!(answers > 0)) {
		return s;
	}
	variance = (promoters + detractors - net * net / answers) / (answers * answers);
	s.points = 100 * net / answers;
	s.error = 100 * sqrt(fmax(variance, 0));
	if (s.error > 0) {
		s.sure.low = s.points - z * s.error;
		s.sure.high = s.points + z * s.error;
	} else {
		s.sure = stats_newcombe(promoters, answers, detractors, answers, z).sure;
		s.sure.low *= 100;
		s.sure.high *= 100;
	}
	s.sure.low = fmax(s.sure.low, -100);
	s.sure.high = fmin(s.sure.high, 100);
	return s;
}
