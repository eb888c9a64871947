/*
 * The uplink against the real collector with a store in memory, on loopback: records a second, and
 * what the agent's thread spends on them (spool, frames, TLS). The spool is in memory too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "agent/uplink.h"
#include "common/log.h"
#include "tests/support/collector_world.h"
#include "tests/support/fake_env.h"

#define ENTRIES 500
#define COUNT   1000 /* records of an entry; the same again and again, so the store stays small */

static double thread_cpu_s(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_THREAD, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int64_t real_mono_us(void *arg)
{
	(void)arg;
	return env_mono_us(&env_system);
}

static void fill(struct spool *spool)
{
	struct spool_entry entry = { .count = COUNT };
	struct buf records;

	buf_init(&records, 1 << 20);
	wire_add_records(&records, 1, COUNT);
	entry.records = cursor_of(records.data, records.len);
	for (int i = 0; i < ENTRIES; i++) {
		if (spool_append(spool, &entry) != 0) {
			abort();
		}
	}
	printf("uplink %d records of %zu bytes\n", ENTRIES * COUNT, records.len / COUNT);
	buf_free(&records);
}

static void on_acked(void *arg, uint64_t sequence)
{
	if (sequence == (uint64_t)ENTRIES * COUNT) {
		(void)event_base_loopbreak(arg);
	}
}

static void measure(struct world *w, struct fake_env *disk, bool compress)
{
	const struct spool_options options = { compress ? "/z" : "/s", 1 << 30, 1 << 22 };
	struct env env = *fake_env_of(disk);
	struct event_base *base = event_base_new();
	struct uplink_options to = {
		.host = "127.0.0.1",
		.port = w->port,
		.ca_path = pki_path(w->pki, "ca.pem"),
		.certificate_path = pki_path(w->pki, "pbx1.pem"),
		.key_path = pki_path(w->pki, "pbx1.key"),
		.compress = compress,
		.backoff_min_ms = 10,
		.backoff_max_ms = 20,
	};
	struct spool *spool = NULL;
	struct uplink *uplink = NULL;
	struct fault fault;
	double cpu;
	double wall;

	env.mono_us = real_mono_us;
	if (base == NULL || spool_open(&spool, &env, &options, &fault) != 0 ||
	    uplink_open(&uplink, base, &env, spool, &to, &fault) != 0) {
		abort();
	}
	fill(spool);
	cpu = thread_cpu_s();
	wall = (double)env_mono_us(&env_system) / 1e6;
	uplink_start(uplink, on_acked, base);
	(void)event_base_dispatch(base);
	cpu = thread_cpu_s() - cpu;
	wall = (double)env_mono_us(&env_system) / 1e6 - wall;
	printf("uplink %-12s %6.2f s  %8.0f k records/s  %8.0f k records/CPU s of the agent\n",
	       compress ? "compressed" : "plain", wall, ENTRIES * COUNT / wall / 1e3,
	       ENTRIES * COUNT / cpu / 1e3);
	uplink_close(uplink);
	spool_close(spool);
	event_base_free(base);
}

int main(void)
{
	struct world *w = world_new();
	struct fake_env *disk = fake_env_new(1);

	log_open("bench", LOG_LEVEL_ERR);
	world_issue(w, "pbx1");
	world_start(w, "");
	measure(w, disk, false);
	measure(w, disk, true);
	world_free(w);
	fake_env_free(disk);
	return 0;
}
