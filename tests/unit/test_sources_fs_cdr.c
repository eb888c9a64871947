/* A folder of call detail records: each read once, whole, in order; and what one of them says. */
#include "agent/sources/fs_cdr.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/decode/fs_cdr.h"
#include "common/log.h"
#include "tests/support/cases.h"
#include "tests/support/fs_said.h"
#include "tests/support/loop_agent.h"
#include "tests/support/tally.h"
#include "tests/support/temp.h"

#define S_US INT64_C(1000000)

#define RECORD(uuid, variables)                                                                    \
	"{\"core-uuid\":\"c\",\"channel_data\":{\"state\":\"CS_REPORTING\"},\"variables\":{"       \
	"\"uuid\":\"" uuid "\",\"direction\":\"inbound\",\"start_uepoch\":\"1000000000\","         \
	"\"end_uepoch\":\"1071000000\",\"channel_name\":\"sofia/external/x%40y\"" variables        \
	"},\"app_log\":{\"applications\":[{\"app_name\":\"callcenter\"}]},\"callflow\":["          \
	"{\"dialplan\":\"XML\",\"caller_profile\":{\"caller_id_number\":\"5550001\","              \
	"\"destination_number\":\"77\"},\"times\":{\"created_time\":\"1000000000\"}}]}"
#define QUEUED                                                                                     \
	",\"cc_side\":\"member\",\"cc_member_uuid\":\"m1\",\"cc_queue\":\"sales%40default\","      \
	"\"cc_queue_joined_epoch\":\"1000\",\"cc_queue_answered_epoch\":\"1011\","                 \
	"\"cc_queue_terminated_epoch\":\"1071\",\"cc_cause\":\"answered\",\"cc_agent\":\"Ana\""

struct fixture {
	struct loop_agent agent;
	struct env env; /* real files, a clock that is ahead */
	struct temp folder;
	struct fs_cdr_conf conf;
	struct source *source;
	struct buf checkpoint;
	int64_t ahead_us;
};

static struct fixture fixture;

static int64_t ahead_wall_us(void *arg)
{
	(void)arg;
	return env_system.wall_us(env_system.arg) + fixture.ahead_us;
}

static void open_source(struct fixture *f)
{
	struct fault fault;

	f->agent.env.checkpoint = cursor_of(f->checkpoint.data, f->checkpoint.len);
	assert_int_equal(source_fs_cdr.open(&f->source, &f->agent.env, &fault), 0);
	assert_int_equal(source_fs_cdr.start(f->source), 0);
}

static void close_source(struct fixture *f)
{
	source_fs_cdr.stop(f->source);
	source_fs_cdr.close(f->source);
	f->source = NULL;
}

static int setup(void **state)
{
	struct fixture *f = &fixture;

	*f = (struct fixture){ .ahead_us = 10 * S_US };
	log_open("test", LOG_LEVEL_ERR);
	loop_agent_open(&f->agent);
	temp_open(&f->folder);
	f->env = env_system;
	f->env.wall_us = ahead_wall_us;
	f->conf = (struct fs_cdr_conf){ .folder = f->folder.dir,
		                        .encoded = true,
		                        .trunks = "sofia/external/*",
		                        .visits = fs_said_rules,
		                        .poll_ms = 1000,
		                        .max_contacts = 16,
		                        .max_calls = 16,
		                        .from_start = true };
	f->agent.env.env = &f->env;
	f->agent.env.one_shot = false;
	f->agent.env.conf = &f->conf;
	buf_init(&f->checkpoint, 1 << 20);
	open_source(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close_source(f);
	buf_free(&f->checkpoint);
	temp_remove(&f->folder);
	loop_agent_close(&f->agent);
	return 0;
}

/* Read what is there, then let it settle. */
static void read_all(struct fixture *f)
{
	while (fs_cdr_turn(f->source)) {
	}
	f->ahead_us += 10 * S_US;
	(void)fs_cdr_turn(f->source);
}

static uint64_t rejected(const struct fixture *f)
{
	struct source_progress p;
	struct tally t;

	source_fs_cdr.progress(f->source, &p);
	tally_of(&t, &source_fs_cdr, f->source);
	return p.rejected;
}

static uint64_t files(const struct fixture *f)
{
	struct source_progress p;

	source_fs_cdr.progress(f->source, &p);
	return p.done;
}

static void a_record_becomes_a_contact_and_a_call(void **state)
{
	struct fixture *f = *state;
	const Cxm__QueueContact *contact;
	const Cxm__Call *call;

	(void)temp_text(&f->folder, "a_s1.cdr.json", RECORD("s1", QUEUED));
	read_all(f);
	assert_int_equal(f->agent.w.n, 2);
	contact = (const Cxm__QueueContact *)f->agent.w.records[0];
	call = (const Cxm__Call *)f->agent.w.records[1];
	assert_string_equal(contact->queue, "sales@default");
	assert_int_equal(contact->source, CXM__SOURCE__CDR);
	assert_int_equal(contact->wait_ms, 11000);
	assert_int_equal(contact->talk_ms, 60000);
	assert_int_equal(contact->customer,
	                 pseudonym_of(f->agent.w.pseudonym, CXM_CUSTOMER, SLICE("5550001")));
	assert_int_equal(call->contact, contact->contact);
	assert_int_equal(call->duration_ms, 71000);
	assert_true(call->agent_answered);
}

static void what_the_channel_executed_becomes_a_visit(void **state)
{
	struct fixture *f = *state;
	const Cxm__SelfServiceVisit *visit;

	(void)temp_text(
		&f->folder, "a_s1.cdr.json",
		"{\"variables\":{\"uuid\":\"s1\",\"direction\":\"inbound\","
		"\"start_uepoch\":\"1000000000\",\"answer_uepoch\":\"1001000000\","
		"\"end_uepoch\":\"1071000000\",\"sip_hangup_disposition\":\"recv_bye\","
		"\"channel_name\":\"sofia/external/x%40y\"},\"app_log\":{\"applications\":["
		"{\"app_name\":\"transfer\",\"app_data\":\"5000 XML default\","
		"\"app_stamp\":\"1000500000\"},"
		"{\"app_name\":\"ivr\",\"app_data\":\"demo_ivr\",\"app_stamp\":\"1002000000\"},"
		"{\"app_name\":\"event\",\"app_data\":\"Event-Subclass=IVR_DONE,Text=balance\","
		"\"app_stamp\":\"1031000000\"}]},\"callflow\":["
		"{\"extension\":{\"applications\":[{\"app_name\":\"ivr\"}]},\"caller_profile\":{"
		"\"caller_id_number\":\"5550001\",\"destination_number\":\"5000\","
		"\"context\":\"default\"}},{\"caller_profile\":{\"destination_number\":\"77\","
		"\"context\":\"public\"}}]}");
	read_all(f);
	assert_int_equal(witness_count(&f->agent.w, &cxm__self_service_visit__descriptor), 1);
	visit = (const Cxm__SelfServiceVisit *)
	                f->agent.w.records[0]; /* at its end; the call waits for its channels */
	assert_int_equal(visit->source, CXM__SOURCE__CDR);
	assert_int_equal(visit->at_us, INT64_C(1002000000));
	assert_string_equal(visit->path, "demo_ivr>balance");
	assert_int_equal(visit->outcome, CXM__SELF_SERVICE_VISIT__OUTCOME__CONTAINED);
	assert_int_equal(visit->first_value_ms, 30000);
	assert_int_equal(visit->customer,
	                 pseudonym_of(f->agent.w.pseudonym, CXM_CUSTOMER, SLICE("5550001")));
}

static void a_file_is_read_once(void **state)
{
	struct fixture *f = *state;

	(void)temp_text(&f->folder, "s1.json", RECORD("s1", ""));
	read_all(f);
	read_all(f);
	assert_int_equal(files(f), 1);
}

static void a_file_that_comes_later_is_seen(void **state)
{
	struct fixture *f = *state;

	(void)temp_text(&f->folder, "s1.json", RECORD("s1", ""));
	read_all(f);
	(void)temp_text(&f->folder, "s2.json", RECORD("s2", ""));
	read_all(f);
	assert_int_equal(files(f), 2);
}

static void a_file_that_is_still_written_waits(void **state)
{
	struct fixture *f = *state;

	f->ahead_us = 0;
	(void)temp_text(&f->folder, "s1.json", RECORD("s1", ""));
	(void)fs_cdr_turn(f->source);
	assert_int_equal(files(f), 0);
	f->ahead_us = 10 * S_US;
	(void)fs_cdr_turn(f->source);
	assert_int_equal(files(f), 1);
}

static void a_restart_reads_on_behind_the_last_file(void **state)
{
	struct fixture *f = *state;

	(void)temp_text(&f->folder, "s1.json", RECORD("s1", QUEUED));
	while (fs_cdr_turn(f->source)) {
	}
	assert_int_equal(source_fs_cdr.checkpoint(f->source, &f->checkpoint), 1);
	close_source(f);
	open_source(f);
	read_all(f);
	assert_int_equal(files(f), 0);
	f->ahead_us += 10 * S_US;
	(void)fs_cdr_turn(f->source);
	assert_int_equal(witness_count(&f->agent.w, &cxm__queue_contact__descriptor), 1);
}

static void without_from_start_what_lies_there_is_left(void **state)
{
	struct fixture *f = *state;

	(void)temp_text(&f->folder, "s1.json", RECORD("s1", ""));
	close_source(f);
	f->conf.from_start = false;
	open_source(f);
	read_all(f);
	assert_int_equal(files(f), 0);
}

static void what_is_no_record_is_counted(void **state)
{
	struct fixture *f = *state;

	(void)temp_text(&f->folder, "a.json", "no json");
	(void)temp_text(&f->folder, "b.json", "{\"variables\":{\"x\":\"y\"}}");
	(void)temp_text(&f->folder, "c.json", "{\"variables\":{\"uuid\":\"s1\"");
	read_all(f);
	assert_int_equal(rejected(f), 3);
	assert_int_equal(f->agent.w.n, 0);
}

static void other_files_and_links_are_left_alone(void **state)
{
	struct fixture *f = *state;

	(void)temp_text(&f->folder, "notes.txt", RECORD("s1", ""));
	(void)temp_text(&f->folder, ".hidden.json", RECORD("s1", ""));
	assert_int_equal(symlink("/etc/passwd", temp_path(&f->folder, "link.json")), 0);
	assert_int_equal(mkdir(temp_path(&f->folder, "dir.json"), 0700), 0);
	read_all(f);
	assert_int_equal(files(f), 0);
}

static void a_paused_source_reads_nothing(void **state)
{
	struct fixture *f = *state;

	(void)temp_text(&f->folder, "s1.json", RECORD("s1", ""));
	source_fs_cdr.pause(f->source);
	(void)fs_cdr_turn(f->source);
	assert_int_equal(files(f), 0);
	source_fs_cdr.resume(f->source);
	(void)fs_cdr_turn(f->source);
	assert_int_equal(files(f), 1);
}

/* ---- replay ---- */

static void a_replay_reads_all_and_ends(void **state)
{
	struct fixture *f = *state;

	(void)temp_text(&f->folder, "s1.json", RECORD("s1", QUEUED));
	(void)temp_text(&f->folder, "s2.json", RECORD("s2", ""));
	close_source(f);
	f->agent.env.one_shot = true;
	f->conf.from_start = false; /* what is named on the command line is meant */
	f->ahead_us = 0;            /* and is whole */
	open_source(f);
	while (fs_cdr_turn(f->source)) {
	}
	assert_int_equal(f->agent.done_calls, 1);
	assert_int_equal(f->agent.done_rc, 0);
	assert_int_equal(files(f), 2);
	assert_int_equal(witness_count(&f->agent.w, &cxm__queue_contact__descriptor), 1);
	assert_int_equal(witness_count(&f->agent.w, &cxm__call__descriptor), 2);
}

static void a_replay_of_an_empty_folder_ends_at_once(void **state)
{
	struct fixture *f = *state;

	close_source(f);
	f->agent.env.one_shot = true;
	open_source(f);
	assert_false(fs_cdr_turn(f->source));
	assert_int_equal(f->agent.done_calls, 1);
}

static void a_replay_of_no_folder_is_refused(void **state)
{
	struct fixture *f = *state;
	struct source *none = NULL;
	struct fault fault;

	f->agent.env.one_shot = true;
	f->conf.folder = "/nonexistent";
	assert_int_equal(source_fs_cdr.open(&none, &f->agent.env, &fault), -ENOENT);
	assert_non_null(strstr(fault.text, "/nonexistent"));
}

static void a_folder_that_is_not_there_is_worth_a_warning(void **state)
{
	struct fixture *f = *state;
	struct fs_cdr_conf conf = f->conf;
	struct fault fault;

	assert_int_equal(source_fs_cdr.check(&conf, &fault), 0);
	conf.folder = "/nonexistent";
	assert_int_equal(source_fs_cdr.check(&conf, &fault), 1);
	conf.folder = "/etc/passwd";
	assert_int_equal(source_fs_cdr.check(&conf, &fault), -ENOTDIR);
}

int main(void)
{
	static struct cases all;

	cases_test_with(&all, a_record_becomes_a_contact_and_a_call, setup, teardown);
	cases_test_with(&all, what_the_channel_executed_becomes_a_visit, setup, teardown);
	cases_test_with(&all, a_file_is_read_once, setup, teardown);
	cases_test_with(&all, a_file_that_comes_later_is_seen, setup, teardown);
	cases_test_with(&all, a_file_that_is_still_written_waits, setup, teardown);
	cases_test_with(&all, a_restart_reads_on_behind_the_last_file, setup, teardown);
	cases_test_with(&all, without_from_start_what_lies_there_is_left, setup, teardown);
	cases_test_with(&all, what_is_no_record_is_counted, setup, teardown);
	cases_test_with(&all, other_files_and_links_are_left_alone, setup, teardown);
	cases_test_with(&all, a_paused_source_reads_nothing, setup, teardown);
	cases_test_with(&all, a_replay_reads_all_and_ends, setup, teardown);
	cases_test_with(&all, a_replay_of_an_empty_folder_ends_at_once, setup, teardown);
	cases_test_with(&all, a_replay_of_no_folder_is_refused, setup, teardown);
	cases_test_with(&all, a_folder_that_is_not_there_is_worth_a_warning, setup, teardown);
	return cases_run("sources_fs_cdr", &all, NULL, NULL);
}
