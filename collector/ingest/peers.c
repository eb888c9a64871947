#include "collector/ingest/peers.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/siphash.h"
#include "common/table.h"

struct peer {
	struct tls_identity identity;
	uint64_t instance;
	uint64_t ticket; /* of the session that holds it; 0: nobody */
	int64_t heard_us;
	char address[PEERS_ADDRESS_SIZE];
};

struct peers {
	pthread_mutex_t lock; /* everything below */
	struct siphash_key key;
	struct table table; /* hash of the identity -> slot */
	struct peer *peers; /* owned; by slot */
	uint64_t last_ticket;
};

int peers_open(struct peers **out, const struct env *env, uint32_t capacity)
{
	struct peers *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL) {
		return -ENOMEM;
	}
	rc = env->random(env->arg, &p->key, sizeof(p->key));
	if (rc == 0) {
		rc = table_init(&p->table, capacity);
	}
	if (rc == 0) {
		p->peers = calloc(capacity, sizeof(*p->peers));
		rc = p->peers != NULL ? 0 : -ENOMEM;
	}
	if (rc == 0) {
		rc = -pthread_mutex_init(&p->lock, NULL);
	}
	if (rc != 0) {
		table_free(&p->table);
		free(p->peers);
		free(p);
		return rc;
	}
	*out = p;
	return 0;
}

void peers_close(struct peers *p)
{
	if (p == NULL) {
		return;
	}
	(void)pthread_mutex_destroy(&p->lock);
	table_free(&p->table);
	free(p->peers);
	free(p);
}

/* Names hold no colon (tls_name_valid), so no two identities have one text. */
static uint64_t key_of(const struct peers *p, const struct tls_identity *identity)
{
	char text[2 * TLS_NAME_MAX];
	int n = snprintf(text, sizeof(text), "%s:%s", identity->site, identity->agent);

	return siphash24(&p->key, text, (size_t)n);
}

static enum peers_verdict enter(struct peers *p, const struct peers_claim *claim,
                                struct peers_place *place, char *holder)
{
	uint64_t key = key_of(p, claim->identity);
	uint32_t slot = table_find(&p->table, key);
	enum peers_verdict verdict = slot == TABLE_NONE ? PEERS_NEW : PEERS_REPLACED;
	struct peer *peer;

	if (slot == TABLE_NONE) {
		slot = table_insert(&p->table, key);
	}
	if (slot == TABLE_NONE) {
		return PEERS_FULL;
	}
	peer = &p->peers[slot];
	if (verdict == PEERS_REPLACED) {
		memcpy(holder, peer->address, sizeof(peer->address));
		if (peer->instance != claim->instance &&
		    claim->now_us - peer->heard_us <= claim->silent_us) {
			return PEERS_DUPLICATE;
		}
	}
	*peer = (struct peer){ .identity = *claim->identity,
		               .instance = claim->instance,
		               .ticket = ++p->last_ticket,
		               .heard_us = claim->now_us };
	(void)snprintf(peer->address, sizeof(peer->address), "%s", claim->address);
	*place = (struct peers_place){ slot, peer->ticket };
	return verdict;
}

enum peers_verdict peers_enter(struct peers *p, const struct peers_claim *claim,
                               struct peers_place *place, char *holder)
{
	enum peers_verdict verdict;

	holder[0] = '\0';
	(void)pthread_mutex_lock(&p->lock);
	verdict = enter(p, claim, place, holder);
	(void)pthread_mutex_unlock(&p->lock);
	return verdict;
}

static bool holds(const struct peers *p, const struct peers_place *place)
{
	return place->ticket != 0 && p->peers[place->slot].ticket == place->ticket;
}

bool peers_keep(struct peers *p, const struct peers_place *place, int64_t now_us)
{
	bool held;

	(void)pthread_mutex_lock(&p->lock);
	held = holds(p, place);
	if (held) {
		p->peers[place->slot].heard_us = now_us;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return held;
}

void peers_leave(struct peers *p, struct peers_place *place)
{
	(void)pthread_mutex_lock(&p->lock);
	if (holds(p, place)) {
		struct peer *peer = &p->peers[place->slot];

		(void)table_remove(&p->table, key_of(p, &peer->identity));
		peer->ticket = 0;
	}
	(void)pthread_mutex_unlock(&p->lock);
	*place = (struct peers_place){ 0 };
}

uint32_t peers_count(struct peers *p)
{
	uint32_t n;

	(void)pthread_mutex_lock(&p->lock);
	n = p->table.count;
	(void)pthread_mutex_unlock(&p->lock);
	return n;
}
