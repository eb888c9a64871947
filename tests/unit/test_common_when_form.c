/* Times by a form: what each letter reads, in which zone, and what is no time of that form. */
#include <errno.h>
#include <stdio.h>

#include "common/when.h"
#include "common/zone.h"
#include "tests/support/cases.h"

static int use_berlin(void **state)
{
	struct fault fault;

	(void)state;
	return when_use_zone("Europe/Berlin", &fault);
}

static const struct form_case {
	const char *name;
	const char *form;
	const char *zone; /* NULL: the one in use, Berlin */
	const char *text;
	const char *want; /* NULL: refused */
} forms[] = {
	{ "german_date_and_time", "%d.%m.%Y %H:%M", NULL, "22.11.2026 14:03",
	  "2026-11-22T13:03:00.000000Z" },
	{ "american_date_and_time", "%m/%d/%Y %I:%M %p", "America/New_York", "11/22/2026 2:03 PM",
	  "2026-11-22T19:03:00.000000Z" },
	{ "american_noon", "%m/%d/%Y %I:%M %p", NULL, "7/4/2026 12:00 pm",
	  "2026-07-04T10:00:00.000000Z" },
	{ "american_midnight", "%m/%d/%Y %I:%M %p", NULL, "7/4/2026 12:00 AM",
	  "2026-07-03T22:00:00.000000Z" },
	{ "no_break_blank_before_pm", "%m/%d/%Y %I:%M %p", NULL, "11/22/2026 2:03\xe2\x80\xafPM",
	  "2026-11-22T13:03:00.000000Z" },
	{ "date_alone_is_its_first_instant", "%d.%m.%Y", NULL, "31.12.2026",
	  "2026-12-30T23:00:00.000000Z" },
	{ "two_digits_of_a_year", "%d.%m.%y", NULL, "31.12.26", "2026-12-30T23:00:00.000000Z" },
	{ "month_by_its_english_name", "%d %b %Y %H:%M:%S", NULL, "22 Nov 2026 05:58:26",
	  "2026-11-22T04:58:26.000000Z" },
	{ "month_by_its_whole_german_name", "%d. %b %Y", NULL, "1. M\xc3\xa4rz 2026",
	  "2026-02-28T23:00:00.000000Z" },
	{ "month_by_its_short_german_name", "%d-%b-%y", NULL, "01-Dez-26",
	  "2026-11-30T23:00:00.000000Z" },
	{ "offset_in_the_text", "%Y-%m-%d %H:%M %z", "America/New_York", "2026-11-22 14:03 +0530",
	  "2026-11-22T08:33:00.000000Z" },
	{ "fraction_of_a_second", "%Y%m%d%H%M%S", NULL, "20261122055826.25",
	  "2026-11-22T04:58:26.250000Z" },
	{ "seconds_since_1970", "%s", NULL, "1795323506", "2026-11-22T04:58:26.000000Z" },
	{ "words_around_it", "on %d.%m.%Y at %H h", NULL, "on 22.11.2026 at 14 h",
	  "2026-11-22T13:00:00.000000Z" },
	{ "percent_sign", "%%%d.%m.%Y", NULL, "%22.11.2026", "2026-11-21T23:00:00.000000Z" },
	{ "summer_in_another_zone", "%d.%m.%Y %H:%M", "America/New_York", "01.07.2026 08:00",
	  "2026-07-01T12:00:00.000000Z" },
	{ "time_shown_twice_is_the_first", "%d.%m.%Y %H:%M", "America/New_York", "01.11.2026 01:30",
	  "2026-11-01T05:30:00.000000Z" },
	{ "time_never_shown_is_before_the_clock_moved", "%d.%m.%Y %H:%M", "America/New_York",
	  "08.03.2026 02:30", "2026-03-08T07:30:00.000000Z" },
	{ "day_and_month_confused", "%d/%m/%Y", NULL, "11/22/2026", NULL },
	{ "no_such_day", "%d.%m.%Y", NULL, "31.04.2026", NULL },
	{ "more_behind_it", "%d.%m.%Y", NULL, "22.11.2026 14:03", NULL },
	{ "less_than_the_form", "%d.%m.%Y %H:%M", NULL, "22.11.2026", NULL },
	{ "thirteen_o_clock_of_twelve", "%d.%m.%Y %I %p", NULL, "22.11.2026 13 PM", NULL },
	{ "hour_zero_of_twelve", "%d.%m.%Y %I %p", NULL, "22.11.2026 0 AM", NULL },
	{ "neither_am_nor_pm", "%d.%m.%Y %I %p", NULL, "22.11.2026 1 XM", NULL },
	{ "no_month_of_that_name", "%d %b %Y", NULL, "22 Foo 2026", NULL },
	{ "point_without_fraction", "%H:%M:%S %d.%m.%Y", NULL, "05:58:26. 22.11.2026", NULL },
	{ "offset_of_nothing_but_signs", "%Y-%m-%d %H:%M %z", NULL, "2026-11-22 14:03 +-", NULL },
	{ "more_seconds_than_fit", "%s", NULL, "123456789012", NULL },
	{ "empty", "%d.%m.%Y", NULL, "", NULL },
};

static void form_is_read(void **state)
{
	const struct form_case *c = *state;
	char got[WHEN_DATE_SIZE] = "";
	struct zone *zone = NULL;
	int64_t at_us = 0;
	int rc = c->zone != NULL ? zone_open(&zone, c->zone, NULL) : 0;

	assert_int_equal(rc, 0);
	rc = when_parse_as(c->form, zone, slice_of(c->text), &at_us);
	assert_int_equal(rc, c->want != NULL ? 0 : -EINVAL);
	assert_string_equal(rc == 0 ? when_iso(at_us, got) : "", c->want != NULL ? c->want : "");
	zone_free(zone);
}

static const struct valid_case {
	const char *name;
	const char *form;
	bool valid;
} valids[] = {
	{ "whole_date_is_a_form", "%d.%m.%Y", true },
	{ "date_with_a_month_by_name_is", "%d %b %y", true },
	{ "seconds_since_1970_are", "%s", true },
	{ "twelve_hours_with_a_half_are", "%m/%d/%Y %I:%M %p", true },
	{ "twelve_hours_without_a_half_are_not", "%m/%d/%Y %I:%M", false },
	{ "half_without_twelve_hours_is_not", "%m/%d/%Y %H:%M %p", false },
	{ "time_without_a_date_is_not", "%H:%M", false },
	{ "date_without_a_year_is_not", "%d.%m.", false },
	{ "unknown_letter_is_not", "%d.%m.%Y %Q", false },
	{ "lone_percent_sign_is_not", "%d.%m.%Y %", false },
	{ "plain_text_is_not", "DD.MM.YYYY", false },
};

static void form_is_valid_or_not(void **state)
{
	const struct valid_case *c = *state;

	assert_int_equal(when_form_valid(c->form), c->valid);
}

static const struct later_case {
	const char *name;
	const char *zone;
	const char *text;
	int64_t hours;
} laters[] = {
	{ "day_later_is_24_hours", NULL, "2026-11-22 06:00", 24 },
	{ "day_later_into_summer_is_23", NULL, "2026-03-28 06:00", 23 },
	{ "day_later_into_winter_is_25", NULL, "2026-10-24 06:00", 25 },
	{ "day_later_elsewhere", "America/New_York", "2026-03-28 06:00", 24 },
};

static void day_later_is_the_same_time(void **state)
{
	const struct later_case *c = *state;
	struct zone *zone = NULL;
	int64_t at_us = 0;

	assert_int_equal(c->zone != NULL ? zone_open(&zone, c->zone, NULL) : 0, 0);
	assert_int_equal(when_parse_in(zone, slice_of(c->text), &at_us), 0);
	assert_int_equal(when_day_later_us(zone, at_us + 7) - at_us - 7,
	                 c->hours * 3600 * WHEN_US_PER_S);
	zone_free(zone);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, forms, form_is_read);
	cases_table(&c, valids, form_is_valid_or_not);
	cases_table(&c, laters, day_later_is_the_same_time);
	return cases_run("when_form", &c, use_berlin, NULL);
}
