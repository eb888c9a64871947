/* Lines of channel event logs in the formats that Asterisk writes, real ones among them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/decode/cel.h"
#include "common/when.h"
#include "tests/support/cases.h"

/* as recorded (tests/data/run1; names and numbers are invented) */
#define LEGACY21                                                                                   \
	"\"HANGUP\",\"1795323512.387836\",\"Ines Couto\",\"109\",\"109\",\"\",\"\",\"\","          \
	"\"internal\",\"PJSIP/109-00000009\",\"AppDial\",\"(Outgoing Line)\",\"3\",\"cc\","        \
	"\"1795323508.15\",\"1795323505.1\",\"\",\"cc\",\"\",\"\","                                \
	"\"{\"\"hangupcause\"\":16,\"\"hangupsource\"\":\"\"PJSIP/109-00000009\"\"}\""
#define ADVANCED                                                                                   \
	"\"USER_DEFINED\",\"2026-11-22 12:00:52.380923\",\"Cust\",\"5810078\",\"5810078\",\"\","   \
	"\"7100\",\"7100\",\"from-trunk\",\"PJSIP/carrier-00000092\",\"CELGenUserEvent\","         \
	"\"CRM_LOOKUP,C88338\",\"DOCUMENTATION\",\"cc\",cc-b-1795348852.196,cc-b-1795348852.196,"  \
	"\"\",\"\",\"\",\"CRM_LOOKUP\",\"{\"\"extra\"\":\"\"C88338\"\"}\""
#define JSON                                                                                       \
	"{\"eventtype\":\"IVR_START\",\"eventenum\":\"USER_DEFINED\",\"userdeftype\":"             \
	"\"IVR_START\",\"eventtime\":1795348781.895888,\"name\":\"Cust\",\"num\":\"5810001\","     \
	"\"exten\":\"s\",\"context\":\"ivr-main\",\"channame\":\"PJSIP/carrier-00000000\","        \
	"\"appname\":\"CELGenUserEvent\",\"appdata\":\"IVR_START,main\",\"uniqueid\":"             \
	"\"cc-b-1795348781.0\",\"linkedid\":\"cc-b-1795348781.0\",\"peer\":\"\",\"eventextra\":"   \
	"\"{\\\"extra\\\":\\\"main\\\"}\"}"
#define SHORT(type, appdata, extra) type ",100,n,5,u,l,PJSIP/1-1,ctx,Queue," appdata "," extra
#define SHORT_FIELDS                                                                               \
	"eventtype eventtime cidname cidnum uniqueid linkedid channame context appname appdata "   \
	"eventextra"

struct cel_row {
	const char *name;
	const char *fields;
	const char *line;
	enum cel_result result;
	const char *want;
};

static const struct cel_row rows[] = {
	{ "the_legacy_mapping_is_told_by_its_columns", "", LEGACY21, CEL_LINE_OK,
	  "5 1795323512387836 u= n=Ines Couto c=internal ch=PJSIP/109-00000009 id=1795323508.15 "
	  "l=1795323505.1 x= h=PJSIP/109-00000009 q= out=1" },
	{ "the_new_format_has_the_name_of_a_user_event_apart", "", ADVANCED, CEL_LINE_OK,
	  "13 1795348852380923 u=CRM_LOOKUP n=Cust c=from-trunk ch=PJSIP/carrier-00000092 "
	  "id=cc-b-1795348852.196 l=cc-b-1795348852.196 x=C88338 h= q= out=0" },
	{ "json_names_its_fields", "", JSON, CEL_LINE_OK,
	  "13 1795348781895888 u=IVR_START n=Cust c=ivr-main ch=PJSIP/carrier-00000000 "
	  "id=cc-b-1795348781.0 l=cc-b-1795348781.0 x=main h= q= out=0" },
	{ "a_carriage_return_does_not_count", SHORT_FIELDS, SHORT("ANSWER", "", "") "\r",
	  CEL_LINE_OK, "4 100000000 u= n=n c=ctx ch=PJSIP/1-1 id=u l=l x= h= q= out=0" },
	{ "of_an_application_only_the_queue_is_told", SHORT_FIELDS,
	  SHORT("APP_START", "\"sales,tc,,,40\"", ""), CEL_LINE_OK,
	  "6 100000000 u= n=n c=ctx ch=PJSIP/1-1 id=u l=l x= h= q=sales out=0" },
	{ "a_digit_is_dropped", SHORT_FIELDS,
	  SHORT("DTMF", "", "\"{\"\"digit\"\":\"\"7\"\",\"\"extra\"\":\"\"7\"\"}\""), CEL_LINE_OK,
	  "12 100000000 u= n=n c=ctx ch=PJSIP/1-1 id=u l=l x= h= q= out=0" },
	{ "before_asterisk_12_a_hang_up_was_three_words", SHORT_FIELDS,
	  SHORT("HANGUP", "", "\"16,SIP/9-1,CANCEL\""), CEL_LINE_OK,
	  "5 100000000 u= n=n c=ctx ch=PJSIP/1-1 id=u l=l x= h=SIP/9-1 q= out=0" },
	{ "a_user_event_may_have_plain_text", SHORT_FIELDS, SHORT("SURVEY", "", "4"), CEL_LINE_OK,
	  "13 100000000 u=SURVEY n=n c=ctx ch=PJSIP/1-1 id=u l=l x=4 h= q= out=0" },
	{ "an_event_nobody_uses_is_none_of_a_user", SHORT_FIELDS, SHORT("STREAM_BEGIN", "", ""),
	  CEL_LINE_OK, "0 100000000 u= n=n c=ctx ch=PJSIP/1-1 id=u l=l x= h= q= out=0" },
	{ "an_empty_line_is_empty", "", " \r", CEL_LINE_EMPTY, "" },
	{ "columns_of_another_number_are_too_few", "", "\"ANSWER\",\"1\",\"x\"",
	  CEL_LINE_TOO_FEW_FIELDS, "" },
	{ "fewer_columns_than_named_are_too_few", SHORT_FIELDS, "ANSWER,100,n",
	  CEL_LINE_TOO_FEW_FIELDS, "" },
	{ "no_channel_is_too_few", SHORT_FIELDS, "ANSWER,100,n,5,u,l,,ctx,a,b,c",
	  CEL_LINE_TOO_FEW_FIELDS, "" },
	{ "no_time_is_refused", SHORT_FIELDS, "ANSWER,soon,n,5,u,l,ch,ctx,a,b,c", CEL_LINE_BAD_TIME,
	  "" },
	{ "a_time_after_2100_is_damage", SHORT_FIELDS, "ANSWER,4102444801,n,5,u,l,ch,ctx,a,b,c",
	  CEL_LINE_BAD_TIME, "" },
	{ "an_open_quote_is_bad", "", "\"ANSWER,1", CEL_LINE_BAD_TEXT, "" },
	{ "half_of_json_is_bad", "", "{\"eventtype\":\"ANSWER\"", CEL_LINE_BAD_TEXT, "" },
	{ "an_extra_text_that_is_half_json_is_bad", SHORT_FIELDS,
	  SHORT("HANGUP", "", "\"{\"\"hangupsource\"\":\""), CEL_LINE_BAD_TEXT, "" },
};

#define S(slice) (int)(slice).len, (slice).len > 0 ? (slice).at : ""

static void row_run(void **state)
{
	const struct cel_row *row = *state;
	struct cel_layout layout;
	struct cel_reader r;
	struct cel_event e = { .at_us = 0 };
	char got[512] = "";

	assert_int_equal(when_use_zone("UTC", NULL), 0);
	assert_int_equal(cel_layout_of(&layout, row->fields, ","), 0);
	assert_int_equal(cel_reader_init(&r, &layout), 0);
	assert_int_equal(cel_decode(&r, slice_of(row->line), &e), row->result);
	(void)snprintf(got, row->result == CEL_LINE_OK ? sizeof(got) : 1,
	               "%d %lld u=%.*s n=%.*s c=%.*s ch=%.*s id=%.*s l=%.*s x=%.*s h=%.*s q=%.*s "
	               "out=%d",
	               (int)e.type, (long long)e.at_us, S(e.user), S(e.name), S(e.context),
	               S(e.channel), S(e.uniqueid), S(e.linkedid), S(e.extra), S(e.hangup_source),
	               S(e.queue), e.outgoing);
	assert_string_equal(got, row->want);
	cel_reader_free(&r);
}

static void a_layout_needs_what_nothing_goes_without(void **state)
{
	struct cel_layout layout;

	(void)state;
	assert_int_equal(
		cel_layout_of(&layout, "eventtype eventtime channame uniqueid linkedid", NULL), 0);
	assert_int_equal(layout.n, 5);
	assert_int_equal(layout.separator, ',');
	assert_int_equal(cel_layout_of(&layout, "eventtype eventtime channame uniqueid", ","),
	                 -EINVAL);
	assert_int_equal(cel_layout_of(&layout, NULL, "\""), -EINVAL);
	assert_int_equal(cel_layout_of(&layout, NULL, ";;"), -EINVAL);
	assert_int_equal(cel_layout_of(&layout, NULL, ";"), 0);
}

static void names_of_either_format_are_known_in_any_case(void **state)
{
	struct cel_layout layout;

	(void)state;
	assert_int_equal(cel_layout_of(&layout,
	                               "eventenum EventTime Name Num ChanName UniqueID LinkedID "
	                               "AMAFlags EventExtra",
	                               ","),
	                 0);
	assert_int_equal(layout.column[0], CEL_COLUMN_TYPE);
	assert_int_equal(layout.column[2], CEL_COLUMN_NAME);
	assert_int_equal(layout.column[7], CEL_COLUMN_NONE);
	assert_int_equal(layout.column[8], CEL_COLUMN_EXTRA);
}

static void every_result_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CEL_LINE_RESULTS; i++) {
		assert_non_null(cel_result_name((enum cel_result)i));
	}
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rows, row_run);
	cases_test(&c, a_layout_needs_what_nothing_goes_without);
	cases_test(&c, names_of_either_format_are_known_in_any_case);
	cases_test(&c, every_result_has_a_name);
	return cases_run("decode/cel", &c, NULL, NULL);
}
