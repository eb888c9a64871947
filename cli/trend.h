/* Scores day by day, as text for people, as JSON (docs/trend.schema.json) and as CSV. Pure: they
 * append to a buffer. */
#pragma once

#include "cli/look.h"
#include "cxmeter/history.h"

/* What is shown of a history: all areas, one area, or one indicator. */
struct trend {
	const struct history *history;
	const struct model *model;
	const char *only;                        /* an id; NULL: all areas */
	const struct model_indicator *indicator; /* that it is the id of; NULL: of an area */
};

/** Never wider than COLUMN_LINE_MAX columns. */
void trend_text(const struct trend *t, const struct look *l, struct buf *out);
void trend_json(const struct trend *t, struct buf *out);
void trend_csv(const struct trend *t, struct buf *out);

/** Does it show the score of this id? */
bool trend_shows(const struct trend *t, const char *what);
