/* Counters of what is missing in a window; private to the scoring engine. */
#pragma once

#include "collector/score/evidence/tally.h"

/** Fill card->gaps, every reason named even where its count is 0; what was told twice only where
 * there is any. */
int gaps_count(struct scorecard *card, const struct cxm_catalog *catalog,
               const struct tally_source *from, struct fault *fault);

/** How many rows of a kind in the window, of those that count (`of`; NULL: all), are left out
 * because another source tells them. */
int gaps_twice(uint64_t *rows, const struct cxm_kind *kind, const struct expr *of,
               const struct model_rules *rules, const struct tally_source *from,
               struct fault *fault);
