/*
 * The ami source against a manager interface on loopback: login, the present state, what is lost
 * and what comes again.
 */
#include "agent/sources/ami.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "tests/support/cases.h"
#include "tests/support/fake_pbx.h"
#include "tests/support/loop_agent.h"
#include "tests/support/tally.h"
#include "tests/support/temp.h"

#define MD5_TOP "4df7f21570af1f89835b48507a86e42a"
#define BANNER  "Asterisk Call Manager/11.0.0\r\n"
#define EMPTY_QUEUE                                                                                \
	"Response: Success\r\nActionID: cxm-queues\r\nEventList: start\r\n\r\n"                    \
	"Event: QueueParams\r\nTimestamp: 1795323500.0\r\nQueue: sales\r\n\r\n"                    \
	"Event: QueueStatusComplete\r\nTimestamp: 1795323500.0\r\nActionID: cxm-queues\r\n\r\n"

struct fixture {
	struct loop_agent agent;
	struct fake_pbx *pbx;
	struct source *source;
	struct ami_conf conf;
	struct conf_doc doc;
	struct temp temp;
	const char *queues;    /* the answer to the first question */
	const char *login;     /* likewise */
	const char *then;      /* said once logged in, behind the empty queue */
	const char *challenge; /* the answer; NULL: none is made */
	bool hang_up;          /* after that, once */
	bool floods;           /* after that, once */
	unsigned logins;
	char heard[1024];
};

static void flood(struct fake_pbx *pbx)
{
	char text[4096];
	size_t n = 0;

	while (n < sizeof(text) - 64) {
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		                      "Event: Newexten\r\nApplication: Wait\r\n\r\n");
	}
	for (unsigned i = 0; i < 512; i++) {
		fake_pbx_say_bytes(pbx, text, n);
	}
}

static void on_queues_asked(struct fixture *f, struct fake_pbx *pbx)
{
	fake_pbx_say(pbx, f->queues);
	f->queues = EMPTY_QUEUE;
	fake_pbx_say(pbx, f->then);
	f->then = "";
	if (f->floods) {
		f->floods = false;
		flood(pbx);
	}
	if (f->hang_up) {
		f->hang_up = false;
		fake_pbx_hang_up(pbx);
	}
}

static void on_heard(void *arg, struct fake_pbx *pbx)
{
	struct fixture *f = arg;

	if (strstr(fake_pbx_heard(pbx), "Action: Login") != NULL) {
		(void)snprintf(f->heard, sizeof(f->heard), "%s", fake_pbx_heard(pbx));
	}
	if (fake_pbx_took(pbx, "ActionID: cxm-challenge\r\nAuthType: MD5\r\n\r\n")) {
		fake_pbx_say(pbx, f->challenge);
	}
	if (fake_pbx_took(
		    pbx, "Events: system,call,agent,dialplan,security,cdr,cel,reporting\r\n\r\n")) {
		f->logins++;
		fake_pbx_say(pbx, f->login);
	}
	if (fake_pbx_took(pbx, "Action: QueueStatus\r\nActionID: cxm-queues\r\n\r\n")) {
		on_queues_asked(f, pbx);
	}
}

static void on_connected(void *arg, struct fake_pbx *pbx)
{
	(void)arg;
	fake_pbx_say(pbx, BANNER);
}

static void bind_conf(struct fixture *f, const char *more)
{
	struct fault fault;
	char yaml[1024];
	int n = snprintf(yaml, sizeof(yaml),
	                 "{port: %u, secret_file: %s, reconnect_min: 10ms, reconnect_max: 10ms%s}",
	                 fake_pbx_port(f->pbx), temp_path(&f->temp, "secret"), more);

	assert_int_equal(conf_parse(&f->doc, "test", yaml, (size_t)n, &fault), 0);
	assert_int_equal(conf_bind(&f->doc, f->doc.root, &ami_schema, &f->conf, &fault), 0);
	f->agent.env.conf = &f->conf;
}

static void write_secret(struct fixture *f, const char *text)
{
	assert_int_equal(chmod(temp_text(&f->temp, "secret", text), 0600), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct fake_pbx_calls calls = { f, on_connected, on_heard, NULL };

	*state = f;
	log_open("test", LOG_LEVEL_ERR);
	loop_agent_open(&f->agent);
	temp_open(&f->temp);
	write_secret(f, "top\n");
	f->agent.env.one_shot = false;
	f->pbx = fake_pbx_new(f->agent.env.base, &calls);
	f->challenge =
		"Response: Success\r\nActionID: cxm-challenge\r\nChallenge: 161803398\r\n\r\n";
	f->login = "Response: Success\r\nActionID: cxm-login\r\n\r\n";
	f->then = "";
	f->queues = EMPTY_QUEUE;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->source != NULL) {
		source_ami.close(f->source);
	}
	fake_pbx_free(f->pbx);
	conf_free(&f->doc);
	temp_remove(&f->temp);
	loop_agent_close(&f->agent);
	free(f);
	return 0;
}

static void run(struct fixture *f, const char *more, size_t records)
{
	struct fault fault;

	bind_conf(f, more);
	assert_int_equal(source_ami.open(&f->source, &f->agent.env, &fault), 0);
	assert_int_equal(source_ami.start(f->source), 0);
	f->agent.stop_at = records;
	loop_agent_run(&f->agent);
}

#define JOIN(id, at)                                                                               \
	"Event: QueueCallerJoin\r\nTimestamp: " at "\r\nCallerIDNum: 5550001\r\nUniqueid: " id     \
	"\r\nLinkedid: " id "\r\nQueue: sales\r\nPosition: 1\r\n\r\n"
#define GONE(id, at)                                                                               \
	"Event: HangupRequest\r\nTimestamp: " at "\r\nUniqueid: " id "\r\n\r\n"                    \
	"Event: QueueCallerAbandon\r\nTimestamp: " at "\r\nUniqueid: " id                          \
	"\r\nQueue: sales\r\n\r\nEvent: QueueCallerLeave\r\nTimestamp: " at "\r\nUniqueid: " id    \
	"\r\nQueue: sales\r\n\r\n"
#define REFUSED(id, at, why)                                                                       \
	"Event: Newexten\r\nTimestamp: " at "\r\nUniqueid: " id                                    \
	"\r\nApplication: Queue\r\nAppData: sales,t\r\n\r\nEvent: VarSet\r\nTimestamp: " at        \
	"\r\nUniqueid: " id "\r\nVariable: QUEUESTATUS\r\nValue: " why "\r\n\r\n"

static const Cxm__QueueContact *contact(const struct fixture *f, size_t i)
{
	assert_true(i < f->agent.w.n);
	assert_ptr_equal(f->agent.w.records[i]->descriptor, &cxm__queue_contact__descriptor);
	return (const void *)f->agent.w.records[i];
}

static void it_logs_in_by_challenge_and_hears_events(void **state)
{
	struct fixture *f = *state;

	f->then = REFUSED("1.1", "1795323506.5", "FULL");
	run(f, "", 1);
	assert_int_equal(contact(f, 0)->outcome, CXM__QUEUE_CONTACT__OUTCOME__FULL);
	assert_int_equal(contact(f, 0)->at_us, INT64_C(1795323506500000));
	/* md5 of 161803398top, by md5sum */
	assert_non_null(strstr(f->heard, "Key: " MD5_TOP "\r\n"));
	assert_non_null(strstr(f->heard, "AuthType: MD5\r\nUsername: "));
	assert_null(strstr(f->heard, "Secret"));
}

static void it_logs_in_in_plain_text_when_told(void **state)
{
	struct fixture *f = *state;

	f->then = REFUSED("1.1", "1795323506.5", "JOINEMPTY");
	run(f, ", login: plain, user: me", 1);
	assert_int_equal(contact(f, 0)->outcome, CXM__QUEUE_CONTACT__OUTCOME__EXIT_EMPTY);
	assert_non_null(strstr(f->heard, "Username: me\r\nSecret: top\r\n"));
	assert_null(strstr(f->heard, "AuthType"));
}

/* What would end a line of the protocol, or is no ASCII, is no name and no secret. */
static void only_text_that_fits_into_a_line_is_sent(void **state)
{
	char text[AMI_TEXT_MAX + 1];

	(void)state;
	assert_true(ami_session_text_fits("a b~c"));
	assert_false(ami_session_text_fits(""));
	assert_false(ami_session_text_fits("a\r\nAction: Command"));
	assert_false(ami_session_text_fits("a\x7f"));
	assert_false(ami_session_text_fits("\xc3\xa4"));
	memset(text, 'x', sizeof(text));
	text[AMI_TEXT_MAX - 1] = '\0';
	assert_true(ami_session_text_fits(text));
	text[AMI_TEXT_MAX - 1] = 'x';
	text[AMI_TEXT_MAX] = '\0';
	assert_false(ami_session_text_fits(text));
}

static void f13_wrong_password_is_not_tried_again_for_long(void **state)
{
	struct fixture *f = *state;
	struct timeval soon = { 0, 300000 };

	f->login =
		"Response: Error\r\nActionID: cxm-login\r\nMessage: Authentication failed\r\n\r\n";
	bind_conf(f, "");
	assert_int_equal(source_ami.open(&f->source, &f->agent.env, NULL), 0);
	assert_int_equal(source_ami.start(f->source), 0);
	(void)event_base_loopexit(f->agent.env.base, &soon); /* 30 pauses of 10 ms */
	(void)event_base_dispatch(f->agent.env.base);
	assert_int_equal(f->logins, 1);
	assert_int_equal(fake_pbx_connects(f->pbx), 1);
}

static void f13_end_of_the_connection_is_a_gap_and_what_was_open_has_no_end(void **state)
{
	struct fixture *f = *state;
	const Cxm__Gap *gap;

	f->then = JOIN("1.1", "1795323506.5");
	f->hang_up = true;
	run(f, "", 2);
	assert_int_equal(f->logins, 2);
	/* what was open is told when the queues are listed anew, and then the gap is over */
	assert_int_equal(contact(f, 0)->outcome, CXM__QUEUE_CONTACT__OUTCOME__UNKNOWN_END);
	gap = (const void *)f->agent.w.records[1];
	assert_ptr_equal(gap->base.descriptor, &cxm__gap__descriptor);
	assert_int_equal(gap->reason, CXM__GAP__REASON__SOURCE_DOWN);
	assert_string_equal(gap->part, "ami");
}

static void f13_restart_of_asterisk_is_told_as_one(void **state)
{
	struct fixture *f = *state;
	const Cxm__Gap *gap;

	f->then = JOIN("1.1", "1795323506.5") "Event: FullyBooted\r\nTimestamp: "
					      "1795323520.0\r\nUptime: 2\r\n\r\n";
	run(f, "", 2);
	assert_int_equal(contact(f, 0)->outcome, CXM__QUEUE_CONTACT__OUTCOME__UNKNOWN_END);
	gap = (const void *)f->agent.w.records[1];
	assert_int_equal(gap->reason, CXM__GAP__REASON__PBX_RESTART);
	assert_int_equal(gap->at_us, INT64_C(1795323506500000));
	assert_int_equal(gap->to_us, INT64_C(1795323518000000));
	assert_string_equal(gap->part, "ami");
}

static void f14_flood_is_read_and_bounded(void **state)
{
	struct fixture *f = *state;
	struct source_progress p;
	struct tally t;

	f->floods = true;
	f->hang_up = true; /* behind the flood */
	run(f, "", 2);     /* a gauge, and the gap */
	source_ami.progress(f->source, &p);
	assert_true(p.done > (uint64_t)512 * 3900);
	assert_int_equal(p.rejected, 0);
	tally_of(&t, &source_ami, f->source);
	assert_true(tally_count(&t, SOURCE_LOST, "connections_lost") > 0);
}

static void one_that_is_still_starting_is_asked_again(void **state)
{
	struct fixture *f = *state;
	const Cxm__Gauge *gauge;

	f->queues =
		"Response: Error\r\nActionID: cxm-queues\r\nMessage: Invalid/unknown command\r\n"
		"\r\n";
	f->then = "Event: FullyBooted\r\nUptime: 9\r\n\r\n";
	run(f, ", slot: 5s", 1);
	gauge = (const void *)f->agent.w.records[0];
	assert_ptr_equal(gauge->base.descriptor, &cxm__gauge__descriptor);
	assert_string_equal(gauge->queue, "sales");
	assert_int_equal(gauge->waiting, 0);
}

struct wrong_case {
	const char *name;
	const char *more;
	const char *secret;
	const char *told;
};

static const struct wrong_case wrongs[] = {
	{ "a_variable_without_field_is_refused", ", variables: CRM_ID", "top", "variables: " },
	{ "an_unknown_field_is_refused", ", variables: A=agent B=name", "top", "found B=name" },
	{ "an_empty_secret_is_refused", "", "", "the first line must be the secret" },
	{ "a_secret_that_would_break_the_line_is_refused", "", "a\rb", "printable ASCII" },
	{ "a_user_that_would_break_the_line_is_refused", ", user: \"a\\r\\nb\"", "top", "user: " },
};

static void wrong_run(void **state)
{
	const struct wrong_case *c = *state;
	struct fault fault = { .text = "" };
	struct fixture *f;
	void *own;

	(void)setup(&own);
	f = own;
	bind_conf(f, c->more);
	write_secret(f, c->secret);
	assert_true(source_ami.check(&f->conf, &fault) < 0);
	assert_non_null(strstr(fault.text, c->told));
	(void)teardown(&own);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, it_logs_in_by_challenge_and_hears_events, setup, teardown);
	cases_test_with(&c, it_logs_in_in_plain_text_when_told, setup, teardown);
	cases_test(&c, only_text_that_fits_into_a_line_is_sent);
	cases_test_with(&c, f13_wrong_password_is_not_tried_again_for_long, setup, teardown);
	cases_test_with(&c, f13_end_of_the_connection_is_a_gap_and_what_was_open_has_no_end, setup,
	                teardown);
	cases_test_with(&c, f13_restart_of_asterisk_is_told_as_one, setup, teardown);
	cases_test_with(&c, f14_flood_is_read_and_bounded, setup, teardown);
	cases_test_with(&c, one_that_is_still_starting_is_asked_again, setup, teardown);
	cases_table(&c, wrongs, wrong_run);
	return cases_run("sources/ami", &c, NULL, NULL);
}
