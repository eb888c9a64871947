/*
 * The connection to a PBX's event socket, against one on loopback: what is handed over, what is
 * bounded, what is told as a gap, and that it comes back.
 */
#include "agent/sources/peer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <openssl/ssl.h>

#include "common/log.h"
#include "tests/support/cases.h"
#include "tests/support/fake_env.h"
#include "tests/support/fake_pbx.h"
#include "tests/support/loop_agent.h"
#include "tests/support/pki.h"
#include "tests/support/tls_listener.h"

#define IN_MAX_BYTES 64

/* The owner: logs in on "hello", is in step after "ready", keeps whole lines. */
struct fixture {
	struct loop_agent agent;
	struct fake_env *clock; /* stands still */
	struct fake_pbx *pbx;
	struct peer *peer;
	char lines[256];
	unsigned connected;
	unsigned lost;
	unsigned silent;
	int64_t drop_ms; /* on "ready": drop instead, and wait so long; -1: no */
	int64_t silence_ms;
	int64_t hold_ms;
	bool leave_connected; /* leave the loop then */
	bool leave_lost;
	const char *when; /* leave the loop when this line has come */
};

static void leave(struct fixture *f)
{
	(void)event_base_loopbreak(f->agent.env.base);
}

static void on_connected(void *arg)
{
	struct fixture *f = arg;

	f->connected++;
	if (f->leave_connected) {
		leave(f);
	}
}

static void on_line(struct fixture *f, struct slice line)
{
	size_t used = strlen(f->lines);

	(void)snprintf(f->lines + used, sizeof(f->lines) - used, "%.*s|", (int)line.len, line.at);
	if (slice_eq(line, slice_of("hello"))) {
		assert_int_equal(peer_send(f->peer, "login\n", 6), 0);
	} else if (slice_eq(line, slice_of("ready")) && f->drop_ms >= 0) {
		peer_drop(f->peer, "the login is refused", f->drop_ms);
		f->drop_ms = -1;
	} else if (slice_eq(line, slice_of("ready"))) {
		peer_settled(f->peer);
	}
	if (f->when != NULL && slice_eq(line, slice_of(f->when))) {
		leave(f);
	}
}

static size_t on_bytes(void *arg, struct slice in)
{
	struct slice rest = in;

	while (slice_find(rest, '\n') != NULL) {
		on_line(arg, slice_cut(&rest, '\n'));
	}
	return in.len - rest.len;
}

static void on_silent(void *arg)
{
	struct fixture *f = arg;

	f->silent++;
	(void)peer_send(f->peer, "ping\n", 5);
}

static void on_lost(void *arg)
{
	struct fixture *f = arg;

	f->lost++;
	f->lines[0] = '\0';
	if (f->leave_lost) {
		f->leave_lost = false;
		leave(f);
	}
}

/* ---- the PBX's side ---- */

static void say_hello(void *arg, struct fake_pbx *pbx)
{
	(void)arg;
	fake_pbx_say(pbx, "hello\n");
}

static void answer(void *arg, struct fake_pbx *pbx)
{
	(void)arg;
	if (fake_pbx_took(pbx, "login\n")) {
		fake_pbx_say(pbx, "ready\n");
	}
	if (fake_pbx_took(pbx, "ping\n")) {
		fake_pbx_say(pbx, "pong\n");
	}
}

static void answer_only_login(void *arg, struct fake_pbx *pbx)
{
	(void)arg;
	if (fake_pbx_took(pbx, "login\n")) {
		fake_pbx_say(pbx, "ready\n");
	}
}

/* ---- before and after ---- */

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .drop_ms = -1, .silence_ms = 20000 };
	(void)signal(SIGPIPE, SIG_IGN);
	log_open("test", LOG_LEVEL_ERR);
	loop_agent_open(&f.agent);
	f.agent.env.one_shot = false;
	f.clock = fake_env_new(7);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	peer_close(f->peer);
	fake_pbx_free(f->pbx);
	fake_env_free(f->clock);
	loop_agent_close(&f->agent);
	return 0;
}

static struct peer_options options_of(const struct fixture *f, uint16_t port)
{
	return (struct peer_options){
		.name = "ami",
		.what = "manager",
		.host = "127.0.0.1",
		.port = port,
		.in_max_bytes = IN_MAX_BYTES,
		.silence_ms = f->silence_ms,
		.hold_ms = f->hold_ms,
		.backoff_min_ms = 1,
		.backoff_max_ms = 2,
		.source = CXM__SOURCE__AMI,
		.agent_host = "pbx1",
		.part = "manager",
		.emit = f->agent.w.observer.emit,
	};
}

static void open_peer(struct fixture *f, const struct peer_options *options)
{
	const struct peer_calls calls = { f, on_connected, on_bytes, on_silent, on_lost };
	struct fault fault;

	assert_int_equal(peer_open(&f->peer, f->agent.env.base, fake_env_of(f->clock), options,
	                           &calls, &fault),
	                 0);
}

/* A PBX that greets, lets in and pings back. */
static void open_world(struct fixture *f)
{
	const struct fake_pbx_calls calls = { f, say_hello, answer, NULL };
	struct peer_options options;

	f->pbx = fake_pbx_new(f->agent.env.base, &calls);
	options = options_of(f, fake_pbx_port(f->pbx));
	open_peer(f, &options);
}

static void run_until(struct fixture *f, const char *line)
{
	f->when = line;
	loop_agent_run(&f->agent);
}

/* ---- the claims ---- */

static void bytes_come_to_the_owner_in_whole_lines(void **state)
{
	struct fixture *f = *state;

	open_world(f);
	peer_start(f->peer, 0);
	run_until(f, "ready");
	assert_string_equal(f->lines, "hello|ready|");
	assert_true(peer_is_settled(f->peer));
	assert_int_equal(peer_counters(f->peer)->in_bytes, strlen("hello\nready\n"));
	assert_int_equal(peer_counters(f->peer)->out_bytes, strlen("login\n"));
}

static void half_a_line_waits_for_its_rest(void **state)
{
	struct fixture *f = *state;

	open_world(f);
	peer_start(f->peer, 0);
	run_until(f, "ready");
	fake_pbx_say(f->pbx, "one\ntw");
	run_until(f, "one");
	assert_string_equal(f->lines, "hello|ready|one|");
	fake_pbx_say(f->pbx, "o\n");
	run_until(f, "two");
	assert_string_equal(f->lines, "hello|ready|one|two|");
}

static void the_first_connection_ever_tells_no_gap(void **state)
{
	struct fixture *f = *state;

	open_world(f);
	peer_start(f->peer, 0);
	run_until(f, "ready");
	assert_int_equal(f->agent.w.n, 0);
}

static void a_loss_is_told_from_the_hang_up_to_the_new_step(void **state)
{
	struct fixture *f = *state;
	int64_t lost_us;

	open_world(f);
	peer_start(f->peer, 0);
	run_until(f, "ready");
	fake_env_advance(f->clock, 5000000);
	lost_us = env_wall_us(fake_env_of(f->clock));
	fake_pbx_hang_up(f->pbx);
	run_until(f, "ready");
	assert_int_equal(f->lost, 1);
	assert_int_equal(f->connected, 2);
	assert_int_equal(f->agent.w.n, 1);
	assert_int_equal(witness_gap(&f->agent.w, 0)->at_us, lost_us);
	assert_int_equal(witness_gap(&f->agent.w, 0)->to_us, lost_us);
	assert_int_equal(witness_gap(&f->agent.w, 0)->source, CXM__SOURCE__AMI);
	assert_int_equal(witness_gap(&f->agent.w, 0)->reason, CXM__GAP__REASON__SOURCE_DOWN);
	assert_string_equal(witness_gap(&f->agent.w, 0)->part, "manager");
}

static void a_broken_connection_is_in_doubt_since_the_last_byte(void **state)
{
	struct fixture *f = *state;
	int64_t heard_us = env_wall_us(fake_env_of(f->clock));

	open_world(f);
	peer_start(f->peer, 0);
	run_until(f, "ready");
	fake_env_advance(f->clock, 5000000);
	fake_pbx_reset(f->pbx);
	run_until(f, "ready");
	assert_int_equal(witness_gap(&f->agent.w, 0)->at_us, heard_us);
	assert_int_equal(witness_gap(&f->agent.w, 0)->to_us, heard_us + 5000000);
}

static void the_time_the_agent_itself_was_away_is_a_gap(void **state)
{
	struct fixture *f = *state;
	int64_t now_us = env_wall_us(fake_env_of(f->clock));

	open_world(f);
	peer_start(f->peer, now_us - 7000000);
	run_until(f, "ready");
	assert_int_equal(f->agent.w.n, 1);
	assert_int_equal(witness_gap(&f->agent.w, 0)->at_us, now_us - 7000000);
	assert_int_equal(witness_gap(&f->agent.w, 0)->to_us, now_us);
	assert_int_equal(peer_whole_us(f->peer), now_us);
}

static void silence_is_asked_about_and_an_answer_keeps_the_connection(void **state)
{
	struct fixture *f = *state;

	f->silence_ms = 20;
	open_world(f);
	peer_start(f->peer, 0);
	run_until(f, "pong");
	run_until(f, "pong");
	assert_int_equal(f->silent, 2);
	assert_int_equal(f->lost, 0);
}

static void a_peer_gone_silent_is_left(void **state)
{
	struct fixture *f = *state;
	const struct fake_pbx_calls calls = { f, say_hello, answer_only_login, NULL };
	struct peer_options options;

	f->silence_ms = 20;
	f->pbx = fake_pbx_new(f->agent.env.base, &calls);
	options = options_of(f, fake_pbx_port(f->pbx));
	open_peer(f, &options);
	peer_start(f->peer, 0);
	run_until(f, "ready");
	run_until(f, "ready"); /* of the second connection */
	assert_int_equal(f->silent, 1);
	assert_int_equal(peer_counters(f->peer)->silences, 1);
	assert_int_equal(peer_counters(f->peer)->losses, 1);
}

static void a_message_without_end_costs_the_connection_and_no_more_memory(void **state)
{
	struct fixture *f = *state;
	char endless[2 * IN_MAX_BYTES + 1];

	open_world(f);
	peer_start(f->peer, 0);
	run_until(f, "ready");
	memset(endless, 'x', sizeof(endless));
	fake_pbx_say_bytes(f->pbx, endless, sizeof(endless));
	run_until(f, "ready");
	assert_int_equal(peer_counters(f->peer)->oversized, 1);
	assert_int_equal(f->connected, 2);
}

static void a_refused_login_waits_as_long_as_it_is_told(void **state)
{
	struct fixture *f = *state;
	const struct timeval while_ = { 0, 50000 };

	open_world(f);
	f->drop_ms = 3600000;
	peer_start(f->peer, 0);
	f->when = NULL;
	(void)event_base_loopexit(f->agent.env.base, &while_);
	(void)event_base_dispatch(f->agent.env.base);
	assert_string_equal(peer_trouble(f->peer), "the login is refused");
	assert_int_equal(f->connected, 1);
	assert_int_equal(f->lost, 1);
}

static void a_short_pause_loses_nothing(void **state)
{
	struct fixture *f = *state;

	open_world(f);
	peer_start(f->peer, 0);
	run_until(f, "ready");
	peer_pause(f->peer);
	fake_pbx_say(f->pbx, "while away\n");
	(void)event_base_loop(f->agent.env.base, EVLOOP_NONBLOCK);
	(void)event_base_loop(f->agent.env.base, EVLOOP_NONBLOCK);
	assert_string_equal(f->lines, "hello|ready|");
	peer_resume(f->peer);
	run_until(f, "while away");
	assert_string_equal(f->lines, "hello|ready|while away|");
	assert_int_equal(f->lost, 0);
}

static void f14_a_reader_paused_for_long_hangs_up_and_the_pbx_is_not_held(void **state)
{
	static const char flood[(size_t)64 * IN_MAX_BYTES] = { '\n' };
	struct fixture *f = *state;
	int64_t heard_us = env_wall_us(fake_env_of(f->clock));

	f->hold_ms = 20;
	open_world(f);
	peer_start(f->peer, 0);
	run_until(f, "ready");
	peer_pause(f->peer);
	fake_pbx_say_bytes(f->pbx, flood, sizeof(flood));
	fake_env_advance(f->clock, INT64_C(60000000));
	f->leave_lost = true;
	loop_agent_run(&f->agent);
	assert_int_equal(f->lost, 1);
	assert_int_equal(peer_counters(f->peer)->in_bytes, strlen("hello\nready\n"));
	peer_resume(f->peer);
	run_until(f, "ready");
	assert_int_equal(f->agent.w.n, 1);
	assert_int_equal(witness_gap(&f->agent.w, 0)->at_us, heard_us);
	assert_int_equal(witness_gap(&f->agent.w, 0)->to_us, heard_us + 60000000);
}

static void a_loss_that_lasts_is_told_each_hour_as_one_gap_that_grows(void **state)
{
	struct fixture *f = *state;
	int64_t lost_us = env_wall_us(fake_env_of(f->clock));

	open_world(f);
	peer_start(f->peer, 0);
	run_until(f, "ready");
	fake_pbx_free(f->pbx); /* and nobody listens there any more */
	f->pbx = NULL;
	f->leave_lost = true;
	loop_agent_run(&f->agent);
	assert_int_equal(f->agent.w.n, 0);
	for (size_t hour = 1; hour <= 2; hour++) {
		fake_env_advance(f->clock, PEER_GAP_EVERY_US);
		for (unsigned i = 0; i < 1000 && f->agent.w.n < hour; i++) {
			(void)event_base_loop(f->agent.env.base, EVLOOP_ONCE);
		}
		assert_int_equal(f->agent.w.n, hour);
		assert_int_equal(witness_gap(&f->agent.w, hour - 1)->at_us, lost_us);
		assert_int_equal(witness_gap(&f->agent.w, hour - 1)->to_us,
		                 lost_us + (int64_t)hour * PEER_GAP_EVERY_US);
	}
}

/* ---- TLS ---- */

struct tls_world {
	struct pki *pki;
	struct pki *other;
	struct tls_listener *listener;
};

static void open_tls(struct fixture *f, struct tls_world *w, const char *ca)
{
	struct peer_options options;

	w->pki = pki_new("ca");
	w->other = pki_beside(w->pki, "other");
	pki_issue(w->pki, &(struct pki_leaf){ .name = "pbx", .server = true, .san = PKI_LOCAL });
	w->listener = tls_listener_open(
		&(struct tls_listener_options){ .certificate = pki_path(w->pki, "pbx.pem"),
	                                        .key = pki_path(w->pki, "pbx.key"),
	                                        .min_version = TLS1_2_VERSION,
	                                        .max_version = TLS1_3_VERSION });
	options = options_of(f, tls_listener_port(w->listener));
	options.tls = true;
	options.ca_path = pki_path(w->pki, ca);
	open_peer(f, &options);
	peer_start(f->peer, 0);
}

static void close_tls(struct fixture *f, struct tls_world *w)
{
	peer_close(f->peer);
	f->peer = NULL;
	tls_listener_close(w->listener);
	pki_free(w->other);
	pki_free(w->pki);
}

static void a_certificate_of_the_given_ca_is_let_in(void **state)
{
	struct fixture *f = *state;
	struct tls_world w;

	open_tls(f, &w, "ca.pem");
	f->leave_connected = true;
	loop_agent_run(&f->agent);
	assert_int_equal(f->connected, 1);
	close_tls(f, &w);
}

static void a_certificate_of_another_ca_is_not(void **state)
{
	struct fixture *f = *state;
	struct tls_world w;

	open_tls(f, &w, "other.pem");
	for (unsigned i = 0; i < 1000 && peer_counters(f->peer)->attempts < 2; i++) {
		(void)event_base_loop(f->agent.env.base, EVLOOP_ONCE);
	}
	assert_int_equal(peer_counters(f->peer)->attempts, 2);
	assert_int_equal(f->connected, 0);
	assert_non_null(strstr(peer_trouble(f->peer), "certificate"));
	close_tls(f, &w);
}

static void nothing_is_sent_to_nobody(void **state)
{
	struct fixture *f = *state;

	open_world(f);
	assert_int_equal(peer_send(f->peer, "x", 1), -ENOTCONN);
}

static void a_peer_that_takes_nothing_is_left(void **state)
{
	static const char much[PEER_OUT_MAX_BYTES];
	struct fixture *f = *state;

	open_world(f);
	peer_start(f->peer, 0);
	run_until(f, "ready");
	assert_int_equal(peer_send(f->peer, much, sizeof(much)), 0);
	assert_int_equal(peer_send(f->peer, "x", 1), -ENOBUFS);
	assert_int_equal(peer_counters(f->peer)->losses, 1);
}

static void stopping_keeps_what_was_whole(void **state)
{
	struct fixture *f = *state;
	int64_t heard_us = env_wall_us(fake_env_of(f->clock));

	open_world(f);
	peer_start(f->peer, 0);
	run_until(f, "ready");
	fake_env_advance(f->clock, 1000000);
	peer_stop(f->peer);
	assert_int_equal(peer_whole_us(f->peer), heard_us);
	assert_int_equal(f->lost, 0);
}

static void a_ca_that_cannot_be_read_is_refused(void **state)
{
	struct fixture *f = *state;
	const struct peer_calls calls = { f, on_connected, on_bytes, on_silent, on_lost };
	struct peer_options options = options_of(f, 1);
	struct fault fault;

	options.tls = true;
	options.ca_path = "/nonexistent/ca.pem";
	assert_int_equal(peer_open(&f->peer, f->agent.env.base, fake_env_of(f->clock), &options,
	                           &calls, &fault),
	                 -ENOENT);
	assert_non_null(strstr(fault.text, "/nonexistent/ca.pem"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bytes_come_to_the_owner_in_whole_lines, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(half_a_line_waits_for_its_rest, setup, teardown),
		cmocka_unit_test_setup_teardown(the_first_connection_ever_tells_no_gap, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(a_loss_is_told_from_the_hang_up_to_the_new_step,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(a_broken_connection_is_in_doubt_since_the_last_byte,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(the_time_the_agent_itself_was_away_is_a_gap, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(
			silence_is_asked_about_and_an_answer_keeps_the_connection, setup, teardown),
		cmocka_unit_test_setup_teardown(a_peer_gone_silent_is_left, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_message_without_end_costs_the_connection_and_no_more_memory, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_refused_login_waits_as_long_as_it_is_told, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(a_short_pause_loses_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			f14_a_reader_paused_for_long_hangs_up_and_the_pbx_is_not_held, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_loss_that_lasts_is_told_each_hour_as_one_gap_that_grows, setup, teardown),
		cmocka_unit_test_setup_teardown(a_certificate_of_the_given_ca_is_let_in, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(a_certificate_of_another_ca_is_not, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(nothing_is_sent_to_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(a_peer_that_takes_nothing_is_left, setup, teardown),
		cmocka_unit_test_setup_teardown(stopping_keeps_what_was_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(a_ca_that_cannot_be_read_is_refused, setup,
		                                teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
