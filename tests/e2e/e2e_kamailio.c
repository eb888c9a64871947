/*
 * A real Kamailio between SIPp's two ends: it mirrors what it relays (siptrace, HEP3) while the
 * same packets are captured. Both give the same dialogs. In a network namespace that this test
 * makes for itself; skipped with a message where root, Kamailio (Debian package kamailio) or SIPp
 * is missing.
 */
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/lab.h"

#define CALLS      "20"
#define N_CALLS    20
#define APART_MS   50 /* the mirror is written when Kamailio comes to it, on a busy machine later */
#define APART_US   (APART_MS * INT64_C(1000))
#define KAMAILIO   "/usr/sbin/kamailio"
#define SIPP       "/usr/bin/sipp"
#define MIRROR_KEY "of-the-lab"

static const char *const sources =
	"  capture:\n    - interface: lo\n      filter: udp port 5060 or udp port 5070\n"
	"  hep:\n    - listen: 127.0.0.1:9060\n      key: " MIRROR_KEY "\n";

/* docs/sources/hep.md shows the lines with siptrace. */
static const char *const kamailio_cfg =
	"#!KAMAILIO\n"
	"debug=1\nlog_stderror=yes\nfork=yes\nchildren=2\nauto_aliases=no\n"
	"listen=udp:127.0.0.1:5060\n"
	"loadmodule \"sl.so\"\nloadmodule \"tm.so\"\nloadmodule \"rr.so\"\n"
	"loadmodule \"pv.so\"\nloadmodule \"textops.so\"\nloadmodule \"siputils.so\"\n"
	"loadmodule \"siptrace.so\"\n"
	"modparam(\"siptrace\", \"trace_to_database\", 0)\n"
	"modparam(\"siptrace\", \"trace_on\", 1)\n"
	"modparam(\"siptrace\", \"trace_mode\", 1)\n"
	"modparam(\"siptrace\", \"hep_mode_on\", 1)\n"
	"modparam(\"siptrace\", \"hep_version\", 3)\n"
	"modparam(\"siptrace\", \"hep_capture_id\", 2001)\n"
	"modparam(\"siptrace\", \"auth_key\", \"" MIRROR_KEY "\")\n"
	"modparam(\"siptrace\", \"duplicate_uri\", \"sip:127.0.0.1:9060\")\n"
	"request_route {\n"
	"  if (is_method(\"INVITE\")) { record_route(); }\n"
	"  if (has_totag()) {\n"
	"    if (!loose_route()) { $du = \"sip:127.0.0.1:5070\"; }\n"
	"    t_relay(); exit;\n"
	"  }\n"
	"  $du = \"sip:127.0.0.1:5070\";\n"
	"  t_relay();\n"
	"}\n";

static struct lab lab;
static bool ready;
static pid_t kamailio;

static bool loopback_up(void)
{
	struct ifreq request = { .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up;

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "lo");
	up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	if (fd >= 0) {
		(void)close(fd);
	}
	return up;
}

static int make_namespace(void **state)
{
	(void)state;
	ready = access(KAMAILIO, X_OK) == 0 && access(SIPP, X_OK) == 0 &&
	        unshare(CLONE_NEWNET) == 0 && loopback_up();
	if (!ready) {
		print_message("# skip: needs root (a network namespace of its own), Kamailio and "
		              "SIPp (Debian packages kamailio and sip-tester)\n");
		return 0;
	}
	lab_open(&lab, "nord");
	lab_start_collector(&lab);
	lab_write_agent(&lab, sources);
	lab_write(&lab, "kamailio.cfg", kamailio_cfg);
	lab_start_agent(&lab);
	kamailio = lab_spawn(&lab, "kamailio.log", KAMAILIO, "-DD", "-E", "-f",
	                     lab_path(&lab, "kamailio.cfg"), "-Y", lab_path(&lab, ""), "-w",
	                     lab_path(&lab, ""), NULL);
	lab_sleep_ms(2000); /* capture handle open and Kamailio's children up: neither can be asked
	                     */
	return 0;
}

static int end_namespace(void **state)
{
	(void)state;
	if (ready) {
		(void)lab_stop(&kamailio, SIGTERM);
		lab_close(&lab);
	}
	return 0;
}

static void make_calls(void)
{
	struct lab_output o;
	pid_t uas;

	uas = lab_spawn(&lab, "uas.log", SIPP, "-sn", "uas", "-i", "127.0.0.1", "-p", "5070", "-m",
	                CALLS, "-nostdin", NULL);
	lab_sleep_ms(500);
	lab_run(&o, SIPP, "-sn", "uac", "127.0.0.1:5060", "-i", "127.0.0.1", "-p", "5080", "-m",
	        CALLS, "-r", "20", "-d", "300", "-nostdin", "-timeout", "20", NULL);
	lab_expect_ok(&o, "sipp");
	lab_output_free(&o);
	(void)lab_stop(&uas, SIGTERM);
}

/* The row of the other source with the same Call-ID; n_rows when there is none. */
static size_t twin_of(const struct lab_csv *csv, size_t row)
{
	for (size_t i = 0; i < csv->n_rows; i++) {
		if (strcmp(lab_csv_cell(csv, i, "contact"), lab_csv_cell(csv, row, "contact")) ==
		            0 &&
		    strcmp(lab_csv_cell(csv, i, "source"), lab_csv_cell(csv, row, "source")) != 0) {
			return i;
		}
	}
	return csv->n_rows;
}

static void expect_near(const struct lab_csv *csv, size_t a, size_t b, const char *column,
                        int64_t apart)
{
	int64_t by = lab_csv_int(csv, a, column) - lab_csv_int(csv, b, column);

	if (by > apart || by < -apart) {
		fail_msg("%s: %s and %s", column, lab_csv_cell(csv, a, column),
		         lab_csv_cell(csv, b, column));
	}
}

static void expect_same(const struct lab_csv *csv, size_t a, size_t b)
{
	static const char *const same[] = { "from_tag_id", "final_status", "transport",
		                            "direction",   "holds",        "reinvites",
		                            "challenges",  "forks",        "refers",
		                            "end",         "customer",     "src_addr",
		                            "dst_addr" };

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_string_equal(lab_csv_cell(csv, a, same[i]), lab_csv_cell(csv, b, same[i]));
	}
	expect_near(csv, a, b, "at_us", APART_US);
	expect_near(csv, a, b, "setup_ms", APART_MS);
	expect_near(csv, a, b, "session_ms", APART_MS);
	expect_near(csv, a, b, "disconnect_delay_ms", APART_MS);
}

static void the_mirror_gives_the_dialogs_of_the_capture(void **state)
{
	struct lab_csv csv;

	(void)state;
	if (!ready) {
		skip();
	}
	make_calls();
	assert_true(lab_wait_rows(&lab, "Dialog", (size_t)N_CALLS * 2));
	lab_csv_parse(&csv, lab_export(&lab, "Dialog"));
	assert_int_equal(csv.n_rows, N_CALLS * 2);
	for (size_t row = 0; row < csv.n_rows; row++) {
		size_t twin = twin_of(&csv, row);

		assert_true(twin < csv.n_rows);
		assert_string_equal(lab_csv_cell(&csv, row, "final_status"), "200");
		assert_string_equal(lab_csv_cell(&csv, row, "end"), "bye");
		expect_same(&csv, row, twin);
	}
	lab_csv_free(&csv);
}

static void told_by_both_they_count_once(void **state)
{
	json_t *card;
	char *text;

	(void)state;
	if (!ready) {
		skip();
	}
	text = lab_scorecard(&lab);
	card = json_loads(text, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(card, "gaps"),
	                                                    "dialog_told_twice")),
	                 N_CALLS);
	json_decref(card);
	free(text);
	assert_int_equal(lab_stop(&lab.agent, SIGTERM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mirror_gives_the_dialogs_of_the_capture),
		cmocka_unit_test(told_by_both_they_count_once),
	};

	return cmocka_run_group_tests(tests, make_namespace, end_namespace);
}
