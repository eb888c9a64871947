/*
 * An interface that goes, comes and changes its name, in a network namespace of this test's own:
 * nothing outside sees a packet. The namespace's loopback is the interface. Skipped with a message
 * where a namespace cannot be had.
 *
 * The seconds between two looks are not waited for: the agent's resume wakes the thread.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cap-ng.h>
#include <cmocka.h>

#include "agent/sources/capture.h"
#include "agent/sources/capture_follow.h"
#include "tests/support/loop_agent.h"

#define PORT      5060
#define LOOPBACK  "lo"
#define OTHER     "trunk0"
#define LOOK_US   10000
#define PATIENCE  1000 /* looks */
#define CONTACT_N 2    /* messages of a refused call */

struct stage {
	struct loop_agent agent;
	struct capture_conf conf;
	struct source *source;
	struct fault fault;
	bool (*met)(const struct stage *s);
	int looks;
};

static int control; /* socket for ioctl; -1: no namespace */

/* ---- the interface ---- */

static void set_state(const char *name, bool up)
{
	struct ifreq r = { .ifr_flags = up ? IFF_UP : 0 };

	(void)snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	assert_int_equal(ioctl(control, SIOCSIFFLAGS, &r), 0);
}

/* Only one that is down can get another name. */
static void rename_down(const char *from, const char *to)
{
	struct ifreq r = { 0 };

	(void)snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", from);
	(void)snprintf(r.ifr_newname, sizeof(r.ifr_newname), "%s", to);
	assert_int_equal(ioctl(control, SIOCSIFNAME, &r), 0);
}

static int make_namespace(void **state)
{
	(void)state;
	control = unshare(CLONE_NEWNET) == 0 ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
	if (control < 0) {
		print_message("# skip: needs root (a network namespace of its own)\n");
	}
	return 0;
}

static int end_namespace(void **state)
{
	(void)state;
	if (control >= 0) {
		(void)close(control);
	}
	return 0;
}

/* The agent gives up its rights between open and start; so does the thread that starts here. */
static void set_right(capng_act_t action)
{
	assert_int_equal(capng_get_caps_process(), 0);
	assert_int_equal(capng_update(action, CAPNG_EFFECTIVE, CAP_NET_RAW), 0);
	assert_int_equal(capng_apply(CAPNG_SELECT_CAPS), 0);
}

/* ---- the stage ---- */

static int stage_open(void **state)
{
	static struct stage stage;
	struct stage *s = &stage;

	memset(s, 0, sizeof(*s));
	loop_agent_open(&s->agent);
	s->agent.env.one_shot = false;
	s->conf = (struct capture_conf){
		.interface = LOOPBACK,
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

static void begin(struct stage *s, bool up)
{
	if (control < 0) {
		skip();
	}
	set_state(LOOPBACK, up);
	assert_int_equal(source_capture.open(&s->source, &s->agent.env, &s->fault), 0);
	set_right(CAPNG_DROP);
	assert_int_equal(source_capture.start(s->source), 0);
	set_right(CAPNG_ADD);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct stage *s = arg;

	(void)fd;
	(void)what;
	source_capture.resume(s->source);
	if (s->met(s) || ++s->looks == PATIENCE) {
		(void)event_base_loopbreak(s->agent.env.base);
	}
}

static void run_until(struct stage *s, bool (*met)(const struct stage *s))
{
	const struct timeval look = { .tv_usec = LOOK_US };
	struct event *timer = event_new(s->agent.env.base, -1, EV_PERSIST, on_look, s);

	s->met = met;
	s->looks = 0;
	(void)event_add(timer, &look);
	(void)event_base_dispatch(s->agent.env.base);
	event_free(timer);
	assert_true(met(s));
}

static bool one_record(const struct stage *s)
{
	return s->agent.w.n >= 1;
}

static bool two_records(const struct stage *s)
{
	return s->agent.w.n >= 2;
}

static bool three_records(const struct stage *s)
{
	return s->agent.w.n >= 3;
}

static bool in_trouble(const struct stage *s)
{
	struct source_progress p = { 0 };

	source_capture.progress(s->source, &p);
	return p.trouble[0] != '\0';
}

/* ---- traffic ---- */

static void send_text(int fd, const char *text)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, sizeof(to)) > 0);
}

/* A call that is refused at once: its record does not wait for a timer. */
static void send_refused_call(int n)
{
	static const char *const messages[CONTACT_N] = {
		"INVITE sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"
		"From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: live%d\r\n"
		"CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
		"SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"
		"From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>;tag=b\r\nCall-ID: live%d\r\n"
		"CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
	};
	char text[512];

	for (size_t i = 0; i < CONTACT_N; i++) {
		const char *mark = strstr(messages[i], "%d");

		(void)snprintf(text, sizeof(text), "%.*s%d%s", (int)(mark - messages[i]),
		               messages[i], n, mark + 2);
		send_text(control, text);
	}
}

static const Cxm__Gap *gap_of(const struct stage *s, const char *name)
{
	const Cxm__Gap *gap = witness_gap(&s->agent.w, 0);

	assert_int_equal(gap->reason, CXM__GAP__REASON__SOURCE_DOWN);
	assert_string_equal(gap->part, name);
	assert_true(gap->at_us <= gap->to_us);
	return gap;
}

/* ---- claims ---- */

static void e16_an_interface_that_goes_down_and_up_is_followed_again(void **state)
{
	struct stage *s = *state;
	const Cxm__Dialog *before;

	begin(s, true);
	send_refused_call(1);
	run_until(s, one_record);
	set_state(LOOPBACK, false);
	run_until(s, in_trouble);
	assert_int_equal(s->agent.w.n, 1);
	set_state(LOOPBACK, true);
	run_until(s, two_records);
	assert_false(in_trouble(s));
	send_refused_call(2);
	run_until(s, three_records);
	before = witness_dialog(&s->agent.w, 0);
	assert_true(before->at_us <= gap_of(s, LOOPBACK)->at_us);
	assert_int_equal(witness_dialog(&s->agent.w, 1)->final_status, 486);
	source_capture.stop(s->source);
	assert_int_equal(s->agent.w.n, 3);
}

static void e16_an_interface_that_appears_later_is_followed(void **state)
{
	struct stage *s = *state;

	s->conf.interface = OTHER;
	begin(s, false);
	run_until(s, in_trouble);
	set_state(LOOPBACK, false);
	rename_down(LOOPBACK, OTHER);
	set_state(OTHER, true);
	run_until(s, one_record);
	send_refused_call(1);
	run_until(s, two_records);
	(void)gap_of(s, OTHER);
	assert_int_equal(witness_dialog(&s->agent.w, 0)->final_status, 486);
	source_capture.stop(s->source);
	set_state(OTHER, false);
	rename_down(OTHER, LOOPBACK);
}

/* Under its new name it is another interface: what passes there is not what was asked for. */
static void e16_an_interface_that_is_renamed_is_gone_until_it_has_its_name_again(void **state)
{
	struct stage *s = *state;

	begin(s, true);
	set_state(LOOPBACK, false);
	rename_down(LOOPBACK, OTHER);
	set_state(OTHER, true);
	run_until(s, in_trouble);
	send_refused_call(1);
	assert_int_equal(s->agent.w.n, 0);
	set_state(OTHER, false);
	rename_down(OTHER, LOOPBACK);
	set_state(LOOPBACK, true);
	run_until(s, one_record);
	send_refused_call(2);
	run_until(s, two_records);
	(void)gap_of(s, LOOPBACK);
	assert_int_equal(witness_dialog(&s->agent.w, 0)->final_status, 486);
	source_capture.stop(s->source);
	assert_int_equal(s->agent.w.n, 2);
}

static int bound_to(const struct capture_input *in)
{
	struct sockaddr_ll at = { 0 };
	socklen_t bytes = sizeof(at);
	int fd = pcap_get_selectable_fd(in->pcap);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &bytes), 0);
	return at.sll_ifindex;
}

/* Opened while there is none, it is on no interface; then on that one, and on no other. */
static void e16_a_handle_without_an_interface_is_bound_to_it_when_it_comes(void **state)
{
	struct stage *s = *state;
	static struct capture_input in;

	if (control < 0) {
		skip();
	}
	set_state(LOOPBACK, false);
	assert_int_equal(capture_input_absent(&in, &s->conf, &s->fault), 0);
	assert_int_equal(bound_to(&in), 0);
	assert_int_equal(capture_follow(&in, &s->conf), -ENETDOWN);
	s->conf.interface = OTHER;
	assert_int_equal(capture_follow(&in, &s->conf), -ENODEV);
	s->conf.interface = LOOPBACK;
	set_state(LOOPBACK, true);
	assert_int_equal(capture_follow(&in, &s->conf), 0);
	assert_int_equal(bound_to(&in), if_nametoindex(LOOPBACK));
	in.device_type = 0xfffe; /* ARPHRD_NONE: as if opened on a tunnel */
	assert_int_equal(capture_follow(&in, &s->conf), -EMEDIUMTYPE);
	capture_input_close(&in);
}

#define STAGED(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(e16_an_interface_that_goes_down_and_up_is_followed_again),
		STAGED(e16_an_interface_that_appears_later_is_followed),
		STAGED(e16_a_handle_without_an_interface_is_bound_to_it_when_it_comes),
		STAGED(e16_an_interface_that_is_renamed_is_gone_until_it_has_its_name_again),
	};

	return cmocka_run_group_tests_name("capture_interface", tests, make_namespace,
	                                   end_namespace);
}
