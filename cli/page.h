/* A page of a scorecard being written: the card, how it looks, where it goes, and one column in the
 * making. For the files that write parts of it. */
#pragma once

#include "cli/look.h"
#include "cli/say.h"

enum {
	PAGE_NAME_WIDTH = 35,
	PAGE_BAR_WIDTH = 16,
	PAGE_SCORE_WIDTH = 4,
	PAGE_INTERVAL_WIDTH = 9,
	PAGE_STAGE_WIDTH = 11,
	PAGE_VERDICT_WIDTH = 14,
	PAGE_COVERAGE_WIDTH = 5,
};

struct page {
	const struct scorecard *card;
	const struct look *l;
	struct buf *out;
	struct buf cell; /* one column being made */
};

struct slice page_cell(struct page *p);
const char *card_word(const struct page *p, enum say what);

/** Put the cell that was made into its column and empty it. */
void page_put(struct page *p, size_t width, bool right);
void page_put_text(struct page *p, const char *text, size_t width);
void page_end_line(struct page *p);

/** Write the cell from column `at` on, wrapped; ends the line and empties the cell. */
void page_wrap(struct page *p, size_t at);

/** A line of its own: a bold title, then the cell wrapped behind it. */
void page_titled(struct page *p, enum say title);

/* What the table of areas and the line below it share. */
struct page_row {
	const char *name;
	double score;
	struct interval sure;
	int stage;
	double coverage;
};

/** One line of the table; the verdict is the cell that was made. */
void page_row(struct page *p, const struct page_row *row);

/** The index over all areas, below the table, with what speaks for and against it. */
void card_overall(struct page *p);

/** What changed around the figures, in a few words; nothing when nobody asked or nothing did. */
void card_changes(struct page *p);

/** Indicators that got better while a counter got worse. */
void card_conflicts(struct page *p);
