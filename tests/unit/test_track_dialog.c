/* INVITE dialogs: sequences of messages on the left, the record they make on the right. */
#include "agent/track/dialog.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/witness.h"

#define START_NS INT64_C(1795323487000000000)
#define MS       INT64_C(1000000)
#define SECOND   INT64_C(1000)
#define HOUR     (SECOND * 3600)
#define ABSENT   (-1)

enum body { NOTHING, PLAIN, SDES, DTLS, HOLD };
enum who { CALLER, CALLEE };

/* One message. `by` sent the request, also of a response. */
struct line {
	int64_t at_ms;
	enum who by;
	enum sip_method method;
	unsigned status; /* 0: a request */
	uint32_t cseq;
	const char *branch;
	const char *to_tag; /* NULL: none */
	enum body body;
	bool uui;
	bool siprec;
};

struct want {
	size_t records; /* at least one */
	int status;
	Cxm__Dialog__End end;
	int request_delay_ms;
	int setup_ms;
	int disconnect_delay_ms;
	int session_ms;
	int holds;
	int reinvites;
	int retransmissions;
	int challenges;
	int forks;
	int refers;
	int security;
};

#define CALL_CUT     CXM__DIALOG__END__CUT
#define CALL_BYE     CXM__DIALOG__END__BYE
#define REJECTED     CXM__DIALOG__END__REJECTED
#define CANCELLED    CXM__DIALOG__END__CANCELLED
#define CALL_TIMEOUT CXM__DIALOG__END__TIMED_OUT
#define IS_PLAIN     CXM__DIALOG__MEDIA_SECURITY__PLAIN
#define IS_SDES      CXM__DIALOG__MEDIA_SECURITY__SDES
#define IS_DTLS      CXM__DIALOG__MEDIA_SECURITY__DTLS

#define UNANSWERED(status_, end_, delay_ms_, security_)                                            \
	.records = 1, .status = (status_), .end = (end_), .request_delay_ms = (delay_ms_),         \
	.setup_ms = ABSENT, .disconnect_delay_ms = ABSENT, .session_ms = ABSENT,                   \
	.security = (security_)

/* INVITE 100 180 200 ACK ... BYE 200, the frame of most cases */
#define INVITED                                                                                    \
	{                                                                                          \
		0, CALLER, SIP_INVITE, 0, 1, "i1", NULL, PLAIN, 0, 0                               \
	}
#define TRYING                                                                                     \
	{                                                                                          \
		2, CALLER, SIP_INVITE, 100, 1, "i1", NULL, NOTHING, 0, 0                           \
	}
#define RINGING                                                                                    \
	{                                                                                          \
		60, CALLER, SIP_INVITE, 180, 1, "i1", "b", NOTHING, 0, 0                           \
	}
#define ANSWERED                                                                                   \
	{                                                                                          \
		1500, CALLER, SIP_INVITE, 200, 1, "i1", "b", PLAIN, 0, 0                           \
	}
#define ACKED                                                                                      \
	{                                                                                          \
		1520, CALLER, SIP_ACK, 0, 1, "a1", "b", NOTHING, 0, 0                              \
	}
#define HUNG_UP                                                                                    \
	{                                                                                          \
		11500, CALLER, SIP_BYE, 0, 9, "y1", "b", NOTHING, 0, 0                             \
	}
#define ENDED                                                                                      \
	{                                                                                          \
		11515, CALLER, SIP_BYE, 200, 9, "y1", "b", NOTHING, 0, 0                           \
	}

#define TALKED(records_, end_, disconnect_ms_, session_ms_)                                        \
	.records = (records_), .status = 200, .end = (end_), .request_delay_ms = 60,               \
	.setup_ms = 1500, .disconnect_delay_ms = (disconnect_ms_), .session_ms = (session_ms_),    \
	.security = IS_PLAIN
#define NORMAL_CALL TALKED(1, CALL_BYE, 15, 10000)

static const struct dialog_case {
	const char *name;
	struct line lines[16]; /* up to the first without branch */
	int64_t wait_ms;       /* time that passes then; 0: the capture ends */
	struct want want;
} dialog_cases[] = {
	{ "a_normal_call",
	  { INVITED, TRYING, RINGING, ANSWERED, ACKED, HUNG_UP, ENDED },
	  0,
	  { NORMAL_CALL } },
	{ "the_callee_hangs_up",
	  { INVITED,
	    TRYING,
	    RINGING,
	    ANSWERED,
	    ACKED,
	    { 11500, CALLEE, SIP_BYE, 0, 1, "y2", "a", 0, 0, 0 },
	    { 11515, CALLEE, SIP_BYE, 200, 1, "y2", "a", 0, 0, 0 } },
	  0,
	  { NORMAL_CALL } },
	{ "e07_copies_are_counted_once",
	  { INVITED,
	    { 500, CALLER, SIP_INVITE, 0, 1, "i1", NULL, PLAIN, 0, 0 },
	    { 560, CALLER, SIP_INVITE, 180, 1, "i1", "b", 0, 0, 0 },
	    ANSWERED,
	    { 1510, CALLER, SIP_INVITE, 200, 1, "i1", "b", PLAIN, 0, 0 },
	    ACKED,
	    HUNG_UP,
	    { 11510, CALLER, SIP_BYE, 0, 9, "y1", "b", 0, 0, 0 },
	    ENDED,
	    { 11999, CALLER, SIP_BYE, 200, 9, "y1", "b", 0, 0, 0 } },
	  0,
	  { .records = 1,
	    .status = 200,
	    .end = CALL_BYE,
	    .request_delay_ms = 560,
	    .setup_ms = 1500,
	    .disconnect_delay_ms = 15,
	    .session_ms = 10000,
	    .retransmissions = 3,
	    .security = IS_PLAIN } },
	{ "e07_a_proxy_in_the_capture_does_not_count_twice",
	  { INVITED,
	    { 1, CALLER, SIP_INVITE, 0, 1, "p1", NULL, PLAIN, 0, 0 },
	    { 50, CALLER, SIP_INVITE, 180, 1, "p1", "b", 0, 0, 0 },
	    RINGING,
	    { 1400, CALLER, SIP_INVITE, 200, 1, "p1", "b", PLAIN, 0, 0 },
	    ANSWERED,
	    ACKED,
	    HUNG_UP,
	    { 11501, CALLER, SIP_BYE, 0, 9, "p9", "b", 0, 0, 0 },
	    { 11505, CALLER, SIP_BYE, 200, 9, "p9", "b", 0, 0, 0 },
	    ENDED },
	  0,
	  { NORMAL_CALL } },
	{ "e08_a_challenge_that_is_answered_is_the_same_attempt",
	  { { -100, CALLER, SIP_INVITE, 0, 41, "i0", NULL, PLAIN, 0, 0 },
	    { -90, CALLER, SIP_INVITE, 401, 41, "i0", "x", 0, 0, 0 },
	    { -89, CALLER, SIP_ACK, 0, 41, "i0", "x", 0, 0, 0 },
	    { 0, CALLER, SIP_INVITE, 0, 42, "i1", NULL, PLAIN, 0, 0 },
	    { 60, CALLER, SIP_INVITE, 180, 42, "i1", "b", 0, 0, 0 },
	    { 1500, CALLER, SIP_INVITE, 200, 42, "i1", "b", PLAIN, 0, 0 },
	    { 11500, CALLER, SIP_BYE, 0, 43, "y1", "b", 0, 0, 0 },
	    { 11515, CALLER, SIP_BYE, 200, 43, "y1", "b", 0, 0, 0 } },
	  0,
	  { NORMAL_CALL, .challenges = 1 } },
	{ "an_unanswered_challenge_is_the_final_status",
	  { INVITED,
	    { 10, CALLER, SIP_INVITE, 401, 1, "i1", "x", 0, 0, 0 },
	    { 11, CALLER, SIP_ACK, 0, 1, "i1", "x", 0, 0, 0 } },
	  0,
	  { UNANSWERED(401, REJECTED, 10, IS_PLAIN) } },
	{ "an_unanswered_challenge_ends_after_32_s",
	  { INVITED, { 10, CALLER, SIP_INVITE, 407, 1, "i1", "x", 0, 0, 0 } },
	  33 * SECOND,
	  { UNANSWERED(407, REJECTED, 10, IS_PLAIN) } },
	{ "e08_different_to_tags_are_forks",
	  { INVITED,
	    RINGING,
	    { 70, CALLER, SIP_INVITE, 180, 1, "i1", "c", 0, 0, 0 },
	    { 80, CALLER, SIP_INVITE, 183, 1, "i1", "c", 0, 0, 0 },
	    { 90, CALLER, SIP_INVITE, 180, 1, "i1", "d", 0, 0, 0 },
	    ANSWERED,
	    HUNG_UP,
	    ENDED },
	  0,
	  { NORMAL_CALL, .forks = 2 } },
	{ "a_busy_callee",
	  { INVITED,
	    TRYING,
	    { 80, CALLER, SIP_INVITE, 486, 1, "i1", "b", 0, 0, 0 },
	    { 81, CALLER, SIP_ACK, 0, 1, "i1", "b", 0, 0, 0 },
	    { 580, CALLER, SIP_INVITE, 486, 1, "i1", "b", 0, 0, 0 } },
	  0,
	  { UNANSWERED(486, REJECTED, 80, IS_PLAIN) } },
	{ "e08_cancel_and_487",
	  { INVITED,
	    RINGING,
	    { 3000, CALLER, SIP_CANCEL, 0, 1, "i1", NULL, 0, 0, 0 },
	    { 3001, CALLER, SIP_CANCEL, 200, 1, "i1", "b", 0, 0, 0 },
	    { 3002, CALLER, SIP_INVITE, 487, 1, "i1", "b", 0, 0, 0 },
	    { 3003, CALLER, SIP_ACK, 0, 1, "i1", "b", 0, 0, 0 } },
	  0,
	  { UNANSWERED(487, CANCELLED, 60, IS_PLAIN) } },
	{ "487_without_cancel_is_a_rejection",
	  { INVITED, { 60, CALLER, SIP_INVITE, 487, 1, "i1", "b", 0, 0, 0 } },
	  0,
	  { UNANSWERED(487, REJECTED, 60, IS_PLAIN) } },
	{ "e08_a_200_that_crosses_a_cancel_wins",
	  { INVITED,
	    RINGING,
	    { 1499, CALLER, SIP_CANCEL, 0, 1, "i1", NULL, 0, 0, 0 },
	    ANSWERED,
	    { 1501, CALLER, SIP_CANCEL, 200, 1, "i1", "b", 0, 0, 0 },
	    ACKED,
	    HUNG_UP,
	    ENDED },
	  0,
	  { NORMAL_CALL } },
	{ "cancel_without_any_answer_is_cancelled_after_32_s",
	  { INVITED, RINGING, { 3000, CALLER, SIP_CANCEL, 0, 1, "i1", NULL, 0, 0, 0 } },
	  36 * SECOND,
	  { UNANSWERED(ABSENT, CANCELLED, 60, IS_PLAIN) } },
	{ "a_late_200_corrects_a_record_of_failure",
	  { INVITED,
	    RINGING,
	    { 1000, CALLER, SIP_INVITE, 486, 1, "i1", "c", 0, 0, 0 },
	    ANSWERED,
	    ACKED,
	    HUNG_UP,
	    ENDED },
	  0,
	  { TALKED(2, CALL_BYE, 15, 10000) } },
	{ "e08_a_redirection_that_is_followed_is_the_same_attempt",
	  { { -50, CALLER, SIP_INVITE, 0, 1, "i0", NULL, PLAIN, 0, 0 },
	    { -40, CALLER, SIP_INVITE, 302, 1, "i0", "x", 0, 0, 0 },
	    { 0, CALLER, SIP_INVITE, 0, 2, "i1", NULL, PLAIN, 0, 0 },
	    { 60, CALLER, SIP_INVITE, 180, 2, "i1", "b", 0, 0, 0 },
	    { 1500, CALLER, SIP_INVITE, 200, 2, "i1", "b", PLAIN, 0, 0 },
	    HUNG_UP,
	    ENDED },
	  0,
	  { TALKED(2, CALL_BYE, 15, 10000) } },
	{ "e08_an_invite_nobody_answers_ends_after_32_s",
	  { INVITED },
	  33 * SECOND,
	  { UNANSWERED(ABSENT, CALL_TIMEOUT, ABSENT, IS_PLAIN) } },
	{ "ringing_is_not_ended_after_32_s",
	  { INVITED, RINGING },
	  60 * SECOND,
	  { UNANSWERED(ABSENT, CALL_CUT, 60, IS_PLAIN) } },
	{ "e08_a_lost_bye_ends_by_the_timer",
	  { INVITED, RINGING, ANSWERED, ACKED },
	  5 * HOUR,
	  { TALKED(1, CALL_TIMEOUT, ABSENT, ABSENT) } },
	{ "a_bye_nobody_answers_still_ends_the_session",
	  { INVITED, RINGING, ANSWERED, ACKED, HUNG_UP },
	  45 * SECOND,
	  { TALKED(1, CALL_BYE, ABSENT, 10000) } },
	{ "a_challenged_bye_is_measured_by_its_second_try",
	  { INVITED,
	    RINGING,
	    ANSWERED,
	    HUNG_UP,
	    { 11510, CALLER, SIP_BYE, 401, 9, "y1", "b", 0, 0, 0 },
	    { 11520, CALLER, SIP_BYE, 0, 10, "y2", "b", 0, 0, 0 },
	    { 11535, CALLER, SIP_BYE, 200, 10, "y2", "b", 0, 0, 0 } },
	  0,
	  { NORMAL_CALL } },
	{ "e08_both_hang_up_at_once",
	  { INVITED,
	    RINGING,
	    ANSWERED,
	    HUNG_UP,
	    { 11501, CALLEE, SIP_BYE, 0, 1, "y2", "a", 0, 0, 0 },
	    { 11502, CALLEE, SIP_BYE, 481, 1, "y2", "a", 0, 0, 0 },
	    ENDED },
	  0,
	  { NORMAL_CALL } },
	{ "the_end_of_the_capture_cuts_a_call",
	  { INVITED, RINGING, ANSWERED, ACKED },
	  0,
	  { TALKED(1, CALL_CUT, ABSENT, ABSENT) } },
	{ "e08_a_re_invite_never_changes_the_final_status",
	  { INVITED,
	    RINGING,
	    ANSWERED,
	    ACKED,
	    { 5000, CALLER, SIP_INVITE, 0, 2, "r1", "b", PLAIN, 0, 0 },
	    { 5010, CALLER, SIP_INVITE, 488, 2, "r1", "b", 0, 0, 0 },
	    { 6000, CALLEE, SIP_INVITE, 0, 1, "i1", "a", PLAIN, 0, 0 },
	    { 6010, CALLEE, SIP_INVITE, 491, 1, "i1", "a", 0, 0, 0 },
	    HUNG_UP,
	    ENDED },
	  0,
	  { NORMAL_CALL, .reinvites = 2 } },
	{ "e08_hold_and_resume_twice",
	  { INVITED,
	    RINGING,
	    ANSWERED,
	    { 2000, CALLER, SIP_INVITE, 0, 2, "r1", "b", HOLD, 0, 0 },
	    { 2010, CALLER, SIP_INVITE, 0, 2, "r1", "b", HOLD, 0, 0 },
	    { 2500, CALLER, SIP_INVITE, 0, 3, "r2", "b", HOLD, 0, 0 },
	    { 3000, CALLER, SIP_INVITE, 0, 4, "r3", "b", PLAIN, 0, 0 },
	    { 4000, CALLEE, SIP_UPDATE, 0, 1, "u1", "a", HOLD, 0, 0 },
	    { 5000, CALLEE, SIP_UPDATE, 0, 2, "u2", "a", PLAIN, 0, 0 },
	    HUNG_UP,
	    ENDED },
	  0,
	  { NORMAL_CALL, .holds = 2, .reinvites = 3, .retransmissions = 1 } },
	{ "e08_refers_are_counted_by_their_number",
	  { INVITED,
	    RINGING,
	    ANSWERED,
	    { 2000, CALLEE, SIP_REFER, 0, 1, "r1", "a", 0, 0, 0 },
	    { 2500, CALLEE, SIP_REFER, 0, 1, "r1", "a", 0, 0, 0 },
	    { 3000, CALLEE, SIP_REFER, 0, 2, "r2", "a", 0, 0, 0 },
	    HUNG_UP,
	    ENDED },
	  0,
	  { NORMAL_CALL, .refers = 2, .retransmissions = 1 } },
	{ "the_answer_decides_about_encryption",
	  { { 0, CALLER, SIP_INVITE, 0, 1, "i1", NULL, SDES, 0, 0 },
	    RINGING,
	    ANSWERED,
	    ACKED,
	    HUNG_UP,
	    ENDED },
	  0,
	  { NORMAL_CALL } },
	{ "without_an_answer_the_offer_decides",
	  { { 0, CALLER, SIP_INVITE, 0, 1, "i1", NULL, DTLS, 0, 0 },
	    { 60, CALLER, SIP_INVITE, 603, 1, "i1", "b", 0, 0, 0 } },
	  0,
	  { UNANSWERED(603, REJECTED, 60, IS_DTLS) } },
	{ "an_offer_in_the_200_is_answered_in_the_ack",
	  { { 0, CALLER, SIP_INVITE, 0, 1, "i1", NULL, NOTHING, 0, 0 },
	    RINGING,
	    ANSWERED,
	    { 1520, CALLER, SIP_ACK, 0, 1, "a1", "b", SDES, 0, 0 },
	    { 5000, CALLER, SIP_INVITE, 0, 2, "r1", "b", PLAIN, 0, 0 },
	    { 5020, CALLER, SIP_ACK, 0, 2, "a2", "b", PLAIN, 0, 0 },
	    HUNG_UP,
	    ENDED },
	  0,
	  { .records = 1,
	    .status = 200,
	    .end = CALL_BYE,
	    .request_delay_ms = 60,
	    .setup_ms = 1500,
	    .disconnect_delay_ms = 15,
	    .session_ms = 10000,
	    .reinvites = 1,
	    .security = IS_SDES } },
};

/* sequences that make no record */
static const struct dialog_case empty_cases[] = {
	{ "an_invite_with_a_to_tag_creates_nothing",
	  { { 0, CALLER, SIP_INVITE, 0, 1, "i1", "b", PLAIN, 0, 0 },
	    { 10, CALLER, SIP_INVITE, 200, 1, "i1", "b", PLAIN, 0, 0 },
	    HUNG_UP,
	    ENDED },
	  0,
	  { 0 } },
	{ "registrations_are_no_dialogs",
	  { { 0, CALLER, SIP_REGISTER, 0, 1, "i1", NULL, 0, 0, 0 },
	    { 10, CALLER, SIP_REGISTER, 200, 1, "i1", "b", 0, 0, 0 },
	    { 20, CALLER, SIP_OPTIONS, 0, 2, "o1", NULL, 0, 0, 0 } },
	  0,
	  { 0 } },
};

/* ---- running a sequence ---- */

static const struct sdp descriptions[] = {
	[PLAIN] = { .n_media = 1, .media = { { .audio = true, .port = 4000 } } },
	[SDES] = { .n_media = 1,
	           .media = { { .audio = true, .port = 4000, .security = SDP_SDES } } },
	[DTLS] = { .n_media = 1,
	           .media = { { .audio = true, .port = 4000, .security = SDP_DTLS } } },
	[HOLD] = { .n_media = 1, .media = { { .audio = true, .port = 4000 } }, .on_hold = true },
};

static struct sip_msg message_of(const struct line *line)
{
	struct sip_msg msg = {
		.request = line->status == 0,
		.method = line->method,
		.status = line->status,
		.call_id = SLICE("call-1@192.0.2.10"),
		.from_tag = slice_of(line->by == CALLER ? "a" : "b"),
		.from = SLICE("<sip:+4930123456@192.0.2.10>"),
		.to_tag = slice_of(line->to_tag),
		.branch = slice_of(line->branch),
		.cseq = line->cseq,
		.has_uui = line->uui,
		.siprec = line->siprec,
	};

	return msg;
}

static struct dialog_ref say(struct dialogs *d, const struct line *line)
{
	struct packet p = {
		.at_ns = START_NS + line->at_ms * MS,
		.src = net_addr_v4(0xc000020a),
		.dst = net_addr_v4(0x0a010001),
		.src_port = 5060,
		.dst_port = 5060,
	};
	struct sip_msg msg = message_of(line);

	struct dialog_names names = dialogs_names(d, &msg);

	return dialogs_message(d, &p, &msg, &names,
	                       line->body != NOTHING ? &descriptions[line->body] : NULL);
}

static struct dialogs *open_dialogs(struct witness *w, uint32_t max_dialogs)
{
	struct dialogs *d = dialogs_new(&(struct dialogs_options){
		.observer = &w->observer,
		.max_dialogs = max_dialogs,
		.idle_ns = 4 * HOUR * MS,
	});

	assert_non_null(d);
	return d;
}

static void assert_figure(bool has, uint64_t value, int want)
{
	assert_int_equal(has, want != ABSENT);
	assert_true(!has || value == (uint64_t)want);
}

static void assert_record(const Cxm__Dialog *r, const struct want *want)
{
	assert_figure(r->has_final_status, r->final_status, want->status);
	assert_int_equal(r->end, want->end);
	assert_figure(r->has_request_delay_ms, r->request_delay_ms, want->request_delay_ms);
	assert_figure(r->has_setup_ms, r->setup_ms, want->setup_ms);
	assert_figure(r->has_disconnect_delay_ms, r->disconnect_delay_ms,
	              want->disconnect_delay_ms);
	assert_figure(r->has_session_ms, r->session_ms, want->session_ms);
	assert_figure(r->has_media_security, (uint64_t)r->media_security, want->security);
	assert_int_equal(r->holds, want->holds);
	assert_int_equal(r->reinvites, want->reinvites);
	assert_int_equal(r->retransmissions, want->retransmissions);
	assert_int_equal(r->challenges, want->challenges);
	assert_int_equal(r->forks, want->forks);
	assert_int_equal(r->refers, want->refers);
}

static void play(struct dialogs *d, const struct dialog_case *c)
{
	for (size_t i = 0; i < COUNT(c->lines) && c->lines[i].branch != NULL; i++) {
		(void)say(d, &c->lines[i]);
	}
	dialogs_tick(d, START_NS + c->wait_ms * MS);
	dialogs_finish(d);
	assert_int_equal(dialogs_open(d), 0);
}

static void dialog_case_run(void **state)
{
	const struct dialog_case *c = *state;
	struct witness w;
	struct dialogs *d;

	witness_open(&w);
	d = open_dialogs(&w, 8);
	play(d, c);
	assert_int_equal(w.n, c->want.records);
	/* the last record of an attempt is the one that stays; all have the same key */
	assert_record(witness_dialog(&w, w.n - 1), &c->want);
	assert_int_equal(witness_dialog(&w, w.n - 1)->at_us,
	                 START_NS / 1000 + c->lines[0].at_ms * 1000);
	assert_int_equal(witness_dialog(&w, 0)->at_us, witness_dialog(&w, w.n - 1)->at_us);
	dialogs_free(d);
	witness_close(&w);
}

static void empty_case_run(void **state)
{
	struct witness w;
	struct dialogs *d;

	witness_open(&w);
	d = open_dialogs(&w, 8);
	play(d, *state);
	assert_int_equal(w.n, 0);
	dialogs_free(d);
	witness_close(&w);
}

/* ---- what is not a sequence ---- */

struct stage {
	struct witness w;
	struct dialogs *d;
};

static int stage_open(void **state)
{
	static struct stage stage;

	witness_open(&stage.w);
	stage.d = open_dialogs(&stage.w, 4);
	*state = &stage;
	return 0;
}

static int stage_close(void **state)
{
	struct stage *stage = *state;

	dialogs_free(stage->d);
	witness_close(&stage->w);
	return 0;
}

/* The n-th call of many: an INVITE of its own Call-ID. */
static void invite_number(struct dialogs *d, unsigned n, int64_t at_ms)
{
	struct dialog_names names;
	char call_id[16];
	struct packet p = { .at_ns = START_NS + at_ms * MS };
	struct sip_msg msg = {
		.request = true,
		.method = SIP_INVITE,
		.from_tag = SLICE("a"),
		.branch = SLICE("i"),
		.cseq = 1,
	};

	(void)snprintf(call_id, sizeof(call_id), "call-%u", n);
	msg.call_id = slice_of(call_id);
	names = dialogs_names(d, &msg);
	(void)dialogs_message(d, &p, &msg, &names, NULL);
}

static uint64_t contact_of_number(const struct stage *s, unsigned n)
{
	char call_id[16];

	(void)snprintf(call_id, sizeof(call_id), "call-%u", n);
	return pseudonym_of(s->w.pseudonym, CXM_CONTACT, slice_of(call_id));
}

static void a_record_holds_pseudonyms_of_who_called(void **state)
{
	struct stage *s = *state;
	const struct line line = INVITED;
	const struct pseudonym *p = s->w.pseudonym;
	const Cxm__Dialog *r;

	(void)say(s->d, &line);
	dialogs_finish(s->d);
	r = witness_dialog(&s->w, 0);
	assert_string_equal(r->host, "pbx1");
	assert_int_equal(r->source, CXM__SOURCE__CAPTURE);
	assert_true(r->contact == pseudonym_of(p, CXM_CONTACT, SLICE("call-1@192.0.2.10")));
	assert_true(r->from_tag_id == pseudonym_of(p, CXM_REFERENCE, SLICE("a")));
	assert_true(r->customer == pseudonym_of(p, CXM_CUSTOMER, SLICE("+4930123456")));
	assert_true(r->src_addr == pseudonym_of(p, CXM_ADDRESS, SLICE("192.0.2.10")));
	assert_true(r->dst_addr == pseudonym_of(p, CXM_ADDRESS, SLICE("10.1.0.1")));
	assert_int_equal(r->transport, CXM__DIALOG__TRANSPORT__UDP);
	assert_false(r->has_direction);
}

static void a_caller_without_number_has_no_customer(void **state)
{
	struct stage *s = *state;

	invite_number(s->d, 1, 0);
	dialogs_finish(s->d);
	assert_false(witness_dialog(&s->w, 0)->has_customer);
}

static void uui_and_siprec_are_noted(void **state)
{
	struct stage *s = *state;
	const struct line invite = { 0, CALLER, SIP_INVITE, 0, 1, "i1", NULL, PLAIN, 1, 1 };
	const struct line other = { 5, CALLER, SIP_INVITE, 0, 1, "i1", NULL, PLAIN, 0, 0 };

	(void)say(s->d, &invite);
	(void)say(s->d, &other);
	dialogs_finish(s->d);
	assert_true(witness_dialog(&s->w, 0)->uui_present);
	assert_true(witness_dialog(&s->w, 0)->siprec);
}

static void direction_is_seen_from_the_local_addresses(void **state)
{
	struct stage *s = *state;
	const struct net_addr callee = net_addr_v4(0x0a010001);
	const struct net_addr caller = net_addr_v4(0xc000020a);
	const struct line line = INVITED;
	struct dialogs_options options = {
		.observer = &s->w.observer, .max_dialogs = 4, .local = &callee, .n_local = 1
	};
	struct dialogs *d = dialogs_new(&options);

	(void)say(d, &line);
	dialogs_finish(d);
	dialogs_free(d);
	options.local = &caller;
	d = dialogs_new(&options);
	(void)say(d, &line);
	dialogs_finish(d);
	dialogs_free(d);
	assert_int_equal(witness_dialog(&s->w, 0)->direction, CXM__DIALOG__DIRECTION__INBOUND);
	assert_int_equal(witness_dialog(&s->w, 1)->direction, CXM__DIALOG__DIRECTION__OUTBOUND);
}

static void a_finished_call_is_reported_at_once(void **state)
{
	struct stage *s = *state;
	const struct line lines[] = { INVITED, ANSWERED, HUNG_UP, ENDED };

	for (size_t i = 0; i < COUNT(lines); i++) {
		assert_int_equal(s->w.n, 0);
		(void)say(s->d, &lines[i]);
	}
	assert_int_equal(s->w.n, 1);
	assert_int_equal(witness_dialog(&s->w, 0)->seen_us, START_NS / 1000 + INT64_C(11515000));
}

static void the_second_record_of_an_attempt_ranks_higher(void **state)
{
	struct stage *s = *state;
	const struct line lines[] = {
		INVITED,
		{ 1000, CALLER, SIP_INVITE, 503, 1, "i1", "c", 0, 0, 0 },
		{ 1100, CALLER, SIP_INVITE, 0, 2, "i2", NULL, PLAIN, 0, 0 },
		{ 1200, CALLER, SIP_INVITE, 486, 2, "i2", "b", 0, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		(void)say(s->d, &lines[i]);
	}
	assert_int_equal(s->w.n, 2);
	assert_int_equal(witness_dialog(&s->w, 0)->final_status, 503);
	assert_int_equal(witness_dialog(&s->w, 1)->final_status, 486);
	assert_true(witness_dialog(&s->w, 1)->seen_us > witness_dialog(&s->w, 0)->seen_us);
}

static void a_dialog_is_active_until_its_end_and_remembered_for_32_s(void **state)
{
	struct stage *s = *state;
	const struct line lines[] = { INVITED, ANSWERED, HUNG_UP, ENDED };
	struct dialog_ref ref = { 0 };

	for (size_t i = 0; i < COUNT(lines); i++) {
		assert_int_equal(dialogs_active(s->d, ref.dialog), i > 0);
		ref = say(s->d, &lines[i]);
	}
	assert_false(dialogs_active(s->d, ref.dialog));
	dialogs_tick(s->d, START_NS + MS * (11515 + 31999));
	assert_int_equal(dialogs_open(s->d), 1);
	dialogs_tick(s->d, START_NS + MS * (11515 + 32000));
	assert_int_equal(dialogs_open(s->d), 0);
}

static void both_directions_are_one_dialog(void **state)
{
	struct stage *s = *state;
	const struct line invite = INVITED;
	const struct line answer = ANSWERED;
	const struct line back = { 11500, CALLEE, SIP_BYE, 0, 1, "y2", "a", 0, 0, 0 };
	struct dialog_ref first = say(s->d, &invite);
	struct dialog_ref second = say(s->d, &answer);
	struct dialog_ref third = say(s->d, &back);

	assert_true(first.dialog != 0 && first.contact != 0);
	assert_true(first.dialog == second.dialog && second.dialog == third.dialog);
	assert_true(first.contact == third.contact);
	assert_true(first.describes && second.describes && !third.describes);
}

static void requests_of_dialogs_that_never_began_are_counted_only(void **state)
{
	struct stage *s = *state;
	const struct line bye = HUNG_UP;
	const struct line answer = ANSWERED;

	assert_true(say(s->d, &bye).dialog == 0);
	assert_false(say(s->d, &answer).describes);
	assert_int_equal(dialogs_counters(s->d)->unknown, 2);
	assert_int_equal(dialogs_open(s->d), 0);
}

static void one_call_id_with_another_from_tag_is_another_call(void **state)
{
	struct stage *s = *state;
	const struct line one = INVITED;
	const struct line two = { 5, CALLEE, SIP_INVITE, 0, 1, "i2", NULL, PLAIN, 0, 0 };

	(void)say(s->d, &one);
	(void)say(s->d, &two);
	assert_int_equal(dialogs_open(s->d), 2);
}

static void the_same_names_after_bye_are_another_call(void **state)
{
	struct stage *s = *state;
	const struct line lines[] = {
		INVITED,
		ANSWERED,
		HUNG_UP,
		ENDED,
		{ 20000, CALLER, SIP_INVITE, 0, 10, "i2", NULL, 0, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		(void)say(s->d, &lines[i]);
	}
	dialogs_finish(s->d);
	assert_int_equal(s->w.n, 2);
	assert_int_equal(witness_dialog(&s->w, 1)->at_us, START_NS / 1000 + INT64_C(20000000));
	assert_int_equal(witness_dialog(&s->w, 1)->end, CALL_CUT);
}

static void a_full_table_gives_up_what_is_over_first(void **state)
{
	struct stage *s = *state;
	const struct line lines[] = { INVITED,
		                      { 80, CALLER, SIP_INVITE, 486, 1, "i1", "b", 0, 0, 0 } };

	invite_number(s->d, 1, 0);
	(void)say(s->d, &lines[0]);
	(void)say(s->d, &lines[1]);
	invite_number(s->d, 2, 100);
	invite_number(s->d, 3, 110);
	assert_int_equal(s->w.n, 1);
	invite_number(s->d, 4, 120);
	assert_int_equal(s->w.n, 1);
	assert_int_equal(dialogs_open(s->d), 4);
	assert_int_equal(dialogs_counters(s->d)->evicted, 0);
}

static void a_full_table_then_cuts_the_one_silent_longest(void **state)
{
	struct stage *s = *state;

	for (unsigned n = 1; n <= 4; n++) {
		invite_number(s->d, n, n);
	}
	invite_number(s->d, 1, 2000); /* a copy: call 2 is silent longest now */
	invite_number(s->d, 5, 2001);
	assert_int_equal(s->w.n, 1);
	assert_true(witness_dialog(&s->w, 0)->contact == contact_of_number(s, 2));
	assert_int_equal(witness_dialog(&s->w, 0)->end, CALL_CUT);
	assert_int_equal(dialogs_counters(s->d)->evicted, 1);
	assert_int_equal(dialogs_open(s->d), 4);
}

#define STAGED(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

int main(void)
{
	static const struct CMUnitTest singles[] = {
		STAGED(a_record_holds_pseudonyms_of_who_called),
		STAGED(a_caller_without_number_has_no_customer),
		STAGED(uui_and_siprec_are_noted),
		STAGED(direction_is_seen_from_the_local_addresses),
		STAGED(a_finished_call_is_reported_at_once),
		STAGED(the_second_record_of_an_attempt_ranks_higher),
		STAGED(a_dialog_is_active_until_its_end_and_remembered_for_32_s),
		STAGED(both_directions_are_one_dialog),
		STAGED(requests_of_dialogs_that_never_began_are_counted_only),
		STAGED(one_call_id_with_another_from_tag_is_another_call),
		STAGED(the_same_names_after_bye_are_another_call),
		STAGED(a_full_table_gives_up_what_is_over_first),
		STAGED(a_full_table_then_cuts_the_one_silent_longest),
	};
	struct CMUnitTest tests[COUNT(dialog_cases) + COUNT(empty_cases) + COUNT(singles)];
	size_t n = COUNT(singles);

	memcpy(tests, singles, sizeof(singles));
	CASES_ADD(tests, n, dialog_cases, dialog_case_run);
	CASES_ADD(tests, n, empty_cases, empty_case_run);
	return cmocka_run_group_tests_name("dialog", tests, NULL, NULL);
}
