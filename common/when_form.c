/* Times by a form that somebody wrote down; see when_parse_as in when.h. Turns the text into ISO
 * 8601 and lets when_parse_in judge it, so that calendars and zones are known in one place. */
#include <errno.h>
#include <stdio.h>

#include "common/when.h"

#define UNSET (-1)

struct parts {
	int year, month, day, hour, minute, second; /* UNSET: not told */
	int half;                                   /* 0: AM, 1: PM */
	struct slice fraction;                      /* digits */
	struct slice offset;
	int64_t epoch_s;
	bool twelve; /* the hour is one of twelve */
};

static void skip(struct slice *s, size_t n)
{
	*s = (struct slice){ s->at + n, s->len - n };
}

static bool digits(struct slice *s, size_t min, size_t max, int *out)
{
	size_t n = 0;

	*out = 0;
	while (n < s->len && n < max && s->at[n] >= '0' && s->at[n] <= '9') {
		*out = *out * 10 + (s->at[n++] - '0');
	}
	skip(s, n);
	return n >= min;
}

static struct slice take_digits(struct slice *s)
{
	struct slice taken = { s->at, 0 };

	while (taken.len < s->len && s->at[taken.len] >= '0' && s->at[taken.len] <= '9') {
		taken.len++;
	}
	skip(s, taken.len);
	return taken;
}

/* A blank, tab, or one of the no-break blanks that spreadsheets put in (U+00A0, U+202F). */
static size_t blank_len(struct slice s)
{
	if (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t')) {
		return 1;
	}
	if (slice_starts(s, SLICE("\xc2\xa0"))) {
		return 2;
	}
	return slice_starts(s, SLICE("\xe2\x80\xaf")) ? 3 : 0;
}

static bool blanks(struct slice *s)
{
	bool any = false;

	for (size_t n = blank_len(*s); n > 0; n = blank_len(*s)) {
		skip(s, n);
		any = true;
	}
	return any;
}

/* The longer name first: "März" before "Mär". */
static bool month_name(struct slice *s, int *month)
{
	static const struct {
		const char *name;
		int month;
	} names[] = {
		{ "january", 1 },   { "januar", 1 },      { "february", 2 }, { "februar", 2 },
		{ "march", 3 },     { "m\xc3\xa4rz", 3 }, { "april", 4 },    { "june", 6 },
		{ "juni", 6 },      { "july", 7 },        { "juli", 7 },     { "august", 8 },
		{ "september", 9 }, { "october", 10 },    { "oktober", 10 }, { "november", 11 },
		{ "december", 12 }, { "dezember", 12 },   { "jan", 1 },      { "feb", 2 },
		{ "mar", 3 },       { "m\xc3\xa4r", 3 },  { "mrz", 3 },      { "apr", 4 },
		{ "may", 5 },       { "mai", 5 },         { "jun", 6 },      { "jul", 7 },
		{ "aug", 8 },       { "sep", 9 },         { "oct", 10 },     { "okt", 10 },
		{ "nov", 11 },      { "dec", 12 },        { "dez", 12 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_istarts(*s, slice_of(names[i].name))) {
			skip(s, strlen(names[i].name));
			*month = names[i].month;
			return true;
		}
	}
	return false;
}

static bool half_of_day(struct slice *s, struct parts *p)
{
	p->half = slice_istarts(*s, SLICE("pm")) ? 1 : 0;
	if (p->half == 0 && !slice_istarts(*s, SLICE("am"))) {
		return false;
	}
	skip(s, 2);
	return true;
}

static bool second(struct slice *s, struct parts *p)
{
	if (!digits(s, 1, 2, &p->second)) {
		return false;
	}
	if (s->len > 1 && (s->at[0] == '.' || s->at[0] == ',')) {
		skip(s, 1);
		p->fraction = take_digits(s);
		return p->fraction.len > 0;
	}
	return true;
}

static bool offset(struct slice *s, struct parts *p)
{
	size_t n = 0;

	while (n < s->len && strchr("Zz+-:0123456789", s->at[n]) != NULL && s->at[n] != '\0') {
		n++;
	}
	p->offset = (struct slice){ s->at, n };
	skip(s, n);
	return n > 0;
}

static bool one_part(char letter, struct slice *s, struct parts *p)
{
	switch (letter) {
	case 'Y':
		return digits(s, 4, 4, &p->year);
	case 'y':
		if (!digits(s, 2, 2, &p->year)) {
			return false;
		}
		p->year += 2000;
		return true;
	case 'm':
		return digits(s, 1, 2, &p->month);
	case 'b':
		return month_name(s, &p->month);
	case 'd':
		return digits(s, 1, 2, &p->day);
	case 'H':
		return digits(s, 1, 2, &p->hour);
	case 'I':
		p->twelve = true;
		return digits(s, 1, 2, &p->hour) && p->hour >= 1 && p->hour <= 12;
	case 'M':
		return digits(s, 1, 2, &p->minute);
	case 'S':
		return second(s, p);
	case 'p':
		return half_of_day(s, p);
	case 'z':
		return offset(s, p);
	case 's':
		return slice_i64(take_digits(s), 0, INT64_C(99999999999), &p->epoch_s) == 0;
	default:
		return false;
	}
}

static bool literal(char c, struct slice *s)
{
	if (s->len == 0 || s->at[0] != c) {
		return false;
	}
	skip(s, 1);
	return true;
}

static bool follow(const char *form, struct slice *s, struct parts *p)
{
	for (const char *f = form; *f != '\0'; f++) {
		bool ok;

		if (*f == ' ') {
			ok = blanks(s) || f[1] == ' ';
		} else if (*f == '%' && f[1] != '%') {
			ok = one_part(*++f, s, p);
		} else {
			f += *f == '%' ? 1 : 0;
			ok = literal(*f, s);
		}
		if (!ok) {
			return false;
		}
	}
	return s->len == 0;
}

static int hour_of(const struct parts *p)
{
	return p->twelve ? p->hour % 12 + (p->half == 1 ? 12 : 0) : p->hour;
}

int when_parse_as(const char *form, const struct zone *zone, struct slice text, int64_t *at_us)
{
	struct slice rest = slice_trim(text);
	struct parts p = { .month = 1, .day = 1, .epoch_s = UNSET };
	char iso[80];

	if (!follow(form, &rest, &p)) {
		return -EINVAL;
	}
	if (p.epoch_s != UNSET) {
		*at_us = p.epoch_s * WHEN_US_PER_S;
		return 0;
	}
	(void)snprintf(iso, sizeof(iso), "%04d-%02d-%02dT%02d:%02d:%02d%s%.*s%.*s", p.year, p.month,
	               p.day, hour_of(&p), p.minute, p.second, p.fraction.len > 0 ? "." : "",
	               p.fraction.len < 9 ? (int)p.fraction.len : 9, p.fraction.at,
	               p.offset.len < 9 ? (int)p.offset.len : 9, p.offset.at);
	return when_parse_in(zone, slice_of(iso), at_us);
}

/* Which letters a form has, as a set; 0: one that is none. */
static unsigned letters_of(const char *form)
{
	static const char known[] = "YymbdHIMSpzs";
	unsigned set = 0;

	for (const char *f = strchr(form, '%'); f != NULL; f = strchr(f + 2, '%')) {
		const char *at = f[1] != '\0' ? strchr(known, f[1]) : NULL;

		if (at == NULL && f[1] != '%') {
			return 0;
		}
		set |= at != NULL ? 1U << (unsigned)(at - known) : 0;
	}
	return set;
}

bool when_form_valid(const char *form)
{
	enum {
		YEAR4 = 1,
		YEAR2 = 2,
		MONTH = 4,
		NAME = 8,
		DAY = 16,
		I = 64,
		HALF = 512,
		EPOCH = 2048
	};
	unsigned set = letters_of(form);
	bool date = (set & (YEAR4 | YEAR2)) != 0 && (set & (MONTH | NAME)) != 0 && (set & DAY) != 0;

	return (set & EPOCH) != 0 || (date && ((set & I) != 0) == ((set & HALF) != 0));
}
