/*
 * The collector as a whole on loopback: its limits under crowds, a store that is slow, full or
 * fails, stopping with work in hand, several threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/collector_world.h"
#include "tests/support/resident.h"

#define EPOCH UINT64_C(0xabcdef)

static void idlers_of_one_address_are_bounded_and_give_way(void **state)
{
	struct world *w = *state;
	int idle[4];
	struct wire_agent *a;

	world_start(w, "max_handshakes_per_address: 4\n");
	for (unsigned i = 0; i < 4; i++) {
		idle[i] = wire_connect_raw(w->port);
	}
	assert_true(world_count(w, COUNTER_ACCEPTED, 4));
	assert_true(world_hung_up(wire_connect_raw(w->port)));
	assert_true(world_count(w, COUNTER_GATE_ADDRESS, 1));
	world_forward(w, 3); /* now the four have had time enough for an honest handshake */
	a = world_agent(w, "pbx1", EPOCH, 1);
	assert_true(world_count(w, COUNTER_EVICTED, 1));
	assert_true(world_hung_up(idle[0]));
	for (unsigned i = 1; i < 4; i++) {
		(void)close(idle[i]);
	}
	wire_close(a);
}

/* B05, at a scale for a test: far more idle connections than there are places. */
static void crowd_of_idlers_does_not_keep_agents_out(void **state)
{
	struct world *w = *state;
	int idle[400];
	struct wire_agent *a;

	world_start(w, "max_connections: 100\nmax_handshakes_per_address: 1000\n");
	for (unsigned i = 0; i < 400; i++) {
		idle[i] = wire_connect_raw(w->port);
	}
	assert_true(world_count(w, COUNTER_GATE_WAITING, 375));
	assert_true(world_count(w, COUNTER_ACCEPTED, 25));
	world_forward(w, 3);
	a = world_agent(w, "pbx1", EPOCH, 1);
	wire_batch(a, 1, 10);
	assert_true(wire_wait_ack(a, 10));
	wire_close(a);
	for (unsigned i = 0; i < 400; i++) {
		(void)close(idle[i]);
	}
}

static void connections_are_bounded(void **state)
{
	struct world *w = *state;
	struct wire_agent *agents[4];
	char name[16];

	world_start(w, "max_connections: 4\n");
	for (unsigned i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof(name), "many%u", i);
		world_issue(w, name);
		agents[i] = world_agent(w, name, EPOCH, 1);
	}
	assert_true(world_hung_up(wire_connect_raw(w->port)));
	assert_true(world_count(w, COUNTER_GATE_FULL, 1));
	for (unsigned i = 0; i < 4; i++) {
		wire_close(agents[i]);
	}
}

static void many_agents_of_one_address_come_one_after_the_other(void **state)
{
	struct world *w = *state;

	world_start(w, "max_handshakes_per_address: 2\nmax_connections: 4\n");
	for (uint64_t n = 1; n <= 20; n++) {
		wire_close(world_agent(w, "pbx1", EPOCH, 1));
	}
	assert_true(world_count(w, COUNTER_LOST_LINE, 20));
	assert_int_equal(0, collector_agents(w->collector));
}

static void fail_handshakes(struct world *w, SSL_CTX *ctx, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct wire_agent *a = wire_connect(ctx, w->port);

		assert_null(world_try(a));
		wire_close(a);
	}
}

/* A sanitizer keeps freed memory for a while; there the leak checker looks instead. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GROWTH_MAX_BYTES (INT64_C(1024) * 1024 * 1024)
#else
#define GROWTH_MAX_BYTES (INT64_C(1024) * 1024)
#endif

/* C14. */
static void failed_handshakes_leave_nothing_behind(void **state)
{
	struct world *w = *state;
	SSL_CTX *ctx = wire_context(w->pki, NULL);
	int64_t before;

	fail_handshakes(w, ctx, 300);
	before = resident_bytes();
	fail_handshakes(w, ctx, 1000);
	assert_true(resident_bytes() - before < GROWTH_MAX_BYTES);
	assert_true(world_count(w, COUNTER_HANDSHAKE_FAILED, 1300));
	SSL_CTX_free(ctx);
}

static void full_queue_slows_agents_down_and_loses_nothing(void **state)
{
	struct world *w = *state;
	struct wire_agent *a;
	uint64_t n = 1;

	world_start(w, "queue: 1MiB\n");
	a = world_agent(w, "pbx1", EPOCH, 1);
	fake_store_hold(w->fs, true);
	for (unsigned i = 0; i < 14; i++, n += 2500) { /* 14 of some 110 KiB */
		wire_batch(a, n, 2500);
	}
	assert_true(world_count(w, COUNTER_PAUSED, 1));
	fake_store_hold(w->fs, false);
	assert_true(wire_wait_ack(a, n - 1));
	assert_int_equal(n - 1, fake_store_rows(w->fs));
	wire_close(a);
}

/* G01, B18: nothing acknowledged, a time to come back, and by itself all is well again. */
static void full_disk_sends_agents_away_and_recovers(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	const Cxm__Frame *frame;

	fake_store_fail(w->fs, -ENOSPC, 0, 1000);
	wire_batch(a, 1, 10);
	fake_store_wait_puts(w->fs, 2); /* so the first failure has been taken note of */
	world_forward(w, 6);            /* patience ends */
	frame = wire_receive(a);
	assert_true(world_refused(frame, CXM__REFUSE__CODE__OVERLOADED));
	assert_true(frame->refuse->retry_after_ms >= 5000);
	wire_close(a);
	a = world_connect(w, "pbx1");
	assert_true(
		world_refused(wire_greet(a, &(struct wire_hello){ .epoch = EPOCH, .instance = 1 }),
	                      CXM__REFUSE__CODE__OVERLOADED));
	wire_close(a);
	fake_store_fail(w->fs, 0, 0, 0);
	world_forward(w, 31);
	a = world_agent(w, "pbx1", EPOCH, 1);
	wire_batch(a, 1, 10);
	assert_true(wire_wait_ack(a, 10));
	assert_int_equal(10, fake_store_rows(w->fs));
	wire_close(a);
}

static void hole_in_the_store_is_told_to_its_agent_only(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	struct wire_agent *b = world_agent(w, "pbx2", EPOCH, 1);

	fake_store_fail(w->fs, -ERANGE, 0, 2); /* the group, then the batch alone */
	wire_batch(a, 1, 10);
	assert_true(world_refused(wire_receive(a), CXM__REFUSE__CODE__SEQUENCE));
	wire_batch(b, 101, 0);
	assert_true(wire_wait_ack(b, 0));
	wire_close(a);
	wire_close(b);
}

static void *stop_in_background(void *arg)
{
	struct world *w = arg;

	world_stop(w);
	return NULL;
}

/* Nobody listens there any more. */
static bool port_closed(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rc = connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 ? 0 : -errno;
	(void)close(fd);
	return rc == -ECONNREFUSED;
}

/* One batch is being stored and one waits when the collector is told to stop; it lets nobody in any
 * more, and stores and acknowledges both. */
static void stop_acknowledges_what_it_has_taken(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	pthread_t stopper;

	fake_store_hold(w->fs, true);
	wire_batch(a, 1, 10);
	fake_store_wait_held(w->fs);
	wire_batch(a, 11, 10);
	assert_true(world_count(w, COUNTER_BATCHES, 2));
	assert_int_equal(0, pthread_create(&stopper, NULL, stop_in_background, w));
	while (!port_closed(w->port)) {
		(void)sched_yield();
	}
	fake_store_hold(w->fs, false);
	assert_true(wire_wait_ack(a, 20));
	assert_null(wire_receive(a));
	assert_int_equal(SSL_RECEIVED_SHUTDOWN,
	                 SSL_get_shutdown(wire_ssl(a)) & SSL_RECEIVED_SHUTDOWN);
	wire_close(a);
	assert_int_equal(0, pthread_join(stopper, NULL));
	assert_int_equal(20, fake_store_rows(w->fs));
}

static void stop_with_everybody_at_every_stage_ends(void **state)
{
	struct world *w = *state;
	struct wire_agent *idle = world_connect(w, "pbx1"); /* has not greeted */
	struct wire_agent *begun = world_agent(w, "pbx2", EPOCH, 1);
	int raw = wire_connect_raw(w->port);

	wire_send_bytes(begun, "\x00\x00", 2);
	assert_true(world_count(w, COUNTER_ACCEPTED, 3));
	world_forward(w, 0);
	wire_close(idle);
	wire_close(begun);
	world_stop(w);
	assert_true(world_hung_up(raw));
}

static void several_threads_serve_many_agents(void **state)
{
	struct world *w = *state;
	struct wire_agent *agents[12];
	char name[16];

	world_start(w, "ingest_threads: 4\n");
	for (unsigned i = 0; i < 12; i++) {
		(void)snprintf(name, sizeof(name), "many%u", i);
		world_issue(w, name);
		agents[i] = world_agent(w, name, EPOCH + i, 1);
		wire_batch(agents[i], 1 + i * 1000, 0);
	}
	for (unsigned i = 0; i < 12; i++) {
		struct buf batch;

		buf_init(&batch, FRAME_MAX_BYTES);
		wire_add_batch(&batch, 1 + UINT64_C(1000) * i, 1000, UINT64_C(1000) * i);
		wire_send(agents[i], &batch);
		buf_free(&batch);
	}
	for (unsigned i = 0; i < 12; i++) {
		assert_true(wire_wait_ack(agents[i], 1 + i * 1000 + 999));
		wire_close(agents[i]);
	}
	assert_int_equal(12000, fake_store_rows(w->fs));
}

static void reload_reaches_every_thread(void **state)
{
	struct world *w = *state;
	struct wire_agent *agents[8];
	struct fault fault = { 0 };
	char name[16];

	world_start(w, "ingest_threads: 4\n");
	for (unsigned i = 0; i < 8; i++) {
		(void)snprintf(name, sizeof(name), "many%u", i);
		world_issue(w, name);
		agents[i] = world_agent(w, name, EPOCH + i, 1);
	}
	assert_int_equal(0, world_reload(w, "deny:\n  - nord/*\n", &fault));
	for (unsigned i = 0; i < 8; i++) {
		assert_true(world_refused(wire_receive(agents[i]), CXM__REFUSE__CODE__NOT_ALLOWED));
		wire_close(agents[i]);
	}
}

#define started(function)                                                                          \
	cmocka_unit_test_setup_teardown(function, world_set_up_started, world_tear_down)
#define claim(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(idlers_of_one_address_are_bounded_and_give_way),
		claim(crowd_of_idlers_does_not_keep_agents_out),
		claim(connections_are_bounded),
		claim(many_agents_of_one_address_come_one_after_the_other),
		started(failed_handshakes_leave_nothing_behind),
		claim(full_queue_slows_agents_down_and_loses_nothing),
		started(full_disk_sends_agents_away_and_recovers),
		started(hole_in_the_store_is_told_to_its_agent_only),
		started(stop_acknowledges_what_it_has_taken),
		started(stop_with_everybody_at_every_stage_ends),
		claim(several_threads_serve_many_agents),
		claim(reload_reaches_every_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
