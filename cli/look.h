/* How figures look to people: numbers with their units, stages in colour, bars. */
#pragma once

#include "common/buf.h"
#include "cxmeter/score.h"

#define LOOK_TEXT_MAX_BYTES ((size_t)4 * 1024 * 1024)

struct look {
	enum model_language language;
	bool color; /* never the only sign of anything */
};

/** A value of an indicator in its unit: "76.9 %", "34.0 s"; "-" when it is not known. Rounding
 * never carries it over a threshold: 79.97 % where 80 % begins the next stage. */
void look_value(const struct look *l, const struct model_indicator *is, double value,
                struct buf *out);

/** A number of the model in the unit of the indicator, with all its digits: "10.25 s". */
void look_anchor(const struct look *l, const struct model_indicator *is, double value,
                 struct buf *out);

/** The value of an estimate, and its interval "[74.9 to 78.7]" (nothing when an end is not known),
 * with the same number of digits; where one of them needs two more than usual, because it lies a
 * hair beside a threshold, each with its own. */
void look_estimate(const struct look *l, const struct model_indicator *is,
                   const struct estimate *got, struct buf *out);
void look_interval(const struct look *l, const struct model_indicator *is,
                   const struct estimate *got, struct buf *out);

/** A difference of two values and its interval, in its own unit: "-12.1 points [-14.5 to -9.6]" of
 * shares, "16.0 s [11.6 to 19.9]". */
void look_difference(const struct look *l, const struct model_indicator *is, double value,
                     const struct interval *sure, struct buf *out);

/** A score with two digits. Rounding never carries it over a stage: 2.4965 is 2.49, because the
 * stage beside it says Developing. */
void look_score(const struct look *l, const struct model_rules *rules, double score,
                struct buf *out);

/** "2 Developing" */
void look_stage(const struct look *l, const struct model_rules *rules, int stage, struct buf *out);

/** n as it stands: whole, or with one digit. */
void look_count(const struct look *l, double n, struct buf *out);

/** "88 %" */
void look_percent(const struct look *l, double ratio, struct buf *out);

/** Between these, text is shown in the colour of a stage (0: dim). Nothing without colour. */
void look_paint(const struct look *l, int stage, struct buf *out);
void look_bold(const struct look *l, struct buf *out);
void look_plain(const struct look *l, struct buf *out);

/** The line that every page about made-up evidence begins and ends with; nothing for real. */
void look_mark(const struct look *l, bool simulated, struct buf *out);

/** A bar of `width` columns from 1.0 to 4.0: full up to the lower end, shaded over the interval,
 * dotted beyond. */
void look_bar(const struct model_rules *rules, const struct interval *sure, size_t width,
              struct buf *out);
