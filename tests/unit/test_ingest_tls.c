/*
 * The collector as agents meet it: over TLS on loopback, with good and bad certificates,
 * reconnects, deadlines, reloads and a store that fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>

#include "tests/support/collector_world.h"

#define EPOCH UINT64_C(0xabcdef)
#define DAY_S 86400

static int setup(void **state)
{
	struct world *w = world_new();

	world_issue(w, "pbx1");
	world_issue(w, "pbx2");
	*state = w;
	return 0;
}

static int setup_started(void **state)
{
	(void)setup(state);
	world_start(*state, "");
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static void assert_refused(const Cxm__Frame *frame, Cxm__Refuse__Code code)
{
	assert_non_null(frame);
	assert_int_equal(CXM__FRAME__BODY_REFUSE, frame->body_case);
	assert_int_equal(code, frame->refuse->code);
}

/* The other side has hung up: end of file or a reset, but no byte. */
static void assert_hung_up(int fd)
{
	char byte;

	assert_true(recv(fd, &byte, 1, 0) <= 0);
	(void)close(fd);
}

/* ---- the main job ---- */

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
	assert_refused(
		wire_greet(a, &(struct wire_hello){ .epoch = EPOCH, .instance = 1, .next = 51 }),
		CXM__REFUSE__CODE__EPOCH_STALE);
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
	assert_refused(wire_receive(a), CXM__REFUSE__CODE__INVALID);
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
	assert_refused(frame, CXM__REFUSE__CODE__INVALID);
	wire_close(a);
}

/* ---- who may connect ---- */

struct stranger_case {
	const char *name;
	struct pki_leaf leaf; /* name NULL: no certificate at all */
	bool other_ca;
	bool refused_by_word; /* the handshake succeeds, then NOT_ALLOWED; else it fails */
	enum counter counter;
};

#define URI_PBX9 "URI:urn:cxmeter:nord:pbx9"

static const struct stranger_case strangers[] = {
	{ "no_certificate_fails", { .name = NULL }, false, false, COUNTER_HANDSHAKE_FAILED },
	{ "certificate_of_another_ca_fails",
	  { .name = "pbx9", .san = URI_PBX9, .client = true },
	  true,
	  false,
	  COUNTER_HANDSHAKE_FAILED },
	{ "certificate_for_servers_only_fails",
	  { .name = "pbx9", .san = URI_PBX9, .server = true },
	  false,
	  false,
	  COUNTER_HANDSHAKE_FAILED },
	{ "expired_certificate_fails",
	  { .name = "pbx9", .san = URI_PBX9, .client = true, .from_s = -2 * DAY_S, .until_s = -1 },
	  false,
	  false,
	  COUNTER_HANDSHAKE_FAILED },
	{ "certificate_of_tomorrow_fails",
	  { .name = "pbx9",
	    .san = URI_PBX9,
	    .client = true,
	    .from_s = DAY_S,
	    .until_s = 2 * DAY_S },
	  false,
	  false,
	  COUNTER_HANDSHAKE_FAILED },
	{ "certificate_without_a_name_is_refused",
	  { .name = "pbx9", .client = true },
	  false,
	  true,
	  COUNTER_IDENTITY_BAD },
	{ "certificate_with_another_uri_is_refused",
	  { .name = "pbx9", .san = "URI:https://example.org/", .client = true },
	  false,
	  true,
	  COUNTER_IDENTITY_BAD },
	{ "certificate_with_two_names_is_refused",
	  { .name = "pbx9", .san = URI_PBX9 ",URI:urn:cxmeter:nord:pbx8", .client = true },
	  false,
	  true,
	  COUNTER_IDENTITY_BAD },
	{ "name_with_a_newline_is_refused",
	  { .name = "pbx9", .san = "URI:urn:cxmeter:nord:pbx%0A9", .client = true },
	  false,
	  true,
	  COUNTER_IDENTITY_BAD },
	{ "name_with_a_path_is_refused",
	  { .name = "pbx9", .san = "URI:urn:cxmeter:../nord:pbx9", .client = true },
	  false,
	  true,
	  COUNTER_IDENTITY_BAD },
};

/* What came to a client that connects and greets: NULL when the connection broke. The frame lives
 * as long as the agent. */
static const Cxm__Frame *try(struct wire_agent *a)
{
	return a != NULL ? wire_greet(a, &(struct wire_hello){ .epoch = EPOCH, .instance = 1 })
	                 : NULL;
}

/* C01, C02, C03: nothing of a stranger is ever read as a frame. */
static void stranger_is_kept_out(void **state)
{
	const struct stranger_case *c = *state;
	void *world = NULL;
	struct world *w;
	struct pki *other;
	struct wire_agent *a;
	const Cxm__Frame *frame;
	SSL_CTX *ctx;

	assert_int_equal(0, setup_started(&world));
	w = world;
	other = pki_beside(w->pki, "other");
	if (c->leaf.name != NULL) {
		pki_issue(c->other_ca ? other : w->pki, &c->leaf);
	}
	ctx = wire_context(w->pki, c->leaf.name);
	a = wire_connect(ctx, w->port);
	frame = try(a);
	assert_int_equal(c->refused_by_word, frame != NULL);
	assert_true(frame == NULL || frame->body_case == CXM__FRAME__BODY_REFUSE);
	assert_true(frame == NULL || frame->refuse->code == CXM__REFUSE__CODE__NOT_ALLOWED);
	assert_true(world_count(w, c->counter, 1));
	assert_int_equal(0, counter_get(collector_counters(w->collector), COUNTER_SESSIONS));
	wire_close(a);
	SSL_CTX_free(ctx);
	pki_free(other);
	assert_int_equal(0, teardown(&world));
}

static void older_tls_fails(void **state)
{
	struct world *w = *state;
	SSL_CTX *ctx = wire_context(w->pki, "pbx1");

	assert_int_equal(1, SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION));
	assert_null(wire_connect(ctx, w->port));
	assert_true(world_count(w, COUNTER_HANDSHAKE_FAILED, 1));
	SSL_CTX_free(ctx);
}

static void client_that_names_another_protocol_fails(void **state)
{
	struct world *w = *state;
	SSL_CTX *ctx = wire_context(w->pki, "pbx1");

	assert_int_equal(0, SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\x02h2", 3));
	assert_null(wire_connect(ctx, w->port));
	assert_true(world_count(w, COUNTER_HANDSHAKE_FAILED, 1));
	SSL_CTX_free(ctx);
}

static void client_that_names_no_protocol_is_closed(void **state)
{
	struct world *w = *state;
	SSL_CTX *ctx = wire_context(w->pki, "pbx1");
	struct wire_agent *a;

	assert_int_equal(0, SSL_CTX_set_alpn_protos(ctx, NULL, 0));
	a = wire_connect(ctx, w->port);
	assert_null(try(a));
	assert_true(world_count(w, COUNTER_HANDSHAKE_FAILED, 1));
	wire_close(a);
	SSL_CTX_free(ctx);
}

static void something_that_is_not_tls_fails(void **state)
{
	struct world *w = *state;
	static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
	int fd = wire_connect_raw(w->port);
	char answer[64];

	assert_int_equal(sizeof(request) - 1, send(fd, request, sizeof(request) - 1, 0));
	assert_true(world_count(w, COUNTER_HANDSHAKE_FAILED, 1));
	while (recv(fd, answer, sizeof(answer), 0) > 0) { /* a TLS alert may come */
	}
	(void)close(fd);
}

static void reconnect_resumes_and_sends_no_early_data(void **state)
{
	struct world *w = *state;
	SSL_CTX *ctx = wire_context(w->pki, "pbx1");
	struct wire_agent *a = wire_connect(ctx, w->port);
	SSL_SESSION *session;
	SSL *ssl;
	int fd;

	assert_non_null(try(a)); /* the ticket comes before the Welcome */
	/* a copy: the session itself is spoilt by an end without farewell */
	session = SSL_SESSION_dup(SSL_get0_session(wire_ssl(a)));
	wire_close(a);
	assert_non_null(session);
	assert_int_equal(0, SSL_SESSION_get_max_early_data(session));
	fd = wire_connect_raw(w->port);
	ssl = SSL_new(ctx);
	assert_int_equal(1, SSL_set_fd(ssl, fd));
	assert_int_equal(1, SSL_set_session(ssl, session));
	assert_int_equal(1, SSL_connect(ssl));
	assert_int_equal(1, SSL_session_reused(ssl));
	SSL_free(ssl);
	(void)close(fd);
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
}

static void agent_that_is_not_listed_is_refused(void **state)
{
	struct world *w = *state;
	struct wire_agent *a;

	world_start(w, "allow:\n  - nord/pbx1\n");
	a = world_connect(w, "pbx2");
	assert_refused(try(a), CXM__REFUSE__CODE__NOT_ALLOWED);
	assert_true(world_count(w, COUNTER_NOT_ALLOWED, 1));
	wire_close(a);
	wire_close(world_agent(w, "pbx1", EPOCH, 1));
}

/* ---- one session an identity ---- */

static void second_process_of_an_identity_is_refused_and_the_first_goes_on(void **state)
{
	struct world *w = *state;
	struct wire_agent *first = world_agent(w, "pbx1", EPOCH, 1);
	struct wire_agent *second = world_connect(w, "pbx1");
	const Cxm__Frame *frame;

	frame = wire_greet(second, &(struct wire_hello){ .epoch = EPOCH + 1, .instance = 2 });
	assert_refused(frame, CXM__REFUSE__CODE__DUPLICATE_IDENTITY);
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

/* ---- deadlines ---- */

static void handshake_not_finished_in_time_is_closed(void **state)
{
	struct world *w = *state;
	int fd = wire_connect_raw(w->port);

	assert_int_equal(1, send(fd, "\x16", 1, 0)); /* a handshake begins with that byte */
	assert_true(world_count(w, COUNTER_ACCEPTED, 1));
	world_forward(w, 11);
	assert_hung_up(fd);
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

/* ---- limits ---- */

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
	assert_hung_up(wire_connect_raw(w->port));
	assert_true(world_count(w, COUNTER_GATE_ADDRESS, 1));
	world_forward(w, 3); /* now the four have had time enough for an honest handshake */
	a = world_agent(w, "pbx1", EPOCH, 1);
	assert_true(world_count(w, COUNTER_EVICTED, 1));
	assert_hung_up(idle[0]);
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
	assert_hung_up(wire_connect_raw(w->port));
	assert_true(world_count(w, COUNTER_GATE_FULL, 1));
	for (unsigned i = 0; i < 4; i++) {
		wire_close(agents[i]);
	}
}

static long resident_pages(void)
{
	FILE *in = fopen("/proc/self/statm", "re");
	long size;
	long resident;

	assert_non_null(in);
	assert_int_equal(2, fscanf(in, "%ld %ld", &size, &resident));
	(void)fclose(in);
	return resident;
}

static void fail_handshakes(struct world *w, SSL_CTX *ctx, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct wire_agent *a = wire_connect(ctx, w->port);

		assert_null(try(a));
		wire_close(a);
	}
}

/* A sanitizer keeps freed memory for a while; there the leak checker looks instead. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GROWTH_MAX_BYTES ((long)1024 * 1024 * 1024)
#else
#define GROWTH_MAX_BYTES ((long)1024 * 1024)
#endif

/* C14. */
static void failed_handshakes_leave_nothing_behind(void **state)
{
	struct world *w = *state;
	SSL_CTX *ctx = wire_context(w->pki, NULL);
	long before;

	fail_handshakes(w, ctx, 300);
	before = resident_pages();
	fail_handshakes(w, ctx, 1000);
	assert_true((resident_pages() - before) * sysconf(_SC_PAGESIZE) < GROWTH_MAX_BYTES);
	assert_true(world_count(w, COUNTER_HANDSHAKE_FAILED, 1300));
	SSL_CTX_free(ctx);
}

/* ---- a store that cannot ---- */

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
	assert_refused(frame, CXM__REFUSE__CODE__OVERLOADED);
	assert_true(frame->refuse->retry_after_ms >= 5000);
	wire_close(a);
	a = world_connect(w, "pbx1");
	assert_refused(wire_greet(a, &(struct wire_hello){ .epoch = EPOCH, .instance = 1 }),
	               CXM__REFUSE__CODE__OVERLOADED);
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
	assert_refused(wire_receive(a), CXM__REFUSE__CODE__SEQUENCE);
	wire_batch(b, 101, 0);
	assert_true(wire_wait_ack(b, 0));
	wire_close(a);
	wire_close(b);
}

/* ---- stopping ---- */

static void *stop_in_background(void *arg)
{
	struct world *w = arg;

	world_stop(w);
	return NULL;
}

static void stop_acknowledges_what_it_has_taken(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	pthread_t stopper;

	fake_store_hold(w->fs, true);
	wire_batch(a, 1, 10);
	fake_store_wait_held(w->fs);
	assert_int_equal(0, pthread_create(&stopper, NULL, stop_in_background, w));
	fake_store_hold(w->fs, false);
	assert_true(wire_wait_ack(a, 10));
	assert_null(wire_receive(a));
	assert_int_equal(SSL_RECEIVED_SHUTDOWN,
	                 SSL_get_shutdown(wire_ssl(a)) & SSL_RECEIVED_SHUTDOWN);
	wire_close(a);
	assert_int_equal(0, pthread_join(stopper, NULL));
	assert_int_equal(10, fake_store_rows(w->fs));
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
	assert_hung_up(raw);
}

/* ---- reload ---- */

static void reload_ends_who_may_not_be_here_any_more(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	struct wire_agent *b = world_agent(w, "pbx2", EPOCH, 1);
	struct fault fault = { 0 };

	assert_int_equal(0, world_reload(w, "deny:\n  - nord/pbx1\n", &fault));
	assert_refused(wire_receive(a), CXM__REFUSE__CODE__NOT_ALLOWED);
	wire_batch(b, 1, 10);
	assert_true(wire_wait_ack(b, 10));
	wire_close(a);
	wire_close(b);
}

/* C04. */
static void revoked_agent_is_ended_and_kept_out(void **state)
{
	static const char *const revoked[] = { "pbx1", NULL };
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	struct wire_agent *b = world_agent(w, "pbx2", EPOCH, 1);
	SSL_CTX *ctx = wire_context(w->pki, "pbx1");
	struct fault fault = { 0 };

	pki_revoke(w->pki, "crl.pem", revoked);
	assert_int_equal(0, world_reload(w, "crl: crl.pem\n", &fault));
	assert_refused(wire_receive(a), CXM__REFUSE__CODE__NOT_ALLOWED);
	wire_close(a);
	a = wire_connect(ctx, w->port);
	assert_null(try(a));
	assert_true(world_count(w, COUNTER_HANDSHAKE_FAILED, 1));
	wire_batch(b, 1, 10);
	assert_true(wire_wait_ack(b, 10));
	wire_close(a);
	wire_close(b);
	SSL_CTX_free(ctx);
}

/* C09: old and new CA side by side, then the new one only. */
static void ca_is_rotated_under_load(void **state)
{
	static const char *const both[] = { "ca.pem", "next.pem", NULL };
	struct world *w = *state;
	struct wire_agent *old_agent = world_agent(w, "pbx1", EPOCH, 1);
	struct wire_agent *new_agent;
	struct pki *next = pki_beside(w->pki, "next");
	struct fault fault = { 0 };

	pki_issue(next, &(struct pki_leaf){ .name = "pbx2",
	                                    .san = "URI:urn:cxmeter:nord:pbx2",
	                                    .client = true });
	pki_join(w->pki, "both.pem", both);
	assert_int_equal(0, world_reload(w, "ca: both.pem\n", &fault));
	new_agent = world_agent(w, "pbx2", EPOCH, 1);
	wire_batch(old_agent, 1, 10);
	assert_true(wire_wait_ack(old_agent, 10));
	wire_batch(new_agent, 1, 0);
	assert_true(wire_wait_ack(new_agent, 0));
	assert_int_equal(0, world_reload(w, "ca: next.pem\n", &fault));
	assert_refused(wire_receive(old_agent), CXM__REFUSE__CODE__NOT_ALLOWED);
	wire_batch(new_agent, 1, 0);
	assert_true(wire_wait_ack(new_agent, 0));
	wire_close(old_agent);
	wire_close(new_agent);
	pki_free(next);
}

struct broken_case {
	const char *name;
	const char *file; /* overwritten with `text` */
	const char *text;
	mode_t mode;
	const char *want; /* stands in the message */
};

static const struct broken_case brokens[] = {
	{ "half_written_certificate_changes_nothing", "server.pem",
	  "-----BEGIN CERTIFICATE-----\nMIIB\n", 0644, "server.pem" },
	{ "half_written_key_changes_nothing", "server.key", "-----BEGIN PRIVATE KEY-----\nMIG\n",
	  0600, "server.key" },
	{ "key_open_to_others_changes_nothing", "server.key", "x", 0644, "chmod 600" },
	{ "empty_ca_changes_nothing", "ca.pem", "", 0644, "ca.pem" },
	{ "broken_revocation_list_changes_nothing", "crl.pem", "no list", 0644, "crl.pem" },
};

static void broken_file_changes_nothing(void **state)
{
	const struct broken_case *c = *state;
	void *world = NULL;
	struct world *w;
	struct fault fault = { 0 };
	struct wire_agent *a;
	SSL_CTX *ctx;
	FILE *out;

	assert_int_equal(0, setup_started(&world));
	w = world;
	ctx = wire_context(w->pki, "pbx1"); /* reads the CA before it is broken */
	out = fopen(pki_path(w->pki, c->file), "we");
	assert_non_null(out);
	assert_true(fputs(c->text, out) >= 0);
	assert_int_equal(0, fchmod(fileno(out), c->mode));
	assert_int_equal(0, fclose(out));
	assert_true(world_reload(w, "crl: crl.pem\n", &fault) < 0);
	assert_non_null(strstr(fault.text, c->want));
	a = wire_connect(ctx, w->port);
	assert_int_equal(CXM__FRAME__BODY_WELCOME, try(a)->body_case);
	wire_close(a);
	SSL_CTX_free(ctx);
	assert_int_equal(0, teardown(&world));
}

/* ---- several threads ---- */

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
		wire_add_batch(&batch, 1 + i * 1000, 1000, i * 1000);
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
		assert_refused(wire_receive(agents[i]), CXM__REFUSE__CODE__NOT_ALLOWED);
		wire_close(agents[i]);
	}
}

#define COUNT(table)      (sizeof(table) / sizeof((table)[0]))
#define started(function) cmocka_unit_test_setup_teardown(function, setup_started, teardown)
#define claim(function)   cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest claims[] = {
		started(what_an_agent_sends_is_stored_and_acknowledged),
		started(identity_is_that_of_the_certificate),
		started(agent_that_reconnects_goes_on_where_it_was),
		started(batch_broken_off_is_never_seen),
		started(spool_that_is_an_old_copy_is_told),
		started(heartbeat_is_answered),
		started(hostile_frame_ends_the_session_with_a_reason),
		started(refusal_arrives_though_the_agent_goes_on_sending),
		started(older_tls_fails),
		started(client_that_names_another_protocol_fails),
		started(client_that_names_no_protocol_is_closed),
		started(something_that_is_not_tls_fails),
		started(reconnect_resumes_and_sends_no_early_data),
		claim(agent_that_is_not_listed_is_refused),
		started(second_process_of_an_identity_is_refused_and_the_first_goes_on),
		started(same_process_takes_its_place_back),
		started(handshake_not_finished_in_time_is_closed),
		started(agent_that_does_not_greet_is_closed),
		started(frame_that_drips_is_closed),
		started(silent_agent_is_closed_and_its_place_is_free),
		claim(idlers_of_one_address_are_bounded_and_give_way),
		claim(crowd_of_idlers_does_not_keep_agents_out),
		claim(connections_are_bounded),
		started(failed_handshakes_leave_nothing_behind),
		claim(full_queue_slows_agents_down_and_loses_nothing),
		started(full_disk_sends_agents_away_and_recovers),
		started(hole_in_the_store_is_told_to_its_agent_only),
		started(stop_acknowledges_what_it_has_taken),
		started(stop_with_everybody_at_every_stage_ends),
		started(reload_ends_who_may_not_be_here_any_more),
		started(revoked_agent_is_ended_and_kept_out),
		started(ca_is_rotated_under_load),
		claim(several_threads_serve_many_agents),
		claim(reload_reaches_every_thread),
	};
	struct CMUnitTest rows[COUNT(strangers) + COUNT(brokens)];
	size_t n = 0;
	int failed;

	for (size_t i = 0; i < COUNT(strangers); i++) {
		rows[n++] = (struct CMUnitTest){ strangers[i].name, stranger_is_kept_out, NULL,
			                         NULL, (void *)(uintptr_t)&strangers[i] };
	}
	for (size_t i = 0; i < COUNT(brokens); i++) {
		rows[n++] = (struct CMUnitTest){ brokens[i].name, broken_file_changes_nothing, NULL,
			                         NULL, (void *)(uintptr_t)&brokens[i] };
	}
	failed = cmocka_run_group_tests_name("collector", claims, NULL, NULL);
	failed += cmocka_run_group_tests_name("strangers and broken files", rows, NULL, NULL);
	return failed;
}
