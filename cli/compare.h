/* A comparison as text for people, as JSON (docs/compare.schema.json) and as CSV. Pure: they append
 * to a buffer. */
#pragma once

#include "cli/look.h"
#include "cli/plan_notes.h"
#include "collector/score/views/compare.h"

/** Never wider than COLUMN_LINE_MAX columns. */
void compare_text(const struct compare_report *r, const struct look *l, struct buf *out);

/** @param language  of the reasons; everything else is the same in all. */
void compare_json(const struct compare_report *r, enum model_language language, struct buf *out);
void compare_csv(const struct compare_report *r, enum model_language language, struct buf *out);

/** Name of what the a-th and b-th of a result are: a site, or a vendor. */
const char *compare_side(const struct compare_report *r, size_t i);

/** Whose notes stand below a comparison: those of every site. @return how many. */
size_t compare_notes(const struct compare_report *r, struct plan_notes of[COMPARE_SITES_MAX]);
const char *compare_statement_name(enum compare_statement statement);
