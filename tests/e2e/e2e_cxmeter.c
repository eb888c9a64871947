/* The command as people run it: files in, evidence out, scores, and how each mistake ends. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/support/cases.h"
#include "tests/support/lab.h"
#include "tests/support/temp.h"

#define ARGS_MAX   16
#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

struct trial {
	struct temp temp;
	char store[300]; /* URL */
	struct lab_output output;
	struct {
		int code;
		const char *out;
		const char *err;
	} ran; /* last */
};

static int set_up(void **state)
{
	struct trial *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	temp_open(&t->temp);
	(void)snprintf(t->store, sizeof(t->store), "sqlite:%s", temp_path(&t->temp, "evidence.db"));
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct trial *t = *state;

	temp_remove(&t->temp);
	lab_output_free(&t->output);
	free(t);
	return 0;
}

static void run(struct trial *t, const char *const *argv)
{
	lab_output_free(&t->output);
	lab_run_argv(&t->output, argv);
	t->ran.code = t->output.code;
	t->ran.out = buf_text(&t->output.out);
	t->ran.err = buf_text(&t->output.err);
}

#define RUN(t, ...) run((t), (const char *const[]){ "cxmeter", __VA_ARGS__, NULL })

static void ends_with(const struct trial *t, int code)
{
	if (t->ran.code != code) {
		print_error("exit code %d, expected %d\n%s%s", t->ran.code, code, t->ran.out,
		            t->ran.err);
	}
	assert_int_equal(t->ran.code, code);
}

static void holds(const char *text, const char *part)
{
	if (strstr(text, part) == NULL) {
		print_error("no \"%s\" in:\n%s", part, text);
		fail();
	}
}

/* Six contacts of one day: four offered and counted, two of them in time. */
static const char contacts[] =
	"at_us;source;host;contact;queue;entry;wait_ms;outcome;connects;ring_no_answers;"
	"ring_no_answers_over_3s\n"
	"2026-11-22 10:00:00;queue_log;pbx;00000000000000a1;support;0;4000;answered;1;0;0\n"
	"2026-11-22 10:01:00;queue_log;pbx;00000000000000a2;support;0;20000;answered;1;1;1\n"
	"2026-11-22 10:02:00;queue_log;pbx;00000000000000a3;support;0;21000;answered;1;0;0\n"
	"2026-11-22 10:03:00;queue_log;pbx;00000000000000a4;support;0;4999;abandoned;0;0;0\n"
	"2026-11-22 10:04:00;queue_log;pbx;00000000000000a5;billing;0;9000;abandoned;0;2;0\n"
	"2026-11-22 10:05:00;queue_log;pbx;00000000000000a6;billing;0;;unknown_end;0;0;0\n";

static void import_contacts(struct trial *t)
{
	const char *file = temp_text(&t->temp, "QueueContact_nord.csv", contacts);

	RUN(t, "import", "--store", t->store, "--site", "nord", "--timezone", "Europe/Berlin",
	    file);
	ends_with(t, 0);
	holds(t->ran.out, "QueueContact: 6 new, 0 known, 0 replaced, 0 set aside, 0 bad\n");
}

static json_t *indicator(const json_t *card, const char *area, const char *id)
{
	size_t a;
	size_t i;
	const json_t *one;
	json_t *is;

	json_array_foreach(json_object_get(card, "areas"), a, one)
	{
		if (strcmp(json_string_value(json_object_get(one, "id")), area) != 0) {
			continue;
		}
		json_array_foreach(json_object_get(one, "indicators"), i, is)
		{
			if (strcmp(json_string_value(json_object_get(is, "id")), id) == 0) {
				return is;
			}
		}
	}
	fail_msg("no %s", id);
	return NULL;
}

static void what_was_imported_is_scored(void **state)
{
	struct trial *t = *state;
	json_t *card;
	json_t *is;

	import_contacts(t);
	RUN(t, "score", "--store", t->store, "--site", "nord", "--format", "json");
	ends_with(t, 0);
	card = json_loads(t->ran.out, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(card);
	is = indicator(card, "routing_queueing", "service_level");
	assert_int_equal(json_integer_value(json_object_get(is, "numerator")), 2);
	assert_int_equal(json_integer_value(json_object_get(is, "denominator")), 4);
	assert_true(json_real_value(json_object_get(is, "value")) == 0.5);
	assert_true(json_is_null(json_object_get(is, "score")));
	assert_string_equal(json_string_value(json_object_get(is, "reason")),
	                    "n = 4 of 400, 1 of 10 days");
	is = indicator(card, "routing_queueing", "ring_no_answer_rate");
	assert_int_equal(json_integer_value(json_object_get(is, "numerator")), 1);
	assert_int_equal(json_integer_value(json_object_get(is, "denominator")), 6);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(card, "window"), "to")),
		"2026-11-22");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(card, "window"), "timezone")),
		"Europe/Berlin");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(card, "gaps"), "unknown_end")),
		1);
	json_decref(card);
}

static void two_runs_print_the_same_bytes(void **state)
{
	struct trial *t = *state;
	char *first;

	import_contacts(t);
	RUN(t, "score", "--store", t->store, "--site", "nord", "--provisional", "--format", "json");
	ends_with(t, 0);
	first = strdup(t->ran.out);
	assert_non_null(first);
	RUN(t, "score", "--store", t->store, "--site", "nord", "--provisional", "--format", "json");
	assert_string_equal(t->ran.out, first);
	holds(first, "\"provisional\": true");
	free(first);
}

static void texts_come_in_the_language_asked_for(void **state)
{
	struct trial *t = *state;

	import_contacts(t);
	RUN(t, "score", "--store", t->store, "--site", "nord");
	ends_with(t, 0);
	holds(t->ran.out, "Contact-centre maturity: nord\n");
	assert_null(strchr(t->ran.out, '\x1b')); /* no terminal, no colour */
	RUN(t, "score", "--store", t->store, "--site", "nord", "--lang", "de", "--provisional");
	ends_with(t, 0);
	holds(t->ran.out, "Reife des Contact-Centers: nord\n");
	holds(t->ran.out, "vorläufig");
	RUN(t, "explain", "--store", t->store, "--site", "nord", "--indicator", "service_level",
	    "--lang", "de");
	ends_with(t, 0);
	holds(t->ran.out, "1 mehr von 4 (Kontakte in höchstens 20 s angenommen)");
	holds(t->ran.out, "<5");
}

static void what_is_exported_can_be_imported_again(void **state)
{
	static const char *const formats[] = { "csv", "jsonl" };
	struct trial *t = *state;
	char *first;
	char second[320];
	char name[40];

	import_contacts(t);
	for (size_t i = 0; i < N_OF(formats); i++) {
		RUN(t, "export", "--store", t->store, "--site", "nord", "--record", "QueueContact",
		    "--format", formats[i]);
		ends_with(t, 0);
		first = strdup(t->ran.out);
		assert_non_null(first);
		(void)snprintf(name, sizeof(name), "queue_contact.%s", formats[i]);
		(void)temp_text(&t->temp, name, first);
		(void)snprintf(second, sizeof(second), "%s-%s", t->store, formats[i]);
		RUN(t, "import", "--store", second, "--site", "kopie", t->temp.path);
		ends_with(t, 0);
		holds(t->ran.out, " 6 new, 0 known");
		RUN(t, "export", "--store", second, "--site", "kopie", "--record", "queue_contact",
		    "--format", formats[i]);
		assert_string_equal(t->ran.out, first);
		free(first);
	}
}

static void an_export_keeps_to_its_days(void **state)
{
	struct trial *t = *state;

	import_contacts(t);
	RUN(t, "export", "--store", t->store, "--site", "nord", "--record", "QueueContact",
	    "--from", "2026-11-23");
	ends_with(t, 0);
	assert_ptr_equal(strchr(t->ran.out, '\n') + 1, t->ran.out + strlen(t->ran.out));
	RUN(t, "export", "--store", t->store, "--site", "nord", "--record", "QueueContact", "--to",
	    "2026-11-22", "--format", "jsonl");
	ends_with(t, 0);
	holds(t->ran.out, "\"contact\":\"00000000000000a1\"");
}

static void the_same_file_twice_changes_nothing(void **state)
{
	struct trial *t = *state;

	import_contacts(t);
	RUN(t, "import", "--store", t->store, "--site", "nord",
	    temp_path(&t->temp, "QueueContact_nord.csv"));
	ends_with(t, 0);
	holds(t->ran.out, "QueueContact: 0 new, 6 known, 0 replaced, 0 set aside, 0 bad\n");
}

static void bad_rows_are_named_and_good_ones_kept(void **state)
{
	struct trial *t = *state;
	const char *file =
		temp_text(&t->temp, "Survey-2026.csv",
	                  "at_us,survey_id,kind,value\n"
	                  "2026-11-22T10:00:00Z,00000000000000b1,csat,5\n"
	                  "2026-11-22T10:00:00Z,+49 30 1234567,csat,5\n" /* a raw identity */
	                  "yesterday,00000000000000b3,csat,5\n"
	                  "2026-11-22T10:00:00Z,00000000000000b4,csat,4\n");

	RUN(t, "import", "--store", t->store, "--site", "nord", file);
	ends_with(t, 1);
	holds(t->ran.out, "Survey: 2 new, 0 known, 0 replaced, 0 set aside, 2 bad\n");
	holds(t->ran.err, "Survey-2026.csv:3: survey_id: expected an identity");
	holds(t->ran.err, "Survey-2026.csv:4: at_us: ");
	assert_null(strstr(t->ran.err, "1234567"));
	RUN(t, "export", "--store", t->store, "--site", "nord", "--record", "Survey");
	holds(t->ran.out, "00000000000000b4");
}

static void a_file_that_is_no_record_does_not_stop_the_next(void **state)
{
	struct trial *t = *state;
	char other[300];

	(void)temp_text(&t->temp, "notes.txt", "hello\n");
	(void)snprintf(other, sizeof(other), "%s", t->temp.path);
	(void)temp_text(&t->temp, "QueueContact.csv", contacts);
	RUN(t, "import", "--store", t->store, "--site", "nord", other, t->temp.path);
	ends_with(t, 1);
	holds(t->ran.err, "notes.txt: its name says no kind of record; name it like Survey.csv");
	holds(t->ran.out, "QueueContact: 6 new");
}

static void an_unknown_site_is_told_which_there_are(void **state)
{
	struct trial *t = *state;

	import_contacts(t);
	RUN(t, "score", "--store", t->store, "--site", "sued");
	ends_with(t, 1);
	assert_string_equal(t->ran.err, "cxmeter: no site \"sued\"; there is: nord\n");
	assert_string_equal(t->ran.out, "");
}

static void a_broken_model_is_refused_with_its_line(void **state)
{
	struct trial *t = *state;

	import_contacts(t);
	(void)temp_text(&t->temp, "mine.yaml", "model: mine\nversion: 1\nscale:\n  min: one\n");
	RUN(t, "score", "--store", t->store, "--site", "nord", "--model", t->temp.path);
	ends_with(t, 2);
	holds(t->ran.err, "mine.yaml:4: min: expected a number, found \"one\"\n");
	RUN(t, "model", "--model", t->temp.path);
	ends_with(t, 2);
	holds(t->ran.err, "mine.yaml:4: min");
}

static void the_model_says_which_it_is(void **state)
{
	struct trial *t = *state;

	RUN(t, "model");
	ends_with(t, 0);
	holds(t->ran.out, "contact-center-maturity 0.3.0\nsha256 ");
	holds(t->ran.out, "12 areas, 75 indicators (8 computed)");
	RUN(t, "model", "--model", "model/talkdesk.yaml");
	ends_with(t, 0);
}

static const struct usage_case {
	const char *name;
	const char *args[ARGS_MAX];
	int code;
	const char *says; /* on standard error */
} usage_cases[] = {
	{ "no_command_is_usage", { NULL }, 2, "cxmeter: no command: see cxmeter --help\n" },
	{ "an_unknown_command_is_usage", { "scor" }, 2, "unknown command \"scor\"" },
	{ "an_unknown_option_is_usage",
	  { "score", "--site", "n", "--sight" },
	  2,
	  "unknown option \"--sight\": see cxmeter score --help" },
	{ "an_unknown_day_is_usage",
	  { "score", "--site", "n", "--from", "22.11." },
	  2,
	  "--from: expected a day such as 2026-11-22, found \"22.11.\"" },
	{ "an_unknown_language_is_usage",
	  { "score", "--site", "n", "--lang", "fr" },
	  2,
	  "--lang: expected de or en" },
	{ "an_unknown_format_is_usage",
	  { "score", "--site", "n", "--format", "xml" },
	  2,
	  "--format: expected text, json or csv" },
	{ "an_unknown_export_format_is_usage",
	  { "export", "--site", "n", "--record", "Case", "--format", "xml" },
	  2,
	  "--format: expected csv or jsonl" },
	{ "an_unknown_record_is_usage",
	  { "export", "--site", "n", "--record", "Phone" },
	  2,
	  "no record \"Phone\"; there is: QueueContact" },
	{ "an_unknown_indicator_is_usage",
	  { "explain", "--site", "n", "--indicator", "abandon" },
	  2,
	  "no indicator \"abandon\"; there is: abandonment_rate" },
	{ "a_misspelt_indicator_names_the_near_one",
	  { "explain", "--site", "n", "--indicator", "servce_level" },
	  2,
	  "no indicator \"servce_level\"; there is: service_level" },
	{ "an_indicator_of_context_is_named_too",
	  { "explain", "--site", "n", "--indicator", "wait" },
	  2,
	  "there is: wait_p90" },
	{ "an_indicator_like_no_other_is_usage",
	  { "explain", "--site", "n", "--indicator", "weather" },
	  2,
	  "no indicator \"weather\"; cxmeter score --format csv lists all" },
	{ "an_unknown_kind_of_store_is_usage",
	  { "score", "--site", "n", "--store", "mysql:x" },
	  2,
	  "\"mysql\" is no kind of store" },
	{ "a_store_that_is_not_there_is_a_failure",
	  { "score", "--site", "n", "--store", "sqlite:/tmp/no/such.db" },
	  1,
	  "no/such.db" },
	{ "a_model_that_is_not_there_is_usage",
	  { "model", "--model", "no-such.yaml" },
	  2,
	  "no-such.yaml: cannot open the model" },
};

static void usage_case_run(void **state)
{
	const struct usage_case *c = *state;
	const char *argv[ARGS_MAX + 2] = { "cxmeter" };
	struct trial *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	memcpy(argv + 1, c->args, sizeof(c->args));
	run(t, argv);
	ends_with(t, c->code);
	holds(t->ran.err, c->says);
	assert_string_equal(t->ran.out, "");
	lab_output_free(&t->output);
	free(t);
}

static void help_and_version_go_to_standard_output(void **state)
{
	static const char *const commands[] = { "score", "explain", "export", "import", "model" };
	struct trial *t = *state;

	RUN(t, "--help");
	ends_with(t, 0);
	holds(t->ran.out, "usage: cxmeter COMMAND");
	RUN(t, "--version");
	ends_with(t, 0);
	holds(t->ran.out, "cxmeter 0.");
	for (size_t i = 0; i < N_OF(commands); i++) {
		RUN(t, commands[i], "--help");
		ends_with(t, 0);
		holds(t->ran.out, commands[i]);
		assert_string_equal(t->ran.err, "");
	}
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, what_was_imported_is_scored, set_up, tear_down);
	cases_test_with(&c, two_runs_print_the_same_bytes, set_up, tear_down);
	cases_test_with(&c, texts_come_in_the_language_asked_for, set_up, tear_down);
	cases_test_with(&c, what_is_exported_can_be_imported_again, set_up, tear_down);
	cases_test_with(&c, an_export_keeps_to_its_days, set_up, tear_down);
	cases_test_with(&c, the_same_file_twice_changes_nothing, set_up, tear_down);
	cases_test_with(&c, bad_rows_are_named_and_good_ones_kept, set_up, tear_down);
	cases_test_with(&c, a_file_that_is_no_record_does_not_stop_the_next, set_up, tear_down);
	cases_test_with(&c, an_unknown_site_is_told_which_there_are, set_up, tear_down);
	cases_test_with(&c, a_broken_model_is_refused_with_its_line, set_up, tear_down);
	cases_test_with(&c, the_model_says_which_it_is, set_up, tear_down);
	cases_test_with(&c, help_and_version_go_to_standard_output, set_up, tear_down);
	cases_table(&c, usage_cases, usage_case_run);
	return cases_run("e2e_cxmeter", &c, NULL, NULL);
}
