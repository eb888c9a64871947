/* The change log for people and machines. Pure: they append to a buffer. */
#pragma once

#include "cli/look.h"
#include "cxmeter/changes.h"

/** Never wider than COLUMN_LINE_MAX columns. */
void changes_text(const struct score_changes *changes, const struct model *m, const struct look *l,
                  struct buf *out);

/** One change without its day: "sales: target changed: service_level 80.0 % within 20 s to ...". */
void change_text(const struct score_change *c, const struct model *m, const struct look *l,
                 struct buf *out);

/** A list of objects, as in docs/scorecard.schema.json. */
void changes_json(const struct score_changes *changes, struct buf *out);

/** The list with its site and window (docs/changes.schema.json). */
void changes_json_page(const struct score_changes *changes, struct buf *out);
void changes_csv(const struct score_changes *changes, struct buf *out);
