/* Messages of the manager interface: where they begin and end, whatever arrives when. */
#include "agent/decode/ami.h"

#include <stdio.h>

#include "tests/support/cases.h"

struct stream_case {
	const char *name;
	const char *bytes;
	const char *want; /* kind and name of each message, the number of its fields */
	uint64_t no_blank;
	uint64_t odd_lines;
	uint64_t other;
};

static const struct stream_case streams[] = {
	{ "the_banner_has_no_blank_line_behind_it",
	  "Asterisk Call Manager/11.0.0\r\nResponse: Success\r\n\r\n", "B11.0.0/0 RSuccess/1 ", 0,
	  1, 0 },
	{ "an_event", "Event: Hold\r\nUniqueid: 1.2\r\n\r\n", "EHold/2 ", 0, 0, 0 },
	{ "line_feeds_alone_do", "Event: Hold\nUniqueid: 1.2\n\n", "EHold/2 ", 0, 0, 0 },
	{ "blank_lines_before_a_message_are_nothing", "\r\n\r\nEvent: Hold\r\n\r\n\r\n", "EHold/1 ",
	  0, 0, 0 },
	{ "f13_missing_blank_line", "Event: Hold\r\nQueue: a\r\nEvent: Unhold\r\n\r\n",
	  "EHold/2 EUnhold/1 ", 1, 0, 0 },
	{ "f13_response_interleaved_with_events",
	  "Event: Hold\r\nQueue: a\r\nResponse: Success\r\nActionID: cxm-1\r\n\r\n",
	  "EHold/2 RSuccess/2 ", 1, 0, 0 },
	{ "a_field_named_response_is_no_response",
	  "Event: ChallengeResponseFailed\r\nResponse: 5183\r\nExpectedResponse: \r\n\r\n",
	  "EChallengeResponseFailed/3 ", 0, 0, 0 },
	{ "f13_banner_only", "Asterisk Call Manager/11.0.0\r\n", "B11.0.0/0 ", 0, 1, 0 },
	{ "a_banner_in_the_middle_begins_anew",
	  "Event: Hold\r\nAsterisk Call Manager/2\r\nEvent: Unhold\r\n\r\n",
	  "EHold/1 B2/0 EUnhold/1 ", 1, 1, 0 },
	{ "a_line_without_colon_is_counted", "Event: Hold\r\nno colon here\r\n\r\n", "EHold/1 ", 0,
	  1, 0 },
	{ "what_is_neither_is_counted", "Hello: you\r\n\r\n", "O/1 ", 0, 0, 1 },
	{ "a_message_that_is_not_whole_waits", "Event: Hold\r\nUniqueid: 1.2\r\n", "", 0, 0, 0 },
};

static void show(const struct ami_message *m, char *out, size_t size)
{
	size_t n = strlen(out);

	(void)snprintf(out + n, size - n, "%c%.*s/%zu ", "BERO"[m->kind], (int)m -> name.len,
	               m->name.at != NULL ? m->name.at : "", m->n_fields);
}

static void take_all(struct ami_reader *r, struct slice *in, char *out, size_t size)
{
	static struct ami_message m;

	while (ami_take(r, in, &m)) {
		ami_fields(r, &m);
		show(&m, out, size);
	}
}

static void stream_run(void **state)
{
	const struct stream_case *c = *state;
	struct ami_reader r = { .scanned = 0 };
	struct slice in = slice_of(c->bytes);
	char got[256] = "";

	take_all(&r, &in, got, sizeof(got));
	assert_string_equal(got, c->want);
	assert_int_equal(r.counters.no_blank, c->no_blank);
	assert_int_equal(r.counters.odd_lines, c->odd_lines);
	assert_int_equal(r.counters.other, c->other);
}

/* The same bytes one by one: what is not whole comes again with the next. */
static void f13_split_run(void **state)
{
	const struct stream_case *c = *state;
	struct ami_reader r = { .scanned = 0 };
	struct slice in = { c->bytes, 0 };
	char got[256] = "";

	for (const char *at = c->bytes; *at != '\0'; at++) {
		in.len++;
		take_all(&r, &in, got, sizeof(got));
	}
	assert_string_equal(got, c->want);
	assert_int_equal(r.counters.no_blank, c->no_blank);
}

static void f13_event_of_a_megabyte_is_stepped_over(void **state)
{
	struct ami_reader r = { .scanned = 0 };
	static char big[1024 * 1024 + 64];
	size_t n = (size_t)snprintf(big, sizeof(big), "Event: Big\r\nX: ");
	struct slice in = { big, 0 };
	char got[64] = "";

	(void)state;
	memset(big + n, 'x', sizeof(big) - n);
	memcpy(big + sizeof(big) - 40,
	       "\r\nY: z\r\n\r\nEvent: Hold\r\nA: b\r\n\r\n\r\n\r\n\r\n\r\n", 40);
	for (size_t i = 0; i < sizeof(big) / 4096; i++) {
		in.len += 4096;
		take_all(&r, &in, got, sizeof(got));
		assert_true(in.len < AMI_MESSAGE_MAX_BYTES);
	}
	in.len += sizeof(big) % 4096;
	take_all(&r, &in, got, sizeof(got));
	assert_string_equal(got, "EHold/2 ");
	assert_int_equal(r.counters.too_long, 1);
}

static void an_event_too_long_in_one_piece_is_stepped_over(void **state)
{
	struct ami_reader r = { .scanned = 0 };
	static char big[AMI_MESSAGE_MAX_BYTES + 64];
	struct slice in = { big, sizeof(big) };
	char got[64] = "";

	(void)state;
	memset(big, 'x', sizeof(big));
	memcpy(big, "Event: Big\nX: ", 14);
	memcpy(big + sizeof(big) - 16, "\n\nEvent: Hold\n\n\n", 16);
	take_all(&r, &in, got, sizeof(got));
	assert_string_equal(got, "EHold/1 ");
	assert_int_equal(r.counters.too_long, 1);
}

static void fields_beyond_the_limit_are_counted(void **state)
{
	static struct ami_message m;
	static char text[AMI_FIELDS_MAX * 8 + 64] = "Event: Many\r\n";
	struct ami_reader r = { .scanned = 0 };
	struct slice in;

	(void)state;
	for (size_t i = 0; i < AMI_FIELDS_MAX; i++) {
		(void)snprintf(text + strlen(text), 8, "A: b\r\n");
	}
	(void)snprintf(text + strlen(text), 8, "\r\n");
	in = slice_of(text);
	assert_true(ami_take(&r, &in, &m));
	ami_fields(&r, &m);
	assert_int_equal(m.n_fields, AMI_FIELDS_MAX);
	assert_int_equal(r.counters.too_many, 1);
	assert_int_equal(ami_malformed(&r.counters), 1);
}

struct time_case {
	const char *name;
	const char *text;
	int64_t want_us;
};

static const struct time_case times[] = {
	{ "microseconds", "1795323506.926806", INT64_C(1795323506926806) },
	{ "seconds_alone", "1795323506", INT64_C(1795323506000000) },
	{ "a_short_fraction", "1795323506.5", INT64_C(1795323506500000) },
	{ "no_time_is_the_other", "now", 7 },
	{ "a_time_of_another_age_is_the_other", "9999999999", 7 },
	{ "seven_digits_are_no_fraction", "1.1234567", 7 },
};

static void time_run(void **state)
{
	const struct time_case *c = *state;
	static struct ami_message m;

	m.n_fields = 1;
	m.fields[0] = (struct ami_field){ SLICE("timestamp"), slice_of(c->text) };
	assert_int_equal(ami_time_us(&m, 7), c->want_us);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, streams, stream_run);
	cases_one(&c, "f13_split_inside_an_event", f13_split_run, &streams[1]);
	cases_one(&c, "f13_split_inside_a_response", f13_split_run, &streams[5]);
	cases_one(&c, "f13_split_inside_what_has_no_blank_line", f13_split_run, &streams[4]);
	cases_one(&c, "f13_split_inside_the_banner", f13_split_run, &streams[0]);
	cases_test(&c, f13_event_of_a_megabyte_is_stepped_over);
	cases_test(&c, an_event_too_long_in_one_piece_is_stepped_over);
	cases_test(&c, fields_beyond_the_limit_are_counted);
	cases_table(&c, times, time_run);
	return cases_run("decode/ami", &c, NULL, NULL);
}
