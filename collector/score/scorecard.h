/* One figure of any window, for those parts of the scoring engine that look beyond the card's own;
 * private to it. */
#pragma once

#include "collector/score/gather.h"

struct score_figure {
	const struct model *model;
	const struct tally_source *from; /* the zone in use is that of its window */
	bool provisional;
};

/** Estimate and judge one indicator. @return 0, or what the store returns. */
int score_figure_of(struct scored *out, const struct model_indicator *is,
                    const struct score_figure *wanted, struct fault *fault);
