/* The mapping of a drop folder: what other tools write and what becomes of it, one row a way of
 * writing; and what `check` says about files that lie there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/sources/dropbox.h"
#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/fake_agent.h"
#include "tests/support/log_folder.h"
#include "tests/support/tally.h"

static const char *const names[] = { "s1",      "s2",      "s3",    "c1",
	                             "5550001", "Ana",     "Rui|7", "M\xc3\xbcller",
	                             "42",      "42/csat", NULL };

struct fixture {
	struct log_folder *folder;
	struct conf_doc doc;
	struct dropbox_conf conf;
	struct fake_agent *agent;
	struct fault fault;
};

static struct fixture *open_fixture(const char *kinds)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char yaml[4096];

	assert_non_null(f);
	assert_int_equal(when_use_zone("Europe/Berlin", &f->fault), 0);
	f->folder = log_folder_new();
	(void)snprintf(yaml, sizeof(yaml), "directory: %s\n%s", f->folder->temp.dir, kinds);
	assert_int_equal(conf_parse(&f->doc, "agent.yaml", yaml, strlen(yaml), &f->fault), 0);
	if (conf_bind(&f->doc, f->doc.root, source_dropbox.schema, &f->conf, &f->fault) != 0) {
		fail_msg("%s", f->fault.text);
	}
	f->agent = fake_agent_new(&source_dropbox, &f->folder->env, &f->conf);
	f->agent->r.names = names;
	f->agent->env.one_shot = true;
	return f;
}

static void close_fixture(struct fixture *f)
{
	fake_agent_free(f->agent);
	log_folder_free(f->folder);
	conf_free(&f->doc);
	free(f);
}

static void read_folder(struct fixture *f)
{
	if (fake_agent_open(f->agent, &f->fault) != 0) {
		fail_msg("%s", f->fault.text);
	}
	while (dropbox_turn(f->agent->source)) {
	}
}

static void drop(struct fixture *f, const char *name, const char *text)
{
	log_folder_write(f->folder, name, text);
	log_folder_touch(f->folder, name, 1800000000);
}

#define SURVEY(rest) "Survey at=1795323506 survey_id=<s1> kind=csat seen=1800000000" rest "\n"
#define SHIFT(start, rest)                                                                         \
	"Shift at=" start " agent=<Ana> activity=phone published=1795000000 seen=1800000000 " rest \
	"\n"

/* "kinds:" with one entry */
#define KIND(kind, more) "kinds:\n  - kind: " kind "\n" more
#define COLUMNS          "    columns:\n"
#define COLUMN(text)     "      - {" text "}\n"

#define PLAN                                                                                       \
	KIND("Shift", COLUMNS COLUMN("from: Tag, and: [Beginn], to: at_us")                        \
	                      COLUMN("from: Tag, and: [Ende], to: duration_ms, unit: until"))
#define PLAN_HEAD "Tag,Beginn,Ende,agent,activity,published_us\n"

struct way {
	const char *name;
	const char *kinds;
	const char *file_name;
	const char *file;
	const char *want;
};

static const struct way ways[] = {
	/* ---- numbers ---- */
	{ "f16_scale_of_five_to_a_hundred",
	  KIND("Survey", COLUMNS COLUMN("from: note, to: value, scale: 1..5 to 0..100")),
	  "Survey.csv", "at_us,survey_id,kind,note\n1795323506,s1,csat,4\n", SURVEY(" value=75") },
	{ "scale_of_school_marks_turned_round",
	  KIND("Survey", COLUMNS COLUMN("from: note, to: value, scale: 6..1 to 0..100")),
	  "Survey.csv", "at_us;survey_id;kind;note\n1795323506;s1;csat;3,5\n",
	  SURVEY(" value=50") },
	{ "scale_that_only_checks",
	  KIND("Survey", COLUMNS COLUMN("from: value, to: value, scale: 0..10")), "Survey.csv",
	  "at_us,survey_id,kind,value\n1795323506,s1,csat,9.5\n", SURVEY(" value=9.5") },
	{ "thousands_by_point_and_decimals_by_comma", KIND("Survey", "    thousands: point\n"),
	  "Survey.csv", "at_us;survey_id;kind;value\n1795323506;s1;csat;1.234,5\n",
	  SURVEY(" value=1234.5") },
	{ "thousands_by_comma", KIND("Survey", "    thousands: comma\n"), "Survey.csv",
	  "at_us;survey_id;kind;value\n1795323506;s1;csat;-12,345.5\n", SURVEY(" value=-12345.5") },
	{ "thousands_by_no_break_blank", KIND("Survey", "    thousands: blank\n"), "Survey.csv",
	  "at_us,survey_id,kind,value\n1795323506,s1,csat,12\xe2\x80\xaf"
	  "345\n",
	  SURVEY(" value=12345") },
	/* 3.5 would be 35 */
	{ "per_cent", KIND("Survey", COLUMNS COLUMN("from: rate, to: value, unit: percent")),
	  "Survey.csv", "at_us;survey_id;kind;rate\n1795323506;s1;csat;62,5 %\n",
	  SURVEY(" value=0.625") },
	/* ---- words ---- */
	{ "words_for_a_state",
	  KIND("Survey", COLUMNS "      - from: frage\n"
	                         "        to: kind\n"
	                         "        words:\n"
	                         "          - {from: Zufriedenheit, to: csat}\n"
	                         "          - {from: Weiterempfehlung, to: nps}\n"),
	  "Survey.csv", "at_us,survey_id,frage\n1795323506,s1,ZUFRIEDENHEIT\n", SURVEY("") },
	{ "words_for_numbers_and_for_nothing",
	  KIND("Survey", COLUMNS
	       "      - from: antwort\n"
	       "        to: value\n"
	       "        words: [{from: sehr gut, to: 5}, {from: gut, to: 4}, {from: k.A.}]\n"),
	  "Survey.csv",
	  "at_us,survey_id,kind,antwort\n1795323506,s1,csat,sehr gut\n1795323506,s2,csat,k.A.\n",
	  SURVEY(" value=5") "Survey at=1795323506 survey_id=<s2> kind=csat seen=1800000000\n" },
	{ "words_for_whatever_else",
	  KIND("Survey", COLUMNS
	       "      - from: weg\n"
	       "        to: touchpoint\n"
	       "        words: [{from: Telefon, to: after_call}, {from: \"*\", to: other}]\n"),
	  "Survey.csv", "at_us,survey_id,kind,weg\n1795323506,s1,csat,Brieftaube\n",
	  SURVEY(" touchpoint=other") },
	/* ---- times ---- */
	{ "american_times_of_another_zone",
	  KIND("Survey", "    timezone: America/New_York\n" COLUMNS COLUMN(
				 "from: when, to: at_us, format: \"%m/%d/%Y %I:%M:%S %p\"")),
	  "Survey.csv", "when,survey_id,kind\n11/21/2026 11:58:26 PM,s1,csat\n", SURVEY("") },
	{ "zone_of_a_file_without_a_format", KIND("Survey", "    timezone: Asia/Kathmandu\n"),
	  "Survey.csv", "at_us,survey_id,kind\n22.11.2026 10:43:26,s1,csat\n", SURVEY("") },
	{ "offset_in_the_text_beats_the_zone", KIND("Survey", "    timezone: Asia/Kathmandu\n"),
	  "Survey.csv", "at_us,survey_id,kind\n2026-11-22T05:58:26+01:00,s1,csat\n", SURVEY("") },
	{ "milliseconds_since_1970",
	  KIND("Survey", COLUMNS COLUMN("from: ts, to: at_us, unit: ms")), "Survey.jsonl",
	  "{\"ts\": 1795323506000, \"survey_id\": \"s1\", \"kind\": \"csat\"}\n", SURVEY("") },
	/* ---- several columns ---- */
	{ "date_and_time_in_two_columns",
	  KIND("Survey", COLUMNS COLUMN("from: Datum, and: [Zeit], to: at_us")), "Survey.csv",
	  "Zeit,survey_id,Datum,kind\n05:58:26,s1,22.11.2026,csat\n", SURVEY("") },
	{ "identity_of_two_columns",
	  KIND("Survey", COLUMNS COLUMN("from: vorname, and: [nr], glue: \"|\", to: agent")),
	  "Survey.csv", "at_us,survey_id,kind,vorname,nr\n1795323506,s1,csat,Rui,7\n",
	  SURVEY(" agent=<Rui|7>") },
	{ "identity_of_two_empty_columns_is_nobody",
	  KIND("Survey", COLUMNS COLUMN("from: vorname, and: [nr], glue: \"|\", to: agent")),
	  "Survey.csv", "at_us,survey_id,kind,vorname,nr\n1795323506,s1,csat,,\n", SURVEY("") },
	{ "one_column_for_two_fields",
	  KIND("Survey",
	       COLUMNS COLUMN("from: Datum, to: at_us") COLUMN("from: Datum, to: followed_up_us")),
	  "Survey.csv", "Datum,survey_id,kind\n1795323506,s1,csat\n",
	  SURVEY(" followed_up=1795323506") },
	{ "several_names_of_an_object",
	  KIND("Survey", COLUMNS COLUMN("from: d, and: [t], to: at_us")), "Survey.jsonl",
	  "{\"t\": \"05:58:26\", \"d\": \"2026-11-22\", \"survey_id\": \"s1\", \"kind\": "
	  "\"csat\"}\n",
	  SURVEY("") },
	/* ---- wide files ---- */
	{ "two_answers_in_one_row",
	  "kinds:\n"
	  "  - kind: Survey\n"
	  "    files: export_*.csv\n"
	  "    columns: [{from: Antwort 1, to: value, skip_empty: yes}]\n"
	  "    constants: [{to: kind, text: csat}]\n"
	  "  - kind: Survey\n"
	  "    files: export_*.csv\n"
	  "    columns: [{from: Antwort 2, to: value, skip_empty: yes}]\n"
	  "    constants: [{to: kind, text: nps}]\n",
	  "export_2026-11.csv",
	  "at_us,survey_id,Antwort 1,Antwort 2\n1795323506,s1,4,\n1795323506,s2,5,9\n",
	  SURVEY(" value=4") "Survey at=1795323506 survey_id=<s2> kind=csat seen=1800000000 "
	                     "value=5\n"
	                     "Survey at=1795323506 survey_id=<s2> kind=nps seen=1800000000 "
	                     "value=9\n" },
	{ "object_without_the_needed_name_is_passed_over",
	  KIND("Survey", COLUMNS COLUMN("from: csat, to: value, skip_empty: yes")), "Survey.jsonl",
	  "{\"at_us\": 1795323506, \"survey_id\": \"s2\", \"kind\": \"csat\"}\n"
	  "{\"at_us\": 1795323506, \"survey_id\": \"s1\", \"kind\": \"csat\", \"csat\": 3}\n",
	  SURVEY(" value=3") },
	/* ---- durations and shifts (F17) ---- */
	{ "durations_as_a_clock",
	  KIND("Forecast", COLUMNS COLUMN("from: aht, to: handle_ms, unit: \"hh:mm:ss\"")
	                           COLUMN("from: len, to: interval_ms, unit: \"hh:mm\"")),
	  "Forecast.csv",
	  "at_us,queue,published_us,aht,len\n1795323600,sales,1795300000,04:12.5,0:30\n",
	  "Forecast at=1795323600 queue=sales published=1795300000 seen=1800000000 "
	  "interval_ms=1800000 handle_ms=252500\n" },
	{ "shift_of_a_day", PLAN, "Shift.csv",
	  PLAN_HEAD "22.11.2026,08:00,16:30,Ana,phone,1795000000\n",
	  SHIFT("1795330800", "duration_ms=30600000") },
	{ "f17_shift_across_midnight", PLAN, "Shift.csv",
	  PLAN_HEAD "22.11.2026,22:00,06:00,Ana,phone,1795000000\n",
	  SHIFT("1795381200", "duration_ms=28800000") },
	{ "f17_night_in_which_the_clock_goes_back_is_an_hour_longer", PLAN, "Shift.csv",
	  PLAN_HEAD "24.10.2026,22:00,06:00,Ana,phone,1795000000\n",
	  SHIFT("1792872000", "duration_ms=32400000") },
	{ "f17_night_in_which_the_clock_goes_forward_is_an_hour_shorter", PLAN, "Shift.csv",
	  PLAN_HEAD "28.03.2026,22:00,06:00,Ana,phone,1795000000\n",
	  SHIFT("1774731600", "duration_ms=25200000") },
	{ "f17_agent_in_two_teams_is_one_agent", PLAN, "Shift.csv",
	  "Tag,Beginn,Ende,agent,team,activity,published_us\n"
	  "22.11.2026,08:00,12:00,Ana,north,phone,1795000000\n"
	  "22.11.2026,13:00,16:30,Ana,south,phone,1795000000\n",
	  SHIFT("1795330800", "duration_ms=14400000") SHIFT("1795348800", "duration_ms=12600000") },
	{ "end_with_a_date_of_its_own",
	  KIND("Shift", COLUMNS COLUMN("from: Ende, to: duration_ms, unit: until")), "Shift.csv",
	  "at_us,Ende,agent,activity,published_us\n1795330800,1795334400,Ana,phone,1795000000\n",
	  SHIFT("1795330800", "duration_ms=3600000") },
	/* ---- encodings ---- */
	{ "file_in_latin1", KIND("Survey", "    encoding: latin-1\n"), "Survey.csv",
	  "at_us;survey_id;kind;agent\n1795323506;s1;csat;M\xfcller\n",
	  SURVEY(" agent=<M\xc3\xbcller>") },
	{ "header_in_windows_1252",
	  KIND("Survey", "    encoding: windows-1252\n" COLUMNS COLUMN(
				 "from: Pr\xc3\xa4mie in \xe2\x82\xac, to: value")),
	  "Survey.csv", "at_us;survey_id;kind;Pr\xe4mie in \x80\n1795323506;s1;csat;7\n",
	  SURVEY(" value=7") },
	{ "utf8_mark_beats_what_is_declared", KIND("Survey", "    encoding: latin-1\n"),
	  "Survey.csv",
	  "\xef\xbb\xbf"
	  "at_us;survey_id;kind;agent\n1795323506;s1;csat;M\xc3\xbcller\n",
	  SURVEY(" agent=<M\xc3\xbcller>") },
	/* ---- sense ---- */
	{ "satisfaction_without_a_scale_may_be_anything", "", "Survey.csv",
	  "at_us,survey_id,kind,value\n1795323506,s1,csat,88\n", SURVEY(" value=88") },
};

static void way_of_writing_is_read(void **state)
{
	const struct way *c = *state;
	struct fixture *f = open_fixture(c->kinds);

	drop(f, c->file_name, c->file);
	read_folder(f);
	assert_string_equal(buf_text(&f->agent->r.out), c->want);
	close_fixture(f);
}

/* ---- what is refused, as `check` says it ---- */

static void on_told(void *arg, const char *text)
{
	const char *slash = strstr(text, "/Survey");

	slash = slash != NULL ? slash : strrchr(text, '/');
	buf_printf(arg, "%s\n", slash != NULL ? slash + 1 : text);
}

static void examine(struct fixture *f, struct buf *told)
{
	const struct source_examine e = { on_told, told };

	buf_init(told, 1 << 20);
	source_dropbox.examine(&f->conf, &e);
}

static const struct way refusals[] = {
	{ "f16_outside_of_the_scale",
	  KIND("Survey", COLUMNS COLUMN("from: note, to: value, scale: 1..5 to 0..100")),
	  "Survey.csv", "at_us,survey_id,kind,note\n1795323506,s1,csat,6\n",
	  ":2: value: outside of the scale from 1 to 5" },
	{ "point_that_is_no_thousands_separator", KIND("Survey", "    thousands: point\n"),
	  "Survey.csv", "at_us;survey_id;kind;value\n1795323506;s1;csat;3.5\n",
	  ":2: value: expected a number with three digits behind each thousands separator, found "
	  "something like \"9.9\"" },
	{ "word_that_is_in_no_list",
	  KIND("Survey", COLUMNS "      - from: frage\n"
	                         "        to: kind\n"
	                         "        words: [{from: Zufriedenheit, to: csat}]\n"),
	  "Survey.csv", "at_us,survey_id,frage\n1795323506,s1,Freundlichkeit\n",
	  ":2: kind: expected one of csat, nps, ces, fcr, found something like "
	  "\"aaaaaaaaaaaaaa\"" },
	{ "time_of_another_form",
	  KIND("Survey", COLUMNS COLUMN("from: when, to: at_us, format: \"%d.%m.%Y %H:%M\"")),
	  "Survey.csv", "when,survey_id,kind\n2026-11-22 05:58,s1,csat\n",
	  ":2: at_us: expected a time of the form %d.%m.%Y %H:%M, found something like "
	  "\"9999-99-99 99:99\"" },
	{ "number_of_days_is_no_time", "", "Survey.csv", "at_us,survey_id,kind\n46348.25,s1,csat\n",
	  ":2: at_us: a time before 1990 or after 2100: is it written in another form or unit? "
	  "give the column a `format` or `unit`" },
	{ "one_of_two_columns_is_missing",
	  KIND("Survey", COLUMNS COLUMN("from: Datum, and: [Zeit], to: at_us")), "Survey.csv",
	  "survey_id,Datum,kind\ns1,22.11.2026,csat\n",
	  ":1: no column Zeit, which the mapping to at_us needs" },
	{ "durations_of_61_minutes_are_refused",
	  KIND("Forecast", COLUMNS COLUMN("from: aht, to: handle_ms, unit: \"hh:mm:ss\"")),
	  "Forecast.csv", "at_us,queue,published_us,aht\n1795323600,sales,1795300000,1:61:00\n",
	  ":2: handle_ms: expected a duration as h:mm:ss or mm:ss, found something like "
	  "\"9:99:99\"" },
	{ "end_with_a_date_of_its_own_before_the_beginning",
	  KIND("Shift", COLUMNS COLUMN("from: Ende, to: duration_ms, unit: until")), "Shift.csv",
	  "at_us,Ende,agent,activity,published_us\n1795330800,1795330799,Ana,phone,1795000000\n",
	  ":2: duration_ms: it ends before it begins" },
	{ "answer_outside_of_the_scale_of_its_row", "", "Survey.csv",
	  "at_us,survey_id,kind,value,scale_min,scale_max\n1795323506,s1,csat,6,1,5\n",
	  ":2: value: outside of the scale" },
	{ "recommendation_above_ten", "", "Survey.csv",
	  "at_us,survey_id,kind,value\n1795323506,s1,nps,11\n", ":2: value: outside of the scale" },
	{ "case_closed_before_it_was_opened", "", "Case.csv",
	  "at_us,case_id,closed_us\n1795323506,s1,1795323505\n",
	  ":2: closed_us: less than at_us, or before it" },
};

static void refusal_is_told_before_anything_is_read(void **state)
{
	const struct way *c = *state;
	struct fixture *f = open_fixture(c->kinds);
	char want[1024];
	struct buf told;

	drop(f, c->file_name, c->file);
	examine(f, &told);
	(void)snprintf(want, sizeof(want), "%s%s\n%s: 0 rows would be used, 1 refused\n",
	               c->file_name, c->want, c->file_name);
	assert_string_equal(buf_text(&told), want);
	assert_true(log_folder_has(f->folder, c->file_name));
	assert_false(log_folder_has(f->folder, "done"));
	assert_false(log_folder_has(f->folder, "rejected"));
	buf_free(&told);
	close_fixture(f);
}

static void good_files_are_not_talked_about(void **state)
{
	struct fixture *f = open_fixture("");
	struct buf told;

	(void)state;
	drop(f, "Survey.csv", "at_us,survey_id,kind\n1795323506,s1,csat\n");
	drop(f, "Survey.csv.part", "half\n");
	examine(f, &told);
	assert_string_equal(buf_text(&told), "");
	buf_free(&told);
	close_fixture(f);
}

#define SURVEY_HEAD "at_us,survey_id,kind,value,scale_min,scale_max,customer,agent\n"

static void each_kind_of_bad_input_is_counted_by_name(void **state)
{
	static const struct {
		const char *file;
		const char *text;
		const char *name;
	} inputs[] = {
		{ "Survey-1.csv", SURVEY_HEAD "yesterday,s1,csat,4,1,5,,\n", "bad_row" },
		{ "Survey-2.csv", SURVEY_HEAD "2026-11-20T10:00:00Z,s1,csat,4,5,1,,\n",
		  "implausible_row" },
		{ "Survey-3.csv", SURVEY_HEAD, "empty_file" },
		{ "Nothing.csv", "a,b\n1,2\n", "bad_file" },
		{ "Attestation-x.yaml", "no: statement\n", "bad_statement" },
	};
	struct fixture *f = open_fixture("");
	struct tally t;

	(void)state;
	for (size_t i = 0; i < COUNT(inputs); i++) {
		drop(f, inputs[i].file, inputs[i].text);
	}
	read_folder(f);
	tally_of(&t, &source_dropbox, f->agent->source);
	for (size_t i = 0; i < COUNT(inputs); i++) {
		print_message("%s\n", inputs[i].name);
		assert_int_equal(tally_count(&t, SOURCE_MALFORMED, inputs[i].name), 1);
	}
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "row_too_big"), 0);
	close_fixture(f);
}

static void bad_rows_are_named_and_the_rest_counted(void **state)
{
	struct fixture *f = open_fixture("");
	struct buf told;
	struct buf text;

	(void)state;
	buf_init(&text, 65536);
	buf_add_text(&text, "at_us,survey_id,kind\n1795323506,s1,csat\n");
	for (unsigned i = 0; i < 25; i++) {
		buf_add_text(&text, "Ana Lima,s1,csat\n");
	}
	drop(f, "Survey.csv", buf_text(&text));
	examine(f, &told);
	assert_non_null(strstr(buf_text(&told), "Survey.csv:3: at_us: expected a time"));
	assert_non_null(strstr(buf_text(&told), "Survey.csv:22: "));
	assert_null(strstr(buf_text(&told), "Survey.csv:23: "));
	assert_non_null(strstr(buf_text(&told), "Survey.csv: 5 more rows like these\n"));
	assert_non_null(strstr(buf_text(&told), "Survey.csv: 1 rows would be used, 25 refused\n"));
	assert_null(strstr(buf_text(&told), "Ana"));
	buf_free(&text);
	buf_free(&told);
	close_fixture(f);
}

/* Whoever can write a file could write "verified" into it. */
static void signature_of_a_row_is_not_believed(void **state)
{
	struct fixture *f = open_fixture("");

	(void)state;
	drop(f, "Attestation.csv",
	     "at_us,indicator,signer,value,signed,signature\n1795323506,nps,Ana,6,verified,00ff\n");
	read_folder(f);
	assert_string_equal(buf_text(&f->agent->r.out),
	                    "Attestation at=1795323506 indicator=nps signer=<Ana> "
	                    "seen=1800000000 value=6 signed=unsigned\n");
	close_fixture(f);
}

/* ---- mistakes in the mapping ---- */

static const struct mistake {
	const char *name;
	const char *kinds;
	const char *want;
} mistakes[] = {
	{ "format_of_what_is_no_time",
	  KIND("Survey", COLUMNS COLUMN("from: a, to: value, format: \"%d.%m.%Y\"")),
	  "dropbox: line 5: Survey: value is no time and has no format" },
	{ "format_that_tells_no_day",
	  KIND("Survey", COLUMNS COLUMN("from: a, to: at_us, format: \"%H:%M\"")),
	  "dropbox: line 5: Survey: at_us has a format that tells no day: use %Y or %y, %m or %b, "
	  "%d, and %H:%M or %I:%M %p; or %s" },
	{ "scale_of_what_is_no_number",
	  KIND("Survey", COLUMNS COLUMN("from: a, to: queue, scale: 1..5")),
	  "dropbox: line 5: Survey: queue is no number and has no scale" },
	{ "scale_that_is_none", KIND("Survey", COLUMNS COLUMN("from: a, to: value, scale: 1-5")),
	  "dropbox: line 5: Survey: value has a scale that is not like \"1..5 to 0..100\"" },
	{ "scale_of_one_point", KIND("Survey", COLUMNS COLUMN("from: a, to: value, scale: 5..5")),
	  "dropbox: line 5: Survey: value has a scale that is not like \"1..5 to 0..100\"" },
	{ "per_cent_of_a_count",
	  KIND("HeadCount", COLUMNS COLUMN("from: a, to: staff, unit: percent")),
	  "dropbox: line 5: HeadCount: staff is no fraction, so not of per cent" },
	{ "minutes_since_1970", KIND("Survey", COLUMNS COLUMN("from: a, to: at_us, unit: min")),
	  "dropbox: line 5: Survey: at_us is no duration and has no unit" },
	{ "comma_for_decimals_and_thousands",
	  KIND("Survey", "    decimal_comma: yes\n    thousands: comma\n"),
	  "dropbox: line 3: kind: Survey cannot have the comma for decimals and for thousands" },
	{ "zone_nobody_knows", KIND("Survey", "    timezone: Europe/Berln\n"),
	  "dropbox: line 3: time zone \"Europe/Berln\" is not known here: use a name such as "
	  "Europe/Berlin (see /usr/share/zoneinfo/)" },
};

static void mistake_is_explained(void **state)
{
	const struct mistake *c = *state;
	struct fixture *f = open_fixture(c->kinds);

	assert_int_equal(source_dropbox.check(&f->conf, &f->fault), -EINVAL);
	assert_string_equal(f->fault.text, c->want);
	close_fixture(f);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, ways, way_of_writing_is_read);
	cases_table(&c, refusals, refusal_is_told_before_anything_is_read);
	cases_test(&c, good_files_are_not_talked_about);
	cases_test(&c, each_kind_of_bad_input_is_counted_by_name);
	cases_test(&c, bad_rows_are_named_and_the_rest_counted);
	cases_test(&c, signature_of_a_row_is_not_believed);
	cases_table(&c, mistakes, mistake_is_explained);
	return cases_run("dropbox_mapping", &c, NULL, NULL);
}
