/* One figure of any window, for those parts of the scoring engine that look beyond the card's own;
 * private to it. */
#pragma once

#include "collector/score/evidence/gather.h"

struct parts;

struct score_figure {
	const struct model *model;
	struct store *store;
	const char *site;
	const struct score_window *window; /* the zone in use is that of the window */
	const struct parts *parts;         /* as in struct tally_source */
	bool provisional;
};

/** Estimate and judge one indicator. @return 0, or what the store returns. */
int score_figure_of(struct scored *out, const struct model_indicator *is,
                    const struct score_figure *wanted, struct fault *fault);
