/* One line of queue_log: what is cut where, and what is refused by which name. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/decode/queue_log.h"
#include "common/buf.h"
#include "tests/support/cases.h"
#include "tests/support/exact.h"

struct line_case {
	const char *name;
	const char *line;
	const char
		*want; /* at_us contact queue agent verb(number)[args], or the name of a result */
};

static const struct line_case cases[] = {
	{ "arguments_are_cut_at_bars",
	  "1795323136|cc-b-1795323133.0|q_retention|NONE|ENTERQUEUE||5810001|1",
	  "1795323136000000 <cc-b-1795323133.0> <q_retention> <NONE> 1 <> <5810001> <1>" },
	{ "f10_line_without_arguments_has_none", "1795322591|NONE|NONE|NONE|QUEUESTART",
	  "1795322591000000 <NONE> <NONE> <NONE> 27" },
	{ "trailing_bar_is_an_empty_argument", "1795322591|NONE|NONE|NONE|QUEUESTART|",
	  "1795322591000000 <NONE> <NONE> <NONE> 27 <>" },
	{ "fraction_is_microseconds", "1795322591.123456|u|q|a|PAUSE|acw",
	  "1795322591123456 <u> <q> <a> 15 <acw>" },
	{ "short_fraction_is_scaled", "1795322591.5|u|q|a|PAUSE",
	  "1795322591500000 <u> <q> <a> 15" },
	{ "digits_past_microseconds_are_ignored", "1795322591.1234569|u|q|a|PAUSE",
	  "1795322591123456 <u> <q> <a> 15" },
	{ "f07_carriage_return_is_no_part_of_the_line", "1795322591|u|q|a|CONNECT|1|2|3\r",
	  "1795322591000000 <u> <q> <a> 2 <1> <2> <3>" },
	{ "f07_byte_order_mark_is_passed_over",
	  "\xef\xbb\xbf"
	  "1795322591|u|q|a|CONNECT|1",
	  "1795322591000000 <u> <q> <a> 2 <1>" },
	{ "argument_of_the_dialplans_verb_is_no_verb", "1795322591|u|q|Ana|CALLSTATUS|TRANSFER",
	  "1795322591000000 <u> <q> <Ana> 0 <TRANSFER>" },
	{ "argument_of_a_short_verb_is_no_verb", "1795322591|u|q|Ana|INFO|PAUSE|lunch",
	  "1795322591000000 <u> <q> <Ana> 0 <PAUSE> <lunch>" },
	{ "f07_names_keep_their_bytes", "1795322591|u|B\xfcro|J\xfcrgen M|CONNECT|1",
	  "1795322591000000 <u> <B\xfcro> <J\xfcrgen M> 2 <1>" },
	{ "six_arguments_of_a_linked_transfer",
	  "1795322591|u|q|a|ATTENDEDTRANSFER|LINK|SIP/1|SIP/2|3|40|1",
	  "1795322591000000 <u> <q> <a> 13 <LINK> <SIP/1> <SIP/2> <3> <40> <1>" },
	{ "f10_surplus_bars_stay_in_the_last_argument", "1795322591|u|q|a|INFO|1|2|3|4|5|6|7|8|9|",
	  "1795322591000000 <u> <q> <a> 0 <1> <2> <3> <4> <5> <6> <7> <8|9|>" },
	{ "f10_verb_of_the_dialplan_is_other", "1795322591|u|q|a|SURVEY|3",
	  "1795322591000000 <u> <q> <a> 0 <3>" },
	{ "verb_in_lower_case_is_other", "1795322591|u|q|a|connect|3",
	  "1795322591000000 <u> <q> <a> 0 <3>" },
	{ "longer_verb_is_not_its_beginning", "1795322591|u|q|a|CONNECTED|3",
	  "1795322591000000 <u> <q> <a> 0 <3>" },
	{ "f10_agent_name_with_a_bar_is_joined_again",
	  "1795322591|u|q|Ana | Rui|COMPLETEAGENT|1|5|1",
	  "1795322591000000 <u> <q> <Ana | Rui> 3 <1> <5> <1>" },
	{ "f10_agent_name_with_three_bars_is_joined_again", "1795322591|u|q|A|B|C|D|CONNECT|1",
	  "1795322591000000 <u> <q> <A|B|C|D> 2 <1>" },
	{ "f10_local_channel_is_an_agent", "1795322591|u|q|Local/111@agents/n|CONNECT|1",
	  "1795322591000000 <u> <q> <Local/111@agents/n> 2 <1>" },
	{ "bars_across_the_64_byte_edge_are_found",
	  "1795322591|0123456789012345678901234567890123456789012345678901|q|a|CONNECT|12|34|5",
	  "1795322591000000 <0123456789012345678901234567890123456789012345678901> <q> <a> 2 <12> "
	  "<34> "
	  "<5>" },
	{ "fields_may_be_empty", "1795322591||||CONNECT|", "1795322591000000 <> <> <> 2 <>" },
	{ "short_line_is_cut_too", "1|u|q|a|PAUSE", "1000000 <u> <q> <a> 15" },
	{ "last_second_of_2099", "4102444799|u|q|a|PAUSE", "4102444799000000 <u> <q> <a> 15" },
	{ "empty_line", "", "empty" },
	{ "only_a_carriage_return", "\r", "empty" },
	{ "f10_four_fields_are_too_few", "1795322591|u|q|a", "too_few_fields" },
	{ "text_is_no_line", "hello, this is not a queue log", "too_few_fields" },
	{ "verb_may_not_be_empty", "1795322591|u|q|a||1|2", "no_verb" },
	{ "iso_date_is_no_epoch", "2026-11-22 04:53:25|u|q|a|CONNECT|1", "bad_time" },
	{ "time_may_not_be_empty", "|u|q|a|CONNECT|1|2|3|4|5", "bad_time" },
	{ "time_may_not_be_negative", "-1795322591|u|q|a|CONNECT|1", "bad_time" },
	{ "time_may_not_go_on", "1795322591x|u|q|a|CONNECT|1", "bad_time" },
	{ "fraction_may_not_go_on", "1795322591.12x|u|q|a|CONNECT|1", "bad_time" },
	{ "time_beyond_2100_is_damage", "4102444801|u|q|a|CONNECT|1", "bad_time" },
	{ "time_of_many_digits_is_damage", "99999999999999999999999|u|q|a|CONNECT|1", "bad_time" },
};

static void add_slice(struct buf *out, struct slice s)
{
	buf_add_text(out, " <");
	buf_add_slice(out, s);
	buf_add_char(out, '>');
}

static void describe(const struct queue_line *line, struct buf *out)
{
	buf_printf(out, "%lld", (long long)line->at_us);
	add_slice(out, line->contact);
	add_slice(out, line->queue);
	add_slice(out, line->agent);
	buf_printf(out, " %d", (int)line->verb);
	for (size_t i = 0; i < line->n_args; i++) {
		add_slice(out, line->args[i]);
	}
}

static void decode_case(void **state)
{
	const struct line_case *c = *state;
	struct slice text = exact(c->line, strlen(c->line));
	struct queue_line line;
	enum queue_line_result result;
	struct buf got;

	buf_init(&got, 4096);
	result = queue_line_decode(text, &line);
	if (result == QUEUE_LINE_OK) {
		describe(&line, &got);
	} else {
		buf_add_text(&got, queue_line_result_name(result));
	}
	assert_string_equal(buf_text(&got), c->want);
	buf_free(&got);
	exact_free(text);
}

struct verb_case {
	const char *name;
	enum queue_verb want;
};

static const struct verb_case verbs[] = {
	{ "ENTERQUEUE", QUEUE_VERB_ENTERQUEUE },
	{ "CONNECT", QUEUE_VERB_CONNECT },
	{ "COMPLETEAGENT", QUEUE_VERB_COMPLETEAGENT },
	{ "COMPLETECALLER", QUEUE_VERB_COMPLETECALLER },
	{ "ABANDON", QUEUE_VERB_ABANDON },
	{ "EXITWITHTIMEOUT", QUEUE_VERB_EXITWITHTIMEOUT },
	{ "EXITWITHKEY", QUEUE_VERB_EXITWITHKEY },
	{ "EXITEMPTY", QUEUE_VERB_EXITEMPTY },
	{ "RINGNOANSWER", QUEUE_VERB_RINGNOANSWER },
	{ "RINGCANCELED", QUEUE_VERB_RINGCANCELED },
	{ "AGENTDUMP", QUEUE_VERB_AGENTDUMP },
	{ "BLINDTRANSFER", QUEUE_VERB_BLINDTRANSFER },
	{ "ATTENDEDTRANSFER", QUEUE_VERB_ATTENDEDTRANSFER },
	{ "TRANSFER", QUEUE_VERB_TRANSFER },
	{ "PAUSE", QUEUE_VERB_PAUSE },
	{ "UNPAUSE", QUEUE_VERB_UNPAUSE },
	{ "PAUSEALL", QUEUE_VERB_PAUSEALL },
	{ "UNPAUSEALL", QUEUE_VERB_UNPAUSEALL },
	{ "ADDMEMBER", QUEUE_VERB_ADDMEMBER },
	{ "REMOVEMEMBER", QUEUE_VERB_REMOVEMEMBER },
	{ "AGENTLOGIN", QUEUE_VERB_AGENTLOGIN },
	{ "AGENTLOGOFF", QUEUE_VERB_AGENTLOGOFF },
	{ "AGENTCALLBACKLOGIN", QUEUE_VERB_AGENTCALLBACKLOGIN },
	{ "AGENTCALLBACKLOGOFF", QUEUE_VERB_AGENTCALLBACKLOGOFF },
	{ "PENALTY", QUEUE_VERB_PENALTY },
	{ "CONFIGRELOAD", QUEUE_VERB_CONFIGRELOAD },
	{ "QUEUESTART", QUEUE_VERB_QUEUESTART },
	{ "SYSCOMPAT", QUEUE_VERB_SYSCOMPAT },
	{ "DID", QUEUE_VERB_OTHER },
	{ "INFO", QUEUE_VERB_OTHER },
	{ "CALLSTATUS", QUEUE_VERB_OTHER },
};

static void verb_case(void **state)
{
	const struct verb_case *c = *state;
	struct queue_line line;
	char text[96];
	int n = snprintf(text, sizeof(text), "1795322591|1795322590.1|sales|Ana|%s|1", c->name);

	assert_int_equal(queue_line_decode((struct slice){ text, (size_t)n }, &line),
	                 QUEUE_LINE_OK);
	assert_int_equal(line.verb, c->want);
}

static void missing_argument_is_an_empty_slice(void **state)
{
	struct queue_line line;

	(void)state;
	assert_int_equal(queue_line_decode(SLICE("1795322591|u|q|a|ABANDON|1|3"), &line),
	                 QUEUE_LINE_OK);
	assert_int_equal(queue_line_arg(&line, 1).len, 1);
	assert_int_equal(queue_line_arg(&line, 2).len, 0);
}

static void f07_zeros_of_a_power_cut_are_passed_over(void **state)
{
	static const char line[] = "\0\0\0\0\0"
				   "1795322591|NONE|NONE|NONE|QUEUESTART|";
	struct slice text = exact(line, sizeof(line) - 1);
	struct queue_line got;

	(void)state;
	assert_int_equal(queue_line_decode(text, &got), QUEUE_LINE_OK);
	assert_int_equal(got.verb, QUEUE_VERB_QUEUESTART);
	assert_int_equal(got.at_us, INT64_C(1795322591000000));
	assert_int_equal(queue_line_decode((struct slice){ text.at, 5 }, &got), QUEUE_LINE_EMPTY);
	exact_free(text);
}

int main(void)
{
	struct CMUnitTest tests[COUNT(cases) + COUNT(verbs) + 2];
	size_t n = 0;

	CASES_ADD(tests, n, cases, decode_case);
	CASES_ADD(tests, n, verbs, verb_case);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(missing_argument_is_an_empty_slice);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(f07_zeros_of_a_power_cut_are_passed_over);
	assert(n == COUNT(tests));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
