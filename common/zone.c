/* Zones of the system's database; see zone.h. Owns a copy of the transitions and the rule behind
 * them. Leap seconds are not counted: Unix time has none (RFC 8536, 3.2, "right/" files apart). */
#include "common/zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/conf.h"
#include "common/slice.h"
#include "common/when.h"

#define ZONE_DIR    "/usr/share/zoneinfo/"
#define DAY_S       INT64_C(86400)
#define HOUR_S      INT64_C(3600)
#define AHEAD_MAX_S (26 * HOUR_S) /* RFC 8536, 3.2: local time types lie within -25 h to +26 h */

/* A day of the year in a rule (POSIX.1-2017, 8.3): the d-th weekday of week w of month m, or a day
 * counted from 1 without 29 February (J), or from 0 with it. */
struct rule_date {
	enum { RULE_MONTH, RULE_JULIAN, RULE_ZERO } how;
	int month;
	int week;
	int day;
	int64_t time_s;
};

struct rule {
	bool known;
	bool dst;
	int64_t std_s; /* ahead of UTC */
	int64_t dst_s;
	struct rule_date start;
	struct rule_date end;
};

struct transition {
	int64_t at_s;
	int64_t ahead_s; /* from then on */
};

struct zone {
	struct transition *transitions; /* owned, in order */
	size_t n;
	int64_t first_s; /* ahead before the first of them */
	struct rule rule;
};

/* ---- the rule of the footer ---- */

static bool take(struct slice *s, char c)
{
	if (s->len == 0 || s->at[0] != c) {
		return false;
	}
	*s = (struct slice){ s->at + 1, s->len - 1 };
	return true;
}

static bool take_number(struct slice *s, int max, int *out)
{
	size_t n = 0;

	*out = 0;
	while (n < s->len && n < 3 && s->at[n] >= '0' && s->at[n] <= '9') {
		*out = *out * 10 + (s->at[n++] - '0');
	}
	*s = (struct slice){ s->at + n, s->len - n };
	return n > 0 && *out <= max;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* CEST, or <+03> */
static bool skip_name(struct slice *s)
{
	size_t n = 0;

	if (take(s, '<')) {
		(void)slice_cut(s, '>');
		return true;
	}
	while (n < s->len && is_letter(s->at[n])) {
		n++;
	}
	*s = (struct slice){ s->at + n, s->len - n };
	return n >= 3;
}

/* [+-]h[hh][:mm[:ss]]; up to 167 hours in a rule's time (RFC 8536, 3.3.1) */
static bool take_clock(struct slice *s, int hours_max, int64_t *out_s)
{
	bool negative = take(s, '-');
	int part[3] = { 0, 0, 0 };

	if (!negative) {
		(void)take(s, '+');
	}
	if (!take_number(s, hours_max, &part[0])) {
		return false;
	}
	for (int i = 1; i < 3 && take(s, ':'); i++) {
		if (!take_number(s, 59, &part[i])) {
			return false;
		}
	}
	*out_s = (int64_t)part[0] * HOUR_S + (int64_t)part[1] * 60 + part[2];
	*out_s = negative ? -*out_s : *out_s;
	return true;
}

static bool take_month_date(struct slice *s, struct rule_date *d)
{
	d->how = RULE_MONTH;
	return take_number(s, 12, &d->month) && d->month >= 1 && take(s, '.') &&
	       take_number(s, 5, &d->week) && d->week >= 1 && take(s, '.') &&
	       take_number(s, 6, &d->day);
}

static bool take_date(struct slice *s, struct rule_date *d)
{
	bool ok;

	d->time_s = 2 * HOUR_S; /* the default of POSIX */
	if (take(s, 'M')) {
		ok = take_month_date(s, d);
	} else if (take(s, 'J')) {
		d->how = RULE_JULIAN;
		ok = take_number(s, 365, &d->day) && d->day >= 1;
	} else {
		d->how = RULE_ZERO;
		ok = take_number(s, 365, &d->day);
	}
	return ok && (!take(s, '/') || take_clock(s, 167, &d->time_s));
}

/* std offset [dst [offset] , start , end]; offsets count westwards */
static bool parse_rule(struct slice s, struct rule *r)
{
	int64_t west_s;

	if (!skip_name(&s) || !take_clock(&s, 24, &west_s)) {
		return false;
	}
	r->std_s = -west_s;
	r->dst = s.len > 0;
	if (!r->dst) {
		return true;
	}
	if (!skip_name(&s)) {
		return false;
	}
	r->dst_s = r->std_s + HOUR_S;
	if (s.len > 0 && s.at[0] != ',') {
		if (!take_clock(&s, 24, &west_s)) {
			return false;
		}
		r->dst_s = -west_s;
	}
	return take(&s, ',') && take_date(&s, &r->start) && take(&s, ',') &&
	       take_date(&s, &r->end) && s.len == 0;
}

static int64_t day_of(int year, int month, int day)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };

	return (int64_t)timegm(&tm) / DAY_S;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Seconds since 1970 on a wall clock, when the rule's moment comes in that year. */
static int64_t moment_s(const struct rule_date *d, int year)
{
	int64_t first = day_of(year, d->how == RULE_MONTH ? d->month : 1, 1);
	int64_t day;

	if (d->how == RULE_MONTH) {
		/* 1970-01-01 was a Thursday */
		int64_t weekday = ((first + 4) % 7 + 7) % 7;
		int64_t next =
			d->month < 12 ? day_of(year, d->month + 1, 1) : day_of(year + 1, 1, 1);

		day = first + (d->day - weekday + 7) % 7 + (int64_t)(d->week - 1) * 7;
		day -= day >= next ? 7 : 0; /* week 5 is the last there is */
	} else {
		bool past = d->how == RULE_JULIAN && d->day >= 60 && is_leap(year);

		day = first + d->day - (d->how == RULE_JULIAN ? 1 : 0) + (past ? 1 : 0);
	}
	return day * DAY_S + d->time_s;
}

static int64_t by_rule(const struct rule *r, int64_t at_s)
{
	time_t wall = (time_t)(at_s + r->std_s);
	struct tm tm;
	int64_t start_s;
	int64_t end_s;
	bool within;

	if (!r->dst || gmtime_r(&wall, &tm) == NULL) {
		return r->std_s;
	}
	start_s = moment_s(&r->start, tm.tm_year + 1900) - r->std_s;
	end_s = moment_s(&r->end, tm.tm_year + 1900) - r->dst_s;
	within = start_s < end_s ? at_s >= start_s && at_s < end_s
	                         : !(at_s >= end_s && at_s < start_s);
	return within ? r->dst_s : r->std_s;
}

/* ---- the file (RFC 8536, 3) ---- */

struct header {
	uint8_t version;
	uint32_t isut;
	uint32_t isstd;
	uint32_t leap;
	uint32_t time;
	uint32_t type;
	uint32_t chars;
};

static bool read_header(struct cursor *c, struct header *h)
{
	const uint8_t *magic = cursor_take(c, 4);

	if (magic == NULL || memcmp(magic, "TZif", 4) != 0) {
		return false;
	}
	h->version = cursor_u8(c);
	cursor_skip(c, 15);
	h->isut = cursor_u32be(c);
	h->isstd = cursor_u32be(c);
	h->leap = cursor_u32be(c);
	h->time = cursor_u32be(c);
	h->type = cursor_u32be(c);
	h->chars = cursor_u32be(c);
	return !c->bad && h->time <= ZONE_TRANSITIONS_MAX && h->type >= 1 &&
	       h->type <= ZONE_TYPES_MAX;
}

static int64_t read_time(struct cursor *c, size_t width)
{
	uint64_t high = width == 8 ? cursor_u32be(c) : 0;
	uint64_t low = cursor_u32be(c);

	return width == 8 ? (int64_t)(high << 32 | low) : (int64_t)(int32_t)low;
}

/* The three tables that matter, into z; the others are skipped. */
static bool read_block(struct cursor *c, const struct header *h, size_t width, struct zone *z)
{
	struct cursor times = cursor_sub(c, h->time * width);
	struct cursor indices = cursor_sub(c, h->time);
	struct cursor types = cursor_sub(c, (size_t)h->type * 6);
	int64_t ahead_s[ZONE_TYPES_MAX];

	cursor_skip(c, (size_t)h->chars + (size_t)h->leap * (width + 4) + h->isstd + h->isut);
	if (c->bad) {
		return false;
	}
	for (uint32_t i = 0; i < h->type; i++) {
		ahead_s[i] = (int32_t)cursor_u32be(&types);
		cursor_skip(&types, 2);
		if (ahead_s[i] > AHEAD_MAX_S || ahead_s[i] < -AHEAD_MAX_S) {
			return false;
		}
	}
	for (uint32_t i = 0; i < h->time; i++) {
		uint8_t type = cursor_u8(&indices);
		int64_t at_s = read_time(&times, width);

		if (type >= h->type || (i > 0 && at_s <= z->transitions[i - 1].at_s)) {
			return false;
		}
		z->transitions[i] = (struct transition){ at_s, ahead_s[type] };
	}
	z->n = h->time;
	z->first_s = ahead_s[0];
	return true;
}

static bool read_footer(struct cursor *c, struct zone *z)
{
	struct slice rest = { (const char *)c->at, cursor_left(c) };
	struct slice rule;

	if (!take(&rest, '\n')) {
		return false;
	}
	rule = slice_cut(&rest, '\n');
	z->rule.known = rule.len > 0;
	return rule.len == 0 || parse_rule(rule, &z->rule);
}

/* From version 2 on the first block is for old readers; what counts stands behind it. */
static bool read_zone(struct cursor c, struct zone *z)
{
	struct header h;
	size_t width = 4;

	if (!read_header(&c, &h)) {
		return false;
	}
	if (h.version >= '2') {
		cursor_skip(&c, (size_t)h.time * 5 + (size_t)h.type * 6 + h.chars +
		                        (size_t)h.leap * 8 + h.isstd + h.isut);
		width = 8;
		if (!read_header(&c, &h)) {
			return false;
		}
	}
	z->transitions = calloc((size_t)h.time + 1, sizeof(*z->transitions));
	return z->transitions != NULL && read_block(&c, &h, width, z) &&
	       (width == 4 || read_footer(&c, z));
}

int zone_parse(struct zone **out, struct cursor file)
{
	struct zone *z = calloc(1, sizeof(*z));

	if (z == NULL) {
		return -ENOMEM;
	}
	if (!read_zone(file, z)) {
		zone_free(z);
		return -EBADMSG;
	}
	*out = z;
	return 0;
}

int zone_open(struct zone **out, const char *name, struct fault *fault)
{
	char path[256];
	char *data = NULL;
	size_t len_bytes = 0;
	int rc;

	if (!when_zone_known(name)) {
		return fault_set(fault, -EINVAL,
		                 "time zone \"%s\" is not known here: use a name such as "
		                 "Europe/Berlin (see %s)",
		                 name, ZONE_DIR);
	}
	(void)snprintf(path, sizeof(path), ZONE_DIR "%s", name);
	rc = conf_read_file(path, "", &data, &len_bytes, fault);
	if (rc != 0) {
		return rc;
	}
	rc = len_bytes <= ZONE_FILE_MAX_BYTES ? zone_parse(out, cursor_of(data, len_bytes))
	                                      : -EBADMSG;
	free(data);
	return rc == 0 ? 0 : fault_set(fault, rc, "%s: not a time zone that can be read", path);
}

void zone_free(struct zone *z)
{
	if (z != NULL) {
		free(z->transitions);
		free(z);
	}
}

int64_t zone_ahead_s(const struct zone *z, int64_t at_s)
{
	size_t low = 0;
	size_t high = z->n;

	while (low < high) { /* the first transition after the instant */
		size_t middle = low + (high - low) / 2;

		if (z->transitions[middle].at_s <= at_s) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (low == z->n && z->rule.known) {
		return by_rule(&z->rule, at_s);
	}
	return low > 0 ? z->transitions[low - 1].ahead_s : z->first_s;
}
