/*
 * The uplink against the real collector on loopback: TLS with good and bad certificates, refusals,
 * reconnects. The conversation itself is in test_agent_uplink_session.c.
 */
#include "agent/uplink.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/support/cases.h"
#include "tests/support/collector_world.h"
#include "tests/support/fake_env.h"

#define PATIENCE_S 20

struct fixture {
	struct world *world;
	struct event_base *base;
	struct fake_env *disk;
	struct env env; /* files in memory, the real clock */
	struct spool *spool;
	struct uplink *uplink;
	struct fault fault;
	uint64_t acked;
};

static int64_t real_mono_us(void *arg)
{
	(void)arg;
	return env_system.mono_us(env_system.arg);
}

static int64_t real_wall_us(void *arg)
{
	(void)arg;
	return env_system.wall_us(env_system.arg);
}

static int setup(void **state)
{
	static struct fixture f;
	static uint64_t seed = 100;
	const struct spool_options options = { "/spool", 1 << 26, 1 << 22 };

	f = (struct fixture){ .disk = fake_env_new(++seed) };
	f.env = *fake_env_of(f.disk);
	f.env.mono_us = real_mono_us;
	f.env.wall_us = real_wall_us;
	(void)signal(SIGPIPE, SIG_IGN);
	log_open("test", LOG_LEVEL_ERR);
	f.world = world_new();
	world_issue(f.world, "pbx1");
	f.base = event_base_new();
	assert_non_null(f.base);
	assert_int_equal(spool_open(&f.spool, &f.env, &options, NULL), 0);
	*state = &f;
	return 0;
}

static int setup_started(void **state)
{
	(void)setup(state);
	world_start(((struct fixture *)*state)->world, "");
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	uplink_close(f->uplink);
	spool_close(f->spool);
	event_base_free(f->base);
	world_free(f->world);
	fake_env_free(f->disk);
	return 0;
}

static struct uplink_options options_of(const struct fixture *f, const char *host, uint16_t port)
{
	return (struct uplink_options){
		.host = host,
		.port = port,
		.ca_path = pki_path(f->world->pki, "ca.pem"),
		.certificate_path = pki_path(f->world->pki, "pbx1.pem"),
		.key_path = pki_path(f->world->pki, "pbx1.key"),
		.timezone = "Europe/Berlin",
		.backoff_min_ms = 10,
		.backoff_max_ms = 20,
	};
}

static void on_acked(void *arg, uint64_t sequence)
{
	((struct fixture *)arg)->acked = sequence;
}

static void start_to(struct fixture *f, const char *host, uint16_t port)
{
	struct uplink_options options = options_of(f, host, port);

	assert_int_equal(uplink_open(&f->uplink, f->base, &f->env, f->spool, &options, &f->fault),
	                 0);
	uplink_start(f->uplink, on_acked, f);
}

static void append(struct fixture *f, uint32_t count)
{
	struct spool_entry entry = { .count = count };
	struct spool_status status;
	struct buf records;

	spool_status(f->spool, &status);
	buf_init(&records, 1 << 22);
	wire_add_records(&records, status.next_sequence, count);
	entry.records = cursor_of(records.data, records.len);
	assert_int_equal(spool_append(f->spool, &entry), 0);
	buf_free(&records);
}

static struct uplink_status status_of(const struct fixture *f)
{
	struct uplink_status status;

	uplink_status(f->uplink, &status);
	return status;
}

static void stop_waiting(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Run the loop until `there` says yes; false when PATIENCE_S were not enough. */
static bool run_until(struct fixture *f, bool (*there)(const struct fixture *f, const void *what),
                      const void *what)
{
	const struct timeval patience = { PATIENCE_S, 0 };
	bool over = false;
	struct event *limit = evtimer_new(f->base, stop_waiting, &over);
	bool found;

	assert_int_equal(evtimer_add(limit, &patience), 0);
	while (!(found = there(f, what)) && !over) {
		(void)event_base_loop(f->base, EVLOOP_ONCE);
	}
	event_free(limit);
	return found;
}

static bool is_acked(const struct fixture *f, const void *what)
{
	return f->acked >= *(const uint64_t *)what;
}

static bool is_running(const struct fixture *f, const void *what)
{
	(void)what;
	return status_of(f).state == UPLINK_RUNNING;
}

static bool has_trouble(const struct fixture *f, const void *what)
{
	return strstr(status_of(f).trouble, what) != NULL;
}

static void assert_acked(struct fixture *f, uint64_t sequence)
{
	assert_true(run_until(f, is_acked, &sequence));
}

/* ---- the main job ---- */

static void records_reach_the_collector_and_are_acknowledged(void **state)
{
	struct fixture *f = *state;
	struct spool_status spool;

	append(f, 1000);
	start_to(f, "127.0.0.1", f->world->port);
	assert_acked(f, 1000);
	append(f, 500);
	uplink_kick(f->uplink);
	assert_acked(f, 1500);
	spool_status(f->spool, &spool);
	assert_int_equal(fake_store_rows(f->world->fs), 1500);
	assert_int_equal(fake_store_acked(f->world->fs, "nord", "pbx1", spool.epoch), 1500);
	assert_int_equal(status_of(f).connects, 1);
	assert_string_equal(status_of(f).trouble, "");
	assert_int_equal(status_of(f).sent_records, 1500);
}

static void many_batches_flow_through_the_window(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 60; i++) {
		append(f, 3000);
	}
	start_to(f, "127.0.0.1", f->world->port);
	assert_acked(f, 180000);
	assert_int_equal(fake_store_rows(f->world->fs), 180000);
}

static void compressed_batches_are_understood(void **state)
{
	struct fixture *f = *state;
	struct uplink_options options = options_of(f, "127.0.0.1", f->world->port);

	options.compress = true;
	append(f, 5000);
	assert_int_equal(uplink_open(&f->uplink, f->base, &f->env, f->spool, &options, &f->fault),
	                 0);
	uplink_start(f->uplink, on_acked, f);
	assert_acked(f, 5000);
	assert_int_equal(fake_store_rows(f->world->fs), 5000);
}

static void a_name_is_looked_up_and_each_address_tried(void **state)
{
	struct fixture *f = *state;
	struct addrinfo *found = NULL;

	if (getaddrinfo("localhost", NULL, NULL, &found) != 0) {
		print_message("# skip: this machine does not know localhost (no /etc/hosts)\n");
		skip();
	}
	freeaddrinfo(found);
	append(f, 10);
	start_to(f, "localhost", f->world->port); /* often ::1 first, where nobody listens */
	assert_acked(f, 10);
}

static void what_the_collector_has_is_not_sent_again(void **state)
{
	struct fixture *f = *state;

	append(f, 100);
	start_to(f, "127.0.0.1", f->world->port);
	assert_acked(f, 100);
	uplink_close(f->uplink);
	append(f, 10);
	start_to(f, "127.0.0.1", f->world->port);
	assert_acked(f, 110);
	assert_int_equal(status_of(f).sent_records, 10);
	assert_int_equal(fake_store_rows(f->world->fs), 110);
}

static void an_old_copy_of_a_spool_draws_an_epoch_and_goes_on(void **state)
{
	struct fixture *f = *state;
	struct spool_status before;
	struct spool_status after;
	struct wire_agent *earlier;

	append(f, 100);
	spool_status(f->spool, &before);
	/* what the host had sent before it was put back to an earlier image */
	earlier = world_agent(f->world, "pbx1", before.epoch, 9);
	wire_batch(earlier, 1, 150);
	assert_true(wire_wait_ack(earlier, 150));
	wire_close(earlier);
	assert_true(world_count(f->world, COUNTER_LOST_LINE, 1));
	start_to(f, "127.0.0.1", f->world->port);
	assert_acked(f, 100);
	spool_status(f->spool, &after);
	assert_int_not_equal(after.epoch, before.epoch);
	assert_int_equal(fake_store_rows(f->world->fs), 150); /* known by their natural keys */
}

/* ---- trouble ---- */

static void nobody_listening_is_told_and_tried_again(void **state)
{
	struct fixture *f = *state;
	struct uplink_options options;

	start_to(f, "127.0.0.1", 1); /* tcpmux: nobody has it */
	assert_true(run_until(f, has_trouble, "Connection refused"));
	world_start(f->world, "");
	options = options_of(f, "127.0.0.1", f->world->port);
	assert_int_equal(uplink_reload(f->uplink, &options, &f->fault), 0);
	assert_true(run_until(f, is_running, NULL));
	assert_string_equal(status_of(f).trouble, "");
}

static void a_name_that_does_not_exist_is_told(void **state)
{
	struct fixture *f = *state;

	start_to(f, "no..name", 7443);
	assert_true(run_until(f, has_trouble, "its name cannot be looked up"));
}

static void a_collector_with_another_name_is_refused(void **state)
{
	struct fixture *f = *state;

	pki_issue(f->world->pki, &(struct pki_leaf){ .name = "server",
	                                             .server = true,
	                                             .san = "DNS:elsewhere.example" });
	world_start(f->world, "");
	append(f, 1);
	start_to(f, "127.0.0.1", f->world->port);
	assert_true(run_until(f, has_trouble, "its certificate is refused: IP address mismatch"));
	assert_int_equal(f->acked, 0);
}

static void a_collector_of_another_ca_is_refused(void **state)
{
	struct fixture *f = *state;
	struct pki *other = pki_beside(f->world->pki, "other");
	struct uplink_options options = options_of(f, "127.0.0.1", f->world->port);

	options.ca_path = pki_path(f->world->pki, "other.pem");
	assert_int_equal(uplink_open(&f->uplink, f->base, &f->env, f->spool, &options, &f->fault),
	                 0);
	uplink_start(f->uplink, on_acked, f);
	assert_true(run_until(f, has_trouble, "its certificate is refused"));
	pki_free(other);
}

static void a_certificate_the_collector_refuses_is_told(void **state)
{
	struct fixture *f = *state;
	struct pki *other = pki_beside(f->world->pki, "other");

	pki_issue(other, &(struct pki_leaf){ .name = "pbx1",
	                                     .client = true,
	                                     .san = "URI:urn:cxmeter:nord:pbx1" });
	start_to(f, "127.0.0.1", f->world->port);
	assert_true(run_until(f, has_trouble, "it refused our certificate"));
	pki_free(other);
}

static void a_second_agent_with_one_certificate_is_told(void **state)
{
	struct fixture *f = *state;
	struct wire_agent *first = world_agent(f->world, "pbx1", 1, 1);

	start_to(f, "127.0.0.1", f->world->port);
	assert_true(run_until(f, has_trouble, "another agent with this certificate is connected"));
	wire_close(first);
}

static void an_expired_certificate_keeps_trying_until_it_is_renewed(void **state)
{
	struct fixture *f = *state;

	pki_issue(f->world->pki, &(struct pki_leaf){ .name = "pbx1",
	                                             .client = true,
	                                             .san = "URI:urn:cxmeter:nord:pbx1",
	                                             .from_s = -7200,
	                                             .until_s = -3600 });
	append(f, 10);
	start_to(f, "127.0.0.1", f->world->port);
	assert_true(run_until(f, has_trouble, "certificate expired on "));
	world_issue(f->world, "pbx1");
	assert_acked(f, 10);
}

static void a_half_written_certificate_leaves_the_last_good_one(void **state)
{
	struct fixture *f = *state;
	struct uplink_options options = options_of(f, "127.0.0.1", f->world->port);
	struct fault fault;
	int fd;

	start_to(f, "127.0.0.1", f->world->port);
	assert_true(run_until(f, is_running, NULL));
	fd = open(options.certificate_path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(write(fd, "-----BEGIN CERT", 15), 15);
	assert_int_equal(close(fd), 0);
	assert_true(uplink_reload(f->uplink, &options, &fault) < 0);
	assert_non_null(strstr(fault.text, "pbx1.pem"));
	assert_int_equal(status_of(f).state, UPLINK_RUNNING);
	append(f, 10);
	uplink_kick(f->uplink);
	assert_acked(f, 10);
}

static void a_key_others_can_read_is_refused(void **state)
{
	struct fixture *f = *state;
	struct uplink_options options = options_of(f, "127.0.0.1", 7443);

	assert_int_equal(chmod(options.key_path, 0644), 0);
	assert_int_equal(uplink_open(&f->uplink, f->base, &f->env, f->spool, &options, &f->fault),
	                 -EACCES);
	assert_non_null(strstr(f->fault.text, "chmod 600"));
	f->uplink = NULL;
}

static void a_collector_that_goes_away_is_noticed(void **state)
{
	struct fixture *f = *state;

	start_to(f, "127.0.0.1", f->world->port);
	assert_true(run_until(f, is_running, NULL));
	world_stop(f->world);
	assert_true(run_until(f, has_trouble, "Connection refused"));
	append(f, 1);
	uplink_kick(f->uplink); /* must not mind */
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, records_reach_the_collector_and_are_acknowledged, setup_started,
	                teardown);
	cases_test_with(&c, many_batches_flow_through_the_window, setup_started, teardown);
	cases_test_with(&c, compressed_batches_are_understood, setup_started, teardown);
	cases_test_with(&c, a_name_is_looked_up_and_each_address_tried, setup_started, teardown);
	cases_test_with(&c, what_the_collector_has_is_not_sent_again, setup_started, teardown);
	cases_test_with(&c, an_old_copy_of_a_spool_draws_an_epoch_and_goes_on, setup_started,
	                teardown);
	cases_test_with(&c, nobody_listening_is_told_and_tried_again, setup, teardown);
	cases_test_with(&c, a_name_that_does_not_exist_is_told, setup, teardown);
	cases_test_with(&c, a_collector_with_another_name_is_refused, setup, teardown);
	cases_test_with(&c, a_collector_of_another_ca_is_refused, setup_started, teardown);
	cases_test_with(&c, a_certificate_the_collector_refuses_is_told, setup_started, teardown);
	cases_test_with(&c, a_second_agent_with_one_certificate_is_told, setup_started, teardown);
	cases_test_with(&c, an_expired_certificate_keeps_trying_until_it_is_renewed, setup_started,
	                teardown);
	cases_test_with(&c, a_half_written_certificate_leaves_the_last_good_one, setup_started,
	                teardown);
	cases_test_with(&c, a_key_others_can_read_is_refused, setup, teardown);
	cases_test_with(&c, a_collector_that_goes_away_is_noticed, setup_started, teardown);
	return cases_run("agent_uplink", &c, NULL, NULL);
}
