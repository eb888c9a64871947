/*
 * The same calls twice: mirrored as HEP3 to a running agent, over UDP and over TCP, and read from a
 * capture file. The dialogs must be equal but for where they come from; told by both at one site,
 * they count once.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/decode/bytes.h"
#include "tests/support/frames.h"
#include "tests/support/hep_bytes.h"
#include "tests/support/lab.h"

#define N_CALLS 24
#define MS_NS   INT64_C(1000000)

/* Who calls: 192.0.2.1, a PBX that this host is not. */
static const struct talk out = { 0xc0000201, 0xc0000202, 5060, 5070 };
static const struct talk back = { 0xc0000202, 0xc0000201, 5070, 5060 };

static struct frames frames;
static struct lab captured;

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 - FRAMES_START_NS / MS_NS;
}

#define HEAD                                                                                       \
	"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%d%s\r\nFrom: <sip:+4930%04d@x>;tag=f%d\r\n"     \
	"Call-ID: c%d\r\n"

static void request(int64_t at_ms, int call, const char *method, int cseq, const char *tag)
{
	frames_sip(&frames, at_ms, &out,
	           "%s sip:100@y SIP/2.0\r\n" HEAD
	           "To: <sip:100@y>%s\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
	           method, call, strcmp(method, "BYE") == 0 ? "b" : "", call, call, call, tag, cseq,
	           method);
}

static void response(int64_t at_ms, int call, int status, int cseq, const char *method)
{
	frames_sip(&frames, at_ms, &back,
	           "SIP/2.0 %d Said\r\n" HEAD
	           "To: <sip:100@y>;tag=t%d\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
	           status, call, strcmp(method, "BYE") == 0 ? "b" : "", call, call, call, call,
	           cseq, method);
}

/* Answered, refused, cancelled and challenged by turns; every third INVITE comes twice. */
static void add_call(int64_t at_ms, int call)
{
	char tag[32];

	(void)snprintf(tag, sizeof(tag), ";tag=t%d", call);
	request(at_ms, call, "INVITE", 1, "");
	if (call % 3 == 0) {
		request(at_ms + 20, call, "INVITE", 1, "");
	}
	if (call % 4 == 1) {
		response(at_ms + 30, call, 486, 1, "INVITE");
		return;
	}
	if (call % 4 == 2) {
		request(at_ms + 40, call, "CANCEL", 1, "");
		response(at_ms + 50, call, 487, 1, "INVITE");
		return;
	}
	response(at_ms + 60, call, 180, 1, "INVITE");
	response(at_ms + 100 + call, call, 200, 1, "INVITE");
	request(at_ms + 110 + call, call, "ACK", 1, tag);
	request(at_ms + 300, call, "BYE", 2, tag);
	response(at_ms + 301, call, 200, 2, "BYE");
}

static int make_calls(void **state)
{
	int64_t from_ms = now_ms() - 5000;

	(void)state;
	frames_open(&frames);
	for (int call = 0; call < N_CALLS; call++) {
		add_call(from_ms + call * INT64_C(400),
		         call); /* one after the other, in order of time */
	}
	lab_open(&captured, "nord");
	frames_write(&frames, 0, frames.n, lab_path(&captured, "calls.pcap"));
	lab_start_collector(&captured);
	lab_write_agent(&captured, "");
	lab_replay(&captured, "--pcap", lab_path(&captured, "calls.pcap"), NULL);
	assert_int_equal(lab_count_rows(&captured, "Dialog"), N_CALLS);
	return 0;
}

static int forget_calls(void **state)
{
	(void)state;
	lab_close(&captured);
	frames_close(&frames);
	return 0;
}

/* ---- mirroring ---- */

static uint16_t free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	(void)close(fd);
	return ntohs(a.sin_port);
}

static void start_agent(struct lab *lab, uint16_t port)
{
	char sources[256];

	(void)snprintf(sources, sizeof(sources),
	               "  hep:\n    - listen: 127.0.0.1:%u\n      key: of-the-lab\n      local: "
	               "[203.0.113.9]\n",
	               port);
	lab_write_agent(lab, sources);
	lab_start_agent(lab);
}

/* TCP answers as soon as the agent listens; UDP is open by then as well. */
static int connect_to(uint16_t port, int type)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int waited_ms = 0;
	int probe;
	int fd;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	while (connect(probe, (const struct sockaddr *)&a, sizeof(a)) != 0) {
		assert_true(waited_ms < LAB_PATIENCE_MS);
		lab_sleep_ms(50);
		waited_ms += 50;
	}
	if (type == SOCK_STREAM) {
		return probe;
	}
	(void)close(probe);
	fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void mirror_one(int fd, const struct frame *f)
{
	static struct hep_bytes b;

	hep_bytes_head(&b, 1, f->at_ns);
	hep_bytes_u32(&b, 3, bytes_u32be(f->at + 26));
	hep_bytes_u32(&b, 4, bytes_u32be(f->at + 30));
	hep_bytes_u16(&b, 7, bytes_u16be(f->at + 34));
	hep_bytes_u16(&b, 8, bytes_u16be(f->at + 36));
	hep_bytes_chunk(&b, 0, 14, "of-the-lab", 10);
	hep_bytes_chunk(&b, 0, 15, f->at + FRAMES_HEAD, f->len_bytes - FRAMES_HEAD);
	assert_int_equal(send(fd, b.at, b.len, 0), b.len);
}

static void mirror(uint16_t port, int type)
{
	int fd = connect_to(port, type);

	for (size_t i = 0; i < frames.n; i++) {
		mirror_one(fd, &frames.list[i]);
	}
	(void)close(fd);
}

/* The export with the name of the source taken out; the caller frees. */
static char *dialogs_of(const struct lab *lab, const char *source)
{
	char *text = lab_export(lab, "Dialog");
	char between[32];
	char *at;

	(void)snprintf(between, sizeof(between), ",%s,", source);
	for (at = text; (at = strstr(at, between)) != NULL; at++) {
		memset(at + 1, '-', 3);
		memmove(at + 4, at + 1 + strlen(source), strlen(at + 1 + strlen(source)) + 1);
	}
	return text;
}

static void expect_the_same_dialogs(int type)
{
	struct lab mirrored;
	uint16_t port = free_port();
	char *want = dialogs_of(&captured, "capture");
	char *got;

	lab_open(&mirrored, "nord");
	lab_share_key(&mirrored, &captured);
	lab_start_collector(&mirrored);
	start_agent(&mirrored, port);
	mirror(port, type);
	assert_true(lab_wait_rows(&mirrored, "Dialog", N_CALLS));
	got = dialogs_of(&mirrored, "hep");
	assert_string_equal(got, want);
	assert_non_null(strstr(got, ",---,"));
	free(got);
	free(want);
	assert_int_equal(lab_stop(&mirrored.agent, SIGTERM), 0);
	lab_close(&mirrored);
}

static void dialogs_over_udp_equal_those_of_the_capture(void **state)
{
	(void)state;
	expect_the_same_dialogs(SOCK_DGRAM);
}

static void dialogs_over_tcp_equal_those_of_the_capture(void **state)
{
	(void)state;
	expect_the_same_dialogs(SOCK_STREAM);
}

/* In the store of the capture there are both then, and the card says how many were left out. */
static void told_by_both_they_count_once(void **state)
{
	uint16_t port = free_port();
	json_t *card;
	char *text;

	(void)state;
	start_agent(&captured, port);
	mirror(port, SOCK_DGRAM);
	assert_true(lab_wait_rows(&captured, "Dialog", (size_t)N_CALLS * 2));
	assert_int_equal(lab_stop(&captured.agent, SIGTERM), 0);
	text = lab_scorecard(&captured);
	card = json_loads(text, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(card, "gaps"),
	                                                    "dialog_told_twice")),
	                 N_CALLS);
	json_decref(card);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dialogs_over_udp_equal_those_of_the_capture),
		cmocka_unit_test(dialogs_over_tcp_equal_those_of_the_capture),
		cmocka_unit_test(told_by_both_they_count_once),
	};

	return cmocka_run_group_tests(tests, make_calls, forget_calls);
}
