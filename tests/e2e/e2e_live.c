/*
 * Capture on a live interface, with SIPp as both ends of the calls: in a network namespace that
 * this test makes for itself, so nothing outside sees a packet. Skipped with a message where a
 * namespace or SIPp cannot be had.
 */
#include <arpa/inet.h>
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

#define CALLS       "20"
#define N_CALLS     20
#define RTP_PACKETS 200
#define RTP_DROPPED 10 /* every 20th */
#define RTP_PORT    40000

static const char *const sources =
	"  capture:\n    - interface: lo\n      stream_idle: 1s\n      sip_ports: [5060, 5070]\n";

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

static struct lab lab;
static bool ready;

static int make_namespace(void **state)
{
	(void)state;
	ready = unshare(CLONE_NEWNET) == 0 && loopback_up() && access("/usr/bin/sipp", X_OK) == 0;
	if (!ready) {
		print_message("# skip: needs root (a network namespace of its own) and SIPp "
		              "(Debian package sip-tester)\n");
		return 0;
	}
	lab_open(&lab, "nord");
	lab_start_collector(&lab);
	lab_write_agent(&lab, sources);
	lab_start_agent(&lab);
	lab_sleep_ms(1000); /* the capture handle is open when the agent says ready; it says so to
	                       systemd only */
	return 0;
}

static int end_namespace(void **state)
{
	(void)state;
	if (ready) {
		lab_close(&lab);
	}
	return 0;
}

static void call(const char *calls, const char *rate)
{
	struct lab_output o;
	pid_t uas = lab_spawn(&lab, "uas.log", "/usr/bin/sipp", "-sn", "uas", "-i", "127.0.0.1",
	                      "-p", "5070", "-m", calls, "-nostdin", NULL);

	lab_sleep_ms(500);
	lab_run(&o, "/usr/bin/sipp", "-sn", "uac", "127.0.0.1:5070", "-i", "127.0.0.1", "-p",
	        "5060", "-m", calls, "-r", rate, "-d", "300", "-nostdin", "-timeout", "20", NULL);
	lab_expect_ok(&o, "sipp");
	lab_output_free(&o);
	(void)lab_stop(&uas, SIGTERM);
}

static void sipp_calls_become_dialogs(void **state)
{
	struct lab_csv csv;

	(void)state;
	if (!ready) {
		skip();
	}
	call(CALLS, "20");
	assert_true(lab_wait_rows(&lab, "Dialog", N_CALLS));
	lab_csv_parse(&csv, lab_export(&lab, "Dialog"));
	assert_int_equal(csv.n_rows, N_CALLS);
	for (size_t row = 0; row < csv.n_rows; row++) {
		int64_t session_ms = lab_csv_int(&csv, row, "session_ms");

		assert_string_equal(lab_csv_cell(&csv, row, "final_status"), "200");
		assert_string_equal(lab_csv_cell(&csv, row, "end"), "bye");
		assert_true(session_ms >= 250 && session_ms < 5000); /* SIPp held each for 300 ms */
	}
	lab_csv_free(&csv);
}

/* RFC 3550 5.1: version 2, PCMU, 160 samples a packet */
static void send_stream(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(RTP_PORT) };
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(RTP_PORT + 2) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (const struct sockaddr *)&from, sizeof(from)), 0);
	for (uint32_t i = 0; i < RTP_PACKETS; i++) {
		uint32_t ts = htonl(i * 160);
		uint16_t sequence = htons((uint16_t)(65500 + i)); /* wraps on the way */
		uint8_t packet[172] = { 0x80, 0 };
		uint32_t ssrc = htonl(0x12345678);

		memcpy(packet + 2, &sequence, sizeof(sequence));
		memcpy(packet + 4, &ts, sizeof(ts));
		memcpy(packet + 8, &ssrc, sizeof(ssrc));
		if (i % 20 != 10) {
			(void)sendto(fd, packet, sizeof(packet), 0, (const struct sockaddr *)&to,
			             sizeof(to));
		}
		lab_sleep_ms(2);
	}
	(void)close(fd);
}

static void a_stream_on_the_wire_is_counted(void **state)
{
	struct lab_csv csv;

	(void)state;
	if (!ready) {
		skip();
	}
	send_stream();
	assert_true(lab_wait_rows(&lab, "MediaStream", 1));
	lab_csv_parse(&csv, lab_export(&lab, "MediaStream"));
	assert_int_equal(csv.n_rows, 1);
	assert_string_equal(lab_csv_cell(&csv, 0, "ssrc"), "305419896");
	assert_int_equal(lab_csv_int(&csv, 0, "packets"), RTP_PACKETS - RTP_DROPPED);
	assert_int_equal(lab_csv_int(&csv, 0, "lost"), RTP_DROPPED);
	assert_string_equal(lab_csv_cell(&csv, 0, "signalled"), "false");
	lab_csv_free(&csv);
	assert_int_equal(lab_stop(&lab.agent, SIGTERM), 0);
}

/* ---- more than the capture may do ---- */

#define BUSY_SOURCES                                                                               \
	"  capture:\n    - { interface: lo, stream_idle: 1s, sip_ports: [5060, 5070], "            \
	"cpu_budget: 0.01 }\n"
#define BUSY_CALLS "200"
#define N_BUSY     200
#define FLOOD      20000 /* packets at once: some 50 ms of work, as much as 5 s may have */
#define ROUNDS_MAX 200

static void flood(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(5060) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[512];

	assert_true(fd >= 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < FLOOD; i++) {
		(void)sendto(fd, text, sizeof(text), 0, (const struct sockaddr *)&to, sizeof(to));
	}
	(void)close(fd);
}

/* Rows of a kind whose column is not empty, or is `value`. */
static size_t rows_with(const char *kind, const char *column, const char *value)
{
	struct lab_csv csv;
	size_t n = 0;

	if (lab_count_rows(&lab, kind) == 0) {
		return 0;
	}
	lab_csv_parse(&csv, lab_export(&lab, kind));
	for (size_t row = 0; row < csv.n_rows; row++) {
		const char *cell = lab_csv_cell(&csv, row, column);

		n += value != NULL ? strcmp(cell, value) == 0 : cell[0] != '\0';
	}
	lab_csv_free(&csv);
	return n;
}

/* Until its status says so; it is written every five seconds. */
static bool status_says(const char *part)
{
	for (int waited_ms = 0; waited_ms < LAB_PATIENCE_MS; waited_ms += 200) {
		struct lab_output o;
		bool says;

		lab_run(&o, "cxmeter-agent", "status", "-c", lab_path(&lab, "agent.yaml"), NULL);
		says = o.code == 0 && strstr(buf_text(&o.out), part) != NULL;
		lab_output_free(&o);
		if (says) {
			return true;
		}
		lab_sleep_ms(200);
	}
	return false;
}

static void e15_a_busy_capture_says_so_on_its_records_its_card_and_its_status(void **state)
{
	size_t before;
	char *card;

	(void)state;
	if (!ready) {
		skip();
	}
	before = lab_count_rows(&lab, "Dialog");
	lab_write_agent(&lab, BUSY_SOURCES);
	lab_start_agent(&lab);
	assert_true(status_says("  followed  100 % of the calls\n"));
	for (int i = 0; i < ROUNDS_MAX && rows_with("Gap", "reason", "sampled") == 0; i++) {
		flood();
	}
	assert_true(rows_with("Gap", "reason", "sampled") > 0);
	call(BUSY_CALLS, "100");
	assert_true(lab_wait_rows(&lab, "Dialog", before + 1));
	assert_true(status_says("; configured are 100 %; reduced "));
	assert_int_equal(lab_stop(&lab.agent, SIGTERM), 0); /* what it followed is delivered */
	lab_start_agent(&lab);
	assert_true(status_says("connected"));
	assert_in_range(lab_count_rows(&lab, "Dialog"), before + 1, before + N_BUSY * 3 / 4);
	assert_int_equal(rows_with("Dialog", "sampled_ppm", NULL),
	                 lab_count_rows(&lab, "Dialog") - before);
	card = lab_scorecard(&lab);
	assert_non_null(strstr(card, "of the calls were followed"));
	free(card);
	assert_int_equal(lab_stop(&lab.agent, SIGTERM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sipp_calls_become_dialogs),
		cmocka_unit_test(a_stream_on_the_wire_is_counted),
		cmocka_unit_test(e15_a_busy_capture_says_so_on_its_records_its_card_and_its_status),
	};

	return cmocka_run_group_tests(tests, make_namespace, end_namespace);
}
