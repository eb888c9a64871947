/* Messages out of a stream, facts out of an event, tables out of an answer, settings out of XML. */
#include "agent/decode/esl.h"

#include <errno.h>

#include "agent/decode/esl_list.h"
#include "agent/decode/fs_conf.h"
#include "tests/support/cases.h"

#define EVENT(length, body) "Content-Length: " length "\nContent-Type: text/event-plain\n\n" body
#define BODY                "Event-Name: HEARTBEAT\nCore-UUID: c\n\n" /* 36 bytes */

struct frame_case {
	const char *name;
	const char *in;
	int rc;
	enum esl_type type;
	const char *rest; /* behind the first message */
	const char *body;
	size_t skipped;
	bool wrong_length;
};

static const struct frame_case frames[] = {
	{ "a_greeting", "Content-Type: auth/request\n\n", 1, ESL_AUTH_REQUEST, "", "", 0, false },
	{ "an_answer_with_its_text", "Content-Type: api/response\nContent-Length: 4\n\n+OK\nmore",
	  1, ESL_API_RESPONSE, "more", "+OK\n", 0, false },
	{ "an_event_and_what_follows_it", EVENT("36", BODY) "Content-Type: x\n\n", 1, ESL_EVENT,
	  "Content-Type: x\n\n", BODY, 0, false },
	{ "half_a_header_waits", "Content-Type: auth/req", 0, ESL_AUTH_REQUEST, "", "", 0, false },
	{ "half_an_event_waits", EVENT("36", "Event-Name: HEART"), 0, ESL_AUTH_REQUEST, "", "", 0,
	  false },
	{ "half_an_answer_waits", "Content-Type: api/response\nContent-Length: 40\n\n+OK", 0,
	  ESL_AUTH_REQUEST, "", "", 0, false },
	{ "f15_a_length_that_is_too_short_cuts_no_event", EVENT("12", BODY) "Content-Type: x\n\n",
	  1, ESL_EVENT, "Content-Type: x\n\n", BODY, 0, true },
	{ "f15_a_length_that_is_too_long_swallows_no_event",
	  EVENT("9000", BODY) "Content-Type: x\n\n", 1, ESL_EVENT, "Content-Type: x\n\n", BODY, 0,
	  true },
	{ "f15_a_length_that_is_no_number", EVENT("-1", BODY), 1, ESL_EVENT, "", BODY, 0, true },
	{ "f15_an_event_without_a_length", "Content-Type: text/event-plain\n\n" BODY, 1, ESL_EVENT,
	  "", BODY, 0, true },
	{ "an_event_with_a_body_of_its_own",
	  EVENT("41", "Event-Name: X\nContent-Length: 7\n\n+OK abc") "Content-Type: x\n\n", 1,
	  ESL_EVENT, "Content-Type: x\n\n", "Event-Name: X\nContent-Length: 7\n\n", 0, true },
	{ "what_is_no_message_is_stepped_over",
	  "rubbish\nmore: rubbish\nContent-Type: auth/request\n\n", 1, ESL_AUTH_REQUEST, "", "", 22,
	  false },
	{ "a_message_of_a_kind_nobody_knows", "Content-Type: text/new\n\n", 1, ESL_OTHER, "", "", 0,
	  false },
	{ "good_bye", "Content-Type: text/disconnect-notice\nContent-Length: 3\n\nBye", 1,
	  ESL_DISCONNECT, "", "Bye", 0, false },
	{ "line_ends_of_windows", "Content-Type: command/reply\r\n\r\nContent-Type: x\n\n", 1,
	  ESL_COMMAND_REPLY, "Content-Type: x\n\n", "", 0, false },
	{ "empty_lines_before_a_message_are_nothing",
	  "\n\r\n\nContent-Type: text/rude-rejection\n\n", 1, ESL_REJECTION, "", "", 0, false },
	{ "half_of_an_events_own_body_waits",
	  EVENT("41", "Event-Name: X\nContent-Length: 7\n\n+OK ab"), 0, ESL_AUTH_REQUEST, "", "", 0,
	  false },
	{ "a_body_of_its_own_beyond_the_limit_is_not_waited_for",
	  EVENT("38", "Event-Name: X\nContent-Length: 262145\n\n") "Content-Type: x\n\n", 1,
	  ESL_EVENT, "Content-Type: x\n\n", "Event-Name: X\nContent-Length: 262145\n\n", 0, false },
	{ "an_answer_of_gigabytes_is_refused",
	  "Content-Type: api/response\nContent-Length: 4000000000\n\n", -EMSGSIZE, ESL_AUTH_REQUEST,
	  "", "", 0, false },
};

static void first_message_is(void **state)
{
	const struct frame_case *c = *state;
	struct slice in = slice_of(c->in);
	struct esl_message m;

	assert_int_equal(esl_next(in, &m), c->rc);
	if (c->rc == 1) {
		assert_int_equal(m.type, c->type);
		assert_int_equal(m.used, in.len - strlen(c->rest));
		assert_int_equal(m.body.len, strlen(c->body));
		assert_memory_equal(m.body.at != NULL ? m.body.at : "", c->body, m.body.len);
		assert_int_equal(m.skipped, c->skipped);
		assert_int_equal(m.wrong_length, c->wrong_length);
	}
}

static void the_text_of_a_reply_is_given(void **state)
{
	struct esl_message m;

	(void)state;
	assert_int_equal(
		esl_next(SLICE("Content-Type: command/reply\nReply-Text: -ERR invalid\n\n"), &m),
		1);
	assert_int_equal(m.type, ESL_COMMAND_REPLY);
	assert_true(slice_eq(m.reply, SLICE("-ERR invalid")));
}

/* ESL_EVENT_MAX_BYTES is the last length that is taken. */
static void an_event_beyond_the_limit_is_refused(void **state)
{
	static char in[ESL_EVENT_MAX_BYTES + 128];
	static const char head[] = "Content-Type: text/event-plain\n\n";
	struct slice whole = { in, sizeof(head) - 1 + ESL_EVENT_MAX_BYTES };
	struct esl_message m;

	(void)state;
	memset(in, 'x', sizeof(in));
	memcpy(in, head, sizeof(head) - 1);
	assert_int_equal(esl_next(whole, &m), 0);
	whole.len++;
	assert_int_equal(esl_next(whole, &m), -EMSGSIZE);
	memcpy(in + whole.len - 2, "\n\n", 2);
	assert_int_equal(esl_next(whole, &m), -EMSGSIZE);
	memcpy(in + whole.len - 3, "\n\n", 2);
	assert_int_equal(esl_next(whole, &m), 1);
	assert_int_equal(m.body.len, ESL_EVENT_MAX_BYTES);
}

/* However the bytes are cut, the same messages come out. */
static void every_cut_gives_the_same_message(void **state)
{
	static const char in[] = EVENT("36", BODY);
	struct esl_message m;

	(void)state;
	for (size_t len = 0; len < sizeof(in) - 1; len++) {
		assert_int_equal(esl_next((struct slice){ in, len }, &m), 0);
		assert_int_equal(m.used, 0);
	}
	assert_int_equal(esl_next((struct slice){ in, sizeof(in) - 1 }, &m), 1);
}

static void a_header_without_end_is_refused(void **state)
{
	static char in[ESL_HEADER_MAX_BYTES + 64] = "Content-Type: x\n";
	struct esl_message m;

	(void)state;
	memset(in + 16, 'x', sizeof(in) - 16);
	assert_int_equal(esl_next((struct slice){ in, sizeof(in) }, &m), -EMSGSIZE);
}

static void rubbish_without_end_is_not_kept(void **state)
{
	static char in[100000];
	struct esl_message m;

	(void)state;
	memset(in, 'x', sizeof(in));
	assert_int_equal(esl_next((struct slice){ in, sizeof(in) }, &m), 0);
	assert_int_equal(m.used, sizeof(in));
	assert_int_equal(m.skipped, sizeof(in));
}

/* ---- facts ---- */

static void f15_values_are_decoded(void **state)
{
	static struct fs_facts f;

	(void)state;
	esl_event(SLICE("Event-Name: CUSTOM\nEvent-Subclass: callcenter%3A%3Ainfo\n"
	                "CC-Queue: S%C3%BCd%20%26%20Co%40default\nvariable_cc_agent: a%25b\n\n"),
	          &f);
	assert_true(fs_is(&f, FS_SUBCLASS, SLICE("callcenter::info")));
	assert_true(slice_eq(f.text[FS_CC_QUEUE], SLICE("S\xc3\xbc"
	                                                "d & Co@default")));
	assert_true(slice_eq(f.text[FS_V_AGENT], SLICE("a%b")));
	assert_int_equal(f.unfit, 0);
}

struct decode_case {
	const char *name;
	const char *raw;
	int len;
};

static const struct decode_case decodes[] = {
	{ "nothing_to_decode", "abc", 3 },         { "upper_and_lower_digits", "%2F%2f", 2 },
	{ "f15_a_cut_escape", "abc%2", -EBADMSG }, { "f15_an_escape_of_nothing", "%", -EBADMSG },
	{ "f15_no_digits", "%zz", -EBADMSG },      { "a_plus_is_a_plus", "+49", 3 },
};

static void decodes_to(void **state)
{
	const struct decode_case *c = *state;
	char out[16];

	assert_int_equal(fs_decode(slice_of(c->raw), out), c->len);
}

static void f15_a_value_that_cannot_be_decoded_is_not_said_and_counted(void **state)
{
	static struct fs_facts f;

	(void)state;
	f.unfit = 0;
	esl_event(SLICE("CC-Queue: %4\nUnique-ID: u\n\n"), &f);
	assert_false(fs_has(&f, FS_CC_QUEUE));
	assert_true(fs_has(&f, FS_ID));
	assert_int_equal(f.unfit, 1);
}

static void a_value_without_room_is_counted(void **state)
{
	static struct fs_facts f;
	static char long_value[FS_ROOM_BYTES + 1];

	(void)state;
	memset(long_value, 'x', sizeof(long_value));
	f.unfit = 0;
	fs_facts_reset(&f);
	fs_facts_variable(&f, SLICE("cc_queue"), (struct slice){ long_value, sizeof(long_value) },
	                  false);
	assert_false(fs_has(&f, FS_V_QUEUE));
	assert_int_equal(f.unfit, 1);
}

/* find() relies on the tables being in order: each name must be found. */
struct name_case {
	const char *name;
	enum fs_fact fact;
};

static const struct name_case header_names[] = {
	{ "Answer-State", FS_ANSWER_STATE },
	{ "CC-Action", FS_CC_ACTION },
	{ "CC-Agent", FS_CC_AGENT },
	{ "CC-Queue", FS_CC_QUEUE },
	{ "Call-Direction", FS_DIRECTION },
	{ "Caller-Channel-Hangup-Time", FS_HANGUP_US },
	{ "Channel-Call-UUID", FS_CALL_ID },
	{ "Channel-Name", FS_CHANNEL },
	{ "Event-Sequence", FS_SEQUENCE },
	{ "Unique-ID", FS_ID },
	{ "Hangup-Cause", FS_HANGUP_CAUSE },
	{ "variable_answer_uepoch", FS_ANSWERED_US },
	{ "variable_uuid", FS_ID },
	{ "variable_cc_side", FS_V_SIDE },
	{ "variable_transfer_history", FS_TRANSFERS },
	{ "variable_rtp_audio_in_mos", FS_RTP_MOS },
	{ "variable_hold_accum_ms", FS_HOLD_MS },
};

static void name_is_found(void **state)
{
	const struct name_case *c = *state;
	static struct fs_facts f;

	fs_facts_reset(&f);
	fs_facts_header(&f, slice_of(c->name), SLICE("1"));
	assert_true(fs_has(&f, c->fact));
}

static void times_beyond_2100_are_damage(void **state)
{
	static struct fs_facts f;

	(void)state;
	esl_event(SLICE("Event-Date-Timestamp: 9999999999999999\n"
	                "CC-Member-Joined-Time: 1700000000\n\n"),
	          &f);
	assert_int_equal(fs_us(&f, FS_AT_US), 0);
	assert_int_equal(fs_s_as_us(&f, FS_CC_JOINED_S), INT64_C(1700000000000000));
}

/* ---- tables ---- */

static void columns_are_found_by_name(void **state)
{
	struct esl_list l;
	struct slice row;

	(void)state;
	assert_true(esl_list_begin(&l, SLICE("name|new|status\nAna|x|On Break\nBen||\n+OK\nno\n"),
	                           '|'));
	assert_true(esl_list_row(&l, &row));
	assert_true(slice_eq(esl_list_field(&l, row, SLICE("status")), SLICE("On Break")));
	assert_int_equal(esl_list_field(&l, row, SLICE("type")).len, 0);
	assert_true(esl_list_row(&l, &row));
	assert_true(slice_eq(esl_list_field(&l, row, SLICE("name")), SLICE("Ben")));
	assert_false(esl_list_row(&l, &row));
	assert_false(esl_list_row(&l, &row));
}

static void an_error_is_no_table(void **state)
{
	struct esl_list l;

	(void)state;
	assert_false(esl_list_begin(&l, SLICE("-ERR callcenter_config Command not found!\n"), '|'));
	assert_false(esl_list_begin(&l, SLICE("+OK\n"), '|'));
	assert_false(esl_list_begin(&l, SLICE(""), '|'));
	assert_false(esl_list_begin(&l, SLICE("\n0 total.\n"), ','));
	assert_false(esl_list_begin(&l, SLICE("-ERR no queue a|b\n"), '|'));
	assert_false(esl_list_begin(&l, SLICE("a line without columns\n"), '|'));
}

/* ---- settings ---- */

struct conf_case {
	const char *name;
	const char *text;
	const char *listen_ip;
	const char *password;
	unsigned port;
	bool wide;
};

static const struct conf_case confs[] = {
	{ "the_file_that_ships",
	  "<configuration name=\"event_socket.conf\" description=\"Socket Client\">\n <settings>\n"
	  "  <param name=\"nat-map\" value=\"false\"/>\n  <param name=\"listen-ip\" "
	  "value=\"::\"/>\n"
	  "  <param name=\"listen-port\" value=\"8021\"/>\n"
	  "  <param name=\"password\" value=\"ClueCon\"/>\n"
	  "  <!--<param name=\"apply-inbound-acl\" value=\"loopback.auto\"/>-->\n </settings>\n"
	  "</configuration>\n",
	  "::", "ClueCon", 8021, true },
	{ "loopback", "<param name='listen-ip' value='127.0.0.1'/>", "127.0.0.1", "", 0, false },
	{ "entities", "<param name=\"password\" value=\"a&amp;b&lt;c\"/>", "", "a&b<c", 0, false },
	{ "a_variable_is_not_known", "<param name=\"password\" value=\"$${default_password}\"/>",
	  "", "", 0, false },
	{ "what_is_commented_out_is_not_said",
	  "<!-- <param name=\"password\" value=\"x\"/> --><param name=\"listen-port\" "
	  "value=\"9\"/>",
	  "", "", 9, false },
	{ "an_open_comment_hides_the_rest", "<!-- <param name=\"password\" value=\"x\"/>", "", "",
	  0, false },
	{ "a_port_that_is_none", "<param name=\"listen-port\" value=\"99999\"/>", "", "", 0,
	  false },
	{ "an_open_tag", "<param name=\"password\" value=\"x", "", "", 0, false },
};

static void conf_says(void **state)
{
	const struct conf_case *c = *state;
	struct fs_conf conf;

	fs_conf_read(slice_of(c->text), &conf);
	assert_string_equal(conf.listen_ip, c->listen_ip);
	assert_string_equal(conf.password, c->password);
	assert_int_equal(conf.port, c->port);
	assert_int_equal(conf.listens_wide, c->wide);
}

int main(void)
{
	static struct cases all;

	cases_table(&all, frames, first_message_is);
	cases_test(&all, every_cut_gives_the_same_message);
	cases_test(&all, the_text_of_a_reply_is_given);
	cases_test(&all, an_event_beyond_the_limit_is_refused);
	cases_test(&all, a_header_without_end_is_refused);
	cases_test(&all, rubbish_without_end_is_not_kept);
	cases_test(&all, f15_values_are_decoded);
	cases_table(&all, decodes, decodes_to);
	cases_test(&all, f15_a_value_that_cannot_be_decoded_is_not_said_and_counted);
	cases_test(&all, a_value_without_room_is_counted);
	cases_table(&all, header_names, name_is_found);
	cases_test(&all, times_beyond_2100_are_damage);
	cases_test(&all, columns_are_found_by_name);
	cases_test(&all, an_error_is_no_table);
	cases_table(&all, confs, conf_says);
	return cases_run("esl", &all, NULL, NULL);
}
