/* Asterisk's call detail records as a source: calls of rows, and what was read is told by name. */
#include "agent/sources/cdr.h"

#include <string.h>

#include "common/log.h"
#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/loop_agent.h"
#include "tests/support/tally.h"
#include "tests/support/temp.h"

#define ROW(start, end, id)                                                                        \
	"\"\",\"5550001\",\"100\",\"in\",\"\",\"PJSIP/carrier-1\",\"PJSIP/101-2\",\"Queue\","      \
	"\"sales,t\",\"2026-11-22 " start "\",\"2026-11-22 " start "\",\"2026-11-22 " end          \
	"\",60,60,\"ANSWERED\",\"DOCUMENTATION\",\"" id "\",\"\"\n"
#define NO_ID                                                                                      \
	"\"\",\"5550001\",\"100\",\"in\",\"\",\"PJSIP/carrier-1\",\"\",\"Queue\",\"sales\","       \
	"\"2026-11-22 10:00:00\",\"\",\"2026-11-22 10:01:00\",60,60,\"ANSWERED\",\"D\"\n"
#define NO_TIME                                                                                    \
	"\"\",\"5550001\",\"100\",\"in\",\"\",\"PJSIP/carrier-1\",\"\",\"Queue\",\"sales\","       \
	"\"soon\",\"\",\"2026-11-22 10:01:00\",60,60,\"ANSWERED\",\"D\",\"1.1\"\n"
#define OPEN "\"\",\"555\n"

struct stage {
	struct loop_agent agent;
	struct temp folder;
	struct cdr_conf conf;
	struct source *source;
	const char *file;
};

static struct stage stage;

static void read_rows(const char *text)
{
	struct stage *s = &stage;
	struct fault fault;

	log_open("test", LOG_LEVEL_ERR);
	assert_int_equal(when_use_zone("UTC", NULL), 0);
	loop_agent_open(&s->agent);
	temp_open(&s->folder);
	s->file = temp_text(&s->folder, "Master.csv", text);
	s->conf = (struct cdr_conf){ .log = { .files = { &s->file, 1 } },
		                     .gmt = true,
		                     .trunks = "*/carrier*",
		                     .max_calls = 1024 };
	s->agent.env.conf = &s->conf;
	assert_int_equal(source_cdr.check(&s->conf, &fault), 0);
	assert_int_equal(source_cdr.open(&s->source, &s->agent.env, &fault), 0);
	assert_int_equal(source_cdr.start(s->source), 0);
	loop_agent_run(&s->agent);
	assert_int_equal(s->agent.done_rc, 0);
}

static int tear_down(void **state)
{
	struct stage *s = &stage;

	(void)state;
	source_cdr.stop(s->source);
	source_cdr.close(s->source);
	temp_remove(&s->folder);
	loop_agent_close(&s->agent);
	return 0;
}

static void rows_of_one_call_become_one_call(void **state)
{
	const Cxm__Call *call;

	(void)state;
	read_rows(ROW("10:00:00", "10:01:00", "1.1"));
	assert_int_equal(stage.agent.w.n, 1);
	assert_ptr_equal(stage.agent.w.records[0]->descriptor, &cxm__call__descriptor);
	call = (const Cxm__Call *)stage.agent.w.records[0];
	assert_int_equal(call->source, CXM__SOURCE__CDR);
	assert_true(call->at_us == INT64_C(1795341600000000));
	assert_int_equal(call->duration_ms, 60000);
	assert_string_equal(call->queue, "sales");
	assert_true(call->contact ==
	            pseudonym_of(stage.agent.w.pseudonym, CXM_CONTACT, SLICE("1.1")));
	assert_true(call->customer ==
	            pseudonym_of(stage.agent.w.pseudonym, CXM_CUSTOMER, SLICE("5550001")));
}

static void every_line_is_counted_as_what_it_was(void **state)
{
	struct source_progress progress;
	struct tally t;

	(void)state;
	read_rows(ROW("10:00:00", "10:01:00", "1.1") ROW(
		"10:00:10", "10:02:00", "2.1") "\n" NO_ID NO_ID NO_TIME NO_TIME NO_TIME OPEN);
	tally_of(&t, &source_cdr, stage.source);
	assert_int_equal(tally_count(&t, SOURCE_TAKEN, "rows"), 2);
	assert_int_equal(tally_count(&t, SOURCE_TAKEN, "calls"), 2);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "too_few_fields"), 2);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "bad_time"), 3);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "bad_text"), 1);
	assert_int_equal(tally_count(&t, SOURCE_LOST, "late"), 0);
	source_cdr.progress(stage.source, &progress);
	assert_int_equal(progress.rejected, 6);
	assert_int_equal(progress.records, 2);
	assert_true(progress.last_us == INT64_C(1795341720000000));
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, rows_of_one_call_become_one_call, NULL, tear_down);
	cases_test_with(&c, every_line_is_counted_as_what_it_was, NULL, tear_down);
	return cases_run("sources/cdr", &c, NULL, NULL);
}
