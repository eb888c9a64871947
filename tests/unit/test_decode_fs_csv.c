/* Lines of mod_cdr_csv by their template; and as a source, contacts and calls of them. */
#include "agent/decode/fs_csv.h"

#include <errno.h>

#include "agent/sources/fs_csv.h"
#include "common/log.h"
#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/loop_agent.h"
#include "tests/support/tally.h"
#include "tests/support/temp.h"

#define COLUMNS                                                                                    \
	"\"${caller_id_number}\",\"${start_stamp}\",\"${answer_stamp}\",\"${end_stamp}\","         \
	"\"${uuid}\",\"${cc_side}\",\"${cc_member_uuid}\",\"${cc_queue}\","                        \
	"\"${cc_queue_joined_epoch}\",\"${cc_queue_canceled_epoch}\",\"${cc_cause}\","             \
	"\"${cc_cancel_reason}\""
#define LINE                                                                                       \
	"\"5550001\",\"2026-11-22 10:00:00\",\"\",\"2026-11-22 10:01:00\",\"s1\",\"member\","      \
	"\"m1\",\"sales\",\"1795341605\",\"1795341655\",\"cancel\",\"TIMEOUT\""

#define UNTIMED "a,2026-11-22 10:00:00,,,s1,,,,,,,\n"
#define UNNAMED "a,2026-11-22 10:00:00,,2026-11-22 10:01:00,,,,,,,,\n"

struct line_case {
	const char *name;
	const char *line;
	enum fs_csv_result want;
};

static const struct line_case line_cases[] = {
	{ "a_line_as_the_template_has_it", LINE, FS_CSV_OK },
	{ "nothing", "  ", FS_CSV_EMPTY },
	{ "too_few_columns", "\"5550001\",\"x\"", FS_CSV_BAD_COLUMNS },
	{ "a_time_that_is_none", "a,yesterday,,2026-11-22 10:01:00,s1,,,,,,,", FS_CSV_BAD_TIME },
	{ "no_end", "a,2026-11-22 10:00:00,,,s1,,,,,,,", FS_CSV_BAD_TIME },
	{ "no_channel", "a,2026-11-22 10:00:00,,2026-11-22 10:01:00,,,,,,,,", FS_CSV_UNNAMED },
	{ "an_answer_that_is_no_time", "a,2026-11-22 10:00:00,soon,2026-11-22 10:01:00,s1,,,,,,,",
	  FS_CSV_BAD_TIME },
	{ "a_time_before_1970", "a,1969-12-31 23:59:59,,2026-11-22 10:01:00,s1,,,,,,,",
	  FS_CSV_BAD_TIME },
	{ "one_column_too_many", LINE ",x", FS_CSV_BAD_COLUMNS },
	{ "a_quote_that_stays_open", "\"a,b", FS_CSV_BAD_TEXT },
};

static void line_is(void **state)
{
	const struct line_case *c = *state;
	static struct fs_facts facts;
	struct fs_csv csv;

	assert_int_equal(when_use_zone("UTC", NULL), 0);
	assert_int_equal(fs_csv_init(&csv, COLUMNS), 0);
	assert_int_equal(fs_csv_decode(&csv, slice_of(c->line), &facts), c->want);
	fs_csv_free(&csv);
}

static void stamps_are_local_times(void **state)
{
	static struct fs_facts facts;
	struct fs_csv csv;

	(void)state;
	assert_int_equal(when_use_zone("Europe/Berlin", NULL), 0);
	assert_int_equal(fs_csv_init(&csv, COLUMNS), 0);
	assert_int_equal(fs_csv_decode(&csv, slice_of(LINE), &facts), FS_CSV_OK);
	assert_int_equal(fs_us(&facts, FS_CREATED_US), INT64_C(1795338000000000));
	assert_int_equal(fs_csv_end_us(&facts), INT64_C(1795338060000000));
	assert_int_equal(fs_us(&facts, FS_ANSWERED_US), 0);
	fs_csv_free(&csv);
}

struct template_case {
	const char *name;
	const char *columns;
};

static const struct template_case templates[] = {
	{ "columns_in_quotes", "\"${uuid}\",\"${start_stamp}\",\"${end_stamp}\"" },
	{ "columns_without_quotes", "${uuid}, ${start_stamp}, ${end_stamp}" },
	{ "columns_that_are_names", "uuid,start_stamp,end_stamp" },
	{ "columns_in_quotes_that_are_names", "\"uuid\",\"start_stamp\",\"end_stamp\"" },
};

static void template_is_read(void **state)
{
	const struct template_case *c = *state;
	static struct fs_facts facts;
	struct fs_csv csv;

	assert_int_equal(when_use_zone("UTC", NULL), 0);
	assert_int_equal(fs_csv_init(&csv, c->columns), 0);
	assert_int_equal(
		fs_csv_decode(&csv, SLICE("s1,2026-11-22 10:00:00,2026-11-22 10:01:00"), &facts),
		FS_CSV_OK);
	assert_true(fs_is(&facts, FS_ID, SLICE("s1")));
	assert_int_equal(fs_us(&facts, FS_CREATED_US), INT64_C(1795341600000000));
	assert_int_equal(fs_csv_end_us(&facts), INT64_C(1795341660000000));
	fs_csv_free(&csv);
}

static void columns_beyond_the_limit_are_refused(void **state)
{
	char columns[FS_CSV_COLUMNS_MAX * 2 + 8] = "uuid";
	struct fs_csv csv;

	(void)state;
	for (size_t i = 1; i < FS_CSV_COLUMNS_MAX; i++) {
		memcpy(columns + strlen(columns), ",x", 3);
	}
	assert_int_equal(fs_csv_init(&csv, columns), 0);
	fs_csv_free(&csv);
	memcpy(columns + strlen(columns), ",x", 3);
	assert_int_equal(fs_csv_init(&csv, columns), -EINVAL);
	fs_csv_free(&csv);
}

/* 16 KiB are the last that are read. */
static void a_line_beyond_the_limit_is_bad_text(void **state)
{
	static char line[16385];
	static struct fs_facts facts;
	struct fs_csv csv;

	(void)state;
	memset(line, 'x', sizeof(line));
	assert_int_equal(fs_csv_init(&csv, COLUMNS), 0);
	assert_int_equal(fs_csv_decode(&csv, (struct slice){ line, sizeof(line) - 1 }, &facts),
	                 FS_CSV_BAD_COLUMNS);
	assert_int_equal(fs_csv_decode(&csv, (struct slice){ line, sizeof(line) }, &facts),
	                 FS_CSV_BAD_TEXT);
	fs_csv_free(&csv);
}

static void a_template_without_uuid_is_refused(void **state)
{
	struct fs_csv csv;

	(void)state;
	assert_int_equal(fs_csv_init(&csv, "\"${start_stamp}\",\"${end_stamp}\""), -EINVAL);
	fs_csv_free(&csv);
}

static void a_file_of_lines_becomes_contacts_and_calls(void **state)
{
	struct loop_agent agent;
	struct temp folder;
	const char *file;
	struct fs_csv_conf conf = { .columns = COLUMNS,
		                    .trunks = "sofia/external/*",
		                    .max_contacts = 16,
		                    .max_calls = 16 };
	struct source_progress progress;
	struct source *source;
	struct tally tally;
	struct fault fault;

	(void)state;
	log_open("test", LOG_LEVEL_ERR);
	assert_int_equal(when_use_zone("UTC", NULL), 0);
	loop_agent_open(&agent);
	temp_open(&folder);
	file = temp_text(&folder, "Master.csv",
	                 LINE "\n\nrubbish\nmore\n\"open\n" UNTIMED UNTIMED UNTIMED UNNAMED UNNAMED
	                         UNNAMED UNNAMED);
	conf.log.files = (struct conf_list){ &file, 1 };
	agent.env.conf = &conf;
	assert_int_equal(source_fs_csv.check(&conf, &fault), 0);
	assert_int_equal(source_fs_csv.open(&source, &agent.env, &fault), 0);
	assert_int_equal(source_fs_csv.start(source), 0);
	loop_agent_run(&agent);
	assert_int_equal(agent.done_rc, 0);
	assert_int_equal(witness_count(&agent.w, &cxm__queue_contact__descriptor), 1);
	assert_int_equal(witness_count(&agent.w, &cxm__call__descriptor), 1);
	tally_of(&tally, &source_fs_csv, source);
	assert_int_equal(tally_count(&tally, SOURCE_TAKEN, "records_read"), 1);
	assert_int_equal(tally_count(&tally, SOURCE_TAKEN, "contacts"), 1);
	assert_int_equal(tally_count(&tally, SOURCE_TAKEN, "calls"), 1);
	assert_int_equal(tally_count(&tally, SOURCE_MALFORMED, "bad_text"), 1);
	assert_int_equal(tally_count(&tally, SOURCE_MALFORMED, "bad_columns"), 2);
	assert_int_equal(tally_count(&tally, SOURCE_MALFORMED, "bad_time"), 3);
	assert_int_equal(tally_count(&tally, SOURCE_MALFORMED, "no_channel"), 4);
	source_fs_csv.progress(source, &progress);
	assert_int_equal(progress.rejected, 10);
	assert_true(progress.last_us == INT64_C(1795341660000000));
	assert_int_equal(((const Cxm__QueueContact *)agent.w.records[0])->wait_ms, 50000);
	assert_int_equal(((const Cxm__QueueContact *)agent.w.records[0])->outcome,
	                 CXM__QUEUE_CONTACT__OUTCOME__TIMED_OUT);
	source_fs_csv.stop(source);
	source_fs_csv.close(source);
	temp_remove(&folder);
	loop_agent_close(&agent);
}

int main(void)
{
	static struct cases all;

	cases_table(&all, line_cases, line_is);
	cases_table(&all, templates, template_is_read);
	cases_test(&all, columns_beyond_the_limit_are_refused);
	cases_test(&all, a_line_beyond_the_limit_is_bad_text);
	cases_test(&all, stamps_are_local_times);
	cases_test(&all, a_template_without_uuid_is_refused);
	cases_test(&all, a_file_of_lines_becomes_contacts_and_calls);
	return cases_run("fs_csv", &all, NULL, NULL);
}
