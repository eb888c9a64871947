#include "collector/ingest/gate.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>

#include "common/siphash.h"
#include "common/table.h"

#define WAITING_SHARE 4 /* one in so many connections may wait */

struct gate {
	struct gate_limits limits;
	struct siphash_key key;
	pthread_mutex_t lock; /* everything below */
	uint32_t connections;
	uint32_t waiting;
	uint32_t waiting_max;
	struct table table; /* from -> slot */
	uint32_t *by_slot;  /* owned; connections that wait */
};

int gate_open(struct gate **out, const struct env *env, const struct gate_limits *limits)
{
	struct gate *g = calloc(1, sizeof(*g));
	int rc;

	if (g == NULL) {
		return -ENOMEM;
	}
	g->limits = *limits;
	g->waiting_max = limits->connections / WAITING_SHARE;
	if (g->waiting_max < GATE_WAITING_MIN) {
		g->waiting_max = GATE_WAITING_MIN;
	}
	rc = env->random(env->arg, &g->key, sizeof(g->key));
	if (rc == 0) {
		rc = table_init(&g->table, g->waiting_max);
	}
	if (rc == 0) {
		g->by_slot = calloc(g->waiting_max, sizeof(*g->by_slot));
		rc = g->by_slot != NULL ? 0 : -ENOMEM;
	}
	if (rc == 0) {
		rc = -pthread_mutex_init(&g->lock, NULL);
	}
	if (rc != 0) {
		table_free(&g->table);
		free(g->by_slot);
		free(g);
		return rc;
	}
	*out = g;
	return 0;
}

void gate_close(struct gate *g)
{
	if (g == NULL) {
		return;
	}
	(void)pthread_mutex_destroy(&g->lock);
	table_free(&g->table);
	free(g->by_slot);
	free(g);
}

uint64_t gate_from(const struct gate *g, const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;

		return siphash24(&g->key, &v4->sin_addr, sizeof(v4->sin_addr));
	}
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
		const uint8_t *bytes = v6->sin6_addr.s6_addr;

		/* an IPv4 address on a socket for both (RFC 4291, 2.5.5.2) counts as itself */
		return IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) ? siphash24(&g->key, bytes + 12, 4)
		                                            : siphash24(&g->key, bytes, 8);
	}
	return 0;
}

static enum gate_verdict enter(struct gate *g, uint64_t from)
{
	uint32_t slot;

	if (g->connections >= g->limits.connections) {
		return GATE_FULL;
	}
	slot = table_find(&g->table, from);
	if (slot != TABLE_NONE && g->by_slot[slot] >= g->limits.waiting_per_address) {
		return GATE_ADDRESS_FULL;
	}
	if (g->waiting >= g->waiting_max) {
		return GATE_WAITING_FULL;
	}
	if (slot == TABLE_NONE) {
		slot = table_insert(&g->table, from); /* fits: as many slots as may wait */
		assert(slot != TABLE_NONE);
		g->by_slot[slot] = 0;
	}
	g->by_slot[slot]++;
	g->waiting++;
	g->connections++;
	return GATE_OPEN;
}

enum gate_verdict gate_enter(struct gate *g, uint64_t from)
{
	enum gate_verdict verdict;

	(void)pthread_mutex_lock(&g->lock);
	verdict = enter(g, from);
	(void)pthread_mutex_unlock(&g->lock);
	return verdict;
}

static void stop_waiting(struct gate *g, uint64_t from)
{
	uint32_t slot = table_find(&g->table, from);

	assert(slot != TABLE_NONE && g->waiting > 0);
	g->waiting--;
	if (--g->by_slot[slot] == 0) {
		(void)table_remove(&g->table, from);
	}
}

void gate_pass(struct gate *g, uint64_t from)
{
	(void)pthread_mutex_lock(&g->lock);
	stop_waiting(g, from);
	(void)pthread_mutex_unlock(&g->lock);
}

void gate_leave(struct gate *g, uint64_t from, bool passed)
{
	(void)pthread_mutex_lock(&g->lock);
	assert(g->connections > 0);
	g->connections--;
	if (!passed) {
		stop_waiting(g, from);
	}
	(void)pthread_mutex_unlock(&g->lock);
}

void gate_count(struct gate *g, uint32_t *connections, uint32_t *waiting)
{
	(void)pthread_mutex_lock(&g->lock);
	*connections = g->connections;
	*waiting = g->waiting;
	(void)pthread_mutex_unlock(&g->lock);
}
