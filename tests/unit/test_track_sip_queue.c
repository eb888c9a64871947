/* Contacts of queues from the wire alone: how a call to a queue and those to agents become one
 * record. */
#include "agent/track/calls.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/frames.h"
#include "tests/support/witness.h"

#define SECOND 1000 /* ms */
#define CALLER 0x0a000001
#define PBX    0x0a000002
#define PHONE  0x0a000003

static const char *const queues[] = { "sip:support@*", "sales" };
static const char *const agents[] = { "sip:2*@*" };

static const struct talk in = { CALLER, PBX, 5060, 5060 };
static const struct talk in_back = { PBX, CALLER, 5060, 5060 };
static const struct talk leg = { PBX, PHONE, 5060, 5060 };
static const struct talk leg_back = { PHONE, PBX, 5060, 5060 };

/* One message in brief; "INVITE", "BYE" ... or a status of the INVITE. */
struct said {
	int at_ms;
	char leg;  /* 'c': the caller's, 'a' and 'b': agents', 'p': the caller's INVITE sent on */
	bool back; /* from the side that was called */
	const char *what;
	const char *more; /* header lines; NULL: none */
};

#define STEPS_MAX 12

struct queue_case {
	const char *name;
	struct said steps[STEPS_MAX];
	const char *want; /* "queue outcome wait ring talk by connects rna over3s" of each record */
};

#define CALL_COMES                                                                                 \
	{ 0, 'c', false, "INVITE", NULL },                                                         \
	{                                                                                          \
		10, 'c', true, "200", NULL                                                         \
	}

static const struct queue_case rows[] = {
	{ "an_agent_tied_by_the_callers_number_answers",
	  { CALL_COMES,
	    { 2000, 'a', false, "INVITE", NULL },
	    { 5000, 'a', true, "200", NULL },
	    { 65000, 'c', false, "BYE", NULL },
	    { 65010, 'a', false, "BYE", NULL } },
	  "support answered 5000 3000 60000 caller 1 0 0;" },
	{ "an_agent_who_hangs_up_ended_it",
	  { CALL_COMES,
	    { 2000, 'a', false, "INVITE", NULL },
	    { 5000, 'a', true, "200", NULL },
	    { 65000, 'a', true, "BYE", NULL },
	    { 65010, 'c', true, "BYE", NULL } },
	  "support answered 5000 3000 60000 agent 1 0 0;" },
	{ "a_caller_who_hangs_up_while_waiting_has_abandoned",
	  { CALL_COMES, { 30000, 'c', false, "BYE", NULL } },
	  "support abandoned 30000 - - caller 0 0 0;" },
	{ "a_caller_who_cancels_has_abandoned",
	  { { 0, 'c', false, "INVITE", NULL },
	    { 8000, 'c', false, "CANCEL", NULL },
	    { 8010, 'c', true, "487", NULL } },
	  "support abandoned 8000 - - caller 0 0 0;" },
	{ "turned_away_without_an_agent_has_timed_out",
	  { CALL_COMES, { 120000, 'c', true, "BYE", NULL } },
	  "support timed_out 120000 - - system 0 0 0;" },
	{ "a_queue_that_refuses_is_full",
	  { { 0, 'c', false, "INVITE", NULL }, { 20, 'c', true, "486", NULL } },
	  "support full 20 - - system 0 0 0;" },
	{ "an_agent_who_does_not_answer_rang",
	  { CALL_COMES,
	    { 2000, 'a', false, "INVITE", NULL },
	    { 17000, 'a', false, "CANCEL", NULL },
	    { 17010, 'a', true, "487", NULL },
	    { 18000, 'b', false, "INVITE", NULL },
	    { 20000, 'b', true, "200", NULL },
	    { 30000, 'c', false, "BYE", NULL } },
	  "support answered 20000 2000 10000 caller 1 1 1;" },
	{ "a_phone_that_refuses_at_once_did_not_ring",
	  { CALL_COMES,
	    { 2000, 'a', false, "INVITE", NULL },
	    { 2050, 'a', true, "486", NULL },
	    { 9000, 'c', false, "BYE", NULL } },
	  "support abandoned 9000 - - caller 0 1 0;" },
	{ "a_challenge_is_no_refusal",
	  { { 0, 'c', false, "INVITE", NULL },
	    { 10, 'c', true, "407", NULL },
	    { 9000, 'c', false, "CANCEL", NULL } },
	  "support abandoned 9000 - - caller 0 0 0;" },
	{ "a_proxy_that_sends_the_call_on_ties_it_by_itself",
	  { { 0, 'c', false, "INVITE", NULL },
	    { 1000, 'p', false, "INVITE", NULL },
	    { 4000, 'c', true, "200", NULL },
	    { 14000, 'c', true, "BYE", NULL } },
	  "support answered 4000 3000 10000 agent 1 0 0;" },
	{ "an_agent_behind_a_proxy_who_refuses_rang_and_the_next_answers",
	  { { 0, 'c', false, "INVITE", NULL },
	    { 1000, 'p', false, "INVITE", NULL },
	    { 6000, 'p', true, "486", NULL },
	    { 7000, 'p', false, "INVITE", NULL },
	    { 10000, 'c', true, "200", NULL },
	    { 20000, 'c', true, "BYE", NULL } },
	  "support answered 10000 3000 10000 agent 1 1 1;" },
	{ "a_proxy_whose_target_refuses_at_once_did_not_ring_it",
	  { { 0, 'c', false, "INVITE", NULL },
	    { 1000, 'p', false, "INVITE", NULL },
	    { 1050, 'p', true, "480", NULL },
	    { 9000, 'c', false, "CANCEL", NULL } },
	  "support abandoned 9000 - - caller 0 1 0;" },
	{ "a_refusal_of_nobody_in_particular_is_no_agents",
	  { { 0, 'c', false, "INVITE", NULL },
	    { 6000, 'p', true, "486", NULL },
	    { 9000, 'c', false, "CANCEL", NULL } },
	  "support abandoned 9000 - - caller 0 0 0;" },
	{ "a_phone_that_rings_has_not_answered",
	  { CALL_COMES,
	    { 2000, 'a', false, "INVITE", NULL },
	    { 2100, 'a', true, "180", NULL },
	    { 5000, 'a', true, "200", NULL },
	    { 65000, 'c', false, "BYE", NULL } },
	  "support answered 5000 3000 60000 caller 1 0 0;" },
	{ "a_phone_that_sends_the_call_elsewhere_did_not_refuse",
	  { CALL_COMES,
	    { 2000, 'a', false, "INVITE", NULL },
	    { 2050, 'a', true, "302", NULL },
	    { 9000, 'c', false, "BYE", NULL } },
	  "support abandoned 9000 - - caller 0 0 0;" },
	{ "a_challenged_phone_did_not_refuse",
	  { CALL_COMES,
	    { 2000, 'a', false, "INVITE", NULL },
	    { 2050, 'a', true, "401", NULL },
	    { 9000, 'c', false, "BYE", NULL } },
	  "support abandoned 9000 - - caller 0 0 0;" },
	{ "a_call_that_nobody_ends_is_cut", { CALL_COMES }, "support unknown_end - - - - 0 0 0;" },
	{ "a_talk_that_nobody_ends_has_no_length",
	  { CALL_COMES, { 2000, 'a', false, "INVITE", NULL }, { 5000, 'a', true, "200", NULL } },
	  "support answered 5000 3000 - - 1 0 0;" },
	{ "an_agents_call_without_a_caller_is_none", { { 0, 'a', false, "INVITE", NULL } }, "" },
};

static struct witness w;
static struct frames f;
static const char *header;

static struct calls_counters follow(void)
{
	const struct calls_options options = {
		.observer = &w.observer,
		.sip_ports = { CALLS_SIP_PORT },
		.n_sip_ports = 1,
		.queue = { .queues = queues,
		           .n_queues = COUNT(queues),
		           .agents = agents,
		           .n_agents = COUNT(agents),
		           .header = header },
		.max_streams = 16,
		.max_dialogs = 64,
		.stream_idle_ns = CALLS_STREAM_IDLE_NS,
		.dialog_idle_ns = CALLS_DIALOG_IDLE_NS,
	};
	struct calls *c = calls_new(&options);
	struct calls_counters n;

	calls_frames(c, f.list, f.n);
	calls_finish(c);
	calls_counters(c, &n);
	calls_free(c);
	return n;
}

/* Who calls whom on a leg: the caller's number goes along to the agents. */
static void say(const struct said *s, const char *number, const char *queue)
{
	bool callers = s->leg == 'c' || s->leg == 'p';
	bool request = s->what[0] > '9';
	bool invite = strcmp(s->what, "BYE") != 0;
	const char *from = s->back && request ? "t" : "f";
	const char *to = s->back && request ? ";tag=f" : invite && request ? "" : ";tag=t";
	const struct talk *talk =
		callers ? (s->back ? &in_back : &in) : (s->back ? &leg_back : &leg);
	char first[128];

	if (request) {
		(void)snprintf(first, sizeof(first), "%s sip:%s@pbx SIP/2.0", s->what,
		               s->leg == 'c'   ? queue
		               : s->leg == 'b' ? "202"
		                               : "201");
	} else {
		(void)snprintf(first, sizeof(first), "SIP/2.0 %s Said", s->what);
	}
	frames_sip(&f, s->at_ms, talk,
	           "%s\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%c%s\r\nFrom: <sip:%s@h>;tag=%s\r\n"
	           "To: <sip:x@pbx>%s\r\nCall-ID: %s-%c\r\n%sCSeq: %d %s\r\n"
	           "Content-Length: 0\r\n\r\n",
	           first, s->leg, invite ? "" : "bye", number, from, to, number,
	           callers ? 'c' : s->leg, s->more != NULL ? s->more : "", invite ? 1 : 2,
	           request ? s->what : "INVITE");
}

static void add_number(struct buf *out, bool has, uint32_t n)
{
	if (has) {
		buf_printf(out, " %u", n);
	} else {
		buf_add_text(out, " -");
	}
}

static void describe(struct buf *text)
{
	static const char *const outcomes[] = { "",          "answered",    "abandoned",
		                                "timed_out", "exit_key",    "exit_empty",
		                                "full",      "unknown_end", "" };
	static const char *const by[] = { "-", "agent", "caller", "transfer", "system" };

	for (size_t i = 0; i < w.n; i++) {
		const Cxm__QueueContact *r = (const Cxm__QueueContact *)w.records[i];

		if (w.records[i]->descriptor != &cxm__queue_contact__descriptor) {
			continue;
		}
		buf_printf(text, "%s %s", r->queue, outcomes[r->outcome]);
		add_number(text, r->has_wait_ms, r->wait_ms);
		add_number(text, r->has_ring_ms, r->ring_ms);
		add_number(text, r->has_talk_ms, r->talk_ms);
		buf_printf(text, " %s %u %u %u;", by[r->has_ended_by ? r->ended_by : 0],
		           r->connects, r->ring_no_answers, r->ring_no_answers_over_3s);
	}
}

static void expect(const char *want)
{
	struct buf text;

	buf_init(&text, 4096);
	describe(&text);
	assert_string_equal(buf_text(&text), want);
	buf_free(&text);
}

static void begin(void)
{
	header = NULL;
	witness_open(&w);
	frames_open(&f);
}

static void end(void)
{
	witness_close(&w);
	frames_close(&f);
}

static void queue_run(void **state)
{
	const struct queue_case *row = *state;

	begin();
	for (size_t i = 0; i < STEPS_MAX && row->steps[i].what != NULL; i++) {
		say(&row->steps[i], "030123456", "support");
	}
	(void)follow();
	expect(row->want);
	end();
}

/* Two wait, then an agent is called; which of them is it? */
struct tie_case {
	const char *name;
	const char *header;
	const char *second; /* header lines of the second caller's INVITE */
	const char *agents; /* and of the agent's */
	bool tied;
};

static const struct tie_case ties[] = {
	{ "a_header_with_the_call_id_ties", "X-Call-ID", NULL, "X-Call-ID: two-c\r\n", true },
	{ "a_header_nobody_configured_does_not", NULL, NULL, "X-Call-ID: two-c\r\n", false },
	{ "the_session_id_ties", NULL, "Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00\r\n",
	  "session-id: ab30317f1a784dc48ff824d0d3715d86;remote=11\r\n", true },
	{ "a_session_id_of_zeros_does_not", NULL, "Session-ID: 0000;remote=1\r\n",
	  "Session-ID: 0000;remote=2\r\n", false },
	{ "the_icid_ties", NULL, "P-Charging-Vector: icid-value=1234bc;orig-ioi=a\r\n",
	  "P-Charging-Vector: orig-ioi=b; icid-value=1234bc\r\n", true },
	{ "nothing_in_common_ties_nothing", NULL, NULL, NULL, false },
};

static void tie_run(void **state)
{
	const struct tie_case *row = *state;
	const struct said first = { 0, 'c', false, "INVITE", NULL };
	const struct said second = { 100, 'c', false, "INVITE", row->second };
	const struct said ring = { 2000, 'a', false, "INVITE", row->agents };
	struct calls_counters n;

	begin();
	header = row->header;
	say(&first, "one", "support");
	say(&second, "two", "support");
	say(&ring, "three", "support");
	n = follow();
	assert_int_equal(n.queue.contacts, 2);
	assert_int_equal(n.queue.tied, row->tied);
	assert_int_equal(n.queue.untied, !row->tied);
	end();
}

static void the_same_number_twice_in_the_queue_ties_nothing(void **state)
{
	const struct said first = { 0, 'c', false, "INVITE", NULL };
	const struct said ring = { 2000, 'a', false, "INVITE", NULL };
	struct calls_counters n;

	(void)state;
	begin();
	say(&first, "030123456", "support");
	frames_sip(&f, 100, &in,
	           "INVITE sip:support@pbx SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKq\r\n"
	           "From: <sip:030123456@h>;tag=f\r\nTo: <sip:x@pbx>\r\nCall-ID: other\r\n"
	           "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
	say(&ring, "030123456", "support");
	n = follow();
	assert_int_equal(n.queue.contacts, 2);
	assert_int_equal(n.queue.untied, 1);
	end();
}

static void the_label_is_the_configurations_and_people_are_pseudonyms(void **state)
{
	const struct said call[] = { CALL_COMES,
		                     { 2000, 'a', false, "INVITE", NULL },
		                     { 5000, 'a', true, "200", NULL },
		                     { 6000, 'c', false, "BYE", NULL } };
	const Cxm__QueueContact *r;

	(void)state;
	begin();
	for (size_t i = 0; i < COUNT(call); i++) {
		say(&call[i], "030123456", "sales");
	}
	(void)follow();
	r = (const Cxm__QueueContact *)w.records[0];
	assert_ptr_equal(w.records[0]->descriptor, &cxm__queue_contact__descriptor);
	assert_string_equal(r->queue, "sales");
	assert_true(r->contact == pseudonym_of(w.pseudonym, CXM_CONTACT, SLICE("030123456-c")));
	assert_true(r->customer == pseudonym_of(w.pseudonym, CXM_CUSTOMER, SLICE("030123456")));
	assert_true(r->agent == pseudonym_of(w.pseudonym, CXM_STAFF, SLICE("201")));
	assert_string_equal(r->host, w.observer.host);
	assert_int_equal(r->source, w.observer.source);
	assert_true(r->at_us == FRAMES_START_NS / 1000);
	assert_true(r->has_seen_us && r->seen_us == FRAMES_START_NS / 1000 + 6000000);
	end();
}

static void calls_to_other_uris_are_no_contacts(void **state)
{
	const struct said call[] = { CALL_COMES, { 6000, 'c', false, "BYE", NULL } };

	(void)state;
	begin();
	for (size_t i = 0; i < COUNT(call); i++) {
		say(&call[i], "030123456", "anna");
	}
	assert_int_equal(follow().queue.contacts, 0);
	expect("");
	end();
}

static void a_refused_re_invite_ends_nothing(void **state)
{
	const struct said call[] = { CALL_COMES, { 9000, 'c', false, "BYE", NULL } };

	(void)state;
	begin();
	say(&call[0], "030123456", "support");
	say(&call[1], "030123456", "support");
	frames_sip(&f, 3000, &in_back,
	           "SIP/2.0 488 No\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKr\r\n"
	           "From: <sip:030123456@h>;tag=f\r\nTo: <sip:x@pbx>;tag=t\r\n"
	           "Call-ID: 030123456-c\r\nCSeq: 3 INVITE\r\nContent-Length: 0\r\n\r\n");
	say(&call[2], "030123456", "support");
	(void)follow();
	expect("support abandoned 9000 - - caller 0 0 0;");
	end();
}

static void an_answer_to_another_request_answers_nothing(void **state)
{
	const struct said call[] = { CALL_COMES,
		                     { 2000, 'a', false, "INVITE", NULL },
		                     { 9000, 'c', false, "BYE", NULL } };

	(void)state;
	begin();
	for (size_t i = 0; i < 3; i++) {
		say(&call[i], "030123456", "support");
	}
	frames_sip(&f, 3000, &leg_back,
	           "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKu\r\n"
	           "From: <sip:030123456@h>;tag=f\r\nTo: <sip:x@pbx>;tag=t\r\n"
	           "Call-ID: 030123456-a\r\nCSeq: 2 UPDATE\r\nContent-Length: 0\r\n\r\n");
	say(&call[3], "030123456", "support");
	(void)follow();
	expect("support abandoned 9000 - - caller 0 0 0;");
	end();
}

static void a_full_table_reports_the_oldest_contact(void **state)
{
	struct calls_counters n;

	(void)state;
	begin();
	for (int i = 0; i <= SIP_QUEUE_CONTACTS; i++) {
		frames_sip(&f, i, &in,
		           "INVITE sip:support@pbx SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK\r\n"
		           "From: <sip:a@h>;tag=f\r\nTo: <sip:x@pbx>\r\nCall-ID: c%d\r\n"
		           "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
		           i);
	}
	n = follow();
	assert_int_equal(n.queue.evicted, 1);
	assert_int_equal(witness_count(&w, &cxm__queue_contact__descriptor),
	                 SIP_QUEUE_CONTACTS + 1);
	end();
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rows, queue_run);
	cases_table(&c, ties, tie_run);
	cases_test(&c, the_same_number_twice_in_the_queue_ties_nothing);
	cases_test(&c, the_label_is_the_configurations_and_people_are_pseudonyms);
	cases_test(&c, calls_to_other_uris_are_no_contacts);
	cases_test(&c, a_refused_re_invite_ends_nothing);
	cases_test(&c, an_answer_to_another_request_answers_nothing);
	cases_test(&c, a_full_table_reports_the_oldest_contact);
	return cases_run("track_sip_queue", &c, NULL, NULL);
}
