/*
 * What it costs the collector to have many agents: a thousand come back after a restart (full
 * handshake, Hello, Welcome), and then are connected and silent.
 *
 *     connect [agents]
 *
 * Prints CPU seconds for all handshakes together, and memory for each connection. The agents are in
 * a process of their own; the store costs nothing.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/slice.h"
#include "tests/support/collector_world.h"
#include "tests/support/resident.h"

#define AGENTS_MAX 10000

static double cpu_seconds(void)
{
	struct rusage use;

	(void)getrusage(RUSAGE_SELF, &use);
	return (double)use.ru_utime.tv_sec + (double)use.ru_utime.tv_usec / 1e6 +
	       (double)use.ru_stime.tv_sec + (double)use.ru_stime.tv_usec / 1e6;
}

/* All agents, one after the other; they stay connected until the other side of `hold` is closed. */
static void agents_main(const struct world *w, unsigned agents, int go_fd, int done_fd, int hold_fd)
{
	uint16_t port;
	ssize_t n = read(go_fd, &port, sizeof(port));

	assert(n == sizeof(port));
	for (unsigned i = 0; i < agents; i++) {
		struct wire_hello hello = { .epoch = i + 1, .instance = 1 };
		struct wire_agent *a;
		char name[16];
		SSL_CTX *ctx;

		(void)snprintf(name, sizeof(name), "pbx%u", i);
		ctx = wire_context(w->pki, name);
		a = wire_connect(ctx, port);
		SSL_CTX_free(ctx);
		assert(a != NULL && wire_greet(a, &hello)->body_case == CXM__FRAME__BODY_WELCOME);
	}
	n = write(done_fd, "x", 1);
	assert(n == 1);
	(void)!read(hold_fd, &port, 1);
	_exit(0);
}

int main(int argc, char **argv)
{
	uint64_t agents = 1000;
	struct world *w = world_new();
	char conf[128];
	int go[2];
	int done[2];
	int hold[2];
	double cpu;
	double kib;
	char x;
	ssize_t n;
	int rc;

	if (argc > 1 && slice_u64(slice_of(argv[1]), AGENTS_MAX, &agents) != 0) {
		(void)fprintf(stderr, "%s: not a number up to %d\n", argv[1], AGENTS_MAX);
		return 2;
	}
	for (unsigned i = 0; i < agents; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "pbx%u", i);
		world_issue(w, name);
	}
	rc = pipe(go) | pipe(done) | pipe(hold);
	assert(rc == 0);
	if (fork() == 0) { /* before there are threads here */
		struct rlimit files = { AGENTS_MAX + 100, AGENTS_MAX + 100 };

		(void)close(hold[1]);
		(void)setrlimit(RLIMIT_NOFILE, &files);
		agents_main(w, (unsigned)agents, go[0], done[1], hold[0]);
	}
	(void)snprintf(conf, sizeof(conf), "max_connections: %" PRIu64 "\n", agents + 16);
	world_start(w, conf);
	cpu = cpu_seconds();
	kib = (double)resident_bytes() / 1024;
	n = write(go[1], &w->port, sizeof(w->port));
	assert(n == sizeof(w->port));
	n = read(done[0], &x, 1);
	assert(n == 1 && collector_agents(w->collector) == agents);
	printf("%" PRIu64 " agents: %.2f CPU s for handshakes and Hellos (%.2f ms each), %.1f KiB "
	       "memory each\n",
	       agents, cpu_seconds() - cpu, (cpu_seconds() - cpu) * 1000 / (double)agents,
	       ((double)resident_bytes() / 1024 - kib) / (double)agents);
	cpu = cpu_seconds();
	(void)sleep(10);
	printf("connected and silent: %.2f %% of a core\n", (cpu_seconds() - cpu) * 10);
	(void)close(hold[1]);
	world_free(w);
	(void)wait(NULL);
	return 0;
}
