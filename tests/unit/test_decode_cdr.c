/* Rows of call detail records. */
#include <stdio.h>

#include "agent/decode/cdr.h"
#include "common/when.h"
#include "tests/support/cases.h"

#define FRONT                                                                                      \
	"\"cc\",\"5550003\",\"sales\",\"to-queue\",\"\"\"Cust\"\" <5550003>\","                    \
	"\"PJSIP/carrier-3\",\"PJSIP/102-d\",\"Queue\",\"sales,tc,,,40\","                         \
	"\"2026-11-22 04:58:26\",\"2026-11-22 04:58:26\",\"2026-11-22 04:58:33\",6,6,"             \
	"\"ANSWERED\",\"DOCUMENTATION\""

struct cdr_case {
	const char *name;
	const char *line;
	bool gmt;
	enum cdr_result result;
	const char *want;
};

static const struct cdr_case rows[] = {
	{ "a_row_with_unique_id_and_userfield", FRONT ",\"1795323506.3\",\"crm=C1\"", true,
	  CDR_LINE_OK, "1795323506 1795323506 1795323513 5550003 sales 1795323506.3  1" },
	{ "a_row_with_unique_id_alone", FRONT ",\"1795323506.3\"", true, CDR_LINE_OK,
	  "1795323506 1795323506 1795323513 5550003 sales 1795323506.3  1" },
	{ "the_new_columns_hold_the_linked_id",
	  FRONT ",\"1795323506.3\",\"\",\"acc\",\"1795323500.1\",\"7\"", true, CDR_LINE_OK,
	  "1795323506 1795323506 1795323513 5550003 sales 1795323506.3 1795323500.1 1" },
	{ "the_new_columns_without_userfield",
	  FRONT ",\"1795323506.3\",\"acc\",\"1795323500.1\",\"7\"", true, CDR_LINE_OK,
	  "1795323506 1795323506 1795323513 5550003 sales 1795323506.3 1795323500.1 1" },
	{ "without_gmt_times_are_local", FRONT ",\"u\"", false, CDR_LINE_OK,
	  "1795319906 1795319906 1795319913 5550003 sales u  1" },
	{ "no_unique_id_is_too_few", FRONT, true, CDR_LINE_TOO_FEW_FIELDS, "" },
	{ "an_empty_unique_id_is_too_few", FRONT ",\"\"", true, CDR_LINE_TOO_FEW_FIELDS, "" },
	{ "an_empty_line_is_empty", "\r", true, CDR_LINE_EMPTY, "" },
	{ "an_open_quote_is_bad", "\"cc", true, CDR_LINE_BAD_TEXT, "" },
	{ "no_time_is_refused", "a,b,c,d,e,ch,g,h,i,never,,2026-11-22 04:58:33,6,6,ANSWERED,D,u",
	  true, CDR_LINE_BAD_TIME, "" },
	{ "an_end_before_the_start_is_refused",
	  "a,b,c,d,e,ch,g,h,i,2026-11-22 04:58:33,,2026-11-22 04:58:32,6,6,ANSWERED,D,u", true,
	  CDR_LINE_BAD_TIME, "" },
	{ "no_start_is_refused", "a,b,c,d,e,ch,g,h,i,,,2026-11-22 04:58:33,6,6,ANSWERED,D,u", true,
	  CDR_LINE_BAD_TIME, "" },
	{ "an_end_that_is_no_time_is_refused",
	  "a,b,c,d,e,ch,g,h,i,2026-11-22 04:58:33,,later,6,6,ANSWERED,D,u", true, CDR_LINE_BAD_TIME,
	  "" },
	{ "an_answer_that_is_no_time_is_refused",
	  "a,b,c,d,e,ch,g,h,i,2026-11-22 04:58:33,soon,2026-11-22 04:58:33,6,6,ANSWERED,D,u", true,
	  CDR_LINE_BAD_TIME, "" },
	{ "a_time_as_long_as_a_line_is_refused",
	  "a,b,c,d,e,ch,g,h,i,2026-11-22 04:58:33.000000000000000000000000000000000000000000,,"
	  "2026-11-22 04:58:33,6,6,ANSWERED,D,u",
	  true, CDR_LINE_BAD_TIME, "" },
	{ "a_time_before_1970_is_refused",
	  "a,b,c,d,e,ch,g,h,i,1969-12-31 23:59:59,,2026-11-22 04:58:33,6,6,ANSWERED,D,u", true,
	  CDR_LINE_BAD_TIME, "" },
	{ "an_end_at_its_start_is_taken",
	  "a,b,c,d,e,ch,g,Dial,i,2026-11-22 04:58:33,,2026-11-22 04:58:33,0,0,BUSY,D,u", true,
	  CDR_LINE_OK, "1795323513 0 1795323513 b  u  0" },
	{ "no_channel_is_too_few",
	  "a,b,c,d,e,,g,h,i,2026-11-22 04:58:33,,2026-11-22 04:58:33,6,6,ANSWERED,D,u", true,
	  CDR_LINE_TOO_FEW_FIELDS, "" },
	{ "no_answer_is_no_time",
	  "a,b,c,d,e,ch,g,Dial,i,2026-11-22 04:58:33,,2026-11-22 "
	  "04:58:33,6,6,NO ANSWER,D,u",
	  true, CDR_LINE_OK, "1795323513 0 1795323513 b  u  0" },
};

#define S(slice) (int)(slice).len, (slice).len > 0 ? (slice).at : ""

static void row_run(void **state)
{
	const struct cdr_case *row = *state;
	struct cdr_row out = { .start_us = 0 };
	struct cdr_reader r;
	char got[256];

	assert_int_equal(when_use_zone("Europe/Berlin", NULL), 0);
	cdr_reader_init(&r, row->gmt);
	assert_int_equal(cdr_decode(&r, slice_of(row->line), &out), row->result);
	(void)snprintf(got, row->result == CDR_LINE_OK ? sizeof(got) : 1,
	               "%lld %lld %lld %.*s %.*s %.*s %.*s %d", (long long)out.start_us / 1000000,
	               (long long)out.answer_us / 1000000, (long long)out.end_us / 1000000,
	               S(out.src), S(out.queue), S(out.uniqueid), S(out.linkedid), out.answered);
	assert_string_equal(got, row->want);
	assert_non_null(cdr_result_name(row->result));
	cdr_reader_free(&r);
}

/* 64 KiB are the last that are read. */
static void a_line_beyond_the_limit_is_bad(void **state)
{
	static char line[64 * 1024 + 1];
	struct cdr_row out = { .start_us = 0 };
	struct cdr_reader r;

	(void)state;
	memset(line, 'x', sizeof(line));
	cdr_reader_init(&r, true);
	assert_int_equal(cdr_decode(&r, (struct slice){ line, sizeof(line) - 1 }, &out),
	                 CDR_LINE_TOO_FEW_FIELDS);
	assert_int_equal(cdr_decode(&r, (struct slice){ line, sizeof(line) }, &out),
	                 CDR_LINE_BAD_TEXT);
	cdr_reader_free(&r);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rows, row_run);
	cases_test(&c, a_line_beyond_the_limit_is_bad);
	return cases_run("decode/cdr", &c, NULL, NULL);
}
