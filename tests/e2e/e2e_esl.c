/*
 * A real agent and collector, and FreeSWITCH's event socket as a scripted peer plays it
 * (tests/support/fake_freeswitch.h): a connection lost in mid-call, an agent that is restarted, a
 * password that is wrong, and the same call in a call detail record. No real FreeSWITCH can be
 * installed here.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/support/fake_freeswitch.h"
#include "tests/support/lab.h"
#include "tests/support/pbx_child.h"

#define NUMBER "4930555000142"

/* ---- the peer, a process of its own ---- */

struct script {
	int to;
	const char *const *looks; /* what is said at each look; "" nothing, "!" hang up behind it */
	unsigned n;
	const char *password;
};

static void on_looked(void *arg, struct fake_freeswitch *f)
{
	const struct script *s = arg;
	const char *text = f->looks <= s->n ? s->looks[f->looks - 1] : "";
	bool hang_up = text[0] == '!';

	text += hang_up ? 1 : 0;
	if (text[0] != '\0') {
		fake_freeswitch_event(f, text);
	}
	if (hang_up) {
		fake_pbx_hang_up(f->pbx);
	}
	pbx_child_tell(s->to);
}

static struct fake_pbx *open_peer(void *arg, struct event_base *base, int to)
{
	static struct fake_freeswitch f;
	struct script *s = arg;

	s->to = to;
	fake_freeswitch_open(&f, base);
	f.password = s->password;
	f.queues = "name|strategy\nsales|longest-idle-agent\n+OK\n";
	f.channels = "uuid,direction\ns1,inbound\n\n1 total.\n";
	f.looked = on_looked;
	f.arg = s;
	return f.pbx;
}

static void start_peer(struct pbx_child *p, const char *const *looks, unsigned n,
                       const char *password)
{
	struct script script = { .looks = looks, .n = n, .password = password };

	pbx_child_start(p, open_peer, &script);
}

/* ---- the lab ---- */

static void begin(struct lab *lab, const struct pbx_child *p, const char *password,
                  const char *more)
{
	char sources[1024];

	lab_open(lab, "nord");
	lab_write(lab, "esl.password", password);
	assert_int_equal(chmod(lab_path(lab, "esl.password"), 0600), 0);
	assert_int_equal(mkdir(lab_path(lab, "cdr"), 0700), 0);
	(void)snprintf(sources, sizeof(sources),
	               "  esl:\n    - port: %d\n      password_file: esl.password\n"
	               "      reconnect_min: 10ms\n      reconnect_max: 20ms\n%s",
	               p->port, more);
	lab_start_collector(lab);
	lab_write_agent(lab, sources);
	lab_start_agent(lab);
}

static void end(struct lab *lab, struct pbx_child *p)
{
	assert_int_equal(lab_stop(&lab->agent, SIGTERM), 0);
	assert_int_equal(lab_stop(&lab->collector, SIGTERM), 0);
	pbx_child_stop(p);
}

static char *text_of(const struct lab *lab, const char *name)
{
	FILE *file = fopen(lab_path(lab, name), "re");
	char *text = calloc(1, 1 << 16);

	assert_non_null(file);
	assert_non_null(text);
	(void)!fread(text, 1, (1 << 16) - 1, file);
	(void)fclose(file);
	return text;
}

static bool log_says(const struct lab *lab, const char *what)
{
	bool says = false;

	for (int ms = 0; ms < LAB_PATIENCE_MS && !says; ms += 50) {
		char *text = text_of(lab, "agent.err");

		says = strstr(text, what) != NULL;
		free(text);
		lab_sleep_ms(50);
	}
	return says;
}

static void one_contact(const struct lab *lab, const char *source)
{
	struct lab_csv csv;
	char *log = text_of(lab, "agent.err");

	lab_csv_parse(&csv, lab_export(lab, "QueueContact"));
	assert_int_equal(csv.n_rows, 1);
	assert_string_equal(lab_csv_cell(&csv, 0, "outcome"), "timed_out");
	assert_string_equal(lab_csv_cell(&csv, 0, "queue"), "sales");
	assert_string_equal(lab_csv_cell(&csv, 0, "source"), source);
	assert_int_equal(lab_csv_int(&csv, 0, "wait_ms"), 60000);
	lab_csv_free(&csv);
	assert_null(strstr(log, NUMBER));
	free(log);
}

/* ---- the claims ---- */

static void a_call_over_a_lost_connection_and_a_restart_is_one_contact(void **state)
{
	static const char *const looks[] = {
		"!Event-Name: CUSTOM; Event-Subclass: callcenter%3A%3Ainfo; CC-Queue: sales; "
		"CC-Member-UUID: m1; CC-Member-Session-UUID: s1; CC-Member-CID-Number: " NUMBER "; "
		"CC-Action: member-queue-start; Event-Date-Timestamp: 1795323500000000",
		"",
		"Event-Name: CUSTOM; Event-Subclass: callcenter%3A%3Ainfo; CC-Queue: sales; "
		"CC-Member-UUID: m1; CC-Member-Session-UUID: s1; CC-Member-CID-Number: " NUMBER "; "
		"CC-Action: member-queue-end; CC-Cause: Cancel; CC-Cancel-Reason: TIMEOUT; "
		"Answer-State: answered; Event-Date-Timestamp: 1795323560000000",
	};
	struct pbx_child p;
	struct lab lab;

	(void)state;
	start_peer(&p, looks, 3, "s3cret");
	begin(&lab, &p, "s3cret\n", "");
	pbx_child_await(&p);
	pbx_child_await(&p); /* connected again: what was said before the loss has been read */
	assert_int_equal(lab_stop(&lab.agent, SIGTERM), 0);
	lab_start_agent(&lab);
	pbx_child_await(&p);
	assert_true(lab_wait_rows(&lab, "QueueContact", 1));
	one_contact(&lab, "esl");
	/* one, when the agent was stopped before it had read the last answer of the second look */
	assert_in_range(lab_count_rows(&lab, "Gap"), 1, 2);
	end(&lab, &p);
	lab_close(&lab);
}

static void a_wrong_password_is_said_and_not_hammered(void **state)
{
	static const char *const looks[] = { "" };
	struct pbx_child p;
	struct lab lab;
	char *log;

	(void)state;
	start_peer(&p, looks, 1, "s3cret");
	begin(&lab, &p, "wr0ng\n", "");
	assert_true(log_says(&lab, "refuses the password"));
	log = text_of(&lab, "agent.err");
	assert_null(strstr(log, "wr0ng"));
	free(log);
	end(&lab, &p);
	lab_close(&lab);
}

static void a_call_detail_record_fills_in_what_nobody_heard(void **state)
{
	static const char *const looks[] = { "" };
	struct pbx_child p;
	struct lab lab;

	(void)state;
	start_peer(&p, looks, 1, "s3cret");
	begin(&lab, &p, "s3cret\n", "  fs_cdr:\n    - folder: cdr\n      poll: 100ms\n");
	lab_write(&lab, "cdr/a_s1.cdr.json",
	          "{\"core-uuid\":\"c\",\"variables\":{\"uuid\":\"s1\",\"direction\":\"inbound\","
	          "\"channel_name\":\"sofia/external/x%40y\",\"start_uepoch\":\"1795323499000000\","
	          "\"end_uepoch\":\"1795323561000000\",\"cc_side\":\"member\","
	          "\"cc_member_uuid\":\"m1\",\"cc_queue\":\"sales\","
	          "\"cc_queue_joined_epoch\":\"1795323500\","
	          "\"cc_queue_canceled_epoch\":\"1795323560\",\"cc_cause\":\"cancel\","
	          "\"cc_cancel_reason\":\"TIMEOUT\"},\"callflow\":[{\"caller_profile\":{"
	          "\"caller_id_number\":\"" NUMBER "\"}}]}");
	assert_true(lab_wait_rows(&lab, "QueueContact", 1));
	one_contact(&lab, "cdr");
	assert_true(lab_wait_rows(&lab, "Call", 1));
	end(&lab, &p);
	lab_close(&lab);
}

static void records_in_a_folder_are_replayed_by_the_configured_trunks(void **state)
{
	struct lab lab;
	struct lab_csv csv;

	(void)state;
	lab_open(&lab, "nord");
	assert_int_equal(mkdir(lab_path(&lab, "old"), 0700), 0);
	lab_start_collector(&lab);
	lab_write_agent(&lab, "  fs_cdr:\n    - folder: cdr\n      trunks: sofia/carrier/*\n"
	                      "      encoded: false\n");
	lab_write(&lab, "old/a_s1.cdr.json",
	          "{\"variables\":{\"uuid\":\"s1\",\"direction\":\"inbound\","
	          "\"channel_name\":\"sofia/carrier/x@y\",\"start_uepoch\":\"1795323499000000\","
	          "\"end_uepoch\":\"1795323561000000\",\"sip_hangup_disposition\":\"recv_bye\"},"
	          "\"app_log\":{\"applications\":[{\"app_name\":\"ivr\",\"app_data\":\"welcome\","
	          "\"app_stamp\":\"1795323500000000\"}]},\"callflow\":[{\"caller_profile\":{"
	          "\"caller_id_number\":\"" NUMBER "\",\"context\":\"public\"}}]}");
	lab_replay(&lab, "--fs-cdr", lab_path(&lab, "old"), NULL);
	lab_csv_parse(&csv, lab_export(&lab, "Call"));
	assert_int_equal(csv.n_rows, 1);
	assert_string_equal(lab_csv_cell(&csv, 0, "direction"), "inbound");
	lab_csv_free(&csv);
	lab_csv_parse(&csv, lab_export(&lab, "SelfServiceVisit"));
	assert_int_equal(csv.n_rows, 1);
	assert_string_equal(lab_csv_cell(&csv, 0, "flow"), "welcome");
	assert_string_equal(lab_csv_cell(&csv, 0, "outcome"), "abandoned");
	assert_string_equal(lab_csv_cell(&csv, 0, "task_completed"), "");
	lab_csv_free(&csv);
	lab_close(&lab);
}

static void records_in_a_file_are_replayed_by_the_configured_template(void **state)
{
	struct lab lab;
	struct lab_csv csv;

	(void)state;
	lab_open(&lab, "nord");
	lab_start_collector(&lab);
	lab_write_agent(&lab, "  fs_csv:\n    - file: Master.csv\n      columns: uuid,direction,"
	                      "channel_name,caller_id_number,start_epoch,answer_epoch,end_epoch\n");
	lab_write(&lab, "old.csv",
	          "\"s1\",\"inbound\",\"sofia/external/x@y\",\"" NUMBER
	          "\",\"1795323499\",\"1795323500\",\"1795323561\"\n");
	lab_replay(&lab, "--fs-csv", lab_path(&lab, "old.csv"), NULL);
	lab_csv_parse(&csv, lab_export(&lab, "Call"));
	assert_int_equal(csv.n_rows, 1);
	assert_string_equal(lab_csv_cell(&csv, 0, "direction"), "inbound");
	lab_csv_free(&csv);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_over_a_lost_connection_and_a_restart_is_one_contact),
		cmocka_unit_test(a_wrong_password_is_said_and_not_hammered),
		cmocka_unit_test(a_call_detail_record_fills_in_what_nobody_heard),
		cmocka_unit_test(records_in_a_folder_are_replayed_by_the_configured_trunks),
		cmocka_unit_test(records_in_a_file_are_replayed_by_the_configured_template),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
