/* Zones beside the one of the process: the C library is the second opinion, at random instants of
 * three centuries and on both sides of every change of the clock that it finds. */
#include "common/zone.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "common/buf.h"
#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/dice.h"

#define FROM_S INT64_C(-2208988800) /* 1900 */
#define TO_S   INT64_C(7258118400)  /* 2200 */

static const struct zone_case {
	const char *name;
} zones[] = {
	{ "Europe/Berlin" },       { "UTC" },
	{ "America/New_York" },    { "America/Sao_Paulo" },
	{ "Australia/Lord_Howe" }, { "Pacific/Apia" },
	{ "America/Nuuk" },        { "Asia/Kathmandu" },
	{ "Europe/Dublin" },       { "Africa/Casablanca" },
	{ "Asia/Gaza" },           { "America/Santiago" },
	{ "Africa/Monrovia" },     { "Pacific/Kiritimati" },
};

static int64_t library_says(int64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm tm;

	assert_non_null(localtime_r(&at, &tm));
	return tm.tm_gmtoff;
}

static void zone_is_that_of_the_library(void **state)
{
	const struct zone_case *c = *state;
	struct dice dice = { 7 };
	struct fault fault = { 0 };
	struct zone *z = NULL;

	assert_int_equal(zone_open(&z, c->name, &fault), 0);
	assert_int_equal(when_use_zone(c->name, &fault), 0);
	for (unsigned i = 0; i < 20000; i++) {
		int64_t at_s = FROM_S + (int64_t)(dice_below(&dice, (uint64_t)(TO_S - FROM_S)));

		assert_int_equal(zone_ahead_s(z, at_s), library_says(at_s));
	}
	/* every hour of the years in which most was changed, and of two behind the table */
	for (int64_t at_s = INT64_C(1577836800); at_s < INT64_C(1640995200); at_s += 1800) {
		assert_int_equal(zone_ahead_s(z, at_s), library_says(at_s));
		assert_int_equal(zone_ahead_s(z, at_s - 1), library_says(at_s - 1));
	}
	for (int64_t at_s = INT64_C(2524608000); at_s < INT64_C(2587680000); at_s += 1800) {
		assert_int_equal(zone_ahead_s(z, at_s), library_says(at_s));
		assert_int_equal(zone_ahead_s(z, at_s - 1), library_says(at_s - 1));
	}
	zone_free(z);
}

static void unknown_zone_is_refused_with_advice(void **state)
{
	struct fault fault = { 0 };
	struct zone *z = NULL;

	(void)state;
	assert_int_equal(zone_open(&z, "Europe/Berln", &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "\"Europe/Berln\""));
	zone_free(NULL);
}

/* ---- files made by hand ---- */

static void add_u32(struct buf *b, uint32_t v)
{
	buf_add(b,
	        (uint8_t[]){ (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
	                     (uint8_t)v },
	        4);
}

static void add_header(struct buf *b, char version, uint32_t times, uint32_t types)
{
	const uint32_t counts[] = { 0, 0, 0, times, types, 1 };

	buf_add_text(b, "TZif");
	buf_add_char(b, version);
	buf_add(b, (uint8_t[15]){ 0 }, 15);
	for (size_t i = 0; i < COUNT(counts); i++) {
		add_u32(b, counts[i]);
	}
}

/* A file of version 2 with one type, an hour ahead of UTC, and a rule; no transitions. */
static void add_file(struct buf *b, const char *rule)
{
	for (unsigned block = 0; block < 2; block++) {
		add_header(b, '2', 0, 1);
		add_u32(b, 3600);
		buf_add(b, "\0\0\0", 3);
	}
	buf_printf(b, "\n%s\n", rule);
}

static const struct rule_case {
	const char *name;
	const char *rule;
	int64_t at_s;
	int64_t want; /* INT64_MIN: the file is refused */
} rules[] = {
	{ "rule_without_summer", "CET-1", 1782000000, 3600 },
	{ "rule_of_berlin_in_winter", "CET-1CEST,M3.5.0,M10.5.0/3", 1795323506, 3600 },
	{ "rule_of_berlin_in_summer", "CET-1CEST,M3.5.0,M10.5.0/3", 1782000000, 7200 },
	{ "rule_of_the_south", "AEST-10AEDT,M10.1.0,M4.1.0/3", 1795323506, 39600 },
	/* 1776-07-04 is no rule: day 60 is 1 March in every year */
	{ "rule_by_julian_day", "XXX0YYY,J60/0,J61/0", INT64_C(1835568000 - 86400 * 62), 0 },
	{ "rule_by_julian_day_in_it", "XXX0YYY,J60/0,J61/0", INT64_C(1835481600 + 3600), 3600 },
	{ "rule_by_day_from_zero", "XXX0YYY,59/0,60/0", INT64_C(1835395200 + 3600), 3600 },
	{ "rule_with_names_in_brackets", "<+0330>-3:30", 0, 12600 },
	{ "rule_with_offset_of_summer", "XXX0YYY-2,0/0,J365/25", 1782000000, 7200 },
	{ "no_rule_is_the_first_type", "", 1782000000, 3600 },
	{ "rule_without_offset", "CET", 0, INT64_MIN },
	{ "rule_with_half_a_summer", "CET-1CEST,M3.5.0", 0, INT64_MIN },
	{ "rule_of_month_13", "CET-1CEST,M13.5.0,M10.5.0", 0, INT64_MIN },
	{ "rule_of_week_0", "CET-1CEST,M3.0.0,M10.5.0", 0, INT64_MIN },
	{ "rule_of_minute_60", "CET-1:60", 0, INT64_MIN },
	{ "rule_with_more_behind_it", "CET-1CEST,M3.5.0,M10.5.0/3x", 0, INT64_MIN },
};

static void rule_is_followed(void **state)
{
	const struct rule_case *c = *state;
	struct zone *z = NULL;
	struct buf b;
	int rc;

	buf_init(&b, 4096);
	add_file(&b, c->rule);
	rc = zone_parse(&z, cursor_of(b.data, b.len));
	assert_int_equal(rc, c->want == INT64_MIN ? -EBADMSG : 0);
	assert_int_equal(z != NULL ? zone_ahead_s(z, c->at_s) : INT64_MIN, c->want);
	zone_free(z);
	buf_free(&b);
}

static void file_cut_anywhere_is_refused(void **state)
{
	struct zone *z = NULL;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	add_file(&b, "CET-1CEST,M3.5.0,M10.5.0/3");
	for (size_t n = 0; n < b.len - strlen("\nCET-1CEST,M3.5.0,M10.5.0/3\n"); n++) {
		assert_int_equal(zone_parse(&z, cursor_of(b.data, n)), -EBADMSG);
	}
	buf_free(&b);
}

static void file_of_version_1_is_read(void **state)
{
	struct zone *z = NULL;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	add_header(&b, '\0', 1, 2);
	add_u32(&b, 1000);
	buf_add_char(&b, 1);
	add_u32(&b, 3600);
	buf_add(&b, "\0", 2);
	add_u32(&b, 7200);
	buf_add(&b, "\0", 2);
	buf_add_char(&b, '\0');
	assert_int_equal(zone_parse(&z, cursor_of(b.data, b.len)), 0);
	assert_int_equal(zone_ahead_s(z, 999), 3600);
	assert_int_equal(zone_ahead_s(z, 1000), 7200);
	zone_free(z);
	buf_free(&b);
}

static const struct count_case {
	const char *name;
	uint32_t times;
	uint32_t types;
} counts[] = {
	{ "no_type_at_all", 0, 0 },
	{ "more_types_than_an_index_can_tell", 0, 257 },
	{ "more_transitions_than_the_limit", ZONE_TRANSITIONS_MAX + 1, 1 },
	{ "four_thousand_million_transitions", UINT32_MAX, 1 },
};

static void counts_beyond_the_limits_are_refused(void **state)
{
	const struct count_case *c = *state;
	struct zone *z = NULL;
	struct buf b;

	buf_init(&b, 1 << 17);
	add_header(&b, '\0', c->times, c->types);
	memset(buf_reserve(&b, 65536), 0, 65536);
	buf_commit(&b, 65536);
	assert_int_equal(zone_parse(&z, cursor_of(b.data, b.len)), -EBADMSG);
	buf_free(&b);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, zones, zone_is_that_of_the_library);
	cases_test(&c, unknown_zone_is_refused_with_advice);
	cases_table(&c, rules, rule_is_followed);
	cases_test(&c, file_cut_anywhere_is_refused);
	cases_test(&c, file_of_version_1_is_read);
	cases_table(&c, counts, counts_beyond_the_limits_are_refused);
	return cases_run("zone", &c, NULL, NULL);
}
