/*
 * What a channel executed, out of its call detail record. Members are those of
 * switch_ivr_generate_json_cdr (switch_ivr.c of FreeSWITCH 1.10): app_log in the order of time,
 * callflow with the latest entry first.
 */
#include "agent/decode/fs_cdr.h"

#include <errno.h>
#include <stdio.h>

#include "tests/support/cases.h"

#define APP(name, data, stamp)                                                                     \
	"{\"app_name\":\"" name "\",\"app_data\":\"" data "\",\"app_stamp\":\"" #stamp "\"}"
#define ENTRY(context, called, apps)                                                               \
	"{\"dialplan\":\"XML\",\"extension\":{\"name\":\"x\",\"applications\":[" apps              \
	"]},\"caller_profile\":{\"destination_number\":\"" called "\",\"context\":\"" context      \
	"\"},\"times\":{\"transfer_time\":\"0\"}}"
#define PLANS(name) "{\"app_name\":\"" name "\",\"app_data\":\"${x}\"}"
#define RECORD(log, flow)                                                                          \
	"{\"variables\":{\"uuid\":\"s1\"},\"app_log\":{\"applications\":[" log                     \
	"]},\"callflow\":[" flow "]}"

struct executed_case {
	const char *name;
	const char *record;
	const char *want; /* time app(data) context/called, and what came back */
};

static const struct executed_case cases[] = {
	{ "applications_are_told_in_order_with_their_place",
	  RECORD(APP("answer", "", 1) "," APP("playback", "a b.wav", 2),
	         ENTRY("public", "700", PLANS("answer") "," PLANS("playback"))),
	  "1 answer() public/700; 2 playback(a b.wav) public/700; 2" },
	{ "a_transfer_leads_to_the_next_entry",
	  RECORD(APP("transfer", "5000 XML default", 1) "," APP("ivr", "main", 2),
	         ENTRY("default", "5000", PLANS("ivr")) "," ENTRY("public", "700",
	                                                          PLANS("transfer"))),
	  "1 transfer(5000 XML default) public/700; 2 ivr(main) default/5000; 2" },
	{ "a_transfer_leads_there_although_the_application_could_be_here",
	  RECORD(APP("transfer", "5000 XML default", 1) "," APP("playback", "x", 2),
	         ENTRY("default", "5000", PLANS("playback")) "," ENTRY("public", "700",
	                                                               PLANS("playback"))),
	  "1 transfer(5000 XML default) public/700; 2 playback(x) default/5000; 2" },
	{ "a_transfer_of_the_other_leg_leads_nowhere",
	  RECORD(APP("transfer", "-bleg 5000", 1) "," APP("playback", "", 2),
	         ENTRY("default", "5000", PLANS("ivr")) "," ENTRY("public", "700",
	                                                          PLANS("playback"))),
	  "1 transfer(-bleg 5000) public/700; 2 playback() public/700; 2" },
	{ "moved_from_outside_it_is_where_its_applications_are",
	  RECORD(APP("park", "", 1) "," APP("bridge", "user/1002", 2),
	         ENTRY("default", "1002", PLANS("bridge")) "," ENTRY("cgrates", "1002",
	                                                             PLANS("park"))),
	  "1 park() cgrates/1002; 2 bridge(user/1002) default/1002; 2" },
	{ "what_a_menu_executes_leads_nowhere",
	  RECORD(APP("ivr", "main", 1) "," APP("phrase", "x", 2),
	         ENTRY("default", "5000", PLANS("ivr"))),
	  "1 ivr(main) default/5000; 2 phrase(x) default/5000; 2" },
	{ "without_callflow_the_place_is_not_known",
	  "{\"app_log\":{\"applications\":[" APP("answer", "", 1) "]}}", "1 answer() /; 1" },
	{ "without_a_time_it_is_not_told",
	  RECORD("{\"app_name\":\"answer\"}," APP("hangup", "", 2), ENTRY("public", "700", "")),
	  "2 hangup() public/700; 1" },
	{ "without_a_log_there_is_nothing", "{\"callflow\":[" ENTRY("public", "700", "") "]}",
	  "0" },
	{ "what_is_cut_is_refused", "{\"callflow\":[{\"caller_profile\":{", "-74" },
	{ "a_log_of_something_else_is_refused", "{\"app_log\":{\"applications\":[1,2]}}", "-74" },
};

struct told {
	char text[512];
	size_t n;
};

static void on_executed(void *arg, const struct fs_executed *e)
{
	struct told *t = arg;

	t->n += (size_t)snprintf(t->text + t->n, sizeof(t->text) - t->n,
	                         "%d %.*s(%.*s) %.*s/%.*s; ", (int)e->at_us, (int)e->app.len,
	                         e->app.at, (int)e->data.len, e->data.at, (int)e->context.len,
	                         e->context.at, (int)e->called.len, e->called.at);
}

static void case_run(void **state)
{
	const struct executed_case *c = *state;
	char bytes[4096];
	struct json_room room = { bytes, sizeof(bytes), 0 };
	struct told told = { .n = 0 };
	int rc = fs_cdr_executed(slice_of(c->record), &room, on_executed, &told);

	(void)snprintf(told.text + told.n, sizeof(told.text) - told.n, "%d", rc);
	assert_string_equal(told.text, c->want);
}

static void count(void *arg, const struct fs_executed *e)
{
	(void)e;
	++*(unsigned *)arg;
}

static void beyond_the_limit_of_applications_the_first_are_told(void **state)
{
	static char record[64 * FS_CDR_EXECUTED_MAX + 256];
	static char bytes[sizeof(record)];
	struct json_room room = { bytes, sizeof(bytes), 0 };
	size_t n = (size_t)snprintf(record, sizeof(record), "{\"app_log\":{\"applications\":[");
	unsigned told = 0;

	(void)state;
	for (unsigned i = 0; i <= FS_CDR_EXECUTED_MAX; i++) {
		n += (size_t)snprintf(record + n, sizeof(record) - n, "%s%s", i > 0 ? "," : "",
		                      APP("set", "a=b", 7));
	}
	(void)snprintf(record + n, sizeof(record) - n, "]}}");
	assert_int_equal(fs_cdr_executed(slice_of(record), &room, count, &told), -EMSGSIZE);
	assert_int_equal(told, FS_CDR_EXECUTED_MAX);
}

static void with_too_many_transfers_no_application_is_told(void **state)
{
	static char record[256 * FS_CDR_PROFILES_MAX];
	static char bytes[sizeof(record)];
	struct json_room room = { bytes, sizeof(bytes), 0 };
	size_t n = (size_t)snprintf(
		record, sizeof(record),
		"{\"app_log\":{\"applications\":[" APP("set", "a=b", 7) "]},\"callflow\":[");
	unsigned told = 0;

	(void)state;
	for (unsigned i = 0; i <= FS_CDR_PROFILES_MAX; i++) {
		n += (size_t)snprintf(record + n, sizeof(record) - n, "%s%s", i > 0 ? "," : "",
		                      ENTRY("a", "b", ""));
	}
	(void)snprintf(record + n, sizeof(record) - n, "]}");
	assert_int_equal(fs_cdr_executed(slice_of(record), &room, count, &told), -EMSGSIZE);
	assert_int_equal(told, 0);
}

int main(void)
{
	static struct cases all;

	cases_table(&all, cases, case_run);
	cases_test(&all, beyond_the_limit_of_applications_the_first_are_told);
	cases_test(&all, with_too_many_transfers_no_application_is_told);
	return cases_run("decode/fs_cdr", &all, NULL, NULL);
}
