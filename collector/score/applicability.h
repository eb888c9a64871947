/* What a site does not have and has signed for; private to the scoring engine. */
#pragma once

#include "collector/score/evidence/tally.h"

/**
 * Take out of `list` what a statement that counts on the last day of the window says is not
 * applicable: the newest one for the indicator decides. Only an indicator whose model names such a
 * condition (not_applicable_if) can be taken out, and only where the window holds no evidence of
 * it: a statement never raises what was measured.
 * @return 0, or what the store returns.
 */
int applicability_apply(struct scored *list, size_t n, const struct cxm_catalog *catalog,
                        const struct tally_source *from, struct fault *fault);
