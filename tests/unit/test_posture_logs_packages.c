/* Refused logins a day, and fixes that are not installed. */
#include "agent/posture/scan.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/posture/advisory.h"
#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/posture_world.h"

#define LOG    "/var/log/asterisk/security"
#define STATUS "/var/lib/dpkg/status"
#define FEED   "/srv/advisories"

/* ---- refused logins; now is 2026-11-22 08:00 UTC ---- */

struct log_case {
	const char *name;
	const char *text;
	double figure; /* -1: none */
	uint64_t part;
	uint64_t whole;
	Cxm__Posture__Result result;
};

#define BAD(at)  "[" at "] SECURITY[1] x.c: SecurityEvent=\"InvalidPassword\",AccountID=\"4711\"\n"
#define OKAY(at) "[" at "] SECURITY[1] x.c: SecurityEvent=\"SuccessfulAuth\",AccountID=\"4711\"\n"
#define PASS     CXM__POSTURE__RESULT__PASS
#define FAIL     CXM__POSTURE__RESULT__FAIL
#define UNKNOWN  CXM__POSTURE__RESULT__UNKNOWN

static const struct log_case logs[] = {
	{ "a_whole_day_counts_as_one",
	  OKAY("2026-11-20 08:00:00") BAD("2026-11-21 09:00:00") BAD("2026-11-22 07:00:00")
	          OKAY("2026-11-22 07:30:00"),
	  2, 2, 3, PASS },
	{ "what_is_older_than_a_day_does_not_count",
	  BAD("2026-11-20 08:00:00") BAD("2026-11-21 07:59:59") OKAY("2026-11-22 07:30:00"), 0, 0,
	  1, PASS },
	{ "half_a_day_is_doubled",
	  OKAY("2026-11-21 20:00:00") BAD("2026-11-22 07:00:00") BAD("2026-11-22 07:00:01"), 4, 2,
	  3, PASS },
	{ "less_than_an_hour_says_nothing", BAD("2026-11-22 07:30:00"), -1, 0, 0, UNKNOWN },
	{ "what_is_a_day_old_to_the_second_counts",
	  BAD("2026-11-21 08:00:00") OKAY("2026-11-22 08:00:00"), 1, 1, 2, PASS },
	{ "an_hour_says_something", BAD("2026-11-22 07:00:00"), 24, 1, 1, PASS },
	{ "lines_of_the_future_do_not_count",
	  OKAY("2026-11-20 08:00:00") BAD("2026-11-22 08:00:01") BAD("2027-11-22 08:00:00"), 0, 0,
	  0, PASS },
	{ "lines_without_a_time_do_not_count", "SecurityEvent=\"InvalidPassword\"\n", -1, 0, 0,
	  UNKNOWN },
	{ "an_empty_log_says_nothing", "", -1, 0, 0, UNKNOWN },
};

static void failures_are_counted(void **state)
{
	const struct log_case *c = *state;
	const struct posture_finding *f;
	struct posture_world w;

	posture_world_open(&w, "");
	posture_world_file(&w, LOG, c->text);
	posture_look_auth_log(&w.scan);
	f = posture_world_found(&w, "auth_failures", LOG);
	assert_int_equal(f->result, c->result);
	assert_int_equal(f->has_figure, c->figure >= 0);
	assert_true(!f->has_figure ||
	            (f->figure > c->figure - 1e-9 && f->figure < c->figure + 1e-9));
	assert_int_equal(f->part, c->part);
	assert_int_equal(f->whole, c->whole);
	assert_null(strstr(f->value, "4711"));
	posture_world_close(&w);
}

static void what_cannot_be_said_of_a_log_is_why(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, LOG, BAD("2026-11-22 07:30:00"));
	posture_look_auth_log(&w.scan);
	assert_non_null(strstr(posture_world_found(&w, "auth_failures", LOG)->value,
	                       "cover less than an hour"));
	posture_world_close(&w);
}

static void a_hundred_a_day_are_many(void **state)
{
	static char text[65536] = OKAY("2026-11-20 08:00:00");
	const struct posture_finding *f;
	struct posture_world w;
	size_t len = strlen(text);

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s",
		                        BAD("2026-11-22 07:00:00"));
	}
	posture_world_open(&w, "");
	posture_world_file(&w, LOG, text);
	posture_look_auth_log(&w.scan);
	f = posture_world_found(&w, "auth_failures", LOG);
	assert_int_equal(f->result, FAIL);
	assert_true(f->figure > 99.9 && f->figure < 100.1);
	posture_world_close(&w);
}

static void the_first_log_that_is_there_counts(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/var/log/asterisk/messages", OKAY("2026-11-20 08:00:00"));
	posture_world_file(&w, "/var/log/asterisk/messages.log", OKAY("2026-11-20 08:00:00"));
	posture_look_auth_log(&w.scan);
	assert_int_equal(w.report.n, 1);
	assert_string_equal(w.report.items[0].subject, "/var/log/asterisk/messages");
	posture_world_close(&w);
}

static void a_log_that_was_named_and_is_not_there_is_told(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "auth_logs: [ /var/log/pbx ]");
	posture_look_auth_log(&w.scan);
	assert_int_equal(w.report.n, 1);
	assert_int_equal(w.report.items[0].result, UNKNOWN);
	posture_world_close(&w);
}

static void no_log_where_none_was_named_is_no_finding(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_look_auth_log(&w.scan);
	assert_int_equal(w.report.n, 0);
	posture_world_close(&w);
}

/* ---- advisories ---- */

struct feed_case {
	const char *name;
	const char *text;
	int rc;
	uint64_t rows;
	uint64_t malformed;
	const char *package; /* of the last good one; "" none */
	enum advisory_severity severity;
};

#define HEADING "package,fixed_version,severity,published\n"

static const struct feed_case feeds[] = {
	{ "a_row_of_csv", HEADING "asterisk,1:20.6-2,critical,2026-10-01\n", 0, 1, 0, "asterisk",
	  ADVISORY_CRITICAL },
	{ "columns_in_another_order_and_more_of_them",
	  "\xef\xbb\xbfid;Published;Severity;package;fixed_version\nCVE-1;2026-10-01;7.5;kamailio;"
	  "5.6\n",
	  0, 1, 0, "kamailio", ADVISORY_HIGH },
	{ "a_row_of_json",
	  "{\"package\":\"openssl\",\"fixed_version\":\"3.0.15-1\",\"severity\":\"medium\","
	  "\"published\":"
	  "\"2026-10-01T10:00:00Z\",\"urls\":[1,{}]}\n\n",
	  0, 1, 0, "openssl", ADVISORY_MEDIUM },
	{ "a_score_of_nine_is_critical", HEADING "a,1,9.0,2026-10-01\n", 0, 1, 0, "a",
	  ADVISORY_CRITICAL },
	{ "a_score_just_below_nine_is_high", HEADING "a,1,8.9,2026-10-01\n", 0, 1, 0, "a",
	  ADVISORY_HIGH },
	{ "a_score_of_seven_is_high", HEADING "a,1,7.0,2026-10-01\n", 0, 1, 0, "a", ADVISORY_HIGH },
	{ "a_score_just_below_seven_is_medium", HEADING "a,1,6.9,2026-10-01\n", 0, 1, 0, "a",
	  ADVISORY_MEDIUM },
	{ "a_score_of_four_is_medium", HEADING "a,1,4,2026-10-01\n", 0, 1, 0, "a",
	  ADVISORY_MEDIUM },
	{ "a_score_below_four_is_low", HEADING "a,1,3.9,2026-10-01\n", 0, 1, 0, "a", ADVISORY_LOW },
	{ "malformed_rows_are_counted",
	  HEADING ",1,low,2026-10-01\na,1,what,2026-10-01\na,1,low,soon\na\na,1,11,2026-10-01\n", 0,
	  5, 5, "", ADVISORY_LOW },
	{ "malformed_lines_of_json_are_counted", "{\"package\":\n{}\nnonsense\n", 0, 3, 3, "",
	  ADVISORY_LOW },
	{ "no_heading_is_no_file", "asterisk,1:20.6-2,critical,2026-10-01\n", -EBADMSG, 0, 0, "",
	  ADVISORY_LOW },
	{ "nothing_is_no_file", "", -EBADMSG, 0, 0, "", ADVISORY_LOW },
};

static void keep_last(void *arg, const struct advisory *a)
{
	*(struct advisory *)arg = *a;
}

static void feeds_are_read(void **state)
{
	const struct feed_case *c = *state;
	struct advisory last = { .package = "" };
	struct advisory_counts counts;

	assert_int_equal(advisory_read(slice_of(c->text), keep_last, &last, &counts), c->rc);
	assert_int_equal(counts.rows, c->rows);
	assert_int_equal(counts.malformed, c->malformed);
	assert_string_equal(last.package, c->package);
	assert_int_equal(last.severity, c->severity);
}

/* ---- packages; 2026-11-12 is ten days ago ---- */

#define PACKAGE(name, version)                                                                     \
	"Package: " name "\nStatus: install ok installed\nVersion: " version "\n\n"
#define SSL  "Package: libssl3\nSource: openssl\nStatus: install ok installed\nVersion: 3.0.11-1\n\n"
#define GONE "Package: asterisk\nStatus: deinstall ok config-files\nVersion: 1\n\n"

struct package_case {
	const char *name;
	const char *status;
	const char *feed;
	double figure; /* -1: none */
	uint64_t part;
	uint64_t whole;
	size_t open; /* package_open */
	const char *says;
};

static const struct package_case packages[] = {
	{ "an_open_critical_fix_has_an_age", PACKAGE("asterisk", "1:20.6-1"),
	  HEADING "asterisk,1:20.6-2,critical,2026-11-12\n", 10, 1, 1, 1, "1 of 1" },
	{ "the_oldest_decides", PACKAGE("asterisk", "1:20.6-1") PACKAGE("kamailio", "5.6-1"),
	  HEADING "asterisk,1:20.6-2,high,2026-11-12\nkamailio,5.6-2,high,2026-11-02\n", 20, 2, 2,
	  2, "2 of 2" },
	{ "what_is_installed_is_not_open", PACKAGE("asterisk", "1:20.6-2"),
	  HEADING "asterisk,1:20.6-2,critical,2026-11-12\n", 0, 0, 1, 0, "0 of 1" },
	{ "medium_ones_do_not_count", PACKAGE("asterisk", "1:20.6-1"),
	  HEADING "asterisk,1:20.6-2,medium,2026-11-12\n", 0, 0, 1, 0, "0 of 1" },
	{ "what_has_no_fix_cannot_be_installed", PACKAGE("asterisk", "1:20.6-1"),
	  HEADING "asterisk,,critical,2026-11-12\n", 0, 0, 1, 0, "0 of 1" },
	{ "a_source_package_counts_for_its_binaries", SSL,
	  HEADING "openssl,3.0.15-1,high,2026-11-12\n", 10, 1, 1, 1, "1 of 1" },
	{ "what_is_removed_does_not_count", GONE PACKAGE("a", "1"),
	  HEADING "asterisk,1:20.6-2,critical,2026-11-12\na,1,low,2026-11-12\n", 0, 0, 1, 0,
	  "0 of 1" },
	{ "an_advisory_of_the_future_is_none_yet", PACKAGE("a", "1"),
	  HEADING "a,2,critical,2026-11-23\na,1,low,2026-11-12\n", 0, 0, 1, 0, "0 of 1" },
	{ "advisories_for_others_say_nothing", PACKAGE("a", "1"),
	  HEADING "b,2,critical,2026-11-12\n", -1, 0, 0, 0, "no advisory names a package" },
	{ "a_feed_without_a_heading_says_nothing", PACKAGE("a", "1"), "a,b\n", -1, 0, 0, 0,
	  "expected a heading" },
	{ "no_packages_say_nothing", "", HEADING "b,2,critical,2026-11-12\n", -1, 0, 0, 0,
	  "no package is listed" },
};

static void ages_of_fixes_are_told(void **state)
{
	const struct package_case *c = *state;
	const struct posture_finding *f;
	struct posture_world w;

	posture_world_open(&w, "advisories: " FEED);
	posture_world_file(&w, STATUS, c->status);
	posture_world_file(&w, FEED, c->feed);
	posture_look_packages(&w.scan);
	f = posture_world_found(&w, "patch_age", "packages");
	assert_int_equal(f->has_figure, c->figure >= 0);
	assert_true(!f->has_figure || f->figure == c->figure);
	assert_int_equal(f->part, c->part);
	assert_int_equal(f->whole, c->whole);
	assert_non_null(strstr(f->value, c->says));
	assert_int_equal(posture_world_count(&w, "package_open"), c->open);
	posture_world_close(&w);
}

static void without_a_feed_the_age_is_not_known(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_look_packages(&w.scan);
	f = posture_world_found(&w, "patch_age", "packages");
	assert_int_equal(f->result, UNKNOWN);
	assert_non_null(strstr(f->value, "advisories"));
	posture_world_close(&w);
}

static void a_feed_that_is_not_there_is_told(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "advisories: " FEED);
	posture_world_file(&w, STATUS, PACKAGE("a", "1"));
	posture_look_packages(&w.scan);
	f = posture_world_found(&w, "patch_age", "packages");
	assert_int_equal(f->result, UNKNOWN);
	assert_non_null(strstr(f->value, FEED));
	posture_world_close(&w);
}

int main(void)
{
	static struct cases c;

	(void)when_use_zone("UTC", NULL);
	cases_table(&c, logs, failures_are_counted);
	cases_test(&c, what_cannot_be_said_of_a_log_is_why);
	cases_test(&c, a_hundred_a_day_are_many);
	cases_test(&c, the_first_log_that_is_there_counts);
	cases_test(&c, a_log_that_was_named_and_is_not_there_is_told);
	cases_test(&c, no_log_where_none_was_named_is_no_finding);
	cases_table(&c, feeds, feeds_are_read);
	cases_table(&c, packages, ages_of_fixes_are_told);
	cases_test(&c, without_a_feed_the_age_is_not_known);
	cases_test(&c, a_feed_that_is_not_there_is_told);
	return cases_run("posture_logs_packages", &c, NULL, NULL);
}
