#include "tests/support/fake_store.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/siphash.h"
#include "common/table.h"

#define AGENTS_MAX 4096
#define SITES_MAX  256

struct fake_agent {
	char site[STORE_NAME_MAX];
	char agent[STORE_NAME_MAX];
	uint64_t epoch;
	uint64_t sequence;
};

struct fake_site {
	char name[STORE_NAME_MAX];
	char zone[STORE_NAME_MAX];
	bool simulated;
};

struct fake_store {
	struct store base; /* first: what the collector holds */
	const struct cxm_catalog *catalog;
	pthread_mutex_t lock; /* everything below */
	pthread_cond_t changed;
	struct table rows; /* hash of site and natural key */
	struct fake_agent agents[AGENTS_MAX];
	size_t n_agents;
	struct fake_site sites[SITES_MAX];
	size_t n_sites;
	bool held;
	bool holding; /* a put waits */
	int fail_rc;
	unsigned fail_after;
	unsigned fail_calls;
	int fail_watermark_rc;
	unsigned fail_watermark_calls;
	uint64_t puts;
	uint64_t zone_writes;
	struct arena arena;
	struct buf key;
};

static struct fake_agent *agent_of(struct fake_store *fs, const char *site, const char *agent,
                                   uint64_t epoch)
{
	for (size_t i = 0; i < fs->n_agents; i++) {
		struct fake_agent *a = &fs->agents[i];

		if (a->epoch == epoch && strcmp(a->agent, agent) == 0 &&
		    strcmp(a->site, site) == 0) {
			return a;
		}
	}
	return NULL;
}

static struct fake_agent *agent_make(struct fake_store *fs, const struct store_batch *batch)
{
	struct fake_agent *a = agent_of(fs, batch->site, batch->agent, batch->epoch);

	if (a == NULL) {
		assert(fs->n_agents < AGENTS_MAX);
		a = &fs->agents[fs->n_agents++];
		(void)snprintf(a->site, sizeof(a->site), "%s", batch->site);
		(void)snprintf(a->agent, sizeof(a->agent), "%s", batch->agent);
		a->epoch = batch->epoch;
		a->sequence = batch->first_sequence - 1 - batch->lost;
	}
	return a;
}

/* Site, kind and key fields as text, hashed; the key is fixed, for nobody attacks a fake. */
static uint64_t row_key(struct fake_store *fs, const char *site, const struct cxm_kind *kind,
                        const ProtobufCMessage *m)
{
	static const struct siphash_key key = { 1, 2 };

	buf_reset(&fs->key);
	buf_printf(&fs->key, "%s|%s", site, kind->name);
	for (size_t i = 0; i < kind->n_key; i++) {
		struct cxm_value v = cxm_field_get(m, &kind->fields[i]);

		buf_printf(&fs->key, "|%lld|%a|", (long long)v.i, v.d);
		buf_add_slice(&fs->key, v.text);
	}
	assert(!fs->key.failed);
	return siphash24(&key, fs->key.data, fs->key.len);
}

static int put_record(struct fake_store *fs, const char *site, const struct cxm_packed *packed,
                      struct store_counts *counts)
{
	const struct cxm_kind *kind = cxm_kind_numbered(fs->catalog, packed->number);
	const ProtobufCMessage *m;
	uint64_t key;

	arena_reset(&fs->arena);
	m = kind != NULL ? cxm_record_unpack(kind, packed->body, &fs->arena) : NULL;
	if (m == NULL) {
		counts->quarantined++;
		return 0;
	}
	key = row_key(fs, site, kind, m);
	if (table_find(&fs->rows, key) != TABLE_NONE) {
		counts->known++;
		return 0;
	}
	if (table_insert(&fs->rows, key) == TABLE_NONE) {
		return -ENOSPC;
	}
	counts->stored++;
	return 0;
}

static int put_batch(struct fake_store *fs, const struct store_batch *batch,
                     struct store_counts *counts)
{
	const struct fake_agent *a = agent_of(fs, batch->site, batch->agent, batch->epoch);
	struct cursor c = batch->records;
	struct cxm_packed packed;
	int rc = 0;

	for (uint64_t sequence = batch->first_sequence;
	     rc == 0 && cxm_record_next(&c, &packed) == 1; sequence++) {
		if (a == NULL || sequence > a->sequence) {
			rc = put_record(fs, batch->site, &packed, counts);
		}
	}
	return rc;
}

static bool same_epoch(const struct store_batch *a, const struct store_batch *b)
{
	return a->epoch == b->epoch && strcmp(a->site, b->site) == 0 &&
	       strcmp(a->agent, b->agent) == 0;
}

static uint64_t last_of(const struct store_batch *b)
{
	return b->first_sequence + b->count - 1;
}

/* Where the i-th batch must follow: what is stored, or what the group has brought before it. */
static uint64_t have_before(struct fake_store *fs, const struct store_batch *batches, size_t i)
{
	const struct store_batch *b = &batches[i];
	const struct fake_agent *a = agent_of(fs, b->site, b->agent, b->epoch);
	bool seen = a != NULL;
	uint64_t have = seen ? a->sequence : 0;

	for (size_t k = 0; k < i; k++) {
		if (same_epoch(&batches[k], b)) {
			seen = true;
			have = last_of(&batches[k]) > have ? last_of(&batches[k]) : have;
		}
	}
	return seen ? have : b->first_sequence - 1 - b->lost;
}

/* Checked before anything is stored, so that nothing has to be undone. */
static int check_sequences(struct fake_store *fs, const struct store_batch *batches, size_t n,
                           struct fault *fault)
{
	for (size_t i = 0; i < n; i++) {
		const struct store_batch *b = &batches[i];

		if (b->first_sequence - b->lost > have_before(fs, batches, i) + 1) {
			return fault_set(fault, -ERANGE, "a hole");
		}
	}
	return 0;
}

static void wait_while_held(struct fake_store *fs)
{
	while (fs->held) {
		fs->holding = true;
		(void)pthread_cond_broadcast(&fs->changed);
		(void)pthread_cond_wait(&fs->changed, &fs->lock);
	}
	fs->holding = false;
}

static int put_all(struct fake_store *fs, const struct store_batch *batches, size_t n,
                   struct store_counts *counts, struct fault *fault)
{
	int rc = check_sequences(fs, batches, n, fault);
	uint32_t may = fs->rows.capacity - fs->rows.count;
	uint64_t brings = 0;

	if (rc != 0) {
		return rc;
	}
	for (size_t i = 0; i < n; i++) {
		brings += batches[i].count;
	}
	if (brings > may) { /* careful: some may be known; full is full, before anything changes */
		return fault_set(fault, -ENOSPC, "the fake disk is full: make room");
	}
	for (size_t i = 0; i < n; i++) {
		struct fake_agent *a;

		rc = put_batch(fs, &batches[i], counts);
		assert(rc == 0);
		a = agent_make(fs, &batches[i]);
		if (last_of(&batches[i]) > a->sequence) {
			a->sequence = last_of(&batches[i]);
		}
	}
	return 0;
}

static int fake_put(struct store *st, const struct store_batch *batches, size_t n,
                    struct store_counts *counts, struct fault *fault)
{
	struct fake_store *fs = (struct fake_store *)st;
	int rc;

	(void)pthread_mutex_lock(&fs->lock);
	wait_while_held(fs);
	fs->puts++;
	if (fs->fail_calls > 0 && fs->fail_after == 0) {
		fs->fail_calls--;
		rc = fault_set(fault, fs->fail_rc, "the fake store fails as it was told");
	} else {
		fs->fail_after -= fs->fail_after > 0;
		rc = put_all(fs, batches, n, counts, fault);
	}
	(void)pthread_cond_broadcast(&fs->changed);
	(void)pthread_mutex_unlock(&fs->lock);
	return rc;
}

/* NOLINTNEXTLINE(readability-function-size): the seven parameters are those of struct store_ops */
static int fake_watermark(struct store *st, const char *site, const char *agent, uint64_t epoch,
                          uint64_t first_sequence, uint64_t *acked, struct fault *fault)
{
	struct fake_store *fs = (struct fake_store *)st;
	const struct fake_agent *a;
	int rc = 0;

	(void)pthread_mutex_lock(&fs->lock);
	if (fs->fail_watermark_calls > 0) {
		fs->fail_watermark_calls--;
		rc = fault_set(fault, fs->fail_watermark_rc, "the fake store cannot read");
	} else {
		a = agent_of(fs, site, agent, epoch);
		*acked = a != NULL ? a->sequence : first_sequence - 1;
	}
	(void)pthread_mutex_unlock(&fs->lock);
	return rc;
}

static struct fake_site *site_of(struct fake_store *fs, const char *name)
{
	for (size_t i = 0; i < fs->n_sites; i++) {
		if (strcmp(fs->sites[i].name, name) == 0) {
			return &fs->sites[i];
		}
	}
	return NULL;
}

static int fake_set_zone(struct store *st, const char *name, const char *zone, struct fault *fault)
{
	struct fake_store *fs = (struct fake_store *)st;
	struct fake_site *site;

	(void)fault;
	(void)pthread_mutex_lock(&fs->lock);
	site = site_of(fs, name);
	if (site == NULL) {
		assert(fs->n_sites < SITES_MAX);
		site = &fs->sites[fs->n_sites++];
		(void)snprintf(site->name, sizeof(site->name), "%s", name);
	}
	(void)snprintf(site->zone, sizeof(site->zone), "%s", zone);
	fs->zone_writes++;
	(void)pthread_mutex_unlock(&fs->lock);
	return 0;
}

static int fake_zone(struct store *st, const char *name, char *out, size_t size,
                     struct fault *fault)
{
	struct fake_store *fs = (struct fake_store *)st;
	const struct fake_site *site;

	(void)fault;
	(void)pthread_mutex_lock(&fs->lock);
	site = site_of(fs, name);
	(void)snprintf(out, size, "%s", site != NULL ? site->zone : "");
	(void)pthread_mutex_unlock(&fs->lock);
	return 0;
}

static int fake_claim(struct store *st, const char *name, bool simulated, struct fault *fault)
{
	struct fake_store *fs = (struct fake_store *)st;
	struct fake_site *site;
	int rc = 0;

	(void)pthread_mutex_lock(&fs->lock);
	site = site_of(fs, name);
	if (site == NULL && simulated) {
		assert(fs->n_sites < SITES_MAX);
		site = &fs->sites[fs->n_sites++];
		(void)snprintf(site->name, sizeof(site->name), "%s", name);
		site->simulated = true;
	}
	if (site != NULL && site->simulated != simulated) {
		rc = fault_set(fault, -EPERM, "the evidence of site %s is of the other kind", name);
	}
	(void)pthread_mutex_unlock(&fs->lock);
	return rc;
}

static int fake_simulated(struct store *st, const char *name, struct fault *fault)
{
	struct fake_store *fs = (struct fake_store *)st;
	const struct fake_site *site;
	int simulated;

	(void)fault;
	(void)pthread_mutex_lock(&fs->lock);
	site = site_of(fs, name);
	simulated = site != NULL && site->simulated;
	(void)pthread_mutex_unlock(&fs->lock);
	return simulated;
}

static void fake_close(struct store *st)
{
	fake_store_free((struct fake_store *)st);
}

/* What reads evidence back is tested against a real store. */
static const struct store_ops fake_ops = {
	.name = "fake",
	.put = fake_put,
	.watermark = fake_watermark,
	.set_zone = fake_set_zone,
	.zone = fake_zone,
	.claim = fake_claim,
	.simulated = fake_simulated,
	.close = fake_close,
};

struct fake_store *fake_store_new(const struct cxm_catalog *catalog, uint32_t max_rows)
{
	struct fake_store *fs = calloc(1, sizeof(*fs));
	int rc;

	assert(fs != NULL);
	fs->base.ops = &fake_ops;
	fs->catalog = catalog;
	rc = table_init(&fs->rows, max_rows);
	assert(rc == 0);
	rc = pthread_mutex_init(&fs->lock, NULL);
	assert(rc == 0);
	rc = pthread_cond_init(&fs->changed, NULL);
	assert(rc == 0);
	arena_init(&fs->arena, (size_t)1024 * 1024);
	buf_init(&fs->key, (size_t)64 * 1024);
	return fs;
}

void fake_store_free(struct fake_store *fs)
{
	if (fs == NULL) {
		return;
	}
	table_free(&fs->rows);
	arena_free(&fs->arena);
	buf_free(&fs->key);
	(void)pthread_cond_destroy(&fs->changed);
	(void)pthread_mutex_destroy(&fs->lock);
	free(fs);
}

struct store *fake_store_as_store(struct fake_store *fs)
{
	return &fs->base;
}

void fake_store_fail(struct fake_store *fs, int rc, unsigned after, unsigned calls)
{
	(void)pthread_mutex_lock(&fs->lock);
	fs->fail_rc = rc;
	fs->fail_after = after;
	fs->fail_calls = calls;
	(void)pthread_mutex_unlock(&fs->lock);
}

void fake_store_fail_watermark(struct fake_store *fs, int rc, unsigned calls)
{
	(void)pthread_mutex_lock(&fs->lock);
	fs->fail_watermark_rc = rc;
	fs->fail_watermark_calls = calls;
	(void)pthread_mutex_unlock(&fs->lock);
}

void fake_store_hold(struct fake_store *fs, bool held)
{
	(void)pthread_mutex_lock(&fs->lock);
	fs->held = held;
	(void)pthread_cond_broadcast(&fs->changed);
	(void)pthread_mutex_unlock(&fs->lock);
}

void fake_store_wait_held(struct fake_store *fs)
{
	(void)pthread_mutex_lock(&fs->lock);
	while (!fs->holding) {
		(void)pthread_cond_wait(&fs->changed, &fs->lock);
	}
	(void)pthread_mutex_unlock(&fs->lock);
}

void fake_store_wait_puts(struct fake_store *fs, uint64_t n)
{
	(void)pthread_mutex_lock(&fs->lock);
	while (fs->puts < n) {
		(void)pthread_cond_wait(&fs->changed, &fs->lock);
	}
	(void)pthread_mutex_unlock(&fs->lock);
}

uint64_t fake_store_rows(struct fake_store *fs)
{
	uint64_t n;

	(void)pthread_mutex_lock(&fs->lock);
	n = fs->rows.count;
	(void)pthread_mutex_unlock(&fs->lock);
	return n;
}

uint64_t fake_store_puts(struct fake_store *fs)
{
	uint64_t n;

	(void)pthread_mutex_lock(&fs->lock);
	n = fs->puts;
	(void)pthread_mutex_unlock(&fs->lock);
	return n;
}

uint64_t fake_store_zone_writes(struct fake_store *fs)
{
	uint64_t n;

	(void)pthread_mutex_lock(&fs->lock);
	n = fs->zone_writes;
	(void)pthread_mutex_unlock(&fs->lock);
	return n;
}

uint64_t fake_store_acked(struct fake_store *fs, const char *site, const char *agent,
                          uint64_t epoch)
{
	const struct fake_agent *a;
	uint64_t acked;

	(void)pthread_mutex_lock(&fs->lock);
	a = agent_of(fs, site, agent, epoch);
	acked = a != NULL ? a->sequence : 0;
	(void)pthread_mutex_unlock(&fs->lock);
	return acked;
}
