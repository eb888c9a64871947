/* A scorecard through a lens, as text for people and as JSON (docs/lens.schema.json). Pure: they
 * append to a buffer. */
#pragma once

#include "cli/look.h"
#include "collector/score/views/lens.h"
#include "collector/score/views/roadmap.h"

/** Never wider than COLUMN_LINE_MAX columns. @param rated  its drivers; NULL: none. */
void lens_text(const struct lens_view *v, const struct roadmap *rated, const struct look *l,
               struct buf *out);

/** The areas of the card that a view is about. */
void lens_areas(const struct lens_view *v, bool areas[MODEL_AREAS_MAX]);

/** @param language  of the names and reasons; everything else is the same in all. */
void lens_json(const struct lens_view *v, const struct roadmap *drivers,
               enum model_language language, struct buf *out);
