#include "cli/look.h"

#include <math.h>
#include <string.h>

#include "cli/say.h"

#define FULL       "\xe2\x96\x88" /* U+2588 */
#define SHADE      "\xe2\x96\x92" /* U+2592 */
#define DOT        "\xc2\xb7"     /* U+00B7 */

#define MANY       1000 /* from here on whole numbers are exact enough */
#define DIGITS_MAX 6

struct unit {
	const char *name;
	double factor;
	int digits;
	const char *suffix;
};

/* What is not listed is printed with two digits and no unit. */
static const struct unit units[] = {
	{ "ratio", 100, 1, " %" }, { "ratio per year", 100, 1, " %" },
	{ "s", 1, 1, " s" },       { "ms", 1, 0, " ms" },
	{ "days", 1, 1, " d" },
};
static const struct unit no_unit = { "", 1, 2, "" };

static const struct unit *unit_of(const struct model_indicator *is)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].name, is->unit) == 0) {
			return &units[i];
		}
	}
	return &no_unit;
}

static double rounded(double value, int digits)
{
	double unit = pow(10, digits);

	return round(value * unit) / unit;
}

/* Would this many digits put the value on the other side of a threshold? 79.97 % is stage 2 and
 * must not read 80.0 %, where stage 3 begins. */
static bool crosses(const struct unit *u, const struct model_indicator *is, double value,
                    int digits)
{
	double sign = is->lower_is_better ? -1 : 1;
	bool other = false;

	for (size_t i = 0; is->area != NULL && i < MODEL_STAGES - 1; i++) {
		double threshold = is->thresholds[i].value;
		double shown = rounded(value * u->factor, digits);

		/* shown and threshold are compared as what people read */
		other |= (sign * value >= sign * threshold) !=
		         (sign * shown >= sign * rounded(threshold * u->factor, DIGITS_MAX));
	}
	return other;
}

/* More digits where a tenth of a percent would show nothing (99.95 %, not 100.0 %) or another
 * stage; none where the largest number beside it says enough without (6561 s). */
static int digits_beside(const struct unit *u, const struct model_indicator *is, double value,
                         double largest)
{
	double v = fabs(value * u->factor);
	int digits = (fabs(largest * u->factor) < MANY ? u->digits : 0) +
	             (u->factor > 1 && ((v > 99 && v < 100) || (v > 0 && v < 1)));

	while (digits < DIGITS_MAX && crosses(u, is, value, digits)) {
		digits++;
	}
	return digits;
}

static int digits_of(const struct unit *u, const struct model_indicator *is, double value)
{
	return digits_beside(u, is, value, value);
}

static void print(const struct look *l, const struct unit *u, double value, int digits,
                  struct buf *out)
{
	if (isnan(value)) {
		buf_add_char(out, '-');
		return;
	}
	score_number(value * u->factor, digits, l->language, out);
	buf_add_text(out, u->suffix);
}

void look_value(const struct look *l, const struct model_indicator *is, double value,
                struct buf *out)
{
	const struct unit *u = unit_of(is);

	print(l, u, value, digits_of(u, is, value), out);
}

void look_anchor(const struct look *l, const struct model_indicator *is, double value,
                 struct buf *out)
{
	const struct unit *u = unit_of(is);
	double v = value * u->factor;
	int digits = u->digits;

	while (digits < DIGITS_MAX && fabs(rounded(v, digits) - v) > 1e-9) {
		digits++;
	}
	print(l, u, value, digits, out);
}

/* A value and the ends of its interval have the same number of digits, as long as that is at most
 * one more than usual; an end that lies a hair beside a threshold has its many digits for itself:
 * "[52.8 to 74.996]". */
static int common_digits(const struct unit *u, const struct model_indicator *is,
                         const struct estimate *got, double of)
{
	double largest = fmax(fabs(got->value), fabs(got->interval.high));
	int digits = digits_beside(u, is, got->value, largest);
	int low = digits_beside(u, is, got->interval.low, largest);
	int high = digits_beside(u, is, got->interval.high, largest);

	digits = low > digits ? low : digits;
	digits = high > digits ? high : digits;
	return digits <= u->digits + 1 ? digits : digits_beside(u, is, of, largest);
}

void look_estimate(const struct look *l, const struct model_indicator *is,
                   const struct estimate *got, struct buf *out)
{
	const struct unit *u = unit_of(is);

	print(l, u, got->value, common_digits(u, is, got, got->value), out);
}

static void print_end(const struct look *l, const struct model_indicator *is,
                      const struct estimate *got, double end, struct buf *out)
{
	const struct unit *u = unit_of(is);

	score_number(end * u->factor, common_digits(u, is, got, end), l->language, out);
}

void look_interval(const struct look *l, const struct model_indicator *is,
                   const struct estimate *got, struct buf *out)
{
	if (isnan(got->interval.low) || isnan(got->interval.high)) {
		return;
	}
	buf_add_char(out, '[');
	print_end(l, is, got, got->interval.low, out);
	buf_printf(out, " %s ", say(SAY_TO, l->language));
	print_end(l, is, got, got->interval.high, out);
	buf_add_char(out, ']');
}

void look_difference(const struct look *l, const struct model_indicator *is, double value,
                     const struct interval *sure, struct buf *out)
{
	const struct unit *u = unit_of(is);
	bool share = u->factor > 1;
	int digits = u->digits + (share && fabs(value * u->factor) < 1);

	score_number(value * u->factor, digits, l->language, out);
	if (share) {
		buf_printf(out, " %s", say(SAY_POINTS, l->language));
	} else {
		buf_add_text(out, u->suffix);
	}
	buf_add_text(out, " [");
	score_number(sure->low * u->factor, digits, l->language, out);
	buf_printf(out, " %s ", say(SAY_TO, l->language));
	score_number(sure->high * u->factor, digits, l->language, out);
	buf_add_char(out, ']');
}

void look_score(const struct look *l, const struct model_rules *rules, double score,
                struct buf *out)
{
	double rounded = round(score * 100) / 100;

	if (score_stage(rules, rounded) != score_stage(rules, score)) {
		rounded = floor(score * 100) / 100;
	}
	score_number(rounded, 2, l->language, out);
}

void look_stage(const struct look *l, const struct model_rules *rules, int stage, struct buf *out)
{
	buf_printf(out, "%d %s", stage, rules->stages[stage - 1].in[l->language]);
}

void look_count(const struct look *l, double n, struct buf *out)
{
	score_number(n, n == floor(n) ? 0 : 1, l->language, out);
}

void look_percent(const struct look *l, double ratio, struct buf *out)
{
	score_number(100 * ratio, 0, l->language, out);
	buf_add_text(out, " %");
}

void look_paint(const struct look *l, int stage, struct buf *out)
{
	static const char *const colors[] = { "2", "31", "33", "32", "36" };

	if (l->color) {
		buf_printf(out, "\x1b[%sm", colors[stage]);
	}
}

void look_bold(const struct look *l, struct buf *out)
{
	buf_add_text(out, l->color ? "\x1b[1m" : "");
}

void look_plain(const struct look *l, struct buf *out)
{
	buf_add_text(out, l->color ? "\x1b[0m" : "");
}

void look_bar(const struct model_rules *rules, const struct interval *sure, size_t width,
              struct buf *out)
{
	double first = rules->anchor_scores[0];
	double span = rules->anchor_scores[MODEL_ANCHORS - 1] - first;
	double low = (sure->low - first) / span * (double)width;
	double high = (sure->high - first) / span * (double)width;

	for (size_t i = 0; i < width; i++) {
		/* a cell is full when the lower end is past its middle, and the interval always
		 * shows in the cell where it begins */
		double left = (double)i;

		if (left + 0.5 <= low) {
			buf_add_text(out, FULL);
		} else if (left < high && left + 1 > low) {
			buf_add_text(out, SHADE);
		} else {
			buf_add_text(out, DOT);
		}
	}
}

void look_mark(const struct look *l, bool simulated, struct buf *out)
{
	if (simulated) {
		look_bold(l, out);
		buf_add_text(out, say(SAY_SIMULATED, l->language));
		look_plain(l, out);
		buf_add_char(out, '\n');
	}
}
