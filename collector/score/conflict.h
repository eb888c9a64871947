/* Conflicts between an indicator and its counters; private to the scoring engine. */
#pragma once

#include "collector/score/evidence/tally.h"

/**
 * Hold every indicator that has counters against the window of the same length right before: where
 * it got better while a counter got worse, the indicator is flagged. Changes no score.
 * @param cache  of parts gathered before; NULL: none.
 * @return 0, -ENOMEM, or what the store returns.
 */
int conflicts_find(struct scorecard *card, const struct tally_source *from, struct fault *fault);
