/* Capturing on the loopback interface. Skipped where that is not allowed. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/sources/capture.h"
#include "tests/support/loop_agent.h"

#define PORT 15060 /* nobody listens there */

struct stage {
	struct loop_agent agent;
	struct capture_conf conf;
	struct source *source;
	struct fault fault;
};

static int stage_open(void **state)
{
	static struct stage stage;
	struct stage *s = &stage;

	memset(s, 0, sizeof(*s));
	loop_agent_open(&s->agent);
	s->agent.env.one_shot = false;
	s->conf = (struct capture_conf){
		.interface = "lo",
		.filter = "udp port 15060",
		.snaplen_bytes = 65535,
		.buffer_bytes = 1 << 20,
		.max_streams = 64,
		.max_dialogs = 64,
		.stream_idle_ms = 30000,
		.dialog_idle_ms = 14400000,
	};
	s->agent.env.conf = &s->conf;
	*state = s;
	return 0;
}

static int stage_close(void **state)
{
	struct stage *s = *state;

	source_capture.close(s->source);
	loop_agent_close(&s->agent);
	return 0;
}

static void open_or_skip(struct stage *s)
{
	int rc = source_capture.open(&s->source, &s->agent.env, &s->fault);

	if (rc == -EPERM) {
		print_message("# skip: %s\n", s->fault.text);
		skip();
	}
	assert_int_equal(rc, 0);
}

static void send_text(int fd, const char *text)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, sizeof(to));
}

/* A call that is refused at once: its record does not wait for a timer. */
static void send_refused_call(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	send_text(fd, "INVITE sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"
	              "From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: live\r\n"
	              "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
	send_text(fd, "SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"
	              "From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>;tag=b\r\nCall-ID: live\r\n"
	              "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
	(void)close(fd);
}

static void packets_on_the_loopback_become_records(void **state)
{
	struct stage *s = *state;
	const Cxm__Dialog *d;

	open_or_skip(s);
	assert_int_equal(source_capture.start(s->source), 0);
	send_refused_call();
	s->agent.stop_at = 1;
	loop_agent_run(&s->agent);
	d = witness_dialog(&s->agent.w, 0);
	assert_int_equal(d->final_status, 486);
	assert_int_equal(d->end, CXM__DIALOG__END__REJECTED);
	/* the loopback's own addresses are this host's */
	assert_true(d->has_direction);
	assert_int_equal(d->direction, CXM__DIALOG__DIRECTION__INBOUND);
	source_capture.stop(s->source);
	assert_int_equal(s->agent.w.n, 1);
}

static void a_listening_source_stops_at_once(void **state)
{
	struct stage *s = *state;

	open_or_skip(s);
	assert_int_equal(source_capture.start(s->source), 0);
	source_capture.stop(s->source);
	assert_int_equal(s->agent.w.n, 0);
}

static void an_interface_that_is_not_there_is_found_by_the_check(void **state)
{
	struct stage *s = *state;
	int rc;

	s->conf.interface = "nosuch0";
	s->conf.filter = NULL;
	rc = source_capture.check(&s->conf, &s->fault);
	if (rc == -EPERM) {
		skip();
	}
	assert_int_equal(rc, -ENODEV);
	assert_non_null(strstr(s->fault.text, "interface nosuch0: there is none; there are: "));
	assert_non_null(strstr(s->fault.text, "lo"));
}

/* Interfaces appear after boot: it waits, and says at the end how long it saw nothing. */
static void e16_an_interface_that_is_not_there_yet_is_waited_for(void **state)
{
	struct stage *s = *state;

	s->conf.interface = "nosuch0";
	s->conf.filter = NULL;
	open_or_skip(s);
	assert_int_equal(source_capture.start(s->source), 0);
	source_capture.stop(s->source);
	assert_int_equal(s->agent.w.n, 1);
	assert_int_equal(witness_gap(&s->agent.w, 0)->reason, CXM__GAP__REASON__SOURCE_DOWN);
	assert_string_equal(witness_gap(&s->agent.w, 0)->part, "nosuch0");
}

/* The handle is open and nobody reads: 32 MB do not fit into 1 MiB. */
static void e15_packets_the_kernel_dropped_are_a_gap(void **state)
{
	struct stage *s = *state;
	static char text[1024];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	open_or_skip(s);
	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 32768; i++) {
		send_text(fd, text);
	}
	(void)close(fd);
	assert_int_equal(source_capture.start(s->source), 0);
	source_capture.stop(s->source);
	assert_int_equal(s->agent.w.n, 1);
	assert_int_equal(witness_gap(&s->agent.w, 0)->reason, CXM__GAP__REASON__CAPTURE_DROPPED);
	assert_true(witness_gap(&s->agent.w, 0)->lost > 0);
}

static void a_good_interface_passes_the_check(void **state)
{
	struct stage *s = *state;
	int rc = source_capture.check(&s->conf, &s->fault);

	if (rc == -EPERM) {
		skip();
	}
	assert_int_equal(rc, 0);
}

#define STAGED(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(packets_on_the_loopback_become_records),
		STAGED(a_listening_source_stops_at_once),
		STAGED(an_interface_that_is_not_there_is_found_by_the_check),
		STAGED(e16_an_interface_that_is_not_there_yet_is_waited_for),
		STAGED(e15_packets_the_kernel_dropped_are_a_gap),
		STAGED(a_good_interface_passes_the_check),
	};

	return cmocka_run_group_tests_name("capture_live", tests, NULL, NULL);
}
