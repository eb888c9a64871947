/*
 * One agent and the collector over real TLS on loopback: what it sends, how it comes back, when it
 * is given up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>

#include "tests/support/collector_world.h"

#define EPOCH UINT64_C(0xabcdef)

static void what_an_agent_sends_is_stored_and_acknowledged(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);

	wire_batch(a, 1, 100);
	wire_batch(a, 101, 100);
	assert_true(wire_wait_ack(a, 200));
	assert_int_equal(200, fake_store_rows(w->fs));
	assert_int_equal(200, fake_store_acked(w->fs, "nord", "pbx1", EPOCH));
	wire_close(a);
}

static void identity_is_that_of_the_certificate(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx2", EPOCH, 1);

	wire_batch(a, 1, 10);
	assert_true(wire_wait_ack(a, 10));
	assert_int_equal(10, fake_store_acked(w->fs, "nord", "pbx2", EPOCH));
	assert_int_equal(0, fake_store_acked(w->fs, "nord", "pbx1", EPOCH));
	wire_close(a);
}

static void agent_that_reconnects_goes_on_where_it_was(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	const Cxm__Frame *frame;

	wire_batch(a, 1, 10);
	assert_true(wire_wait_ack(a, 10));
	wire_close(a);
	assert_true(world_count(w, COUNTER_LOST_LINE, 1));
	a = world_connect(w, "pbx1");
	frame = wire_greet(a, &(struct wire_hello){ .epoch = EPOCH, .instance = 2, .next = 100 });
	assert_int_equal(CXM__FRAME__BODY_WELCOME, frame->body_case);
	assert_int_equal(10, frame->welcome->acked_sequence);
	wire_close(a);
}

/* B02, B11: a batch broken off is not there, sent again whole it is there once. */
static void batch_broken_off_is_never_seen(void **state)
{
	struct world *w = *state;
	const struct linger reset = { 1, 0 };
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	struct buf batch;

	buf_init(&batch, FRAME_MAX_BYTES);
	wire_add_batch(&batch, 1, 100, 0);
	wire_send_bytes(a, batch.data, batch.len / 2);
	buf_free(&batch);
	(void)setsockopt(SSL_get_fd(wire_ssl(a)), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	wire_close(a);
	assert_true(world_count(w, COUNTER_LOST_LINE, 1));
	assert_int_equal(0, fake_store_rows(w->fs));
	a = world_agent(w, "pbx1", EPOCH, 1);
	wire_batch(a, 1, 100);
	assert_true(wire_wait_ack(a, 100));
	wire_batch(a, 1, 100);
	assert_true(wire_wait_ack(a, 100));
	assert_int_equal(100, fake_store_rows(w->fs));
	wire_close(a);
}

static void spool_that_is_an_old_copy_is_told(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);

	wire_batch(a, 1, 100);
	assert_true(wire_wait_ack(a, 100));
	wire_close(a);
	a = world_connect(w, "pbx1");
	assert_true(world_refused(
		wire_greet(a, &(struct wire_hello){ .epoch = EPOCH, .instance = 1, .next = 51 }),
		CXM__REFUSE__CODE__EPOCH_STALE));
	wire_close(a);
}

static void records_lost_by_the_agent_are_stepped_over(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	struct buf batch;

	wire_batch(a, 1, 10);
	assert_true(wire_wait_ack(a, 10));
	buf_init(&batch, FRAME_MAX_BYTES);
	wire_add_batch(&batch, 51, 10, 40);
	wire_send(a, &batch);
	buf_free(&batch);
	assert_true(wire_wait_ack(a, 60));
	assert_int_equal(20, fake_store_rows(w->fs));
	wire_close(a);
}

static void time_zone_of_the_site_is_kept(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_connect(w, "pbx1");
	struct store *st = fake_store_as_store(w->fs);
	char zone[64] = "";

	assert_non_null(wire_greet(a, &(struct wire_hello){ .epoch = EPOCH,
	                                                    .instance = 1,
	                                                    .timezone = "Europe/Berlin" }));
	assert_int_equal(0, st->ops->zone(st, "nord", zone, sizeof(zone), NULL));
	assert_string_equal("Europe/Berlin", zone);
	wire_close(a);
}

static void heartbeat_is_answered(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);

	wire_batch(a, 1, 0);
	assert_true(wire_wait_ack(a, 0));
	wire_close(a);
}

static void hostile_frame_ends_the_session_with_a_reason(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);

	wire_send_bytes(a, "\xff\xff\xff\xff", 4);
	assert_true(world_refused(wire_receive(a), CXM__REFUSE__CODE__INVALID));
	assert_null(wire_receive(a));
	assert_true(world_count(w, COUNTER_INVALID, 1));
	wire_close(a);
}

/* The refusal must arrive although the agent has sent much more that is never read. */
static void refusal_arrives_though_the_agent_goes_on_sending(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	const Cxm__Frame *frame;

	wire_send_bytes(a, "\xff\xff\xff\xff", 4);
	for (uint64_t n = 0; n < 10; n++) {
		wire_batch(a, 1 + n * 1000, 1000);
	}
	frame = wire_receive(a);
	assert_true(world_refused(frame, CXM__REFUSE__CODE__INVALID));
	assert_null(wire_receive(a));
	/* what it still sends is thrown away, not answered with a reset */
	assert_int_equal(1, send(SSL_get_fd(wire_ssl(a)), "x", 1, MSG_NOSIGNAL));
	assert_int_equal(1, send(SSL_get_fd(wire_ssl(a)), "x", 1, MSG_NOSIGNAL));
	wire_close(a);
}

static void second_process_of_an_identity_is_refused_and_the_first_goes_on(void **state)
{
	struct world *w = *state;
	struct wire_agent *first = world_agent(w, "pbx1", EPOCH, 1);
	struct wire_agent *second = world_connect(w, "pbx1");
	const Cxm__Frame *frame;

	frame = wire_greet(second, &(struct wire_hello){ .epoch = EPOCH + 1, .instance = 2 });
	assert_true(world_refused(frame, CXM__REFUSE__CODE__DUPLICATE_IDENTITY));
	assert_int_equal(15000, frame->refuse->retry_after_ms);
	wire_batch(first, 1, 10);
	assert_true(wire_wait_ack(first, 10));
	assert_int_equal(1, collector_agents(w->collector));
	wire_close(first);
	wire_close(second);
}

static void same_process_takes_its_place_back(void **state)
{
	struct world *w = *state;
	struct wire_agent *first = world_agent(w, "pbx1", EPOCH, 1);
	struct wire_agent *second = world_agent(w, "pbx1", EPOCH, 1);

	assert_null(wire_receive(first));
	wire_batch(second, 1, 10);
	assert_true(wire_wait_ack(second, 10));
	assert_int_equal(1, collector_agents(w->collector));
	wire_close(first);
	wire_close(second);
}

static void handshake_not_finished_in_time_is_closed(void **state)
{
	struct world *w = *state;
	int fd = wire_connect_raw(w->port);

	assert_int_equal(1, send(fd, "\x16", 1, 0)); /* a handshake begins with that byte */
	assert_true(world_count(w, COUNTER_ACCEPTED, 1));
	world_forward(w, 11);
	assert_true(world_hung_up(fd));
	assert_true(world_count(w, COUNTER_HANDSHAKE_LATE, 1));
}

static void agent_that_does_not_greet_is_closed(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_connect(w, "pbx1");

	assert_true(world_count(w, COUNTER_SHAKEN, 1));
	world_forward(w, 11);
	assert_null(wire_receive(a));
	assert_true(world_count(w, COUNTER_NO_HELLO, 1));
	wire_close(a);
}

static void frame_that_drips_is_closed(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	struct buf both; /* a heartbeat and half a head: when one is answered, the other is there */

	buf_init(&both, 4096);
	wire_add_batch(&both, 1, 0, 0);
	buf_add(&both, "\x00\x00", 2);
	wire_send(a, &both);
	buf_free(&both);
	assert_true(wire_wait_ack(a, 0));
	world_forward(w, 31);
	assert_null(wire_receive(a));
	assert_true(world_count(w, COUNTER_SLOW, 1));
	wire_close(a);
}

static void silent_agent_is_closed_and_its_place_is_free(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);

	world_forward(w, 46);
	assert_null(wire_receive(a));
	assert_true(world_count(w, COUNTER_SILENT, 1));
	wire_close(a);
	wire_close(world_agent(w, "pbx1", EPOCH, 2));
}

#define started(function)                                                                          \
	cmocka_unit_test_setup_teardown(function, world_set_up_started, world_tear_down)
#define claim(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		started(what_an_agent_sends_is_stored_and_acknowledged),
		started(identity_is_that_of_the_certificate),
		started(agent_that_reconnects_goes_on_where_it_was),
		started(batch_broken_off_is_never_seen),
		started(spool_that_is_an_old_copy_is_told),
		started(records_lost_by_the_agent_are_stepped_over),
		started(time_zone_of_the_site_is_kept),
		started(heartbeat_is_answered),
		started(hostile_frame_ends_the_session_with_a_reason),
		started(refusal_arrives_though_the_agent_goes_on_sending),
		started(second_process_of_an_identity_is_refused_and_the_first_goes_on),
		started(same_process_takes_its_place_back),
		started(handshake_not_finished_in_time_is_closed),
		started(agent_that_does_not_greet_is_closed),
		started(frame_that_drips_is_closed),
		started(silent_agent_is_closed_and_its_place_is_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
