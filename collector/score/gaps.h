/* Counters of what is missing in a window; private to the scoring engine. */
#pragma once

#include "collector/score/tally.h"

/** Fill card->gaps, every reason named even where its count is 0. */
int gaps_count(struct scorecard *card, const struct cxm_catalog *catalog,
               const struct tally_source *from, struct fault *fault);
