/*
 * One value of a file, from the way another tool writes it to the way text_parse reads it: words
 * for other words, times in a form and zone, clock times as durations, thousands separators, per
 * cent, scales.
 *
 * Pure: text in, text out. What it refuses it explains without the text itself (text.h).
 */
#pragma once

#include "common/zone.h"
#include "cxmeter/record.h"
#include "proto/text.h"

#define SHAPE_PARTS_MAX 4 /* columns that are put together to one value */

enum shape_form {
	SHAPE_PLAIN,
	SHAPE_PERCENT, /* 85 % or 85 is 0.85 */
	SHAPE_CLOCK,   /* [h:]mm:ss, a duration */
	SHAPE_HOURS,   /* h:mm, a duration */
	SHAPE_UNTIL,   /* a time; the field becomes how long after the record's at_us it is */
};

struct shape_word {
	const char *from; /* case ignored; "*" is whatever stands in no other line */
	const char *to;   /* "": as if the column were empty */
};

/* from low..high to to_low..to_high; low may be the larger number (school marks) */
struct shape_scale {
	bool known;
	double low;
	double high;
	double to_low;
	double to_high;
};

struct shape {
	enum shape_form form;
	double factor; /* of a number, after `scale`; 0 or 1: none; 1000 for s into _ms */
	const struct shape_word *words;
	size_t n_words;
	const char *time_form; /* of when_parse_as; NULL: any of when_parse */
	struct shape_scale scale;
};

/* What holds for a whole file. */
struct shape_rules {
	const struct zone *zone; /* of times without an offset; NULL: the zone in use */
	char thousands;          /* separator: . , ' or blank; 0: none */
	bool decimal_comma;
};

/* One value on its way; in: */
struct shape_value {
	const struct cxm_field *field;
	bool joined; /* put together from several columns: an end that lies before its beginning
	                is on the next day (SHAPE_UNTIL) */
	int64_t begin_us;  /* at_us of the record, for SHAPE_UNTIL */
	struct slice text; /* in and out; out it may lie in the words or in `scratch` */
	double factor;     /* out: what text_parse is to multiply by */
};

/** Bring a value into the form that text_parse reads. @return 0, or -EINVAL, explained. */
int shape_apply(const struct shape *shape, const struct shape_rules *rules, struct shape_value *v,
                struct buf *scratch, struct fault *fault);

/** "1..5 to 0..100", or "1..5" to check only. @return 0 or -EINVAL. */
int shape_scale_parse(struct slice text, struct shape_scale *out);
