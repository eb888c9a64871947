/* The drop folder: when a file is taken, what its rows become, where it goes, and that nobody's
 * name is repeated. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/sources/dropbox.h"
#include "agent/sources/dropbox_reader.h"
#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/fake_agent.h"
#include "tests/support/log_folder.h"

static const char *const names[] = { "s1", "s2", "s3", "c1", "5550001", "Ana", "Rui", NULL };

struct fixture {
	struct log_folder *folder;
	struct conf_doc doc;
	struct dropbox_conf conf;
	struct fake_agent *agent;
	struct fault fault;
};

static void configure(struct fixture *f, const char *kinds)
{
	char yaml[2048];

	conf_free(&f->doc);
	(void)snprintf(yaml, sizeof(yaml), "directory: %s\n%s", f->folder->temp.dir, kinds);
	assert_int_equal(conf_parse(&f->doc, "agent.yaml", yaml, strlen(yaml), &f->fault), 0);
	assert_int_equal(
		conf_bind(&f->doc, f->doc.root, source_dropbox.schema, &f->conf, &f->fault), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(when_use_zone("Europe/Berlin", &f->fault), 0);
	f->folder = log_folder_new();
	arena_init(&f->doc.arena, 0);
	configure(f, "");
	f->agent = fake_agent_new(&source_dropbox, &f->folder->env, &f->conf);
	f->agent->r.names = names;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fake_agent_free(f->agent);
	log_folder_free(f->folder);
	conf_free(&f->doc);
	free(f);
	return 0;
}

static void open_source(struct fixture *f)
{
	assert_int_equal(fake_agent_open(f->agent, &f->fault), 0);
}

static void turns(struct fixture *f)
{
	while (dropbox_turn(f->agent->source)) {
	}
}

/* Long enough for a look at the folder and for a file to settle. */
static void pass_time(struct fixture *f)
{
	turns(f);
	for (unsigned i = 0; i < 2; i++) {
		f->folder->mono_us += INT64_C(2000000);
		turns(f);
	}
}

static void read_all(struct fixture *f)
{
	pass_time(f);
	fake_agent_commit(f->agent);
}

static const char *got(struct fixture *f)
{
	return buf_text(&f->agent->r.out);
}

#define HEAD "at_us,survey_id,kind,value,scale_min,scale_max,customer,agent\n"
#define ROW1 "2026-11-22T05:58:26+01:00,s1,csat,4,1,5,5550001,Ana\n"
#define ROW2 "2026-11-22T05:59:26+01:00,s2,nps,9,0,10,,Rui\n"
#define REC1                                                                                       \
	"Survey at=1795323506 survey_id=<s1> kind=csat seen=1800000000 value=4 scale_min=1 "       \
	"scale_max=5 customer=<5550001> agent=<Ana>\n"
#define REC2                                                                                       \
	"Survey at=1795323566 survey_id=<s2> kind=nps seen=1800000000 value=9 scale_min=0 "        \
	"scale_max=10 agent=<Rui>\n"

static void drop(struct fixture *f, const char *name, const char *text)
{
	log_folder_write(f->folder, name, text);
	log_folder_touch(f->folder, name, 1800000000);
}

/* ---- when a file is taken ---- */

static void settled_file_is_read_and_moved_when_it_is_on_disk(void **state)
{
	struct fixture *f = *state;

	drop(f, "Survey.csv", HEAD ROW1 ROW2);
	open_source(f);
	pass_time(f);
	assert_string_equal(got(f), REC1 REC2);
	assert_true(log_folder_has(f->folder, "Survey.csv"));
	fake_agent_commit(f->agent);
	assert_false(log_folder_has(f->folder, "Survey.csv"));
	assert_string_equal(log_folder_read(f->folder, "done/Survey.csv"), HEAD ROW1 ROW2);
	pass_time(f);
	assert_int_equal(f->agent->r.n_records, 2);
}

static void file_that_still_grows_is_left_alone(void **state)
{
	struct fixture *f = *state;

	drop(f, "Survey.csv", HEAD);
	open_source(f);
	turns(f);
	f->folder->mono_us += INT64_C(1999999);
	turns(f);
	log_folder_append(f->folder, "Survey.csv", ROW1);
	f->folder->mono_us += INT64_C(1999999);
	turns(f);
	assert_int_equal(f->agent->r.n_records, 0);
	f->folder->mono_us += INT64_C(2000001);
	turns(f);
	assert_int_equal(f->agent->r.n_records, 1);
}

static void files_are_read_in_the_order_of_their_names(void **state)
{
	struct fixture *f = *state;

	drop(f, "survey-2.csv", HEAD ROW2);
	drop(f, "survey-1.csv", HEAD ROW1);
	open_source(f);
	read_all(f);
	assert_string_equal(got(f), REC1 REC2);
}

static void large_file_is_read_in_steps(void **state)
{
	struct fixture *f = *state;
	struct source_progress progress;
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_add_text(&text, HEAD);
	for (unsigned i = 0; i < 2500; i++) {
		buf_printf(&text, "2026-11-22T05:58:26+01:00,x%u,csat,4,1,5,,\n", i);
	}
	drop(f, "Survey.csv", buf_text(&text));
	open_source(f);
	turns(f);
	f->folder->mono_us += INT64_C(2000000);
	assert_true(dropbox_turn(f->agent->source)); /* opens it */
	assert_true(dropbox_turn(f->agent->source));
	assert_int_equal(f->agent->r.n_records, 1000);
	source_dropbox.pause(f->agent->source);
	assert_false(dropbox_turn(f->agent->source));
	source_dropbox.resume(f->agent->source);
	assert_true(dropbox_turn(f->agent->source));
	assert_int_equal(f->agent->r.n_records, 2000);
	turns(f);
	source_dropbox.progress(f->agent->source, &progress);
	assert_int_equal(progress.records, 2500);
	assert_int_equal(progress.rejected, 0);
	buf_free(&text);
}

static void other_names_are_left_alone(void **state)
{
	static const char *const left[] = { "Survey.csv.tmp", "Survey.csv.part", ".Survey.csv",
		                            "README.txt", "Survey.xlsx" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(left); i++) {
		drop(f, left[i], HEAD ROW1);
	}
	open_source(f);
	read_all(f);
	for (size_t i = 0; i < COUNT(left); i++) {
		assert_true(log_folder_has(f->folder, left[i]));
	}
	assert_int_equal(f->agent->r.n_records, 0);
}

static void links_fifos_and_folders_are_left_alone(void **state)
{
	struct fixture *f = *state;

	drop(f, "secret", HEAD ROW1);
	assert_int_equal(symlink("secret", log_folder_file(f->folder, "Survey.csv")), 0);
	assert_int_equal(mkfifo(log_folder_file(f->folder, "Case.csv"), 0600), 0);
	assert_int_equal(mkdir(log_folder_file(f->folder, "Shift.csv"), 0700), 0);
	open_source(f);
	read_all(f);
	read_all(f);
	assert_int_equal(f->agent->r.n_records, 0);
	assert_true(log_folder_has(f->folder, "Survey.csv"));
	assert_true(log_folder_has(f->folder, "Case.csv"));
	assert_true(log_folder_has(f->folder, "Shift.csv"));
}

static void compressed_files_are_read_too(void **state)
{
	struct fixture *f = *state;

	drop(f, "Survey-1.csv", HEAD ROW1);
	log_folder_gzip(f->folder, "Survey-1.csv");
	drop(f, "Survey-2.csv", HEAD ROW2);
	log_folder_zstd(f->folder, "Survey-2.csv");
	open_source(f);
	read_all(f);
	assert_string_equal(got(f), REC1 REC2);
}

static void lines_of_json_are_read_too(void **state)
{
	struct fixture *f = *state;

	drop(f, "survey.jsonl",
	     "{\"at_us\": \"2026-11-22T05:58:26+01:00\", \"survey_id\": \"s1\", "
	     "\"kind\": \"csat\", \"value\": 4, \"scale_min\": 1, "
	     "\"scale_max\": 5, \"customer\": \"5550001\", \"agent\": \"Ana\"}\n");
	open_source(f);
	read_all(f);
	assert_string_equal(got(f), REC1);
}

/* ---- where it goes ---- */

static void name_that_is_taken_gets_a_number(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	for (unsigned i = 0; i < 3; i++) {
		drop(f, "Survey.csv", HEAD ROW1);
		read_all(f);
	}
	assert_true(log_folder_has(f->folder, "done/Survey.csv"));
	assert_true(log_folder_has(f->folder, "done/Survey.csv.2"));
	assert_true(log_folder_has(f->folder, "done/Survey.csv.3"));
}

static void file_without_a_usable_row_is_rejected_with_reasons(void **state)
{
	struct fixture *f = *state;

	drop(f, "Survey.csv", HEAD "yesterday,s1,csat,4,1,5,,\n");
	open_source(f);
	pass_time(f);
	assert_false(log_folder_has(f->folder, "Survey.csv"));
	assert_true(log_folder_has(f->folder, "rejected/Survey.csv"));
	assert_memory_equal(log_folder_read(f->folder, "rejected/Survey.csv.errors"),
	                    "2: at_us: ", 10);
}

static void header_that_cannot_fill_the_key_is_rejected(void **state)
{
	struct fixture *f = *state;

	drop(f, "Survey.csv", "when,value\n1,2\n");
	open_source(f);
	pass_time(f);
	assert_true(log_folder_has(f->folder, "rejected/Survey.csv"));
	assert_non_null(strstr(log_folder_read(f->folder, "rejected/Survey.csv.errors"),
	                       "1: no column for at_us"));
}

static void name_without_a_kind_is_rejected(void **state)
{
	struct fixture *f = *state;

	drop(f, "holiday.csv", HEAD ROW1);
	open_source(f);
	pass_time(f);
	assert_true(log_folder_has(f->folder, "rejected/holiday.csv"));
	assert_non_null(strstr(log_folder_read(f->folder, "rejected/holiday.csv.errors"),
	                       "does not begin with a kind of record"));
}

static void file_without_rows_is_rejected(void **state)
{
	struct fixture *f = *state;

	drop(f, "Survey.csv", HEAD);
	open_source(f);
	pass_time(f);
	assert_string_equal(log_folder_read(f->folder, "rejected/Survey.csv.errors"),
	                    "0: there is no row in it\n");
}

static void f16_good_rows_of_a_bad_file_are_kept(void **state)
{
	struct fixture *f = *state;

	drop(f, "Survey.csv", HEAD ROW1 "2026-11-22,s3,csat,much,1,5,,\n" ROW2 "too,few\n");
	open_source(f);
	read_all(f);
	assert_string_equal(got(f), REC1 REC2);
	assert_true(log_folder_has(f->folder, "done/Survey.csv"));
	assert_string_equal(log_folder_read(f->folder, "rejected/Survey.csv.errors"),
	                    "3: value: expected a number, found something like \"aaaa\"\n"
	                    "5: 2 fields, the header has 8\n");
}

static void nobodys_name_or_number_is_repeated(void **state)
{
	static const char *const raw[] = { "5550001", "Ana Lima", "Rui" };
	struct fixture *f = *state;
	const char *errors;

	/* columns shifted by one: numbers and names where values should be */
	drop(f, "Survey.csv",
	     HEAD "2026-11-22,s1,5550001,Ana Lima,1,5,,\n"
	          "Ana Lima,s1,csat,5550001,\"Rui \"\"5550001\"\"\",5,,\n"
	          "2026-11-22,s1,csat,1,\"Rui \"\"5550001\"\"\",5,,\n"
	          "2026-11-22,s1,csat,1,1,5,5550001,Ana Lima\n");
	open_source(f);
	read_all(f);
	assert_int_equal(f->agent->r.n_records, 1);
	errors = log_folder_read(f->folder, "rejected/Survey.csv.errors");
	assert_non_null(strstr(errors, "4: scale_min: "));
	for (size_t i = 0; i < COUNT(raw); i++) {
		assert_null(strstr(errors, raw[i]));
		assert_null(memmem(f->agent->durable.data, f->agent->durable.len, raw[i],
		                   strlen(raw[i])));
	}
}

static void f16_list_of_bad_rows_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct source_progress progress;
	struct stat st;
	struct buf text;

	buf_init(&text, 4 << 20);
	buf_add_text(&text, HEAD);
	for (unsigned i = 0; i < 20000; i++) {
		buf_add_text(&text, "yesterday,s1,csat,4,1,5,,\n");
	}
	drop(f, "Survey.csv", buf_text(&text));
	open_source(f);
	pass_time(f);
	source_dropbox.progress(f->agent->source, &progress);
	assert_int_equal(progress.rejected, 20000);
	assert_int_equal(stat(log_folder_file(f->folder, "rejected/Survey.csv.errors"), &st), 0);
	assert_in_range(st.st_size, DROPBOX_REJECTS_BYTES / 2, DROPBOX_REJECTS_BYTES);
	buf_free(&text);
}

static void file_changed_while_it_was_read_is_read_again(void **state)
{
	struct fixture *f = *state;

	drop(f, "Survey.csv", HEAD ROW1);
	open_source(f);
	pass_time(f);
	log_folder_append(f->folder, "Survey.csv", ROW2);
	fake_agent_commit(f->agent);
	assert_true(log_folder_has(f->folder, "Survey.csv"));
	read_all(f);
	read_all(f);
	assert_true(log_folder_has(f->folder, "done/Survey.csv"));
	assert_int_equal(f->agent->n_unique, 2);
}

static int no_rename(void *arg, const char *from, const char *to)
{
	(void)arg;
	(void)from;
	(void)to;
	return -EROFS;
}

static void file_that_cannot_be_moved_is_not_read_for_ever(void **state)
{
	struct fixture *f = *state;

	f->folder->env.rename = no_rename;
	drop(f, "Survey.csv", HEAD ROW1);
	open_source(f);
	for (unsigned i = 0; i < 5; i++) {
		read_all(f);
	}
	assert_int_equal(f->agent->r.n_records, 1);
	assert_true(log_folder_has(f->folder, "Survey.csv"));
}

/* ---- dying ---- */

static void file_read_but_not_on_disk_is_read_again_after_a_crash(void **state)
{
	struct fixture *f = *state;

	drop(f, "Survey.csv", HEAD ROW1 ROW2);
	open_source(f);
	pass_time(f);
	fake_agent_kill(f->agent);
	assert_true(log_folder_has(f->folder, "Survey.csv"));
	open_source(f);
	read_all(f);
	assert_int_equal(f->agent->n_unique, 2);
	assert_true(log_folder_has(f->folder, "done/Survey.csv"));
}

static void crash_between_disk_and_move_doubles_no_row(void **state)
{
	struct fixture *f = *state;

	f->folder->env.rename = no_rename; /* as if it died right before */
	drop(f, "Survey.csv", HEAD ROW1 ROW2);
	open_source(f);
	read_all(f);
	fake_agent_kill(f->agent);
	f->folder->env.rename = env_system.rename;
	open_source(f);
	read_all(f);
	assert_int_equal(f->agent->r.n_records, 4);
	assert_int_equal(f->agent->n_unique, 2);
	assert_true(log_folder_has(f->folder, "done/Survey.csv"));
}

static void commit_in_the_middle_of_a_file_moves_nothing(void **state)
{
	struct fixture *f = *state;
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_add_text(&text, HEAD);
	for (unsigned i = 0; i < 1500; i++) {
		buf_printf(&text, "2026-11-22T05:58:26+01:00,x%u,csat,4,1,5,,\n", i);
	}
	drop(f, "Survey.csv", buf_text(&text));
	open_source(f);
	turns(f);
	f->folder->mono_us += INT64_C(2000000);
	assert_true(dropbox_turn(f->agent->source));
	assert_true(dropbox_turn(f->agent->source));
	fake_agent_commit(f->agent);
	assert_true(log_folder_has(f->folder, "Survey.csv"));
	turns(f);
	assert_true(log_folder_has(f->folder, "Survey.csv"));
	assert_true(f->agent->touched > 0);
	fake_agent_commit(f->agent);
	assert_true(log_folder_has(f->folder, "done/Survey.csv"));
	buf_free(&text);
}

static void commit_moves_only_what_it_covers(void **state)
{
	struct fixture *f = *state;

	drop(f, "Survey-1.csv", HEAD ROW1);
	open_source(f);
	pass_time(f);
	drop(f, "Survey-2.csv", HEAD ROW2);
	turns(f);
	f->folder->mono_us += INT64_C(2000000);
	turns(f); /* seen, not settled */
	fake_agent_commit(f->agent);
	assert_true(log_folder_has(f->folder, "done/Survey-1.csv"));
	assert_true(log_folder_has(f->folder, "Survey-2.csv"));
	assert_int_equal(f->agent->r.n_records, 1);
}

/* ---- how tools really write (F16) ---- */

struct form {
	const char *name;
	const char *kinds; /* configuration */
	const char *file;
	const char *want;
};

static const struct form forms[] = {
	{ "f16_semicolons_decimal_commas_german_dates_and_a_byte_order_mark", "",
	  "\xef\xbb\xbf"
	  "at_us;survey_id;kind;value;scale_min;scale_max\r\n"
	  "22.11.2026 05:58:26;s1;CSAT;4,5;1;5\r\n",
	  "Survey at=1795323506 survey_id=<s1> kind=csat seen=1800000000 value=4.5 scale_min=1 "
	  "scale_max=5\n" },
	{ "f16_quoted_line_breaks", "",
	  "at_us,survey_id,kind,queue\n1795323506,s1,csat,\"sales\nnorth\"\n",
	  "Survey at=1795323506 survey_id=<s1> kind=csat seen=1800000000 queue=sales\nnorth\n" },
	{ "f16_empty_answer_is_absent", "", "at_us,survey_id,kind,value\n1795323506,s1,fcr,\n",
	  "Survey at=1795323506 survey_id=<s1> kind=fcr seen=1800000000\n" },
	{ "nobody_is_not_a_customer", "",
	  "at_us,survey_id,kind,customer\n1795323506,s1,fcr,anonymous\n",
	  "Survey at=1795323506 survey_id=<s1> kind=fcr seen=1800000000\n" },
	{ "columns_of_another_tool",
	  "kinds:\n"
	  "  - kind: Survey\n"
	  "    columns:\n"
	  "      - {from: Datum, to: at_us}\n"
	  "      - {from: Umfrage, to: survey_id}\n"
	  "      - {from: Note, to: value}\n"
	  "    constants:\n"
	  "      - {to: kind, text: nps}\n"
	  "      - {to: scale_max, text: \"10\"}\n"
	  "    decimal_comma: true\n",
	  "Datum,Umfrage,Note,Bearbeiter\n22.11.2026 05:58:26,s1,\"7,5\",x\n",
	  "Survey at=1795323506 survey_id=<s1> kind=nps seen=1800000000 value=7.5 scale_max=10\n" },
	{ "column_fills_what_a_constant_would",
	  "kinds:\n"
	  "  - kind: Survey\n"
	  "    constants:\n"
	  "      - {to: kind, text: nps}\n",
	  "at_us,survey_id,kind\n1795323506,s1,csat\n",
	  "Survey at=1795323506 survey_id=<s1> kind=csat seen=1800000000\n" },
};

static void form_is_read(void **state)
{
	const struct form *c = *state;
	void *s = NULL;
	struct fixture *f;

	assert_int_equal(setup(&s), 0);
	f = s;
	configure(f, c->kinds);
	drop(f, "Survey.csv", c->file);
	open_source(f);
	read_all(f);
	assert_string_equal(got(f), c->want);
	assert_int_equal(teardown(&s), 0);
}

static void f16_changed_row_delivered_again_replaces_the_first(void **state)
{
	struct fixture *f = *state;
	struct buf rows;

	buf_init(&rows, 4096);
	open_source(f);
	drop(f, "Survey.csv",
	     "at_us,survey_id,kind,value\n1795323506,s1,csat,4\n1795323507,s2,csat,3\n");
	read_all(f);
	log_folder_write(
		f->folder, "Survey.csv",
		"at_us,survey_id,kind,value\n1795323506,s1,csat,2\n1795323507,s2,csat,3\n");
	log_folder_touch(f->folder, "Survey.csv", 1800000100);
	read_all(f);
	fake_agent_rows(f->agent, NULL, &rows);
	assert_string_equal(
		buf_text(&rows),
		"Survey at=1795323506 survey_id=<s1> kind=csat seen=1800000100 value=2\n"
		"Survey at=1795323507 survey_id=<s2> kind=csat seen=1800000100 value=3\n");
	buf_free(&rows);
}

static void units_are_converted_into_the_fields_own(void **state)
{
	struct fixture *f = *state;

	configure(f, "kinds:\n"
	             "  - kind: Forecast\n"
	             "    columns:\n"
	             "      - {from: minutes, to: interval_ms, unit: min}\n"
	             "      - {from: aht, to: handle_ms, unit: s}\n");
	drop(f, "Forecast.csv",
	     "at_us,queue,published_us,minutes,aht,volume\n"
	     "1795323600,sales,1795300000,30,240.5,12.5\n");
	open_source(f);
	read_all(f);
	assert_string_equal(got(f), "Forecast at=1795323600 queue=sales published=1795300000 "
	                            "seen=1800000000 interval_ms=1800000 volume=12.5 "
	                            "handle_ms=240500\n");
}

/* ---- configuration ---- */

static int check(struct fixture *f)
{
	return source_dropbox.check(&f->conf, &f->fault);
}

struct mistake {
	const char *name;
	const char *kinds;
	const char *want;
};

static const struct mistake mistakes[] = {
	{ "kind_that_does_not_exist", "kinds:\n  - kind: Surveys\n",
	  "dropbox: line 3: kind: Surveys is no kind of record" },
	{ "field_that_does_not_exist",
	  "kinds:\n  - kind: Survey\n    columns:\n      - {from: a, to: score}\n",
	  "dropbox: line 5: Survey: score is no field of it" },
	{ "constant_for_a_field_that_does_not_exist",
	  "kinds:\n  - kind: Survey\n    constants:\n      - {to: score, text: a}\n",
	  "dropbox: line 5: Survey: score is no field of it" },
	{ "unit_of_what_is_no_duration",
	  "kinds:\n  - kind: Survey\n    columns:\n      - {from: a, to: value, unit: s}\n",
	  "dropbox: line 5: Survey: value is no duration and has no unit" },
};

static void mistake_is_explained(void **state)
{
	const struct mistake *c = *state;
	void *s = NULL;
	struct fixture *f;

	assert_int_equal(setup(&s), 0);
	f = s;
	configure(f, c->kinds);
	assert_int_equal(check(f), -EINVAL);
	assert_string_equal(f->fault.text, c->want);
	assert_int_equal(fake_agent_open(f->agent, &f->fault), -EINVAL);
	assert_int_equal(teardown(&s), 0);
}

static void defaults_are_what_the_help_says(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->conf.poll_ms, 2000);
	assert_int_equal(f->conf.settle_ms, 2000);
	assert_int_equal(f->conf.kinds.count, 0);
	assert_int_equal(check(f), 0);
	assert_false(log_folder_has(f->folder, "done")); /* checking leaves no trace */
}

static void folder_that_is_missing_is_refused(void **state)
{
	struct fixture *f = *state;

	f->conf.directory = "/nowhere/drop";
	assert_int_equal(check(f), -ENOENT);
	assert_int_equal(fake_agent_open(f->agent, &f->fault), -ENOENT);
	assert_string_equal(
		f->fault.text,
		"/nowhere/drop: cannot read the folder: No such file or directory: create it, or "
		"name the one the other tools write to");
}

static void file_in_the_place_of_the_folder_is_refused(void **state)
{
	struct fixture *f = *state;

	drop(f, "file", "");
	f->conf.directory = log_folder_file(f->folder, "file");
	assert_int_equal(check(f), -ENOTDIR);
	assert_non_null(strstr(f->fault.text, "cannot read the folder: Not a directory"));
}

/* ---- replay ---- */

static void replay_reads_at_once_and_writes_nothing(void **state)
{
	struct fixture *f = *state;
	struct source_progress progress;

	f->agent->env.one_shot = true;
	drop(f, "Survey.csv", HEAD ROW1 "bad,row\n");
	drop(f, "Survey-2.csv", HEAD ROW2);
	open_source(f);
	turns(f);
	fake_agent_commit(f->agent);
	turns(f);
	assert_string_equal(got(f), REC2 REC1);
	assert_int_equal(f->agent->done, 1);
	assert_int_equal(f->agent->done_rc, 0);
	assert_true(log_folder_has(f->folder, "Survey.csv"));
	assert_true(log_folder_has(f->folder, "Survey-2.csv"));
	assert_false(log_folder_has(f->folder, "done"));
	assert_false(log_folder_has(f->folder, "rejected"));
	source_dropbox.progress(f->agent->source, &progress);
	assert_int_equal(progress.done, progress.all);
	assert_int_equal(progress.records, 2);
	assert_int_equal(progress.rejected, 1);
}

static void replay_of_an_unusable_file_reads_the_others_and_fails(void **state)
{
	struct fixture *f = *state;

	f->agent->env.one_shot = true;
	drop(f, "Case.csv", "no,such,columns\n1,2,3\n");
	drop(f, "Survey.csv", HEAD ROW1);
	open_source(f);
	turns(f);
	assert_string_equal(got(f), REC1);
	assert_int_equal(f->agent->done, 1);
	assert_int_equal(f->agent->done_rc, -EINVAL);
}

static void replay_of_an_empty_folder_is_done_at_once(void **state)
{
	struct fixture *f = *state;

	f->agent->env.one_shot = true;
	open_source(f);
	turns(f);
	assert_int_equal(f->agent->done, 1);
	assert_int_equal(f->agent->done_rc, 0);
}

static void loop_runs_a_replay_to_its_end(void **state)
{
	struct fixture *f = *state;

	f->agent->env.one_shot = true;
	f->agent->env.base = event_base_new();
	drop(f, "Survey.csv", HEAD ROW1);
	open_source(f);
	assert_int_equal(event_base_dispatch(f->agent->env.base), 1);
	assert_int_equal(f->agent->done, 1);
	fake_agent_kill(f->agent);
	event_base_free(f->agent->env.base);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest plain[] = {
		TEST(settled_file_is_read_and_moved_when_it_is_on_disk),
		TEST(file_that_still_grows_is_left_alone),
		TEST(files_are_read_in_the_order_of_their_names),
		TEST(large_file_is_read_in_steps),
		TEST(other_names_are_left_alone),
		TEST(links_fifos_and_folders_are_left_alone),
		TEST(compressed_files_are_read_too),
		TEST(lines_of_json_are_read_too),
		TEST(name_that_is_taken_gets_a_number),
		TEST(file_without_a_usable_row_is_rejected_with_reasons),
		TEST(header_that_cannot_fill_the_key_is_rejected),
		TEST(name_without_a_kind_is_rejected),
		TEST(file_without_rows_is_rejected),
		TEST(f16_good_rows_of_a_bad_file_are_kept),
		TEST(nobodys_name_or_number_is_repeated),
		TEST(f16_list_of_bad_rows_is_bounded),
		TEST(file_changed_while_it_was_read_is_read_again),
		TEST(file_that_cannot_be_moved_is_not_read_for_ever),
		TEST(file_read_but_not_on_disk_is_read_again_after_a_crash),
		TEST(crash_between_disk_and_move_doubles_no_row),
		TEST(commit_in_the_middle_of_a_file_moves_nothing),
		TEST(commit_moves_only_what_it_covers),
		TEST(f16_changed_row_delivered_again_replaces_the_first),
		TEST(units_are_converted_into_the_fields_own),
		TEST(defaults_are_what_the_help_says),
		TEST(folder_that_is_missing_is_refused),
		TEST(file_in_the_place_of_the_folder_is_refused),
		TEST(replay_reads_at_once_and_writes_nothing),
		TEST(replay_of_an_unusable_file_reads_the_others_and_fails),
		TEST(replay_of_an_empty_folder_is_done_at_once),
		TEST(loop_runs_a_replay_to_its_end),
	};
	struct CMUnitTest tests[COUNT(plain) + COUNT(forms) + COUNT(mistakes)];
	size_t n = 0;

	CASES_ADD(tests, n, forms, form_is_read);
	CASES_ADD(tests, n, mistakes, mistake_is_explained);
	for (size_t i = 0; i < COUNT(plain); i++) {
		tests[n++] = plain[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
