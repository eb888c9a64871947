/* What areas and the overall index reckon alike; private to the scoring engine. */
#pragma once

#include "cxmeter/score.h"

/** Weight of an assessed indicator in its area: weight times class factor. */
double area_weight_of(const struct scored *s, const struct model_rules *rules);

/**
 * Highest stage k such that more than half of the weight ("largely") is at k or above and more than
 * 85 % ("fully") at k - 1 or above (ISO/IEC 33020).
 * @param at_least  shares of weight at stage 1, 2, 3, 4 or above.
 */
int area_stage_of_shares(const struct model_rules *rules, const double at_least[MODEL_STAGES]);
