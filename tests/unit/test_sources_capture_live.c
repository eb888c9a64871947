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
		.sample_rate = 1,
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

static void send_message(int fd, const char *first, const char *to_tag, int call)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
	               "%s\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK%d\r\n"
	               "From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>%s\r\nCall-ID: live%d\r\n"
	               "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
	               first, call, to_tag, call);
	send_text(fd, text);
}

/* Calls that are refused at once: their records do not wait for a timer. */
static void send_refused_calls(int first, int n)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	for (int call = first; call < first + n; call++) {
		send_message(fd, "INVITE sip:c@d SIP/2.0", "", call);
		send_message(fd, "SIP/2.0 486 Busy Here", ";tag=b", call);
	}
	(void)close(fd);
}

static void packets_on_the_loopback_become_records(void **state)
{
	struct stage *s = *state;
	const Cxm__Dialog *d;

	open_or_skip(s);
	assert_int_equal(source_capture.start(s->source), 0);
	send_refused_calls(1, 1);
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

/* kill -9: what was open is lost with the packets that nobody heard, and a Gap says when. */
static void a_start_after_a_death_says_when_nobody_listened(void **state)
{
	struct stage *s = *state;
	struct buf kept;
	const Cxm__Gap *gap;

	open_or_skip(s);
	buf_init(&kept, 100);
	assert_int_equal(source_capture.start(s->source), 0);
	assert_int_equal(source_capture.checkpoint(s->source, &kept), 1);
	assert_int_equal(kept.data[0], 1);
	kept.data[8] = 0; /* the highest byte but one of the time: long ago */
	kept.data[7] = 0;
	source_capture.close(s->source);
	s->agent.env.checkpoint = cursor_of(kept.data, kept.len);
	open_or_skip(s);
	assert_int_equal(source_capture.start(s->source), 0);
	assert_int_equal(s->agent.w.n, 1);
	gap = witness_gap(&s->agent.w, 0);
	assert_int_equal(gap->reason, CXM__GAP__REASON__SOURCE_DOWN);
	assert_string_equal(gap->part, "lo");
	assert_true(gap->at_us < gap->to_us);
	buf_free(&kept);
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

/* ---- more than it may do ---- */

/* The real thread on a clock that is so much faster, its work with it: a minute passes in one
 * second and the part of a core that is taken stays what it is. */
#define FASTER    60

#define BUDGET    0.02 /* two polls a second and their ticks take a twentieth of that */
#define FLOOD_MAX 20000
#define A_TURN    200 /* packets */
#define CALLS     400
#define CALM      5 /* calls that are no load */
#define TURNS_MAX 6000

static int64_t faster_mono_us(void *arg)
{
	return env_system.mono_us(arg) * FASTER;
}

static int64_t faster_cpu_us(void *arg)
{
	return env_system.cpu_us(arg) * FASTER;
}

/* Take what has come in, and wait for more for at most 10 ms. */
static void turn(struct stage *s)
{
	const struct timeval soon = { .tv_usec = 10000 };

	(void)event_base_loopexit(s->agent.env.base, &soon);
	(void)event_base_dispatch(s->agent.env.base);
}

static size_t gaps(const struct stage *s)
{
	return witness_count(&s->agent.w, &cxm__gap__descriptor);
}

static void flood_until_it_is_too_much(struct stage *s)
{
	static char text[512];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < FLOOD_MAX && gaps(s) == 0; i++) {
		for (int k = 0; k < A_TURN; k++) {
			send_text(fd, text);
		}
		(void)event_base_loop(s->agent.env.base, EVLOOP_NONBLOCK);
	}
	(void)close(fd);
	assert_true(gaps(s) > 0);
}

static struct sampling_state state_of(const struct stage *s)
{
	struct source_progress p;

	source_capture.progress(s->source, &p);
	return p.sampling;
}

static bool was_reduced(const struct stage *s, size_t n)
{
	(void)n;
	return state_of(s).reductions > 0;
}

static bool has_recovered(const struct stage *s, size_t n)
{
	(void)n;
	return state_of(s).share_ppm == SAMPLING_ALL;
}

static size_t dialogs(const struct stage *s)
{
	return witness_count(&s->agent.w, &cxm__dialog__descriptor);
}

static bool has_dialogs(const struct stage *s, size_t n)
{
	return dialogs(s) >= n;
}

static void turn_until(struct stage *s, bool (*is)(const struct stage *s, size_t n), size_t n)
{
	for (int i = 0; i < TURNS_MAX && !is(s, n); i++) {
		turn(s);
	}
	assert_true(is(s, n));
}

/* Each record of a call that began then says the share, and there are no more than it leaves. */
static void assert_thinned(const struct stage *s, size_t n)
{
	assert_in_range(n, 1, CALLS * 3 / 4);
	for (size_t i = 0; i < n; i++) {
		const Cxm__Dialog *d = witness_dialog(&s->agent.w, i);

		assert_true(d->has_sampled_ppm);
		assert_in_range(d->sampled_ppm, 1, 500000);
	}
}

static void e15_a_thread_above_its_budget_follows_fewer_calls_until_it_is_calm(void **state)
{
	struct stage *s = *state;
	static struct env faster; /* its thread may outlive a failure here */
	const Cxm__Gap *gap;
	size_t thinned;

	faster = env_system;
	faster.mono_us = faster_mono_us;
	faster.cpu_us = faster_cpu_us;
	s->agent.env.env = &faster;
	s->conf.cpu_budget = BUDGET;
	s->conf.buffer_bytes = INT64_C(64) << 20; /* nothing is dropped */
	s->conf.max_dialogs = INT64_C(2) * CALLS;
	open_or_skip(s);
	assert_int_equal(source_capture.start(s->source), 0);
	flood_until_it_is_too_much(s);
	gap = witness_gap(&s->agent.w, 0);
	assert_int_equal(gap->reason, CXM__GAP__REASON__SAMPLED);
	assert_int_equal(gap->sampled_ppm, 500000);
	assert_string_equal(gap->part, "lo");
	send_refused_calls(1, CALLS);
	turn_until(s, was_reduced, 0);
	assert_non_null(state_of(s).reduced);
	turn_until(s, has_recovered, 0);
	thinned = dialogs(s);
	assert_thinned(s, thinned);
	send_refused_calls(CALLS + 1, CALM);
	turn_until(s, has_dialogs, thinned + CALM);
	source_capture.stop(s->source);
	assert_false(witness_dialog(&s->agent.w, thinned)->has_sampled_ppm);
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
		STAGED(e15_a_thread_above_its_budget_follows_fewer_calls_until_it_is_calm),
		STAGED(a_good_interface_passes_the_check),
		STAGED(a_start_after_a_death_says_when_nobody_listened),
	};

	return cmocka_run_group_tests_name("capture_live", tests, NULL, NULL);
}
