#include "common/when.h"

#include <errno.h>
#include <stdlib.h>

#include "tests/support/cases.h"
#include "tests/support/dice.h"

#define HOURS(n) ((n)*INT64_C(3600) * WHEN_US_PER_S)

static void use(const char *zone)
{
	struct fault fault;

	assert_int_equal(when_use_zone(zone, &fault), 0);
}

static int32_t day(const char *date)
{
	int32_t d = INT32_MIN;

	assert_int_equal(when_parse_date(slice_of(date), &d), 0);
	return d;
}

static int64_t instant(const char *text)
{
	int64_t at_us = INT64_MIN;

	assert_int_equal(when_parse(slice_of(text), &at_us), 0);
	return at_us;
}

/* ---- zones ---- */

static const struct zone_case {
	const char *name;
	const char *zone;
	bool known;
} zones[] = {
	{ "zone_utc", "UTC", true },
	{ "zone_berlin", "Europe/Berlin", true },
	{ "zone_three_parts", "America/Argentina/Buenos_Aires", true },
	{ "zone_that_is_a_link", "Europe/Vaduz", true },
	{ "zone_misspelt", "Europe/Berln", false },
	{ "zone_empty", "", false },
	{ "zone_absolute", "/etc/localtime", false },
	{ "zone_out_of_the_folder", "../zoneinfo/UTC", false },
	{ "zone_folder", "Europe", false },
	/* before: known, and then silently UTC */
	{ "zone_table_is_no_zone", "zone.tab", false },
	{ "zone_of_300_characters",
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxxxxx"
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxxxxx"
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxxxxx",
	  false },
};

static void zone_is_known_or_not(void **state)
{
	const struct zone_case *c = *state;

	assert_int_equal(when_zone_known(c->zone), c->known);
}

static void unknown_zone_is_refused_with_advice(void **state)
{
	struct fault fault;

	(void)state;
	use("UTC");
	assert_int_equal(when_use_zone("Europe/Berln", &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "\"Europe/Berln\""));
	assert_non_null(strstr(fault.text, "Europe/Berlin"));
	assert_string_equal(getenv("TZ"), "UTC");
}

/* ---- dates ---- */

static const struct date_case {
	const char *name;
	const char *text;
	int rc;
	int32_t want;
} dates[] = {
	{ "date_of_the_epoch", "1970-01-01", 0, 0 },
	{ "date_before_the_epoch", "1969-12-31", 0, -1 },
	{ "date_of_today", "2026-11-22", 0, 20779 },
	{ "date_leap_day", "2024-02-29", 0, 19782 },
	{ "date_leap_day_of_2000", "2000-02-29", 0, 11016 },
	{ "date_year_0", "0000-03-01", 0, -719468 },
	{ "date_year_9999", "9999-12-31", 0, 2932896 },
	{ "date_no_leap_day", "2026-02-29", -EINVAL, 0 },
	{ "date_1900_was_no_leap_year", "1900-02-29", -EINVAL, 0 },
	{ "date_31_april", "2026-04-31", -EINVAL, 0 },
	{ "date_month_13", "2026-13-01", -EINVAL, 0 },
	{ "date_month_0", "2026-00-01", -EINVAL, 0 },
	{ "date_day_0", "2026-01-00", -EINVAL, 0 },
	{ "date_short_year", "26-01-01", -EINVAL, 0 },
	{ "date_short_month", "2026-1-01", -EINVAL, 0 },
	{ "date_with_text_behind", "2026-01-01x", -EINVAL, 0 },
	{ "date_with_blank_in_front", " 2026-01-01", -EINVAL, 0 },
	{ "date_german_is_no_date_here", "01.01.2026", -EINVAL, 0 },
	{ "date_empty", "", -EINVAL, 0 },
};

static void date_is_read_or_refused(void **state)
{
	const struct date_case *c = *state;
	int32_t d = 0;

	assert_int_equal(when_parse_date(slice_of(c->text), &d), c->rc);
	assert_int_equal(d, c->want);
}

static void every_day_of_four_centuries_is_written_as_it_is_read(void **state)
{
	char text[WHEN_DATE_SIZE];

	(void)state;
	for (int32_t d = day("1800-01-01"); d < day("2200-01-01"); d++) {
		assert_int_equal(day(when_date(d, text)), d);
	}
}

static void extreme_days_are_written_without_harm(void **state)
{
	char text[WHEN_DATE_SIZE];

	(void)state;
	assert_string_equal(when_date(INT32_MAX, text), "5881580-07-11");
	assert_string_equal(when_date(INT32_MIN, text), "-5877641-06-23");
}

/* ---- instants ---- */

static const struct instant_case {
	const char *name;
	const char *zone;
	const char *text;
	int rc;
	int64_t want_us;
} instants[] = {
	{ "iso_utc", "Europe/Berlin", "2026-11-22T04:58:26Z", 0, INT64_C(1795323506000000) },
	{ "iso_small_z", "Europe/Berlin", "2026-11-22T04:58:26z", 0, INT64_C(1795323506000000) },
	{ "iso_offset", "UTC", "2026-11-22T05:58:26.5+01:00", 0, INT64_C(1795323506500000) },
	{ "iso_offset_without_colon", "UTC", "2026-11-22T05:58:26+0100", 0,
	  INT64_C(1795323506000000) },
	{ "iso_offset_of_hours", "UTC", "2026-11-22T05:58:26+01", 0, INT64_C(1795323506000000) },
	{ "iso_offset_west", "UTC", "2026-11-22T01:28:26-03:30", 0, INT64_C(1795323506000000) },
	{ "iso_blank_for_the_t", "UTC", "2026-11-22 04:58:26", 0, INT64_C(1795323506000000) },
	{ "iso_local_winter", "Europe/Berlin", "2026-11-22T05:58:26", 0,
	  INT64_C(1795323506000000) },
	{ "iso_local_summer", "Europe/Berlin", "2026-07-22T06:58:26", 0,
	  INT64_C(1784696306000000) },
	{ "iso_without_seconds", "UTC", "2026-11-22T04:58", 0, INT64_C(1795323480000000) },
	{ "iso_comma_for_the_point", "UTC", "2026-11-22T04:58:26,25Z", 0,
	  INT64_C(1795323506250000) },
	{ "iso_nanoseconds_are_cut", "UTC", "2026-11-22T04:58:26.123456789Z", 0,
	  INT64_C(1795323506123456) },
	{ "iso_leap_second_is_the_next", "UTC", "2016-12-31T23:59:60Z", 0,
	  INT64_C(1483228800000000) },
	{ "iso_before_1970", "UTC", "1969-12-31T23:59:59.5Z", 0, -500000 },
	{ "iso_before_1970_local", "Europe/Berlin", "1969-12-31T23:59:59.5", 0,
	  -INT64_C(3600500000) },
	{ "iso_blanks_around", "UTC", "  2026-11-22T04:58:26Z\r\n", 0, INT64_C(1795323506000000) },
	{ "date_alone_is_its_first_instant", "Europe/Berlin", "2026-11-22", 0,
	  INT64_C(1795302000000000) },
	{ "german_with_seconds", "Europe/Berlin", "22.11.2026 05:58:26", 0,
	  INT64_C(1795323506000000) },
	{ "german_without_seconds", "Europe/Berlin", "22.11.2026 05:58", 0,
	  INT64_C(1795323480000000) },
	{ "german_date", "Europe/Berlin", "22.11.2026", 0, INT64_C(1795302000000000) },
	{ "german_short_day_and_month", "Europe/Berlin", "1.2.2026 7:05", 0,
	  INT64_C(1769925900000000) },
	{ "seconds_since_1970", "Europe/Berlin", "1795323506", 0, INT64_C(1795323506000000) },
	{ "seconds_with_fraction", "UTC", "1795323506.123456", 0, INT64_C(1795323506123456) },
	{ "seconds_with_a_long_fraction", "UTC", "1795323506.1234567", 0,
	  INT64_C(1795323506123456) },
	{ "seconds_of_one_digit", "UTC", "5", 0, 5000000 },
	{ "seconds_with_a_point_that_is_not_german", "UTC", "1.5000000", 0, 1500000 },
	{ "seconds_of_11_digits", "UTC", "99999999999", 0, INT64_C(99999999999000000) },
	{ "microseconds_of_16_digits", "UTC", "1795323506000000", 0, INT64_C(1795323506000000) },
	{ "microseconds_of_14_digits", "UTC", "10000000000000", 0, INT64_C(10000000000000) },
	{ "digits_12_are_neither", "UTC", "179532350600", -EINVAL, 0 },
	{ "digits_13_are_neither", "UTC", "1795323506000", -EINVAL, 0 },
	{ "digits_beyond_int64", "UTC", "99999999999999999999", -EINVAL, 0 },
	{ "negative_seconds", "UTC", "-5", -EINVAL, 0 },
	{ "empty", "UTC", "", -EINVAL, 0 },
	{ "blank", "UTC", "  ", -EINVAL, 0 },
	{ "words", "UTC", "yesterday", -EINVAL, 0 },
	{ "american", "UTC", "11/22/2026", -EINVAL, 0 },
	{ "german_short_year", "UTC", "22.11.26", -EINVAL, 0 },
	{ "german_month_13", "UTC", "22.13.2026", -EINVAL, 0 },
	{ "iso_hour_24", "UTC", "2026-11-22T24:00:00Z", -EINVAL, 0 },
	{ "iso_minute_60", "UTC", "2026-11-22T04:60:00Z", -EINVAL, 0 },
	{ "iso_second_61", "UTC", "2026-11-22T04:59:61Z", -EINVAL, 0 },
	{ "iso_no_such_day", "UTC", "2026-02-29T04:58:26Z", -EINVAL, 0 },
	{ "iso_t_without_time", "UTC", "2026-11-22T", -EINVAL, 0 },
	{ "iso_offset_too_far", "UTC", "2026-11-22T04:58:26+15:00", -EINVAL, 0 },
	{ "iso_offset_minute_60", "UTC", "2026-11-22T04:58:26+01:60", -EINVAL, 0 },
	{ "iso_text_behind", "UTC", "2026-11-22T04:58:26Zulu", -EINVAL, 0 },
	{ "iso_offset_cut", "UTC", "2026-11-22T04:58:26+1", -EINVAL, 0 },
	{ "fraction_of_letters", "UTC", "5.x", -EINVAL, 0 },
};

static void instant_is_read_or_refused(void **state)
{
	const struct instant_case *c = *state;
	int64_t at_us = 0;

	use(c->zone);
	assert_int_equal(when_parse(slice_of(c->text), &at_us), c->rc);
	assert_int_equal(at_us, c->want_us);
}

/* Before: a NUL byte was taken for any of the characters allowed at its place. */
static const struct nul_case {
	const char *name;
	struct slice text;
} nuls[] = {
	{ "nul_for_the_t", { "2026-11-22\00004:58:26Z", 20 } },
	{ "nul_for_a_hyphen", { "2026\00011-22", 10 } },
	{ "nul_for_the_offset_sign", { "2026-11-22T04:58:26\00001", 22 } },
	{ "nul_behind", { "5\000", 2 } },
};

static void nul_byte_is_refused(void **state)
{
	const struct nul_case *c = *state;
	int64_t at_us;

	use("UTC");
	assert_int_equal(when_parse(c->text, &at_us), -EINVAL);
}

static void nothing_is_refused(void **state)
{
	const struct slice nothing = { NULL, 0 };
	int64_t at_us;
	int32_t d;

	(void)state;
	assert_int_equal(when_parse(nothing, &at_us), -EINVAL);
	assert_int_equal(when_parse_date(nothing, &d), -EINVAL);
}

/*
 * Local times that the clock shows twice or not at all. Before, mktime(3) answered, and glibc's
 * answer depends on what it was asked before: so one file imported twice could give two keys.
 */
static const struct odd_case {
	const char *name;
	const char *zone;
	const char *local;
	const char *want;
} odd_times[] = {
	{ "shown_twice_is_the_first", "Europe/Berlin", "2026-10-25T02:30:00",
	  "2026-10-25T00:30:00.000000Z" },
	{ "just_before_it_is_shown_twice", "Europe/Berlin", "2026-10-25T01:59:59",
	  "2026-10-24T23:59:59.000000Z" },
	{ "just_after_it_is_shown_twice", "Europe/Berlin", "2026-10-25T03:00:00",
	  "2026-10-25T02:00:00.000000Z" },
	{ "never_shown_is_as_before_the_jump", "Europe/Berlin", "2026-03-29T02:30:00",
	  "2026-03-29T01:30:00.000000Z" },
	{ "just_before_the_jump", "Europe/Berlin", "2026-03-29T01:59:59",
	  "2026-03-29T00:59:59.000000Z" },
	{ "just_after_the_jump", "Europe/Berlin", "2026-03-29T03:00:00",
	  "2026-03-29T01:00:00.000000Z" },
	{ "midnight_never_shown_in_sao_paulo", "America/Sao_Paulo", "2018-11-04",
	  "2018-11-04T03:00:00.000000Z" },
	{ "midnight_never_shown_in_beirut", "Asia/Beirut", "2026-03-29",
	  "2026-03-28T22:00:00.000000Z" },
	{ "half_hour_shown_twice_on_lord_howe", "Australia/Lord_Howe", "2026-04-05T01:45:00",
	  "2026-04-04T14:45:00.000000Z" },
};

static void odd_local_time_has_one_answer_whatever_was_asked_before(void **state)
{
	static const char *const before[] = { "2026-07-01T12:00:00", "2026-01-01T12:00:00" };
	const struct odd_case *c = *state;
	char text[WHEN_DATE_SIZE];

	use(c->zone);
	for (size_t i = 0; i < 2; i++) {
		(void)instant(before[i]);
		assert_string_equal(when_iso(instant(c->local), text), c->want);
	}
}

static const struct iso_case {
	const char *name;
	int64_t at_us;
	const char *want;
} isos[] = {
	{ "iso_of_the_epoch", 0, "1970-01-01T00:00:00.000000Z" },
	{ "iso_of_one_before", -1, "1969-12-31T23:59:59.999999Z" },
	{ "iso_of_a_call", INT64_C(1795323506123456), "2026-11-22T04:58:26.123456Z" },
	{ "iso_of_the_last_instant", INT64_MAX, "294247-01-10T04:00:54.775807Z" },
	/* before: signed overflow */
	{ "iso_of_the_first_instant", INT64_MIN, "-290308-12-21T19:59:05.224192Z" },
};

static void instant_is_written_as_iso(void **state)
{
	const struct iso_case *c = *state;
	char text[WHEN_DATE_SIZE];

	assert_string_equal(when_iso(c->at_us, text), c->want);
}

/* ---- days of a site ---- */

static const struct length_case {
	const char *name;
	const char *zone;
	const char *date;
	int64_t start_utc_hour; /* since 00:00 UTC of that date */
	int64_t hours;
} lengths[] = {
	{ "day_in_utc", "UTC", "2026-03-29", 0, 24 },
	{ "day_in_berlin_winter", "Europe/Berlin", "2026-03-28", -1, 24 },
	{ "day_in_berlin_of_23_hours", "Europe/Berlin", "2026-03-29", -1, 23 },
	{ "day_in_berlin_summer", "Europe/Berlin", "2026-03-30", -2, 24 },
	{ "day_in_berlin_of_25_hours", "Europe/Berlin", "2026-10-25", -2, 25 },
	{ "day_in_sao_paulo_without_midnight", "America/Sao_Paulo", "2018-11-04", 3, 23 },
	{ "day_in_sao_paulo_with_23_hours_twice", "America/Sao_Paulo", "2018-02-17", 2, 25 },
	{ "day_in_beirut_without_midnight", "Asia/Beirut", "2026-03-29", -2, 23 },
	{ "day_in_nuuk_whose_eve_lost_its_last_hour", "America/Nuuk", "2026-03-28", 2, 23 },
	{ "day_in_apia_that_never_was", "Pacific/Apia", "2011-12-30", 10, 0 },
	{ "day_in_apia_after_it", "Pacific/Apia", "2011-12-31", -14, 24 },
	{ "day_before_1970_in_berlin", "Europe/Berlin", "1965-06-01", -1, 24 },
};

static void day_begins_and_lasts_as_the_zone_says(void **state)
{
	const struct length_case *c = *state;
	int32_t d = day(c->date);
	int64_t start_us;

	use(c->zone);
	start_us = when_day_start_us(d);
	assert_int_equal(start_us, HOURS((int64_t)d * 24 + c->start_utc_hour));
	assert_int_equal(when_day_start_us(d + 1) - start_us, HOURS(c->hours));
}

static const struct walk_case {
	const char *name;
	const char *zone;
} walks[] = {
	{ "days_of_utc", "UTC" },
	{ "days_of_berlin", "Europe/Berlin" },
	{ "days_of_sao_paulo", "America/Sao_Paulo" },
	{ "days_of_beirut", "Asia/Beirut" },
	{ "days_of_lord_howe", "Australia/Lord_Howe" },
	{ "days_of_nuuk", "America/Nuuk" },
	{ "days_of_kathmandu", "Asia/Kathmandu" },
};

/* Each day begins where the day before ends, and its instants are its own. */
static void days_follow_each_other_without_gap(void **state)
{
	const struct walk_case *c = *state;

	use(c->zone);
	for (int32_t d = day("1968-01-01"); d < day("2038-06-01"); d++) {
		int64_t start_us = when_day_start_us(d);

		assert_int_equal(when_day_of(start_us), d);
		assert_int_equal(when_day_of(start_us - 1), d - 1);
		assert_int_equal(when_day_of(start_us + HOURS(12)), d);
	}
}

static void any_instant_falls_into_its_day(void **state)
{
	const struct walk_case *c = *state;
	struct dice dice = { 11 };

	use(c->zone);
	for (int i = 0; i < 20000; i++) {
		int64_t at_us = (int64_t)dice_below(&dice, UINT64_C(4000000000000000)) -
		                INT64_C(500000000000000); /* 1954 to 2080 */
		int32_t d = when_day_of(at_us);

		assert_true(when_day_start_us(d) <= at_us);
		assert_true(at_us < when_day_start_us(d + 1));
	}
}

static void extreme_days_and_instants_do_no_harm(void **state)
{
	(void)state;
	use("Europe/Berlin");
	assert_true(when_day_start_us(INT32_MAX) > HOURS(24) * 100000000);
	assert_true(when_day_start_us(INT32_MIN) < -HOURS(24) * 100000000);
	assert_true(when_day_of(INT64_MAX) > 100000000);
	assert_true(when_day_of(INT64_MIN) < -100000000);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, zones, zone_is_known_or_not);
	cases_test(&c, unknown_zone_is_refused_with_advice);
	cases_table(&c, dates, date_is_read_or_refused);
	cases_test(&c, every_day_of_four_centuries_is_written_as_it_is_read);
	cases_test(&c, extreme_days_are_written_without_harm);
	cases_table(&c, instants, instant_is_read_or_refused);
	cases_table(&c, nuls, nul_byte_is_refused);
	cases_test(&c, nothing_is_refused);
	cases_table(&c, odd_times, odd_local_time_has_one_answer_whatever_was_asked_before);
	cases_table(&c, isos, instant_is_written_as_iso);
	cases_table(&c, lengths, day_begins_and_lasts_as_the_zone_says);
	cases_table(&c, walks, days_follow_each_other_without_gap);
	cases_table(&c, walks, any_instant_falls_into_its_day);
	cases_test(&c, extreme_days_and_instants_do_no_harm);
	return cases_run("when", &c, NULL, NULL);
}
