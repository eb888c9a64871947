#include "tests/support/collector_world.h"
#include "tests/support/catalog.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "proto/evidence.pb-c.h"

static int64_t mono_us(void *arg)
{
	struct world *w = arg;

	return env_mono_us(&env_system) + atomic_load(&w->ahead_us);
}

struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	assert(w != NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	log_open("test", LOG_LEVEL_ERR);
	w->pki = pki_new("ca");
	pki_issue(w->pki, &(struct pki_leaf){ .name = "server", .san = PKI_LOCAL, .server = true });
	w->catalog = product_catalog();
	w->fs = fake_store_new(w->catalog, WORLD_ROWS_MAX);
	w->env = env_system;
	w->env.arg = w;
	w->env.mono_us = mono_us;
	return w;
}

/* What stands in `conf` comes first, and what it says of these keys is left to it. */
static void write_conf(struct world *w, const char *conf)
{
	FILE *out = fopen(pki_path(w->pki, "collector.yaml"), "we");
	int rc;

	assert(out != NULL);
	(void)fputs(conf, out);
	if (strstr(conf, "ca:") == NULL) {
		(void)fputs("ca: ca.pem\n", out);
	}
	if (strstr(conf, "certificate:") == NULL) {
		(void)fputs("certificate: server.pem\nkey: server.key\n", out);
	}
	(void)fputs("listen: 127.0.0.1:0\nstore: sqlite:none\n", out);
	rc = fclose(out);
	assert(rc == 0);
}

void world_start(struct world *w, const char *conf)
{
	struct collector_conf loaded;
	struct fault fault = { 0 };
	int rc;

	write_conf(w, conf);
	rc = collector_conf_load(&loaded, pki_path(w->pki, "collector.yaml"), &fault);
	if (rc == 0) {
		rc = collector_open(&w->collector, &loaded, &w->env, &fault);
	}
	if (rc == 0) {
		rc = collector_start(w->collector, fake_store_as_store(w->fs), &fault);
	}
	if (rc != 0) {
		(void)fprintf(stderr, "%s\n", fault.text);
		abort();
	}
	w->port = collector_port(w->collector);
}

int world_reload(struct world *w, const char *conf, struct fault *fault)
{
	struct collector_conf loaded;
	int rc;

	write_conf(w, conf);
	rc = collector_conf_load(&loaded, pki_path(w->pki, "collector.yaml"), fault);
	if (rc != 0) {
		return rc;
	}
	rc = collector_reload(w->collector, &loaded, fault);
	collector_conf_free(&loaded);
	return rc;
}

void world_issue(struct world *w, const char *name)
{
	char san[128];

	(void)snprintf(san, sizeof(san), "URI:urn:cxmeter:nord:%s", name);
	pki_issue(w->pki, &(struct pki_leaf){ .name = name, .san = san, .client = true });
}

struct wire_agent *world_connect(struct world *w, const char *name)
{
	SSL_CTX *ctx = wire_context(w->pki, name);
	struct wire_agent *a = wire_connect(ctx, w->port);

	SSL_CTX_free(ctx);
	assert(a != NULL);
	return a;
}

struct wire_agent *world_agent(struct world *w, const char *name, uint64_t epoch, uint64_t instance)
{
	struct wire_agent *a = world_connect(w, name);
	const Cxm__Frame *frame = wire_greet(
		a, &(struct wire_hello){ .epoch = epoch, .instance = instance, .next = 1000000 });

	assert(frame != NULL && frame->body_case == CXM__FRAME__BODY_WELCOME);
	return a;
}

const Cxm__Frame *world_try(struct wire_agent *a)
{
	return a != NULL ? wire_greet(a, &(struct wire_hello){ .epoch = 1, .instance = 1 }) : NULL;
}

void world_forward(struct world *w, int64_t seconds)
{
	(void)atomic_fetch_add(&w->ahead_us, seconds * 1000000);
}

bool world_count(struct world *w, enum counter which, uint64_t n)
{
	struct counters *c = collector_counters(w->collector);
	int64_t until_us = env_mono_us(&env_system) + WIRE_PATIENCE_S * INT64_C(1000000);

	while (counter_get(c, which) != n && env_mono_us(&env_system) < until_us) {
		(void)sched_yield();
	}
	return counter_get(c, which) == n;
}

bool world_refused(const Cxm__Frame *frame, Cxm__Refuse__Code code)
{
	return frame != NULL && frame->body_case == CXM__FRAME__BODY_REFUSE &&
	       frame->refuse->code == code;
}

/* End of file, or a reset; nothing for WIRE_PATIENCE_S is neither. */
bool world_hung_up(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, 0);
	bool hung_up = n == 0 || (n < 0 && errno != EAGAIN);

	(void)close(fd);
	return hung_up;
}

void world_stop(struct world *w)
{
	collector_stop(w->collector);
	collector_close(w->collector);
	w->collector = NULL;
}

void world_free(struct world *w)
{
	if (w->collector != NULL) {
		world_stop(w);
	}
	fake_store_free(w->fs);
	pki_free(w->pki);
	free(w);
}

int world_set_up(void **state)
{
	struct world *w = world_new();

	world_issue(w, "pbx1");
	world_issue(w, "pbx2");
	*state = w;
	return 0;
}

int world_set_up_started(void **state)
{
	(void)world_set_up(state);
	world_start(*state, "");
	return 0;
}

int world_tear_down(void **state)
{
	world_free(*state);
	return 0;
}
