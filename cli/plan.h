/* Commands that show a scorecard another way, and what they share with cxmeter score. */
#pragma once

#include "cli/desk.h"
#include "cli/look.h"
#include "collector/score/views/lens.h"

/** Options, language, model: what every command that scores needs before it asks (score.c). */
int score_prepare(struct desk *d, struct look *l, struct score_request *request, int32_t days[2]);

/** The lens that --lens names. @return an exit code; EXIT_DONE to go on. */
int plan_load_lens(struct desk *d, struct lens **out);
int plan_print_lens(struct desk *d, const struct lens *lens, const struct scorecard *card,
                    const struct look *l);

int command_roadmap(const struct options *o);
int command_compare(const struct options *o);
