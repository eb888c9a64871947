/* What readers of a page must know of the evidence behind it: which share of the calls was
 * followed, what was lost before it could be measured. The scorecard says it of each area
 * (collector/score/followed.c); here it stands once for all areas of which the same is to be said.
 */
#pragma once

#include "cli/plan_page.h"

/* Of whom, and of what. */
struct plan_notes {
	const struct scorecard *card;
	const bool *areas; /* one an area of the card: those the page is about; NULL: all */
	bool name_site;    /* the page is about several */
};

/** As the last part of a page, with a heading; nothing where no area has such a note. */
void plan_notes_text(struct plan_page *p, const struct plan_notes *of, size_t n);

/** "notes": one entry an area and note; no key where there is none. */
void plan_notes_json(struct put *j, const struct plan_notes *of, size_t n,
                     enum model_language language);
