/* Conflicts between an indicator and its counters; private to the scoring engine. */
#pragma once

#include "cxmeter/cache.h"
#include "cxmeter/score.h"

/**
 * Hold every indicator that has counters against the window of the same length right before: where
 * it got better while a counter got worse, the indicator is flagged. Changes no score.
 * @param cache  of parts gathered before; NULL: none.
 * @return 0, -ENOMEM, or what the store returns.
 */
int conflicts_find(struct scorecard *card, struct store *st, struct cache *cache,
                   struct fault *fault);
