/*
 * Input that is bad while it is read or sent: what is good of it is delivered, what is wrong is
 * said once, with file and place, the exit code is 1 when not everything could be read or
 * delivered, and nothing that was read is lost.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/instream.h"
#include "tests/support/cases.h"
#include "tests/support/lab.h"
#include "tests/support/said.h"

#define RUN             "tests/data/run1/"
#define WHOLE_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define CONTACTS        309 /* in the recording */

static struct lab lab;

/* ---- files ---- */

static void write_bytes(const char *name, const void *data, size_t len_bytes)
{
	FILE *out = fopen(lab_path(&lab, name), "we");

	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, len_bytes, out), len_bytes);
	assert_int_equal(fclose(out), 0);
}

/* The first bytes of a file, unpacked where it is packed and `unpack` says so. */
static void write_head_of(const char *path, bool unpack, size_t len_bytes, const char *name)
{
	char *data = malloc(len_bytes);
	struct fault fault;
	ssize_t n;

	assert_non_null(data);
	if (unpack) {
		struct instream *in = NULL;

		assert_int_equal(instream_open(&in, path, &fault), 0);
		n = instream_read(in, data, len_bytes);
		instream_close(in);
	} else {
		FILE *in = fopen(path, "re");

		assert_non_null(in);
		n = (ssize_t)fread(data, 1, len_bytes, in);
		assert_int_equal(fclose(in), 0);
	}
	assert_true(n > 0);
	write_bytes(name, data, (size_t)n);
	free(data);
}

static void pack(const char *program, const char *from, const char *to)
{
	struct lab_output o;

	lab_run(&o, program, "-c", from, NULL);
	lab_expect_ok(&o, program);
	write_bytes(to, o.out.data, o.out.len / 3 * 2);
	lab_output_free(&o);
}

static void write_files(void)
{
	uint8_t garbage[600];

	for (size_t i = 0; i < sizeof(garbage); i++) {
		garbage[i] = (uint8_t)(0x80 + i * 7 % 127); /* never a line end */
	}
	write_head_of(RUN "calls.pcap.zst", true, 20000, "cut.pcap");
	write_head_of(RUN "calls.pcap.zst", false, 300000, "cut.pcap.zst");
	write_bytes("garbage.pcap", garbage, sizeof(garbage));
	write_bytes("garbage_log", garbage, sizeof(garbage));
	write_bytes("garbage_log.gz", garbage, sizeof(garbage));
	write_bytes("garbage_log.zst", garbage, sizeof(garbage));
	write_bytes("empty.pcap", "", 0);
	write_bytes("empty_log", "", 0);
	pack("/bin/gzip", RUN "queue_log", "cut_log.gz");
	lab_write(&lab, "odd_log",
	          "1795323487|NONE|NONE|NONE|QUEUESTART|\n"
	          "1795323500|1795323500.1|sales|NONE|ENTERQUEUE||5550001|1\n"
	          "1795323503|1795323500.1|sales|Ana Lima|TELEPATHY|9|8|7\n"
	          "1795323504|1795323500.1|sales|NONE|ABANDON|1|1|4\n");
	assert_int_equal(mkdir(lab_path(&lab, "drop"), 0700), 0);
	lab_write(&lab, "drop/Survey.csv",
	          "at_us,survey_id,kind,value\n"
	          "2026-11-22T10:00:00Z,s1,csat,5\n"
	          "yesterday,s2,csat,5\n");
}

static void run_agent_replay(struct lab_output *o, const char *option, const char *file)
{
	lab_run(o, "cxmeter-agent", "replay", "-c", lab_path(&lab, "agent.yaml"), "--timeout", "1s",
	        option, file, NULL);
}

static int open_lab(void)
{
	lab_open(&lab, "nord");
	lab_start_collector(&lab);
	lab_write_agent(&lab, "");
	write_files();
	return 0;
}

/* ---- inputs ---- */

static const struct input_case {
	const char *name;
	const char *option;
	const char *file; /* in the lab, unless it begins with a slash */
	int code;
	const char *says; /* on standard error; "": nothing at all */
	const char *sums; /* on standard output */
	const char *gap;  /* a Gap record of the collector holds this; NULL: none is wanted */
} inputs[] = {
	{ "a_capture_that_is_cut_off_counts_up_to_there", "--pcap", "cut.pcap", 1,
	  "cut.pcap: cut in the middle of a record behind packet ", " records delivered",
	  "malformed,cut.pcap," },
	{ "a_packed_capture_that_is_cut_off_counts_up_to_there", "--pcap", "cut.pcap.zst", 1,
	  "cut.pcap.zst: cannot be read on behind packet ", " records delivered",
	  "malformed,cut.pcap.zst," },
	{ "garbage_is_no_capture", "--pcap", "garbage.pcap", 1,
	  "garbage.pcap: not a capture file (pcap or pcapng)", "0 records delivered", NULL },
	{ "an_empty_file_is_no_capture", "--pcap", "empty.pcap", 1,
	  "empty.pcap: not a capture file (pcap or pcapng)", "0 records delivered", NULL },
	{ "a_capture_that_is_not_there_is_named", "--pcap", "/no/such.pcap", 1,
	  "capture: /no/such.pcap: cannot open: No such file or directory", "0 records", NULL },
	{ "a_packed_log_that_is_cut_off_counts_up_to_there", "--queue-log", "cut_log.gz", 1,
	  "cut_log.gz: damaged compression; what was read of it is used", " records delivered",
	  "malformed,cut_log.gz," },
	{ "garbage_is_no_log", "--queue-log", "garbage_log", 1,
	  "garbage_log: no line of it is a queue_log line", "0 records delivered", NULL },
	{ "garbage_named_gz_is_no_log", "--queue-log", "garbage_log.gz", 1,
	  "garbage_log.gz: no line of it is a queue_log line", "0 records delivered", NULL },
	{ "garbage_named_zst_is_no_log", "--queue-log", "garbage_log.zst", 1,
	  "garbage_log.zst: no line of it is a queue_log line", "0 records delivered", NULL },
	{ "an_empty_log_holds_nothing", "--queue-log", "empty_log", 0, "", "0 records delivered",
	  NULL },
	{ "a_log_that_is_not_there_is_named", "--queue-log", "/no/such_log", 1,
	  "queue_log: /no/such_log: cannot open: No such file or directory", "0 records", NULL },
	{ "a_folder_is_no_log", "--queue-log", "/", 1, "queue_log: /: not a regular file",
	  "0 records delivered", NULL },
	{ "an_unknown_event_of_a_log_does_no_harm", "--queue-log", "odd_log", 0, "",
	  " records delivered", NULL },
	{ "a_bad_row_of_a_dropped_file_is_named_with_its_line", "--drop", "drop", 0,
	  "Survey.csv:3: at_us: expected a time such as ",
	  "1 records delivered, 1 lines, rows or packets not understood", NULL },
	{ "a_folder_that_is_not_there_is_named", "--drop", "/no/drop", 1,
	  "/no/drop: cannot read the folder: No such file or directory: create it", "0 records",
	  NULL },
};

static void input_is_read_as_far_as_it_is_good(void **state)
{
	const struct input_case *c = *state;
	struct lab_output o;
	char *gaps;

	run_agent_replay(&o, c->option, c->file[0] == '/' ? c->file : lab_path(&lab, c->file));
	said_code(&o, c->code);
	said_part(buf_text(&o.out), c->sums);
	said_one_line(buf_text(&o.out));
	said_part(buf_text(&o.err), c->says);
	assert_int_equal(c->says[0] == '\0', buf_text(&o.err)[0] == '\0');
	lab_output_free(&o);
	gaps = lab_export(&lab, "Gap");
	said_part(gaps, c->gap != NULL ? c->gap : "");
	free(gaps);
}

/* ---- the way to the collector ---- */

static void assert_all_contacts_are_there(void)
{
	size_t before = lab_count_rows(&lab, "QueueContact");

	lab_replay(&lab, NULL); /* no file: only what waits in the spool */
	assert_true(lab_count_rows(&lab, "QueueContact") > before);
	assert_true(lab_count_rows(&lab, "QueueContact") >= CONTACTS);
}

/* The end of a replay that could deliver nothing: why, and that the records are safe. */
static void assert_undelivered(struct lab_output *o, const char *why)
{
	said_code(o, 1);
	assert_string_equal(buf_text(&o->out), "");
	said_part(buf_text(&o->err), "replay: no progress for 1 s: collector 127.0.0.1:");
	said_part(buf_text(&o->err), why);
	said_part(buf_text(&o->err), " records are safe in ");
	said_part(buf_text(&o->err), " and will be sent next time\n");
	lab_output_free(o);
}

static void without_a_collector_replay_ends_in_time_and_loses_nothing(void **state)
{
	struct lab_output o;

	(void)state;
	assert_int_equal(lab_stop(&lab.collector, SIGTERM), 0);
	run_agent_replay(&o, "--queue-log", RUN "queue_log");
	assert_undelivered(&o, ": Connection refused");
	lab_start_collector(&lab);
	assert_all_contacts_are_there();
}

static void move(const char *from, const char *to)
{
	assert_int_equal(rename(lab_path(&lab, from), lab_path(&lab, to)), 0);
}

static void issue_agent(const char *folder, const char *days)
{
	struct lab_output o;

	assert_int_equal(setenv("DAYS", days, 1), 0);
	lab_run(&o, "tools/pki.sh", "agent", lab_path(&lab, folder), "nord", "pbx1", NULL);
	lab_expect_ok(&o, "tools/pki.sh");
	lab_output_free(&o);
	assert_int_equal(unsetenv("DAYS"), 0);
}

static void with_an_expired_certificate_replay_says_so_and_loses_nothing(void **state)
{
	struct lab_output o;

	(void)state;
	move("pki/pbx1.pem", "pki/good.pem");
	move("pki/pbx1.key", "pki/good.key");
	issue_agent("pki", "-1");
	run_agent_replay(&o, "--queue-log", lab_path(&lab, "odd_log"));
	assert_undelivered(&o, "pki/pbx1.pem: certificate expired on ");
	move("pki/good.pem", "pki/pbx1.pem");
	move("pki/good.key", "pki/pbx1.key");
	lab_replay(&lab, NULL);
}

static void with_a_certificate_of_another_ca_replay_says_so_and_loses_nothing(void **state)
{
	struct lab_output o;

	(void)state;
	move("pki/pbx1.pem", "pki/good.pem");
	move("pki/pbx1.key", "pki/good.key");
	lab_run(&o, "tools/pki.sh", "ca", lab_path(&lab, "foreign"), NULL);
	lab_expect_ok(&o, "tools/pki.sh");
	lab_output_free(&o);
	issue_agent("foreign", "30");
	move("foreign/pbx1.pem", "pki/pbx1.pem");
	move("foreign/pbx1.key", "pki/pbx1.key");
	run_agent_replay(&o, "--queue-log", lab_path(&lab, "odd_log"));
	assert_undelivered(
		&o, "unknown ca: it refused our certificate, which must be of the CA it knows");
	move("pki/good.pem", "pki/pbx1.pem");
	move("pki/good.key", "pki/pbx1.key");
	lab_replay(&lab, NULL);
}

static void measure_shows_what_could_be_read_and_nothing_else_on_standard_output(void **state)
{
	json_error_t why;
	json_t *found;
	struct lab_output o;

	(void)state;
	lab_run(&o, "tools/measure.sh", "--site", "nord", "--timezone", "UTC", "--format", "json",
	        "--queue-log", RUN "queue_log", "--pcap", lab_path(&lab, "cut.pcap"), NULL);
	said_code(&o, 1);
	said_part(buf_text(&o.err), "cut.pcap: cut in the middle of a record behind packet ");
	said_part(buf_text(&o.err), "measure: not everything could be read (see above); the "
	                            "scorecard shows what could\n");
	found = json_loads(buf_text(&o.out), JSON_REJECT_DUPLICATES, &why); /* the whole of it */
	assert_non_null(found);
	json_decref(found);
	lab_output_free(&o);
}

/* ---- what the command line is asked of this store ---- */

static void an_unknown_zone_is_refused_by_score_and_import(void **state)
{
	char url[2 * LAB_PATH_MAX];
	struct lab_output o;

	(void)state;
	(void)snprintf(url, sizeof(url), "sqlite:%s", lab_path(&lab, "evidence.db"));
	lab_run(&o, "cxmeter", "score", "--store", url, "--site", "nord", "--timezone", "Mars/Base",
	        NULL);
	said_code(&o, 2);
	assert_string_equal(buf_text(&o.out), "");
	said_one_line(buf_text(&o.err));
	said_part(buf_text(&o.err),
	          "cxmeter: time zone \"Mars/Base\" is not known here: use a name");
	lab_output_free(&o);
	lab_run(&o, "cxmeter", "import", "--store", url, "--site", "nord", "--timezone",
	        "Mars/Base", lab_path(&lab, "drop/Survey.csv"), NULL);
	said_code(&o, 2);
	said_one_line(buf_text(&o.err));
	lab_output_free(&o);
}

int main(void)
{
	static struct cases c;
	int failed;

	cases_table(&c, inputs, input_is_read_as_far_as_it_is_good);
	cases_test(&c, without_a_collector_replay_ends_in_time_and_loses_nothing);
	cases_test(&c, with_an_expired_certificate_replay_says_so_and_loses_nothing);
	cases_test(&c, with_a_certificate_of_another_ca_replay_says_so_and_loses_nothing);
	cases_test(&c, measure_shows_what_could_be_read_and_nothing_else_on_standard_output);
	cases_test(&c, an_unknown_zone_is_refused_by_score_and_import);
	(void)open_lab(); /* rows and a group's setup do not go together, see cases.h */
	failed = cases_run("e2e_bad_input", &c, NULL, NULL);
	lab_close(&lab);
	return failed;
}
