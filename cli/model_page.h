/* The model as a page for people who lead a contact centre, in Markdown: docs/model.md and
 * docs/model.de.md are what this writes. */
#pragma once

#include "common/buf.h"
#include "cxmeter/model.h"

#define MODEL_PAGE_MAX_BYTES ((size_t)4 * 1024 * 1024)

/** Append the page of a model; the buffer's own limit decides whether it is whole. */
void model_page(const struct model *m, enum model_language language, struct buf *out);

/* In how many simulated sites a figure had an interval, and in how many that held the truth. */
struct model_coverage {
	unsigned sites; /* above 0 */
	unsigned held;
};

/** @return false where none had one: a state, or not tried. */
bool model_coverage_of(const char *id, struct model_coverage *out);

/* Words of the page (model_page_words.c). */
enum doc_word {
	PAGE_TITLE,
	PAGE_WRITTEN, /* by hand or not; %v is the model's version */
	PAGE_HOW_TO_READ,
	PAGE_STAGE,
	PAGE_SCORE,
	PAGE_READING,
	PAGE_GLANCE,
	PAGE_AREA,
	PAGE_WEIGHT,
	PAGE_INDICATORS,
	PAGE_NEEDS,
	PAGE_MEASURABLE,
	PAGE_NOT_MEASURABLE,
	PAGE_SOFT_GATE,
	PAGE_HARD_GATE,
	PAGE_OF,
	PAGE_BELOW,
	PAGE_ABOVE,
	PAGE_FROM,
	PAGE_AT_MOST,
	PAGE_LEVEL,
	PAGE_PROPOSED,
	PAGE_DEFINITION,
	PAGE_COMPUTED,
	PAGE_NOT_YET,
	PAGE_METHOD,
	PAGE_AT_LEAST,
	PAGE_TOP_NEEDS,
	PAGE_GAMING,
	PAGE_COUNTER,
	PAGE_WATCHED,
	PAGE_CAP,
	PAGE_NOT_APPLICABLE,
	PAGE_CONTEXT,
	PAGE_CONTEXT_IS,
	PAGE_USE,
	PAGE_HOLDS,
	PAGE_HOLDS_IS,
	PAGE_FIGURE,
	PAGE_SITES,
	PAGE_HELD,
	PAGE_SOURCES,
	PAGE_SOURCES_ARE,
	PAGE_TOOK,
	PAGE_VERIFIED,
	PAGE_WORDS,
};
const char *doc_word(enum doc_word word, enum model_language language);
const char *page_class(enum model_class c, enum model_language language);
const char *page_interval(enum model_interval interval, enum model_language language);

/** What an estimator does, by its name; the name itself where nobody has found words. */
const char *page_estimator(const char *name, enum model_language language);
