/*
 * The sources of channel events and call detail records as the agent sees them: what they accept
 * and refuse; and that dying at any moment, over a log that is rotated meanwhile, neither loses nor
 * adds a record.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/sources/cdr.h"
#include "agent/sources/cel.h"
#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/cel_fixture.h"
#include "tests/support/dice.h"
#include "tests/support/fake_agent.h"
#include "tests/support/log_folder.h"

#define EVENT                                                                                      \
	"{\"eventtype\":\"CHAN_START\",\"eventtime\":100,\"channame\":\"PJSIP/carrier-1\","        \
	"\"context\":\"from-trunk\",\"uniqueid\":\"c1\",\"linkedid\":\"c1\"}\n"
#define ROW                                                                                        \
	"a,b,c,d,e,PJSIP/carrier-1,g,h,i,1970-01-01 00:01:40,,1970-01-01 00:01:50,6,6,ANSWERED,"   \
	"D,c1\n"

static const char *const names[] = { "c1", "c2", "c3", "c4", "Ana", "Rui", "5550001", NULL };

struct fixture {
	struct log_folder *folder;
	struct conf_doc doc;
	struct cel_conf cel;
	struct cdr_conf cdr;
	struct fake_agent *agent;
	struct fault fault;
	char path[LOG_FOLDER_PATH_MAX];
	const char *files[2];
};

static int setup(void **state)
{
	static const char yaml[] = "file: /log\n";
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->folder = log_folder_new();
	(void)snprintf(f->path, sizeof(f->path), "%s", log_folder_file(f->folder, "log"));
	assert_int_equal(conf_parse(&f->doc, "agent.yaml", yaml, sizeof(yaml) - 1, &f->fault), 0);
	assert_int_equal(conf_bind(&f->doc, f->doc.root, source_cel.schema, &f->cel, &f->fault), 0);
	assert_int_equal(conf_bind(&f->doc, f->doc.root, source_cdr.schema, &f->cdr, &f->fault), 0);
	f->cel.log.file = f->path;
	f->cdr.log.file = f->path;
	f->cdr.gmt = true;
	assert_int_equal(when_use_zone("UTC", &f->fault), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->agent != NULL) {
		fake_agent_free(f->agent);
	}
	log_folder_free(f->folder);
	conf_free(&f->doc);
	free(f);
	return 0;
}

static void use(struct fixture *f, const struct source_ops *ops, const void *conf)
{
	f->agent = fake_agent_new(ops, &f->folder->env, conf);
	f->agent->r.names = names;
}

static void open_source(struct fixture *f)
{
	assert_int_equal(fake_agent_open(f->agent, &f->fault), 0);
}

static void read_all(struct fixture *f)
{
	while (log_source_turn(f->agent->source)) {
	}
}

/* As the follower needs it to move on to a new file. */
static void pass_time(struct fixture *f)
{
	read_all(f);
	f->folder->mono_us += INT64_C(6000000);
	read_all(f);
}

static int check_cel(struct fixture *f)
{
	return source_cel.check(&f->cel, &f->fault);
}

static void expect_fault(const struct fixture *f, const char *part)
{
	assert_non_null(strstr(f->fault.text, part));
}

/* ---- check ---- */

static void a_log_that_is_missing_or_empty_is_a_warning_with_the_reason(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(check_cel(f), 1);
	expect_fault(f, "log: is not there (yet)");
	expect_fault(f, "A field it does not know makes it decline");
	log_folder_write(f->folder, "log", "");
	assert_int_equal(check_cel(f), 1);
	expect_fault(f, "log: is empty");
}

static void a_log_of_events_passes(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", EVENT);
	assert_int_equal(check_cel(f), 0);
}

static void another_kind_of_log_is_refused(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "1795322591|NONE|NONE|NONE|QUEUESTART|\n");
	assert_int_equal(check_cel(f), -EINVAL);
	expect_fault(f, "is no cel log");
	assert_int_equal(source_cdr.check(&f->cdr, &f->fault), -EINVAL);
	expect_fault(f, "loguniqueid=yes");
}

static void columns_that_lack_a_needed_one_are_refused(void **state)
{
	struct fixture *f = *state;

	f->cel.fields = "eventtype eventtime";
	assert_int_equal(check_cel(f), -EINVAL);
	expect_fault(f, "uniqueid");
	use(f, &source_cel, &f->cel);
	assert_int_equal(fake_agent_open(f->agent, &f->fault), -EINVAL);
}

static void a_scale_upside_down_is_refused(void **state)
{
	struct fixture *f = *state;

	f->cel.rules.survey_min = 5;
	assert_int_equal(check_cel(f), -EINVAL);
	expect_fault(f, "survey_max");
	use(f, &source_cel, &f->cel);
	assert_int_equal(fake_agent_open(f->agent, &f->fault), -EINVAL);
}

static void no_file_is_refused(void **state)
{
	struct fixture *f = *state;

	f->cel.log.file = NULL;
	assert_int_equal(check_cel(f), -EINVAL);
	expect_fault(f, "file");
	use(f, &source_cel, &f->cel);
	assert_int_equal(fake_agent_open(f->agent, &f->fault), -EINVAL);
}

static void a_link_is_refused(void **state)
{
	struct fixture *f = *state;

	f->cel.log.file = "/dev/null";
	assert_int_equal(check_cel(f), -EINVAL);
	expect_fault(f, "device");
}

/* ---- following ---- */

static void an_open_call_survives_a_stop(void **state)
{
	struct fixture *f = *state;

	use(f, &source_cel, &f->cel);
	log_folder_write(f->folder, "log", EVENT);
	open_source(f);
	read_all(f);
	fake_agent_stop(f->agent);
	assert_int_equal(f->agent->n_unique, 0);
	log_folder_append(
		f->folder, "log",
		"{\"eventtype\":\"LINKEDID_END\",\"eventtime\":160,\"channame\":\"P/1-1\","
		"\"uniqueid\":\"c1\",\"linkedid\":\"c1\"}\n");
	open_source(f);
	read_all(f);
	fake_agent_commit(f->agent);
	assert_int_equal(f->agent->n_unique, 1);
	assert_non_null(strstr(buf_text(&f->agent->r.out), "Call at=100 contact=<c1> seen=160"));
}

static void a_stored_position_that_is_damaged_is_read_anew(void **state)
{
	struct fixture *f = *state;

	use(f, &source_cel, &f->cel);
	log_folder_write(f->folder, "log", EVENT);
	open_source(f);
	read_all(f);
	fake_agent_stop(f->agent);
	f->agent->checkpoint.data[f->agent->checkpoint.len - 1] ^= 0x7f;
	f->agent->checkpoint.len--;
	open_source(f);
	read_all(f);
	fake_agent_stop(f->agent);
}

static void calls_of_records_are_told_after_a_minute(void **state)
{
	struct fixture *f = *state;

	use(f, &source_cdr, &f->cdr);
	log_folder_write(f->folder, "log", ROW);
	f->folder->wall_us = INT64_C(160000000);
	open_source(f);
	read_all(f);
	assert_int_equal(f->agent->r.n_records, 0);
	f->folder->wall_us = INT64_C(171000000);
	read_all(f);
	assert_int_equal(f->agent->r.n_records, 1);
}

static void a_replay_of_nothing_understood_fails(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "x,y\n");
	f->files[0] = f->path;
	f->cel.log.file = NULL;
	f->cel.log.files = (struct conf_list){ f->files, 1 };
	use(f, &source_cel, &f->cel);
	f->agent->env.one_shot = true;
	open_source(f);
	read_all(f);
	assert_int_equal(f->agent->done, 1);
	assert_int_equal(f->agent->done_rc, -EBADMSG);
}

/* ---- dying ---- */

#define COLUMNS                                                                                    \
	"eventtime eventtype uniqueid linkedid channame context appname appdata name num "         \
	"eventextra"
#define LINES 600
#define SEEDS 6

/* The lines of the fixture have fewer columns at their ends. */
static void generate(uint64_t seed, struct buf *out)
{
	struct buf lines;
	struct slice rest;

	buf_init(&lines, 1 << 20);
	cel_fixture_generate(seed, LINES, &lines);
	rest = slice_of(buf_text(&lines));
	while (rest.len > 0) {
		struct slice line = slice_cut(&rest, '\n');
		unsigned n = 1;
		bool quoted = false;

		for (size_t i = 0; i < line.len; i++) {
			quoted ^= line.at[i] == '"';
			n += line.at[i] == ' ' && !quoted ? 1 : 0;
		}
		buf_add_slice(out, line);
		for (; n < 11; n++) {
			buf_add_text(out, " \"\"");
		}
		buf_add_char(out, '\n');
	}
	buf_free(&lines);
}

static void append_some(struct fixture *f, struct slice *rest, size_t n)
{
	char part[4096];

	n = n < rest->len ? n : rest->len;
	(void)snprintf(part, sizeof(part), "%.*s", (int)n, rest->at);
	log_folder_append(f->folder, "log", part);
	rest->at += n;
	rest->len -= n;
}

static void rows_without_dying(struct fixture *f, const char *log, struct buf *rows)
{
	log_folder_write(f->folder, "log", log);
	use(f, &source_cel, &f->cel);
	open_source(f);
	read_all(f);
	fake_agent_stop(f->agent);
	fake_agent_rows(f->agent, NULL, rows);
	fake_agent_free(f->agent);
	log_folder_remove(f->folder, "log");
}

static void live_through(struct fixture *f, uint64_t seed, struct slice rest)
{
	struct dice dice = { seed };
	unsigned rotated = 0;
	char name[32];

	log_folder_write(f->folder, "log", "");
	use(f, &source_cel, &f->cel);
	open_source(f);
	while (rest.len > 0) {
		uint64_t r = dice_next(&dice);

		append_some(f, &rest, r >> 8 & 2047);
		read_all(f);
		if ((r & 3) == 0) {
			fake_agent_commit(f->agent);
		}
		if ((r >> 2 & 7) == 0) {
			fake_agent_kill(f->agent);
			open_source(f);
		}
		if ((r >> 5 & 7) == 0 && rest.len > 0 && rest.at[-1] == '\n') {
			(void)snprintf(name, sizeof(name), "log.%u", 100 - ++rotated);
			log_folder_rename(f->folder, "log", name);
			log_folder_write(f->folder, "log", "");
			pass_time(f);
		}
	}
	pass_time(f);
	fake_agent_stop(f->agent);
}

static void dying_at_any_moment_neither_loses_nor_adds_a_record(void **state)
{
	struct fixture *f = *state;

	f->cel.fields = COLUMNS;
	f->cel.separator = " ";
	f->cel.max_open = CEL_CALL_OPEN_MIN;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct buf log;
		struct buf want;
		struct buf got;

		buf_init(&log, 1 << 20);
		buf_init(&want, 1 << 22);
		buf_init(&got, 1 << 22);
		generate(seed, &log);
		rows_without_dying(f, buf_text(&log), &want);
		live_through(f, seed, slice_of(buf_text(&log)));
		fake_agent_rows(f->agent, NULL, &got);
		assert_string_equal(buf_text(&got), buf_text(&want));
		assert_true(want.len > 1000);
		fake_agent_free(f->agent);
		f->agent = NULL;
		log_folder_free(f->folder);
		f->folder = log_folder_new();
		(void)snprintf(f->path, sizeof(f->path), "%s", log_folder_file(f->folder, "log"));
		buf_free(&log);
		buf_free(&want);
		buf_free(&got);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_log_that_is_missing_or_empty_is_a_warning_with_the_reason),
		TEST(a_log_of_events_passes),
		TEST(another_kind_of_log_is_refused),
		TEST(columns_that_lack_a_needed_one_are_refused),
		TEST(a_scale_upside_down_is_refused),
		TEST(no_file_is_refused),
		TEST(a_link_is_refused),
		TEST(an_open_call_survives_a_stop),
		TEST(a_stored_position_that_is_damaged_is_read_anew),
		TEST(calls_of_records_are_told_after_a_minute),
		TEST(a_replay_of_nothing_understood_fails),
		TEST(dying_at_any_moment_neither_loses_nor_adds_a_record),
	};

	return cmocka_run_group_tests_name("sources/cel", tests, NULL, NULL);
}
