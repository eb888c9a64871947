/* A roadmap as text for people, as JSON (docs/roadmap.schema.json) and as CSV. Pure: they append to
 * a buffer. */
#pragma once

#include "cli/look.h"
#include "collector/score/views/roadmap.h"

/** Never wider than COLUMN_LINE_MAX columns. */
void roadmap_text(const struct roadmap *r, const struct look *l, struct buf *out);

/** @param language  of the reasons; everything else is the same in all. */
void roadmap_json(const struct roadmap *r, enum model_language language, struct buf *out);
void roadmap_csv(const struct roadmap *r, enum model_language language, struct buf *out);

/** Name of who set a target, for machines. */
const char *roadmap_from_name(enum roadmap_from from);
