/* How much of what passed on the wire was looked at; private to the scoring engine. */
#pragma once

#include "collector/score/evidence/tally.h"

/** Read from Gap records what the agents left out or lost, and say it of each area whose indicators
 * rest on the wire, behind its other notes. @return 0 or -errno, explained. */
int followed_note(struct scorecard *card, const struct cxm_catalog *catalog,
                  const struct tally_source *from, struct fault *fault);
