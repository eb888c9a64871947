/*
 * The esl source against a scripted FreeSWITCH on loopback: login, the look at what is there,
 * events, losses, restarts. What events mean is in test_track_cc_contact.c and its neighbours.
 */
#include "agent/sources/esl.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "tests/support/cases.h"
#include "tests/support/fake_env.h"
#include "tests/support/fake_freeswitch.h"
#include "tests/support/fs_said.h"
#include "tests/support/loop_agent.h"
#include "tests/support/tally.h"
#include "tests/support/temp.h"

#define S_US INT64_C(1000000)

#define START                                                                                      \
	"Event-Name: CUSTOM; Event-Subclass: callcenter%3A%3Ainfo; CC-Queue: sales%40default; "    \
	"CC-Action: member-queue-start; CC-Member-UUID: m1; CC-Member-Session-UUID: s1; "          \
	"CC-Member-CID-Number: 5550001"
#define END                                                                                        \
	"Event-Name: CUSTOM; Event-Subclass: callcenter%3A%3Ainfo; CC-Queue: sales%40default; "    \
	"CC-Action: member-queue-end; CC-Cause: Cancel; CC-Cancel-Reason: TIMEOUT; "               \
	"CC-Member-UUID: m1; CC-Member-Session-UUID: s1; Answer-State: answered"
#define QUEUES "name|strategy\nsales@default|longest-idle-agent\n+OK\n"

static const struct timeval on_its_way = { 0, 100000 };

struct fixture {
	struct loop_agent agent;
	struct fake_env *clock; /* stands still until told */
	struct fake_freeswitch freeswitch;
	struct esl_conf conf;
	struct source *source;
	struct fault fault;
	struct buf checkpoint;
	const char *event; /* said after the first look */
	unsigned stop_at_look;
	struct temp folder;
	char conf_path[256];
	char password_path[256];
};

/* The world goes on for a while at each look, so that what was said settles. */
static void on_looked(void *arg, struct fake_freeswitch *fs)
{
	struct fixture *f = arg;

	if (f->event != NULL) {
		fake_freeswitch_event(fs, f->event);
		f->event = NULL;
	}
	if (fs->looks == f->stop_at_look) {
		(void)event_base_loopexit(f->agent.env.base, &on_its_way);
	}
}

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .stop_at_look = 1 };
	(void)signal(SIGPIPE, SIG_IGN);
	log_open("test", LOG_LEVEL_ERR);
	loop_agent_open(&f.agent);
	temp_open(&f.folder);
	f.clock = fake_env_new(11);
	f.agent.env.env = fake_env_of(f.clock);
	f.agent.env.one_shot = false;
	fake_freeswitch_open(&f.freeswitch, f.agent.env.base);
	f.freeswitch.looked = on_looked;
	f.freeswitch.arg = &f;
	buf_init(&f.checkpoint, 1 << 20);
	f.conf = (struct esl_conf){ .host = "127.0.0.1",
		                    .port = fake_pbx_port(f.freeswitch.pbx),
		                    .trunks = "sofia/external/*",
		                    .visits = fs_said_rules,
		                    .look_ms = 60000,
		                    .max_contacts = 16,
		                    .max_calls = 16,
		                    .max_age_ms = 3600000,
		                    .reconnect_min_ms = 1,
		                    .reconnect_max_ms = 2 };
	*state = &f;
	return 0;
}

static void close_source(struct fixture *f)
{
	if (f->source != NULL) {
		source_esl.stop(f->source);
		source_esl.close(f->source);
		f->source = NULL;
	}
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close_source(f);
	fake_freeswitch_close(&f->freeswitch);
	buf_free(&f->checkpoint);
	fake_env_free(f->clock);
	temp_remove(&f->folder);
	loop_agent_close(&f->agent);
	return 0;
}

static void open_source(struct fixture *f)
{
	f->agent.env.conf = &f->conf;
	f->agent.env.checkpoint = cursor_of(f->checkpoint.data, f->checkpoint.len);
	assert_int_equal(source_esl.open(&f->source, &f->agent.env, &f->fault), 0);
	assert_int_equal(source_esl.start(f->source), 0);
}

/* Until so many looks in all have been answered. */
static void run_to_look(struct fixture *f, unsigned look)
{
	f->stop_at_look = look;
	(void)event_base_dispatch(f->agent.env.base);
	assert_int_equal(f->freeswitch.looks, look);
}

/* What was said is on its way. */
static void pump(struct fixture *f)
{
	(void)event_base_loopexit(f->agent.env.base, &on_its_way);
	(void)event_base_dispatch(f->agent.env.base);
}

/* Let real time go by until the source's tick has told what is settled. */
static void settle(struct fixture *f)
{
	fake_env_advance(f->clock, 10 * S_US);
	f->agent.stop_at = f->agent.w.n + 1;
	loop_agent_run(&f->agent);
}

static const Cxm__QueueContact *contact(const struct fixture *f)
{
	for (size_t i = 0; i < f->agent.w.n; i++) {
		if (f->agent.w.records[i]->descriptor == &cxm__queue_contact__descriptor) {
			return (const Cxm__QueueContact *)f->agent.w.records[i];
		}
	}
	fail_msg("no contact was told");
	return NULL;
}

static void it_logs_in_subscribes_and_looks(void **state)
{
	struct fixture *f = *state;
	struct source_progress progress;

	open_source(f);
	run_to_look(f, 1);
	assert_int_equal(f->freeswitch.subscribed, 1);
	assert_int_equal(f->freeswitch.refused, 0);
	source_esl.progress(f->source, &progress);
	assert_int_equal(progress.rejected, 0);
}

static void a_contact_told_by_events_is_a_record(void **state)
{
	struct fixture *f = *state;

	f->event = START;
	open_source(f);
	run_to_look(f, 1);
	fake_env_advance(f->clock, 20 * S_US);
	fake_freeswitch_event(&f->freeswitch, END);
	pump(f);
	settle(f);
	assert_string_equal(contact(f)->queue, "sales@default");
	assert_int_equal(contact(f)->outcome, CXM__QUEUE_CONTACT__OUTCOME__TIMED_OUT);
	assert_int_equal(contact(f)->source, CXM__SOURCE__ESL);
}

static void what_channels_execute_becomes_a_visit(void **state)
{
	struct fixture *f = *state;
	const Cxm__SelfServiceVisit *visit;

	f->event = "Event-Name: CHANNEL_EXECUTE; Unique-ID: s1; Caller-Context: default; "
		   "Caller-Destination-Number: 5000; Application: ivr; Application-Data: demo_ivr; "
		   "Event-Date-Timestamp: 1000000000";
	open_source(f);
	run_to_look(f, 1);
	assert_true(f->freeswitch.executes);
	fake_freeswitch_event(&f->freeswitch, "Event-Name: CHANNEL_HANGUP_COMPLETE; Unique-ID: s1; "
	                                      "Caller-Channel-Hangup-Time: 1030000000; "
	                                      "variable_sip_hangup_disposition: recv_bye");
	pump(f);
	settle(f);
	assert_int_equal(witness_count(&f->agent.w, &cxm__self_service_visit__descriptor), 1);
	visit = (const Cxm__SelfServiceVisit *)f->agent.w.records[0];
	assert_string_equal(visit->flow, "demo_ivr");
	assert_int_equal(visit->outcome, CXM__SELF_SERVICE_VISIT__OUTCOME__ABANDONED);
	assert_int_equal(visit->source, CXM__SOURCE__ESL);
}

static void without_words_for_visits_executions_are_not_asked_for(void **state)
{
	struct fixture *f = *state;

	f->conf.visits.menus = "";
	f->conf.visits.tasks = "";
	f->conf.visits.visit_events = "";
	open_source(f);
	run_to_look(f, 1);
	assert_int_equal(f->freeswitch.subscribed, 1);
	assert_false(f->freeswitch.executes);
}

static void a_visit_open_over_a_restart_of_the_agent_goes_on(void **state)
{
	struct fixture *f = *state;

	f->event = "Event-Name: CHANNEL_EXECUTE; Unique-ID: s1; Caller-Context: ivr-main; "
		   "Application: answer; Event-Date-Timestamp: 1000000000";
	f->freeswitch.channels = "uuid,direction\ns1,inbound\n\n1 total.\n";
	open_source(f);
	run_to_look(f, 1);
	pump(f);
	source_esl.stop(f->source);
	assert_int_equal(source_esl.checkpoint(f->source, &f->checkpoint), 1);
	source_esl.close(f->source);
	fake_env_advance(f->clock, 60 * S_US);
	f->event = "Event-Name: CHANNEL_HANGUP_COMPLETE; Unique-ID: s1; "
		   "Caller-Channel-Hangup-Time: 1090000000; "
		   "variable_sip_hangup_disposition: recv_bye";
	open_source(f);
	run_to_look(f, 2);
	pump(f);
	settle(f);
	assert_int_equal(witness_count(&f->agent.w, &cxm__self_service_visit__descriptor), 1);
}

static void a_look_tells_how_queues_stand(void **state)
{
	struct fixture *f = *state;
	const Cxm__Gauge *gauge;

	f->freeswitch.queues = QUEUES;
	f->freeswitch.members = "queue|uuid|session_uuid|cid_number|joined_epoch|state\n"
				"sales@default|m1|s1|5550001|1795305500|Waiting\n"
				"sales@default|m2|s2|5550002|1795305500|Answered\n" /* stale */
				"+OK\n";
	f->freeswitch.queue_agents = "name|status|state\nAna|Available|Waiting\n"
				     "Ben|On Break|Waiting\nCem|Available|In a queue call\n"
				     "Dan|Logged Out|Waiting\nEva|Available|Reserved\n+OK\n";
	f->freeswitch.channels = "uuid,direction,created\ns1,inbound,x\n\n1 total.\n";
	open_source(f);
	run_to_look(f, 1);
	assert_int_equal(f->agent.w.n, 1);
	assert_ptr_equal(f->agent.w.records[0]->descriptor, &cxm__gauge__descriptor);
	gauge = (const Cxm__Gauge *)f->agent.w.records[0];
	assert_string_equal(gauge->queue, "sales@default");
	assert_int_equal(gauge->waiting, 1);
	assert_int_equal(gauge->agents_ready, 1);
	assert_int_equal(gauge->agents_busy, 1);
	assert_int_equal(gauge->agents_paused, 1);
}

static void without_mod_callcenter_calls_are_told_all_the_same(void **state)
{
	struct fixture *f = *state;

	f->freeswitch.agents = "-ERR callcenter_config Command not found!\n";
	f->freeswitch.queues = "-ERR callcenter_config Command not found!\n";
	f->event =
		"Event-Name: CHANNEL_HANGUP_COMPLETE; Unique-ID: u1; "
		"Caller-Channel-Created-Time: 1000000000; Caller-Channel-Hangup-Time: 1001000000";
	open_source(f);
	run_to_look(f, 1);
	settle(f);
	assert_int_equal(witness_count(&f->agent.w, &cxm__call__descriptor), 1);
}

static void a_name_that_could_be_another_command_is_not_sent(void **state)
{
	struct fixture *f = *state;
	struct source_progress progress;
	struct tally t;

	f->freeswitch.queues = "name|strategy\nsales fsctl shutdown|x\n+OK\n";
	open_source(f);
	run_to_look(f, 1);
	source_esl.progress(f->source, &progress);
	assert_int_equal(progress.rejected, 1);
	tally_of(&t, &source_esl, f->source);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "bad_queue_name"), 1);
}

static void a_wrong_password_is_not_tried_again_at_once(void **state)
{
	struct fixture *f = *state;
	const struct timeval while_ = { 0, 100000 };

	f->freeswitch.password = "another";
	open_source(f);
	(void)event_base_loopexit(f->agent.env.base, &while_);
	(void)event_base_dispatch(f->agent.env.base);
	assert_int_equal(f->freeswitch.refused, 1);
	assert_int_equal(fake_pbx_connects(f->freeswitch.pbx), 1);
}

static void another_core_is_a_restart_of_freeswitch(void **state)
{
	struct fixture *f = *state;

	f->event = START "; Core-UUID: c1; Event-Date-Timestamp: 1795323500000000";
	open_source(f);
	run_to_look(f, 1);
	fake_freeswitch_event(&f->freeswitch, "Event-Name: HEARTBEAT; Core-UUID: c1; "
	                                      "Event-Date-Timestamp: 1795323520000000");
	fake_freeswitch_event(&f->freeswitch, "Event-Name: HEARTBEAT; Core-UUID: c2; "
	                                      "Event-Date-Timestamp: 1795323530000000");
	settle(f);
	assert_int_equal(witness_gap(&f->agent.w, 0)->reason, CXM__GAP__REASON__PBX_RESTART);
	assert_int_equal(witness_gap(&f->agent.w, 0)->at_us, INT64_C(1795323520000000));
	assert_int_equal(witness_gap(&f->agent.w, 0)->to_us, INT64_C(1795323530000000));
	assert_string_equal(witness_gap(&f->agent.w, 0)->part, "esl");
}

static void freeswitch_restarted_while_the_agent_was_away_is_told_too(void **state)
{
	struct fixture *f = *state;

	f->event = START "; Core-UUID: c1; Event-Date-Timestamp: 1795323500000000";
	open_source(f);
	run_to_look(f, 1);
	pump(f);
	source_esl.stop(f->source);
	assert_int_equal(source_esl.checkpoint(f->source, &f->checkpoint), 1);
	source_esl.close(f->source);
	f->event = "Event-Name: HEARTBEAT; Core-UUID: c2; "
		   "Event-Date-Timestamp: 1795323530000000";
	f->freeswitch.channels = "uuid,direction\ns1,inbound\n\n1 total.\n";
	open_source(f);
	run_to_look(f, 2);
	pump(f);
	assert_int_equal(f->agent.w.n, 2); /* we were away, and so was it */
	assert_int_equal(witness_gap(&f->agent.w, 1)->reason, CXM__GAP__REASON__PBX_RESTART);
	assert_int_equal(witness_gap(&f->agent.w, 1)->at_us, INT64_C(1795323500000000));
	assert_int_equal(witness_gap(&f->agent.w, 1)->to_us, INT64_C(1795323530000000));
}

static void a_contact_open_over_a_loss_ends_when_its_channel_is_gone(void **state)
{
	struct fixture *f = *state;

	f->event = START;
	open_source(f);
	run_to_look(f, 1);
	fake_env_advance(f->clock, 60 * S_US);
	fake_pbx_hang_up(f->freeswitch.pbx);
	run_to_look(f, 2);
	assert_int_equal(witness_gap(&f->agent.w, 0)->reason, CXM__GAP__REASON__SOURCE_DOWN);
	settle(f);
	assert_int_equal(contact(f)->outcome, CXM__QUEUE_CONTACT__OUTCOME__UNKNOWN_END);
}

static void a_restart_of_the_agent_keeps_open_contacts_and_tells_the_gap(void **state)
{
	struct fixture *f = *state;
	int64_t whole_us;

	f->event = START;
	f->freeswitch.channels = "uuid,direction\ns1,inbound\n\n1 total.\n";
	open_source(f);
	run_to_look(f, 1);
	whole_us = env_wall_us(f->agent.env.env);
	source_esl.stop(f->source);
	assert_int_equal(source_esl.checkpoint(f->source, &f->checkpoint), 1);
	source_esl.close(f->source);
	fake_env_advance(f->clock, 30 * S_US);
	f->event = END;
	open_source(f);
	run_to_look(f, 2);
	settle(f);
	assert_int_equal(witness_gap(&f->agent.w, 0)->at_us, whole_us);
	assert_int_equal(witness_gap(&f->agent.w, 0)->to_us, whole_us + 30 * S_US);
	assert_int_equal(contact(f)->outcome, CXM__QUEUE_CONTACT__OUTCOME__TIMED_OUT);
	assert_int_equal(contact(f)->at_us, whole_us);
}

static void a_state_that_cannot_be_used_is_left(void **state)
{
	struct fixture *f = *state;

	buf_add_text(&f->checkpoint, "\x01rubbish");
	log_set_level(LOG_LEVEL_ERR);
	open_source(f);
	run_to_look(f, 1);
	assert_int_equal(f->freeswitch.subscribed, 1);
}

/* ---- password and check ---- */

static void put(struct fixture *f, const char **path, char out[256], const char *text, mode_t mode)
{
	(void)snprintf(out, 256, "%s",
	               temp_text(&f->folder, path == &f->conf.conf_file ? "c" : "p", text));
	assert_int_equal(chmod(out, mode), 0);
	*path = out;
}

static void put_conf(struct fixture *f, const char *text)
{
	put(f, &f->conf.conf_file, f->conf_path, text, 0600);
}

static void put_password(struct fixture *f, const char *text, mode_t mode)
{
	put(f, &f->conf.password_file, f->password_path, text, mode);
}

static void the_password_is_found_where_freeswitch_keeps_it(void **state)
{
	struct fixture *f = *state;
	char password[ESL_PASSWORD_BYTES];

	put_conf(f, "<param name=\"password\" value=\"s3cret\"/>");
	assert_int_equal(esl_password(&f->conf, password, &f->fault), 0);
	assert_string_equal(password, "s3cret");
	put_password(f, "other\n", 0600);
	assert_int_equal(esl_password(&f->conf, password, &f->fault), 0);
	assert_string_equal(password, "other");
}

static void a_password_others_can_read_is_refused(void **state)
{
	struct fixture *f = *state;

	put_password(f, "s3cret\n", 0644);
	assert_true(esl_check(&f->conf, &f->fault) < 0);
	assert_non_null(strstr(f->fault.text, f->conf.password_file));
	assert_null(strstr(f->fault.text, "s3cret"));
}

static void the_default_secret_and_a_socket_for_everybody_are_worth_a_warning(void **state)
{
	struct fixture *f = *state;

	put_conf(f, "<param name=\"listen-ip\" value=\"::\"/>"
	            "<param name=\"password\" value=\"ClueCon\"/>");
	assert_int_equal(esl_check(&f->conf, &f->fault), 1);
	assert_non_null(strstr(f->fault.text, "default secret"));
	assert_non_null(strstr(f->fault.text, "listen-ip"));
}

static void a_quiet_host_is_fine(void **state)
{
	struct fixture *f = *state;

	f->conf.port = 8021;
	put_conf(f, "<param name=\"listen-ip\" value=\"127.0.0.1\"/><param name=\"listen-port\" "
	            "value=\"8021\"/><param name=\"password\" value=\"x\"/>");
	assert_int_equal(esl_check(&f->conf, &f->fault), 0);
}

static void another_port_than_freeswitch_says_is_worth_a_warning(void **state)
{
	struct fixture *f = *state;

	f->conf.port = 8022;
	put_conf(f, "<param name=\"listen-port\" value=\"8021\"/>"
	            "<param name=\"password\" value=\"x\"/>");
	assert_int_equal(esl_check(&f->conf, &f->fault), 1);
	assert_non_null(strstr(f->fault.text, "8021"));
}

static void an_empty_password_file_is_refused(void **state)
{
	struct fixture *f = *state;

	put_password(f, "\n", 0600);
	assert_int_equal(esl_check(&f->conf, &f->fault), -EINVAL);
}

int main(void)
{
	static struct cases all;

	cases_test_with(&all, it_logs_in_subscribes_and_looks, setup, teardown);
	cases_test_with(&all, a_contact_told_by_events_is_a_record, setup, teardown);
	cases_test_with(&all, what_channels_execute_becomes_a_visit, setup, teardown);
	cases_test_with(&all, without_words_for_visits_executions_are_not_asked_for, setup,
	                teardown);
	cases_test_with(&all, a_visit_open_over_a_restart_of_the_agent_goes_on, setup, teardown);
	cases_test_with(&all, a_look_tells_how_queues_stand, setup, teardown);
	cases_test_with(&all, without_mod_callcenter_calls_are_told_all_the_same, setup, teardown);
	cases_test_with(&all, a_name_that_could_be_another_command_is_not_sent, setup, teardown);
	cases_test_with(&all, a_wrong_password_is_not_tried_again_at_once, setup, teardown);
	cases_test_with(&all, another_core_is_a_restart_of_freeswitch, setup, teardown);
	cases_test_with(&all, freeswitch_restarted_while_the_agent_was_away_is_told_too, setup,
	                teardown);
	cases_test_with(&all, a_contact_open_over_a_loss_ends_when_its_channel_is_gone, setup,
	                teardown);
	cases_test_with(&all, a_restart_of_the_agent_keeps_open_contacts_and_tells_the_gap, setup,
	                teardown);
	cases_test_with(&all, a_state_that_cannot_be_used_is_left, setup, teardown);
	cases_test_with(&all, the_password_is_found_where_freeswitch_keeps_it, setup, teardown);
	cases_test_with(&all, a_password_others_can_read_is_refused, setup, teardown);
	cases_test_with(&all, the_default_secret_and_a_socket_for_everybody_are_worth_a_warning,
	                setup, teardown);
	cases_test_with(&all, a_quiet_host_is_fine, setup, teardown);
	cases_test_with(&all, another_port_than_freeswitch_says_is_worth_a_warning, setup,
	                teardown);
	cases_test_with(&all, an_empty_password_file_is_refused, setup, teardown);
	return cases_run("sources_esl", &all, NULL, NULL);
}
