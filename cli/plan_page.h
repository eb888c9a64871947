/* What pages about lenses, roadmaps and comparisons share: head, cells, lines. */
#pragma once

#include "cli/look.h"
#include "cli/plan_say.h"
#include "cli/put.h"
#include "common/slice.h"

struct plan_page {
	const struct look *l;
	struct buf *out;
	struct buf cell; /* one column, or a paragraph, being made */
	bool simulated;  /* the mark stands first and last */
};

void plan_page_init(struct plan_page *p, const struct look *l, struct buf *out);

/** The mark first on the page; plan_page_end puts it last. */
void plan_mark(struct plan_page *p, bool simulated);

/** Pass on that the cell failed; free it. */
void plan_page_end(struct plan_page *p);

const char *plan_word(const struct plan_page *p, enum plan_word what);

/** Put the cell that was made into a column and empty it. */
void plan_put(struct plan_page *p, size_t width, bool right);
void plan_put_text(struct plan_page *p, const char *text, size_t width);

/** The cell as a paragraph from column `at`. */
void plan_wrap(struct plan_page *p, size_t at);

/** End a line without blanks before its end. */
void plan_line(struct plan_page *p);

/** Title and site, window, model. */
void plan_head(struct plan_page *p, const char *title, const struct scorecard *card);

/** "2.47 [2.39 to 2.53]" */
void plan_score(struct plan_page *p, const struct model_rules *rules, double score,
                const struct interval *sure);

/** The same head for machines: site, window, model, provisional, and, only where it is, simulated.
 */
void plan_json_head(struct put *j, const struct scorecard *card);
