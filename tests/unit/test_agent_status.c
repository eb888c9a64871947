/* What `status` makes of what an agent wrote last; that a running one writes what the schema says
 * is tests/unit/test_agent_run.c's. */
#include "agent/status.h"

#include <errno.h>
#include <stdio.h>

#include "agent/status_file.h"
#include "agent/status_text.h"
#include "common/buf.h"
#include "tests/support/cases.h"
#include "tests/support/fake_env.h"
#include "tests/support/json_schema.h"

#define NOW_US INT64_C(1800000000000000)
#define AGO(s) (NOW_US - INT64_C(s) * 1000000)

/* ---- judging ---- */

/* A running, connected agent, written at `written_us`, with one source. */
static json_t *document(const char *state, int64_t written_us)
{
	json_t *doc = json_pack(
		"{s:i, s:s, s:s, s:s, s:s, s:s, s:i, s:I, s:I,"
		" s:{s:s, s:i, s:s, s:I, s:i, s:i, s:I, s:n, s:n, s:i},"
		" s:{s:s, s:i, s:i, s:n, s:i, s:b, s:i, s:i}, s:{s:i, s:i, s:i, s:i},"
		" s:[{s:s, s:s, s:n, s:n, s:i, s:n, s:i, s:i, s:n, s:{s:i}, s:{s:i, s:i}, s:{}, "
		"s:n}]}",
		"format", STATUS_FORMAT, "version", "0.1.0", "state", state, "site", "nord",
		"agent", "pbx1", "host", "pbx1", "pid", 812, "started_us", AGO(7500), "written_us",
		written_us, "collector", "host", "collector", "port", 7443, "state", "connected",
		"since_us", AGO(7400), "connects", 1, "sent_records", 7, "last_ack_us", AGO(4),
		"clock_offset_us", "trouble", "certificate_days", 43, "spool", "directory",
		"/spool", "bytes", 2048, "quota_bytes", 1 << 30, "oldest_us", "unacknowledged", 0,
		"blocked", 0, "damaged_places", 0, "lost_records", 0, "records", "accepted", 7,
		"pending", 0, "refused_too_big", 0, "dropped_spool_full", 0, "sources", "kind",
		"queue_log", "instance", "/var/log/queue_log", "trouble", "advice", "read", 10,
		"size", "records", 7, "rejected", 3, "last_event_us", "taken", "lines", 20,
		"malformed", "bad_time", 3, "no_verb", 0, "lost", "sampling");

	assert_non_null(doc);
	return doc;
}

static json_t *source_of(const json_t *doc)
{
	return json_array_get(json_object_get(doc, "sources"), 0);
}

static void set(json_t *object, const char *key, json_t *value)
{
	assert_int_equal(json_object_set_new(object, key, value), 0);
}

static void is_disconnected(json_t *doc)
{
	set(json_object_get(doc, "collector"), "state", json_string("waiting"));
	set(json_object_get(doc, "collector"), "trouble", json_string("connection refused"));
}

static void is_connecting(json_t *doc)
{
	set(json_object_get(doc, "collector"), "state", json_string("connecting"));
}

static void has_expired(json_t *doc)
{
	set(json_object_get(doc, "collector"), "certificate_days", json_integer(-1));
}

static void is_blocked(json_t *doc)
{
	set(json_object_get(doc, "spool"), "blocked", json_true());
}

static void cannot_read_log(json_t *doc)
{
	set(source_of(doc), "trouble",
	    json_string("/var/log/queue_log: cannot read: Permission denied"));
}

static void has_dropped(json_t *doc)
{
	set(json_object_get(doc, "records"), "dropped_spool_full", json_integer(9));
}

static const struct judge_case {
	const char *name;
	const char *state;
	int64_t written_us;
	void (*change)(json_t *doc);
	bool running;
	bool well;
	const char *problem; /* NULL: none */
} judge_cases[] = {
	{ "a_running_agent_is_well", "running", AGO(3), NULL, true, true, NULL },
	{ "a_file_not_written_for_15_s_is_no_running_agent", "running", AGO(15), NULL, false, false,
	  "not running, or stuck: it last wrote its status 15 s ago" },
	{ "a_file_from_the_future_is_no_running_agent", "running", AGO(-3600), NULL, false, false,
	  "not running, or stuck" },
	{ "a_stopped_agent_says_for_how_long", "stopped", AGO(300), NULL, false, false,
	  "not running: it was stopped 5 min ago" },
	{ "a_lost_connection_is_a_problem", "running", AGO(3), is_disconnected, true, false,
	  "not connected to the collector: connection refused" },
	{ "connecting_for_the_first_time_is_no_problem", "running", AGO(3), is_connecting, true,
	  true, NULL },
	{ "an_expired_certificate_is_a_problem", "running", AGO(3), has_expired, true, false,
	  "certificate has expired" },
	{ "a_spool_that_takes_nothing_is_a_problem", "running", AGO(3), is_blocked, true, false,
	  "the spool takes nothing" },
	{ "a_log_that_may_not_be_read_is_a_problem", "running", AGO(3), cannot_read_log, true,
	  false, "queue_log: /var/log/queue_log: cannot read: Permission denied" },
	{ "what_was_lost_in_the_past_is_no_problem_of_now", "running", AGO(3), has_dropped, true,
	  true, NULL },
};

static void judge_case_run(void **state)
{
	const struct judge_case *c = *state;
	json_t *doc = document(c->state, c->written_us);
	const char *problem;

	if (c->change != NULL) {
		c->change(doc);
	}
	doc = status_judge(doc, "/spool", NOW_US);
	assert_non_null(doc);
	assert_int_equal(json_is_true(json_object_get(doc, "running")), c->running);
	assert_int_equal(json_is_true(json_object_get(doc, "well")), c->well);
	problem = json_string_value(json_array_get(json_object_get(doc, "problems"), 0));
	assert_int_equal(problem != NULL, c->problem != NULL);
	assert_non_null(
		strstr(problem != NULL ? problem : "", c->problem != NULL ? c->problem : ""));
	json_decref(doc);
}

static void keeps_schema(json_t *doc)
{
	json_t *schema = json_load_file("docs/status.schema.json", 0, NULL);
	char why[512] = "";

	assert_non_null(schema);
	if (json_schema_check(schema, doc, why, sizeof(why)) != 0) {
		fail_msg("%s", why);
	}
	json_decref(schema);
}

static void a_judged_document_keeps_the_schema(void **state)
{
	json_t *doc = status_judge(document("running", AGO(1)), "/spool", NOW_US);

	(void)state;
	keeps_schema(doc);
	json_decref(doc);
}

static void an_agent_that_never_ran_is_not_running_and_keeps_the_schema(void **state)
{
	json_t *doc = status_judge(NULL, "/spool", NOW_US);

	(void)state;
	keeps_schema(doc);
	assert_true(json_is_false(json_object_get(doc, "running")));
	assert_string_equal(json_string_value(json_array_get(json_object_get(doc, "problems"), 0)),
	                    "not running: no agent has ever written its status into /spool");
	json_decref(doc);
}

/* ---- text ---- */

static char *text_of(json_t *doc)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	status_print(doc, NOW_US, out);
	assert_int_equal(fclose(out), 0);
	json_decref(doc);
	return text;
}

static void text_names_what_was_malformed_and_leaves_out_what_was_not(void **state)
{
	char *text = text_of(status_judge(document("running", AGO(1)), "/spool", NOW_US));

	(void)state;
	assert_non_null(strstr(text, "malformed bad_time 3\n"));
	assert_null(strstr(text, "no_verb"));
	assert_non_null(strstr(text, "running as process 812 for 2 h 5 min"));
	assert_non_null(strstr(text, "last acknowledgement 4 s ago; certificate: 43 days left\n"));
	assert_non_null(strstr(text, "all is well\n"));
	free(text);
}

static void text_of_an_agent_that_does_not_run_says_so_first(void **state)
{
	char *text = text_of(status_judge(document("running", AGO(180)), "/spool", NOW_US));

	(void)state;
	assert_non_null(strstr(text, "NOT RUNNING; what follows was written 3 min ago\n"));
	assert_null(strstr(text, "all is well"));
	free(text);
}

static json_t *follows(int configured_ppm, int followed_ppm)
{
	json_t *doc = document("running", AGO(1));

	set(source_of(doc), "sampling",
	    json_pack("{s:i, s:i, s:i, s:n, s:n}", "configured_ppm", configured_ppm, "followed_ppm",
	              followed_ppm, "reductions", 0, "reduced_us", "reduced_by"));
	return doc;
}

static void text_tells_which_share_of_the_calls_is_followed(void **state)
{
	char *text = text_of(status_judge(follows(125000, 125000), "/spool", NOW_US));

	(void)state;
	assert_non_null(strstr(text, "  followed  12.5 % of the calls\n"));
	free(text);
}

static void text_tells_that_it_was_reduced_and_why(void **state)
{
	json_t *doc = follows(1000000, 500000);
	json_t *sampling = json_object_get(source_of(doc), "sampling");
	char *text;

	(void)state;
	set(sampling, "reductions", json_integer(3));
	set(sampling, "reduced_us", json_integer(AGO(40)));
	set(sampling, "reduced_by", json_string("packets were dropped"));
	doc = status_judge(doc, "/spool", NOW_US);
	keeps_schema(doc);
	assert_true(json_is_true(json_object_get(doc, "well")));
	text = text_of(doc);
	assert_non_null(strstr(text, "  followed  50 % of the calls; configured are 100 %; reduced "
	                             "3 times, last 40 s ago: packets were dropped\n"));
	free(text);
}

static void nothing_a_terminal_would_obey_is_printed(void **state)
{
	json_t *doc = document("running", AGO(1));
	char *text;

	(void)state;
	set(source_of(doc), "instance", json_string("\x1b[2Jgone\n"));
	text = text_of(status_judge(doc, "/spool", NOW_US));
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, "queue_log ?[2Jgone?\n"));
	free(text);
}

/* A value that is something else than what it should be is a dash: no 0, no time of 1970. */
static const struct other_case {
	const char *name;
	const char *key;
	const char *want;
} other_cases[] = {
	{ "a_collector_that_is_a_number_is_dashes", "collector",
	  "collector   -:-, -\n            last acknowledgement not yet; certificate: cannot be "
	  "read\n" },
	{ "a_spool_that_is_a_number_is_dashes", "spool",
	  "spool       - of - in -; - records wait\n" },
	{ "records_that_are_a_number_are_dashes", "records",
	  "records     - accepted, - pending; - refused (too big), - dropped (spool full)\n" },
	{ "sources_that_are_a_number_are_none", "sources",
	  "dropped (spool full)\n\nall is well\n" },
	{ "a_site_that_is_a_number_is_a_dash", "site", " of site - on pbx1, version 0.1.0\n" },
	{ "a_version_that_is_a_number_is_a_dash", "version", " on pbx1, version -\n" },
	{ "a_start_of_another_type_is_no_time", "started_us",
	  "running as process 812 for -, since -\n" },
	{ "a_process_of_another_type_is_a_dash", "pid", "running as process - for 2 h 5 min, " },
	{ "a_state_that_is_a_number_is_not_running", "state",
	  "NOT RUNNING; what follows was written 1 s ago\n" },
};

static void other_case_run(void **state)
{
	const struct other_case *c = *state;
	json_t *doc = document("running", AGO(1));
	char *text;

	set(doc, c->key, json_real(1.5));
	text = text_of(status_judge(doc, "/spool", NOW_US));
	assert_non_null(strstr(text, c->want));
	free(text);
}

static const struct age_case {
	const char *name;
	int64_t s;
	const char *want;
} age_cases[] = {
	{ "an_age_of_the_future_is_none", -5, "0 s" }, { "an_age_of_seconds", 119, "119 s" },
	{ "an_age_of_minutes", 120, "2 min" },         { "an_age_of_hours", 7500, "2 h 5 min" },
	{ "an_age_of_days", 187200, "2 d 4 h" },
};

static void age_case_run(void **state)
{
	const struct age_case *c = *state;
	char text[STATUS_AGE_SIZE];

	assert_string_equal(status_age(c->s * 1000000, text), c->want);
}

/* ---- the file ---- */

static void what_is_put_replaces_what_was_there(void **state)
{
	struct fake_env *f = fake_env_new(1);
	const struct env *env = fake_env_of(f);

	(void)state;
	assert_int_equal(status_put(env, "/spool", "a longer first one", 18), 0);
	assert_int_equal(status_put(env, "/spool", "second", 6), 0);
	assert_int_equal(fake_env_size(f, "/spool/" STATUS_NAME), 6);
	assert_memory_equal(fake_env_data(f, "/spool/" STATUS_NAME), "second", 6);
	assert_false(fake_env_exists(f, "/spool/" STATUS_NAME ".new"));
	fake_env_free(f);
}

static void on_a_full_disk_the_old_file_is_overwritten(void **state)
{
	struct fake_env *f = fake_env_new(1);
	const struct env *env = fake_env_of(f);

	(void)state;
	assert_int_equal(status_put(env, "/spool", "first", 5), 0);
	fake_env_capacity(f, 5);
	assert_int_equal(status_put(env, "/spool", "2nd", 3), 0);
	assert_int_equal(fake_env_size(f, "/spool/" STATUS_NAME), 3);
	assert_memory_equal(fake_env_data(f, "/spool/" STATUS_NAME), "2nd", 3);
	assert_false(fake_env_exists(f, "/spool/" STATUS_NAME ".new"));
	fake_env_free(f);
}

static void a_rename_that_fails_leaves_the_old_file(void **state)
{
	struct fake_env *f = fake_env_new(1);
	const struct env *env = fake_env_of(f);

	(void)state;
	assert_int_equal(status_put(env, "/spool", "first", 5), 0);
	fake_env_fail(f, FAKE_RENAME, 1, EIO);
	assert_int_equal(status_put(env, "/spool", "2nd", 3), -EIO);
	assert_memory_equal(fake_env_data(f, "/spool/" STATUS_NAME), "first", 5);
	assert_false(fake_env_exists(f, "/spool/" STATUS_NAME ".new"));
	fake_env_free(f);
}

static const struct read_case {
	const char *name;
	const char *content; /* NULL: there is no file */
	int want;
	bool has;
} read_cases[] = {
	{ "no_file_is_no_failure", NULL, 0, false },
	{ "a_status_file_is_read", "{\"format\": 1}", 0, true },
	{ "a_file_of_another_format_is_refused", "{\"format\": 2}", -EBADMSG, false },
	{ "half_a_file_is_refused", "{\"format\": 1, \"si", -EBADMSG, false },
	{ "an_empty_file_is_refused", "", -EBADMSG, false },
	{ "a_list_is_refused", "[1]", -EBADMSG, false },
};

static void read_case_run(void **state)
{
	const struct read_case *c = *state;
	struct fake_env *f = fake_env_new(1);
	struct fault fault = { 0 };
	json_t *doc;

	if (c->content != NULL) {
		fake_env_put(f, "/spool/" STATUS_NAME, c->content, strlen(c->content));
	}
	assert_int_equal(status_read(fake_env_of(f), "/spool", &doc, &fault), c->want);
	assert_int_equal(doc != NULL, c->has);
	assert_int_equal(fault.text[0] != '\0', c->want != 0);
	json_decref(doc);
	fake_env_free(f);
}

static void a_file_that_may_not_be_read_says_who_may(void **state)
{
	struct fake_env *f = fake_env_new(1);
	struct fault fault = { 0 };
	json_t *doc;

	(void)state;
	fake_env_put(f, "/spool/" STATUS_NAME, "{}", 2);
	fake_env_fail(f, FAKE_OPEN, 1, EACCES);
	assert_int_equal(status_read(fake_env_of(f), "/spool", &doc, &fault), -EACCES);
	assert_non_null(strstr(fault.text, "ask as root or as the agent's user"));
	fake_env_free(f);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, judge_cases, judge_case_run);
	cases_test(&c, a_judged_document_keeps_the_schema);
	cases_test(&c, an_agent_that_never_ran_is_not_running_and_keeps_the_schema);
	cases_test(&c, text_names_what_was_malformed_and_leaves_out_what_was_not);
	cases_test(&c, text_of_an_agent_that_does_not_run_says_so_first);
	cases_test(&c, text_tells_which_share_of_the_calls_is_followed);
	cases_test(&c, text_tells_that_it_was_reduced_and_why);
	cases_test(&c, nothing_a_terminal_would_obey_is_printed);
	cases_table(&c, other_cases, other_case_run);
	cases_table(&c, age_cases, age_case_run);
	cases_test(&c, what_is_put_replaces_what_was_there);
	cases_test(&c, on_a_full_disk_the_old_file_is_overwritten);
	cases_test(&c, a_rename_that_fails_leaves_the_old_file);
	cases_table(&c, read_cases, read_case_run);
	cases_test(&c, a_file_that_may_not_be_read_says_who_may);
	return cases_run("agent_status", &c, NULL, NULL);
}
