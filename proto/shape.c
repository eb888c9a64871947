/* Values as other tools write them; see shape.h. */
#include "proto/shape.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "common/when.h"

#define CLOCK_DIGITS_MAX 5 /* of hours or minutes: 99999 h are 11 years */
#define DAY_US           (INT64_C(86400) * WHEN_US_PER_S)

static int refuse(const struct shape_value *v, const char *expected, struct fault *fault)
{
	struct buf shown;

	buf_init(&shown, FAULT_TEXT_MAX);
	text_shape(slice_trim(v->text), &shown);
	(void)fault_set(fault, -EINVAL, "%s: expected %s, found something like \"%s\"",
	                v->field->name, expected, buf_text(&shown));
	buf_free(&shown);
	return -EINVAL;
}

/* Write into scratch and make it the value. */
static int say(struct shape_value *v, struct buf *scratch, const char *text, struct fault *fault)
{
	buf_reset(scratch);
	buf_add_text(scratch, text);
	v->text = slice_of(buf_text(scratch));
	return scratch->failed ? fault_set(fault, -EINVAL, "%s: too long", v->field->name) : 0;
}

/* Leading zeros: a number of 14 digits or more is microseconds (when_parse). */
static int say_time(struct shape_value *v, int64_t at_us, struct buf *scratch, struct fault *fault)
{
	char digits[32];

	if (at_us < 0) {
		return refuse(v, "a time after 1970", fault);
	}
	(void)snprintf(digits, sizeof(digits), "%020" PRId64, at_us);
	return say(v, scratch, digits, fault);
}

static int say_duration(struct shape_value *v, int64_t duration_us, struct buf *scratch,
                        struct fault *fault)
{
	char digits[32];

	(void)snprintf(digits, sizeof(digits), "%" PRId64,
	               v->field->unit == CXM_MS ? duration_us / 1000 : duration_us);
	return say(v, scratch, digits, fault);
}

static int say_number(struct shape_value *v, double number, struct buf *scratch,
                      struct fault *fault)
{
	char digits[40];

	(void)snprintf(digits, sizeof(digits), "%.17g", number);
	return say(v, scratch, digits, fault);
}

/* ---- words ---- */

static struct slice word_for(const struct shape *shape, struct slice text)
{
	const char *otherwise = NULL;

	for (size_t i = 0; i < shape->n_words; i++) {
		if (slice_ieq(text, slice_of(shape->words[i].from))) {
			return slice_of(shape->words[i].to);
		}
		if (strcmp(shape->words[i].from, "*") == 0) {
			otherwise = shape->words[i].to;
		}
	}
	return otherwise != NULL ? slice_of(otherwise) : text;
}

/* ---- times and durations ---- */

static int read_time(const struct shape *shape, const struct shape_rules *rules, struct slice text,
                     int64_t *at_us)
{
	return shape->time_form != NULL ? when_parse_as(shape->time_form, rules->zone, text, at_us)
	                                : when_parse_in(rules->zone, text, at_us);
}

static int refuse_time(const struct shape *shape, const struct shape_value *v, struct fault *fault)
{
	char expected[FAULT_TEXT_MAX / 2];

	if (shape->time_form == NULL) {
		return refuse(v, "a time such as 2026-11-22T05:58:26+01:00 or 22.11.2026 05:58",
		              fault);
	}
	(void)snprintf(expected, sizeof(expected), "a time of the form %s", shape->time_form);
	return refuse(v, expected, fault);
}

static int shape_time(const struct shape *shape, const struct shape_rules *rules,
                      struct shape_value *v, struct buf *scratch, struct fault *fault)
{
	int64_t at_us;

	if (read_time(shape, rules, v->text, &at_us) != 0) {
		return refuse_time(shape, v, fault);
	}
	return say_time(v, at_us, scratch, fault);
}

static int shape_until(const struct shape *shape, const struct shape_rules *rules,
                       struct shape_value *v, struct buf *scratch, struct fault *fault)
{
	int64_t at_us;

	if (read_time(shape, rules, v->text, &at_us) != 0) {
		return refuse_time(shape, v, fault);
	}
	/* the day of a shift is that on which it begins */
	if (v->joined && at_us < v->begin_us && v->begin_us - at_us < DAY_US) {
		at_us = when_day_later_us(rules->zone, at_us);
	}
	if (at_us < v->begin_us) {
		return fault_set(fault, -EINVAL, "%s: it ends before it begins", v->field->name);
	}
	return say_duration(v, at_us - v->begin_us, scratch, fault);
}

static bool take_number(struct slice *s, size_t max, int64_t *out)
{
	size_t n = 0;

	*out = 0;
	while (n < s->len && n < max && s->at[n] >= '0' && s->at[n] <= '9') {
		*out = *out * 10 + (s->at[n++] - '0');
	}
	*s = (struct slice){ s->at + n, s->len - n };
	return n > 0;
}

static bool take(struct slice *s, char c)
{
	if (s->len == 0 || s->at[0] != c) {
		return false;
	}
	*s = (struct slice){ s->at + 1, s->len - 1 };
	return true;
}

/* .5 or ,5 behind the seconds, in microseconds; what is finer is cut */
static bool take_fraction(struct slice *s, int64_t *out_us)
{
	int64_t scale = WHEN_US_PER_S / 10;
	int64_t digit;
	bool any = false;

	*out_us = 0;
	if (!take(s, '.') && !take(s, ',')) {
		return true;
	}
	while (take_number(s, 1, &digit)) {
		*out_us += digit * scale;
		scale /= 10;
		any = true;
	}
	return any;
}

/* mm:ss, h:mm:ss; or h:mm */
static bool read_clock(struct slice s, bool hours, int64_t *out_us)
{
	int64_t part[3] = { 0, 0, 0 };
	int64_t fraction_us = 0;
	size_t n = 0;

	do {
		if (n == 3 || !take_number(&s, n == 0 ? CLOCK_DIGITS_MAX : 2, &part[n])) {
			return false;
		}
		n++;
	} while (take(&s, ':'));
	if (hours) {
		*out_us = (part[0] * 3600 + part[1] * 60) * WHEN_US_PER_S;
		return n == 2 && s.len == 0 && part[1] < 60;
	}
	if (n < 2 || !take_fraction(&s, &fraction_us) || s.len > 0 || part[n - 1] > 59 ||
	    (n == 3 && part[1] > 59)) {
		return false;
	}
	*out_us = n == 3 ? part[0] * 3600 + part[1] * 60 + part[2] : part[0] * 60 + part[1];
	*out_us = *out_us * WHEN_US_PER_S + fraction_us;
	return true;
}

static int shape_clock(const struct shape *shape, struct shape_value *v, struct buf *scratch,
                       struct fault *fault)
{
	bool hours = shape->form == SHAPE_HOURS;
	int64_t duration_us;

	if (!read_clock(v->text, hours, &duration_us)) {
		return refuse(v, hours ? "a duration as h:mm" : "a duration as h:mm:ss or mm:ss",
		              fault);
	}
	return say_duration(v, duration_us, scratch, fault);
}

/* ---- numbers ---- */

/* The separator at the front of `s`: how long it is, 0 when it is something else. A blank is also
 * one of the no-break blanks U+00A0 and U+202F. */
static size_t separator_len(struct slice s, char separator)
{
	if (s.len > 0 && s.at[0] == separator) {
		return 1;
	}
	if (separator == ' ' && slice_starts(s, SLICE("\xc2\xa0"))) {
		return 2;
	}
	return separator == ' ' && slice_starts(s, SLICE("\xe2\x80\xaf")) ? 3 : 0;
}

/* 1.234.567,8 to 1234567,8: every group but the first has three digits. */
static int strip_thousands(const struct shape_rules *rules, struct shape_value *v,
                           struct buf *scratch, struct fault *fault)
{
	struct slice s = v->text;
	size_t group = 0; /* digits since the last separator */
	bool grouped = false;
	bool whole = true; /* before the decimal sign */
	bool ok = true;

	buf_reset(scratch);
	while (s.len > 0) {
		size_t n = whole ? separator_len(s, rules->thousands) : 0;
		bool digit = s.at[0] >= '0' && s.at[0] <= '9';

		if (n > 0) {
			ok = ok && group >= 1 && group <= 3 && (!grouped || group == 3);
			grouped = true;
			group = 0;
		} else {
			whole = whole && (digit || s.at[0] == '-' || s.at[0] == '+');
			ok = ok && (whole || !grouped || group == 3 || digit);
			group += digit && whole ? 1 : 0;
			buf_add_char(scratch, s.at[0]);
			n = 1;
		}
		s = (struct slice){ s.at + n, s.len - n };
	}
	if (!ok || (grouped && group != 3)) {
		return refuse(v, "a number with three digits behind each thousands separator",
		              fault);
	}
	v->text = slice_of(buf_text(scratch));
	return 0;
}

static int scale(const struct shape_scale *scale, const struct shape_value *v, double *number,
                 struct fault *fault)
{
	if (*number < fmin(scale->low, scale->high) || *number > fmax(scale->low, scale->high)) {
		return fault_set(fault, -EINVAL, "%s: outside of the scale from %g to %g",
		                 v->field->name, scale->low, scale->high);
	}
	*number = scale->to_low + (*number - scale->low) / (scale->high - scale->low) *
	                                  (scale->to_high - scale->to_low);
	return 0;
}

static int shape_number(const struct shape *shape, const struct shape_rules *rules,
                        struct shape_value *v, struct buf *scratch, struct fault *fault)
{
	bool percent = shape->form == SHAPE_PERCENT;
	double number;
	int rc = 0;

	if (rules->thousands != 0) {
		rc = strip_thousands(rules, v, scratch, fault);
	}
	if (rc != 0 || (!percent && !shape->scale.known)) {
		return rc;
	}
	if (percent && v->text.len > 0 && v->text.at[v->text.len - 1] == '%') {
		v->text.len--;
		v->text = slice_trim(v->text);
	}
	if (slice_double(v->text, rules->decimal_comma, &number) != 0) {
		return refuse(v, "a number", fault);
	}
	rc = shape->scale.known ? scale(&shape->scale, v, &number, fault) : 0;
	return rc == 0 ? say_number(v, percent ? number / 100 : number, scratch, fault) : rc;
}

int shape_apply(const struct shape *shape, const struct shape_rules *rules, struct shape_value *v,
                struct buf *scratch, struct fault *fault)
{
	bool number = v->field->type == CXM_INT || v->field->type == CXM_REAL;
	bool time = v->field->type == CXM_INT && v->field->unit == CXM_TIME;

	v->factor = shape->factor != 0 ? shape->factor : 1.0;
	v->text = word_for(shape, slice_trim(v->text));
	if (v->text.len == 0 || !number) {
		return 0;
	}
	if (shape->form == SHAPE_UNTIL) {
		return shape_until(shape, rules, v, scratch, fault);
	}
	if (shape->form == SHAPE_CLOCK || shape->form == SHAPE_HOURS) {
		return shape_clock(shape, v, scratch, fault);
	}
	if (!time) {
		return shape_number(shape, rules, v, scratch, fault);
	}
	if (v->factor != 1.0 || (shape->time_form == NULL && rules->zone == NULL)) {
		return 0; /* a number in another unit; or as text_parse reads it itself */
	}
	return shape_time(shape, rules, v, scratch, fault);
}

/* 1..5 */
static bool read_range(struct slice s, double *low, double *high)
{
	for (size_t i = 0; i + 1 < s.len; i++) {
		if (s.at[i] == '.' && s.at[i + 1] == '.') {
			struct slice from = slice_trim((struct slice){ s.at, i });
			struct slice to = slice_trim((struct slice){ s.at + i + 2, s.len - i - 2 });

			return slice_double(from, false, low) == 0 &&
			       slice_double(to, false, high) == 0 && *low != *high;
		}
	}
	return false;
}

int shape_scale_parse(struct slice text, struct shape_scale *out)
{
	const struct slice word = SLICE(" to ");
	struct slice first = text;
	struct slice second = { NULL, 0 };

	*out = (struct shape_scale){ .known = true };
	for (size_t i = 0; i + word.len <= text.len; i++) {
		struct slice rest = { text.at + i, text.len - i };

		if (slice_starts(rest, word)) {
			first.len = i;
			second = (struct slice){ rest.at + word.len, rest.len - word.len };
			break;
		}
	}
	if (!read_range(first, &out->low, &out->high)) {
		return -EINVAL;
	}
	if (second.at == NULL) {
		out->to_low = out->low;
		out->to_high = out->high;
		return 0;
	}
	return read_range(second, &out->to_low, &out->to_high) ? 0 : -EINVAL;
}
