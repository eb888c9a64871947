#include "common/when.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/zone.h"

#define ZONE_DIR        "/usr/share/zoneinfo/"
#define SECONDS_PER_DAY 86400

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar: count from March, so that
 * the leap day is last. */
static int32_t day_of_date(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return (int32_t)(era * 146097 + day_of_era - 719468);
}

static void date_of_day(int32_t days, int *year, int *month, int *day)
{
	time_t at = (time_t)days * SECONDS_PER_DAY;
	struct tm tm;

	(void)gmtime_r(&at, &tm); /* fails only for years that do not fit an int */
	*year = tm.tm_year + 1900;
	*month = tm.tm_mon + 1;
	*day = tm.tm_mday;
}

bool when_zone_known(const char *name)
{
	static const char magic[4] = { 'T', 'Z', 'i', 'f' }; /* RFC 8536 3.1 */
	char path[256];
	char head[sizeof(magic)];
	bool known;
	FILE *file;
	int n = snprintf(path, sizeof(path), ZONE_DIR "%s", name);

	if (n < 0 || (size_t)n >= sizeof(path) || name[0] == '\0' || name[0] == '/' ||
	    strstr(name, "..") != NULL) {
		return false;
	}
	if (strcmp(name, "UTC") == 0) {
		return true; /* also where there is no zone database */
	}
	file = fopen(path, "re");
	if (file == NULL) {
		return false;
	}
	/* tables such as zone.tab lie there too, and the C library would take them for UTC */
	known = fread(head, 1, sizeof(head), file) == sizeof(head) &&
	        memcmp(head, magic, sizeof(magic)) == 0;
	(void)fclose(file);
	return known;
}

int when_use_zone(const char *name, struct fault *fault)
{
	if (!when_zone_known(name)) {
		return fault_set(fault, -EINVAL,
		                 "time zone \"%s\" is not known here: use a name such as "
		                 "Europe/Berlin (see %s)",
		                 name, ZONE_DIR);
	}
	if (setenv("TZ", name, 1) != 0) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	tzset();
	return 0;
}

/* Whole seconds, rounded down. */
static int64_t seconds_of(int64_t at_us)
{
	return at_us / WHEN_US_PER_S - (at_us % WHEN_US_PER_S < 0 ? 1 : 0);
}

/* What the wall clock of a zone (NULL: the one in use) shows at an instant, as if it were UTC, and
 * how far it is ahead of UTC. */
static int64_t wall_s(const struct zone *zone, int64_t at_s, int64_t *ahead_s)
{
	time_t at = (time_t)at_s;
	struct tm tm;

	if (zone != NULL) {
		*ahead_s = zone_ahead_s(zone, at_s);
		return at_s + *ahead_s;
	}
	if (localtime_r(&at, &tm) == NULL) { /* a year that does not fit an int */
		tm = (struct tm){ 0 };
	}
	*ahead_s = tm.tm_gmtoff;
	return at_s + tm.tm_gmtoff;
}

int32_t when_day_of(int64_t at_us)
{
	int64_t ahead_s;
	int64_t wall = wall_s(NULL, seconds_of(at_us), &ahead_s);

	return (int32_t)(wall / SECONDS_PER_DAY - (wall % SECONDS_PER_DAY < 0 ? 1 : 0));
}

/*
 * The instant at which the wall clock shows this time. Shown twice (the clock went back): the
 * first. Never shown (it went forward): as if the clock had not yet moved. mktime(3) leaves both
 * open, and the answer of glibc depends on what it was asked before.
 */
static int64_t instant_s(const struct zone *zone, int64_t wall)
{
	int64_t before_s;
	int64_t after_s;

	(void)wall_s(zone, wall - SECONDS_PER_DAY, &before_s);
	(void)wall_s(zone, wall + SECONDS_PER_DAY, &after_s);
	if (before_s != after_s) {
		int64_t ahead_s;

		if (wall_s(zone, wall - before_s, &ahead_s) != wall &&
		    wall_s(zone, wall - after_s, &ahead_s) == wall) {
			return wall - after_s;
		}
	}
	return wall - before_s;
}

int64_t when_day_start_us(int32_t day)
{
	/* days that int64 microseconds do not reach begin at the end of time */
	int64_t last = INT64_MAX / WHEN_US_PER_S / SECONDS_PER_DAY - 1;
	int64_t within = day < -last ? -last : day > last ? last : day;
	int64_t at_s = instant_s(NULL, within * SECONDS_PER_DAY);

	/* where the clock skips midnight, the day begins with the first time it shows */
	while (when_day_of((at_s - 1) * WHEN_US_PER_S) >= within) {
		at_s--;
	}
	return at_s * WHEN_US_PER_S;
}

int64_t when_hour_us(int32_t day, int hour)
{
	return instant_s(NULL, (int64_t)day * SECONDS_PER_DAY + (int64_t)hour * 3600) *
	       WHEN_US_PER_S;
}

struct fields {
	int v[6]; /* year month day hour minute second */
	int64_t fraction_us;
};

static bool digits(struct slice *s, size_t min, size_t max, int *out)
{
	size_t n = 0;

	*out = 0;
	while (n < s->len && n < max && s->at[n] >= '0' && s->at[n] <= '9') {
		*out = *out * 10 + (s->at[n++] - '0');
	}
	if (n > 0) {
		*s = (struct slice){ s->at + n, s->len - n };
	}
	return n >= min;
}

static bool one_of(struct slice *s, const char *set)
{
	if (s->len == 0 || s->at[0] == '\0' || strchr(set, s->at[0]) == NULL) {
		return false;
	}
	*s = (struct slice){ s->at + 1, s->len - 1 };
	return true;
}

static bool valid(const struct fields *f)
{
	int year;
	int month;
	int day;

	if (f->v[1] < 1 || f->v[1] > 12 || f->v[2] < 1 || f->v[2] > 31 || f->v[3] > 23 ||
	    f->v[4] > 59 || f->v[5] > 60) {
		return false;
	}
	date_of_day(day_of_date(f->v[0], f->v[1], f->v[2]), &year, &month, &day);
	return month == f->v[1] && day == f->v[2]; /* no 31 February */
}

/* hour:minute[:second[.fraction]] */
static bool clock_time(struct slice *s, struct fields *f)
{
	int64_t scale = WHEN_US_PER_S / 10;

	if (!digits(s, 1, 2, &f->v[3]) || !one_of(s, ":") || !digits(s, 2, 2, &f->v[4])) {
		return false;
	}
	if (!one_of(s, ":")) {
		return true;
	}
	if (!digits(s, 2, 2, &f->v[5])) {
		return false;
	}
	if (one_of(s, ".,")) {
		int digit;

		while (digits(s, 1, 1, &digit)) {
			f->fraction_us += digit * scale;
			scale /= 10;
		}
	}
	return true;
}

/* Z, +hh:mm, +hhmm or +hh; nothing means local time */
static bool zone_offset(struct slice *s, bool *local, int64_t *offset_s)
{
	bool east = s->len > 0 && s->at[0] == '+';
	int hours;
	int minutes = 0;

	*local = false;
	*offset_s = 0;
	if (s->len == 0) {
		*local = true;
		return true;
	}
	if (one_of(s, "Zz")) {
		return s->len == 0;
	}
	if (!one_of(s, "+-") || !digits(s, 2, 2, &hours)) {
		return false;
	}
	(void)one_of(s, ":");
	if (s->len > 0 && !digits(s, 2, 2, &minutes)) {
		return false;
	}
	*offset_s = (east ? 1 : -1) * ((int64_t)hours * 3600 + (int64_t)minutes * 60);
	return s->len == 0 && hours <= 14 && minutes < 60;
}

static int parse_calendar(const struct zone *zone, struct slice s, int64_t *at_us)
{
	struct fields f = { 0 };
	bool german = s.len >= 8 && memchr(s.at, '.', 3) != NULL;
	bool local;
	int64_t offset_s;
	int64_t wall;

	if (german) {
		if (!digits(&s, 1, 2, &f.v[2]) || !one_of(&s, ".") || !digits(&s, 1, 2, &f.v[1]) ||
		    !one_of(&s, ".") || !digits(&s, 4, 4, &f.v[0])) {
			return -EINVAL;
		}
	} else if (!digits(&s, 4, 4, &f.v[0]) || !one_of(&s, "-") || !digits(&s, 2, 2, &f.v[1]) ||
	           !one_of(&s, "-") || !digits(&s, 2, 2, &f.v[2])) {
		return -EINVAL;
	}
	if (one_of(&s, "T ") && !clock_time(&s, &f)) {
		return -EINVAL;
	}
	if (!zone_offset(&s, &local, &offset_s) || !valid(&f)) {
		return -EINVAL;
	}
	wall = (int64_t)day_of_date(f.v[0], f.v[1], f.v[2]) * SECONDS_PER_DAY +
	       (int64_t)f.v[3] * 3600 + (int64_t)f.v[4] * 60 + f.v[5];
	*at_us = (local ? instant_s(zone, wall) : wall - offset_s) * WHEN_US_PER_S + f.fraction_us;
	return 0;
}

int when_parse_in(const struct zone *zone, struct slice text, int64_t *at_us)
{
	struct slice rest = slice_trim(text);
	int64_t fraction_us = 0;
	struct slice whole;
	int64_t seconds;

	if (rest.len >= 14 && slice_i64(rest, 0, INT64_MAX, at_us) == 0) {
		return 0;
	}
	if (parse_calendar(zone, rest, at_us) == 0) {
		return 0;
	}
	whole = slice_cut(&rest, '.');
	/* up to 11 digits of seconds: past the year 5000, far from overflow */
	if (whole.len > 11 || slice_i64(whole, 0, INT64_MAX, &seconds) != 0) {
		return -EINVAL;
	}
	for (int64_t scale = WHEN_US_PER_S / 10; rest.len > 0; scale /= 10) {
		int digit;

		if (!digits(&rest, 1, 1, &digit)) {
			return -EINVAL;
		}
		fraction_us += digit * scale;
	}
	*at_us = seconds * WHEN_US_PER_S + fraction_us;
	return 0;
}

int when_parse(struct slice text, int64_t *at_us)
{
	return when_parse_in(NULL, text, at_us);
}

int64_t when_day_later_us(const struct zone *zone, int64_t at_us)
{
	int64_t ahead_s;
	int64_t at_s = seconds_of(at_us);
	int64_t wall = wall_s(zone, at_s, &ahead_s) + SECONDS_PER_DAY;

	return instant_s(zone, wall) * WHEN_US_PER_S + (at_us - at_s * WHEN_US_PER_S);
}

int when_parse_date(struct slice text, int32_t *day)
{
	struct slice s = text;
	struct fields f = { 0 };

	if (!digits(&s, 4, 4, &f.v[0]) || !one_of(&s, "-") || !digits(&s, 2, 2, &f.v[1]) ||
	    !one_of(&s, "-") || !digits(&s, 2, 2, &f.v[2]) || s.len != 0 || !valid(&f)) {
		return -EINVAL;
	}
	*day = day_of_date(f.v[0], f.v[1], f.v[2]);
	return 0;
}

const char *when_date(int32_t day, char out[WHEN_DATE_SIZE])
{
	int year;
	int month;
	int mday;

	date_of_day(day, &year, &month, &mday);
	(void)snprintf(out, WHEN_DATE_SIZE, "%04d-%02d-%02d", year, month, mday);
	return out;
}

const char *when_iso(int64_t at_us, char out[WHEN_DATE_SIZE])
{
	int64_t fraction_us = (at_us % WHEN_US_PER_S + WHEN_US_PER_S) % WHEN_US_PER_S;
	time_t at = (time_t)seconds_of(at_us);
	struct tm tm;

	if (gmtime_r(&at, &tm) == NULL) {
		out[0] = '\0';
		return out;
	}
	(void)snprintf(out, WHEN_DATE_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
	               tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	               tm.tm_sec, (int)fraction_us);
	return out;
}
