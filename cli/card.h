/* A scorecard as text for people, as JSON (docs/scorecard.schema.json) and as CSV. Pure: they
 * append to a buffer. */
#pragma once

#include "cli/look.h"

/** Never wider than COLUMN_LINE_MAX columns. */
void card_text(const struct scorecard *card, const struct look *l, struct buf *out);

/** Its first screen alone: areas, index, conflicts, next step; no indicators. */
void card_brief(const struct scorecard *card, const struct look *l, struct buf *out);

/** @param language  of the reasons; everything else is the same in all. */
void card_json(const struct scorecard *card, enum model_language language, struct buf *out);
void card_csv(const struct scorecard *card, enum model_language language, struct buf *out);

/* What the card says about one indicator beyond its own figures. */
struct explain_beside {
	const struct scored *on_card;          /* with its conflicts; NULL: not asked */
	const struct score_declared *declared; /* NULL: not asked */
};

/** One indicator in detail. */
void explain_text(const struct score_detail *detail, const struct explain_beside *beside,
                  const struct look *l, struct buf *out);

/** "3 of 40 agents of the schedule are never seen by the PBX ..."; agents->strangers above 0. */
void strangers_text(const struct score_agents *agents, const struct look *l, struct buf *out);

/** What got better while what else got worse; s->n_flags above 0. */
void conflict_text(const struct scored *s, const struct look *l, struct buf *out);

/** The sentence that says what lifts an indicator to its next stage; false when nothing does. */
bool lift_text(const struct scored *s, const struct model_rules *rules, const struct look *l,
               struct buf *out);

/** The name of an indicator without what stands in brackets behind it. */
struct slice short_name(const struct model_indicator *is, enum model_language language);
