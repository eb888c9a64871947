#include "collector/collector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collector/ingest/gate.h"
#include "collector/ingest/listener.h"
#include "collector/ingest/loop.h"
#include "collector/ingest/peers.h"
#include "collector/ingest/rules.h"
#include "collector/ingest/writer.h"
#include "common/log.h"

struct collector {
	const struct env *env;
	struct rules *rules; /* owned reference; the current ones */
	struct gate *gate;
	struct peers *peers;
	struct counters counters;
	struct loop *loops[LISTENER_MAX];
	struct mailbox *mailboxes[LISTENER_MAX];
	size_t n_loops;
	struct writer *writer; /* while it runs */
	uint16_t port;
};

static int allow_files(const struct collector_conf *conf, struct fault *fault)
{
	struct rlimit limit;
	rlim_t need = (rlim_t)conf->max_connections + COLLECTOR_OTHER_FILES;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need) {
		return 0;
	}
	if (limit.rlim_max < need) {
		return fault_set(fault, -EMFILE,
		                 "max_connections %lld needs %llu open files and %llu are allowed: "
		                 "raise LimitNOFILE (ulimit -Hn) or lower it",
		                 (long long)conf->max_connections, (unsigned long long)need,
		                 (unsigned long long)limit.rlim_max);
	}
	limit.rlim_cur = need;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0
	               ? 0
	               : fault_set(fault, -errno, "cannot raise the limit of open files: %s",
	                           strerror(errno));
}

static int open_shared(struct collector *c, const struct collector_conf *conf, struct fault *fault)
{
	const struct gate_limits limits = { (uint32_t)conf->max_connections,
		                            (uint32_t)conf->max_handshakes_per_address };
	int rc = gate_open(&c->gate, c->env, &limits);

	if (rc == 0) {
		rc = peers_open(&c->peers, c->env, (uint32_t)conf->max_connections);
	}
	return rc == 0 ? 0 : fault_set(fault, rc, "cannot start: %s", strerror(-rc));
}

static int open_loops(struct collector *c, const int *fds, size_t n, struct fault *fault)
{
	const struct loop_shared shared = { c->env, &c->counters, c->gate, c->peers, c->rules };

	for (size_t i = 0; i < n; i++) {
		int rc = loop_open(&c->loops[i], &shared, fds[i]);

		if (rc != 0) {
			while (i < n) {
				(void)close(fds[i++]);
			}
			return fault_set(fault, rc, "cannot start an ingest thread: %s",
			                 strerror(-rc));
		}
		c->mailboxes[i] = loop_mailbox(c->loops[i]);
		c->n_loops++;
	}
	return 0;
}

static int listen_all(struct collector *c, const struct collector_conf *conf, struct fault *fault)
{
	struct listener_address address;
	int fds[LISTENER_MAX];
	size_t n = (size_t)conf->ingest_threads;
	int rc = listener_parse(conf->listen, &address, fault);

	if (rc == 0) {
		rc = listener_open(&address, n, fds, &c->port, fault);
	}
	return rc == 0 ? open_loops(c, fds, n, fault) : rc;
}

int collector_open(struct collector **out, struct collector_conf *conf, const struct env *env,
                   struct fault *fault)
{
	struct collector *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	c->env = env;
	rc = allow_files(conf, fault);
	if (rc == 0) {
		rc = open_shared(c, conf, fault);
	}
	if (rc == 0) {
		rc = rules_new(&c->rules, conf, fault);
	}
	if (rc == 0) {
		rc = listen_all(c, rules_conf(c->rules), fault);
	}
	if (rc != 0) {
		collector_close(c);
		return rc;
	}
	*out = c;
	return 0;
}

uint16_t collector_port(const struct collector *c)
{
	return c->port;
}

int collector_start(struct collector *c, struct store *store, struct fault *fault)
{
	const struct writer_options options = {
		.store = store,
		.env = c->env,
		.counters = &c->counters,
		.queue_bytes = (size_t)rules_conf(c->rules)->queue_bytes,
		.homes = c->mailboxes,
		.n_homes = c->n_loops,
	};
	int rc = writer_start(&c->writer, &options);

	for (size_t i = 0; i < c->n_loops && rc == 0; i++) {
		rc = loop_start(c->loops[i], c->writer);
	}
	if (rc != 0) {
		collector_stop(c);
		return fault_set(fault, rc, "cannot start a thread: %s", strerror(-rc));
	}
	return 0;
}

int collector_reload(struct collector *c, struct collector_conf *conf, struct fault *fault)
{
	struct rules *rules;
	char fixed[256];
	int rc;

	(void)collector_conf_fixed(rules_conf(c->rules), conf, fixed, sizeof(fixed));
	rc = rules_new(&rules, conf, fault);
	if (rc != 0) {
		return rc;
	}
	if (fixed[0] != '\0') {
		log_warn("reload", "changed, but taken up at the next start only: %s", fixed);
	}
	for (size_t i = 0; i < c->n_loops; i++) {
		loop_rules(c->loops[i], rules);
	}
	rules_unref(c->rules);
	c->rules = rules;
	return 0;
}

/* In this order nothing that was read goes without an answer: no more comes in; what came is
 * stored; what was stored is acknowledged. */
void collector_stop(struct collector *c)
{
	for (size_t i = 0; i < c->n_loops; i++) {
		loop_finish(c->loops[i]);
	}
	if (c->writer != NULL) {
		writer_finish(c->writer, COLLECTOR_STORE_MS);
	}
	for (size_t i = 0; i < c->n_loops; i++) {
		loop_flush(c->loops[i]);
	}
	for (size_t i = 0; i < c->n_loops; i++) {
		loop_close(c->loops[i]);
	}
	c->n_loops = 0;
	writer_close(c->writer);
	c->writer = NULL;
}

void collector_close(struct collector *c)
{
	if (c == NULL) {
		return;
	}
	for (size_t i = 0; i < c->n_loops; i++) {
		loop_close(c->loops[i]);
	}
	peers_close(c->peers);
	gate_close(c->gate);
	rules_unref(c->rules);
	free(c);
}

struct counters *collector_counters(struct collector *c)
{
	return &c->counters;
}

uint32_t collector_agents(struct collector *c)
{
	return peers_count(c->peers);
}
