/* Pools of queues, and their intervals; see staffing.h. */
#include "collector/score/estimators/staffing_items.h"

#include <stdint.h>

#define CELLS_MAX   ((size_t)4 * 1024 * 1024) /* 64 MiB */
#define EXTRA_SLOTS 4                         /* of the day on which a clock is set back */
#define NOWHERE     UINT32_MAX

/* Queues as numbers (labels of the tallies), joined where they share an agent. */
struct queues {
	uint64_t *keys;   /* FNV-1a of the label, as items have it */
	uint32_t *parent; /* union-find */
	uint32_t *pool;   /* number of the pool */
	double *arrivals;
	size_t n;
};

static void queues_free(struct queues *q)
{
	free(q->keys);
	free(q->parent);
	free(q->pool);
	free(q->arrivals);
}

static int queues_init(struct queues *q, const struct tallies *t)
{
	q->n = t->n_labels;
	q->keys = calloc(q->n + 1, sizeof(*q->keys));
	q->parent = calloc(q->n + 1, sizeof(*q->parent));
	q->pool = calloc(q->n + 1, sizeof(*q->pool));
	q->arrivals = calloc(q->n + 1, sizeof(*q->arrivals));
	if (q->keys == NULL || q->parent == NULL || q->pool == NULL || q->arrivals == NULL) {
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < q->n; i++) {
		q->keys[i] = stats_fnv1a(t->labels[i]);
		q->parent[i] = i;
	}
	for (size_t i = 0; i < t->n_slots; i++) {
		q->arrivals[t->slots[i].label] += t->slots[i].sums[STAFFING_ARRIVALS];
	}
	return 0;
}

static uint32_t find(const struct queues *q, uint64_t key)
{
	for (uint32_t i = 0; i < q->n; i++) {
		if (q->keys[i] == key) {
			return i;
		}
	}
	return NOWHERE;
}

static uint32_t root(const struct queues *q, uint32_t i)
{
	while (q->parent[i] != i) {
		i = q->parent[i];
	}
	return i;
}

/* Items come sorted by day, tag and agent: the queues of an agent on a day are neighbours. */
static void join(struct queues *q, const struct tallies *t)
{
	uint32_t last = NOWHERE;

	for (size_t i = 0; i < t->n_items; i++) {
		const struct tally_item *item = &t->items[i];
		bool same = i > 0 && item->day == t->items[i - 1].day &&
		            item->a == t->items[i - 1].a && t->items[i - 1].tag == item->tag;
		uint32_t queue;

		if (item->tag != STAFFING_MEMBER) {
			continue;
		}
		last = same ? last : NOWHERE;
		queue = find(q, item->b);
		if (queue != NOWHERE && last != NOWHERE) {
			q->parent[root(q, queue)] = root(q, last);
		}
		last = queue != NOWHERE ? queue : last;
	}
}

/* Number the roots; every queue gets the number of its root. */
static size_t number_pools(struct queues *q)
{
	size_t n = 0;

	for (uint32_t i = 0; i < q->n; i++) {
		if (root(q, i) == i) {
			q->pool[i] = (uint32_t)n++;
		}
	}
	for (uint32_t i = 0; i < q->n; i++) {
		q->pool[i] = q->pool[root(q, i)];
	}
	return n;
}

static void add_slots(struct staffing *s, const struct queues *q, const struct tallies *t)
{
	for (size_t i = 0; i < t->n_slots; i++) {
		const struct tally_slot *from = &t->slots[i];
		uint32_t pool = q->pool[from->label];
		struct staffing_pool *p = &s->pools[pool];
		size_t slot = from->slot < s->slots ? from->slot : s->slots - 1;

		p->arrivals += from->sums[STAFFING_ARRIVALS];
		p->handled += from->sums[STAFFING_HANDLED];
		p->handle_ms += from->sums[STAFFING_TALK_MS] + from->sums[STAFFING_HOLD_MS] +
		                from->sums[STAFFING_WRAP_MS];
		p->abandoned += from->sums[STAFFING_ABANDONED];
		p->wait_ms += from->sums[STAFFING_WAIT_MS];
		s->cells[(from->day * s->slots + slot) * s->n_pools + pool].arrivals +=
			from->sums[STAFFING_ARRIVALS];
	}
}

/* Items of a day: first the members by agent, then the present by agent. Walk both at once. */
static void add_presence(struct staffing *s, const struct queues *q, const struct tallies *t)
{
	size_t member = 0;

	for (size_t i = 0; i < t->n_items; i++) {
		const struct tally_item *item = &t->items[i];
		uint32_t queue = NOWHERE;
		size_t slot = item->b < s->slots ? (size_t)item->b : s->slots - 1;

		if (item->tag != STAFFING_PRESENT) {
			continue;
		}
		while (member < i && (t->items[member].day < item->day ||
		                      (t->items[member].tag == STAFFING_MEMBER &&
		                       t->items[member].a < item->a))) {
			member++;
		}
		for (size_t k = member;
		     k < i && queue == NOWHERE && t->items[k].tag == STAFFING_MEMBER &&
		     t->items[k].a == item->a;
		     k++) {
			queue = find(q, t->items[k].b);
		}
		if (queue != NOWHERE) {
			s->cells[(item->day * s->slots + slot) * s->n_pools + q->pool[queue]]
				.staffed_ms += item->x[0];
		}
	}
}

/* Of each pool the target of its busiest queue that has one, else the one for all queues. Items
 * come by day and by how new the target is: the last one is in force. */
static void add_targets(struct staffing *s, const struct queues *q, const struct tallies *t,
                        double *busiest)
{
	uint64_t all = stats_fnv1a("*");

	for (size_t i = 0; i < t->n_items; i++) {
		const struct tally_item *item = &t->items[i];
		uint32_t queue = item->tag == STAFFING_TARGET ? find(q, item->a) : NOWHERE;
		double load = queue != NOWHERE ? q->arrivals[queue] : 0;

		for (size_t p = 0; item->tag == STAFFING_TARGET && p < s->n_pools; p++) {
			bool own = queue != NOWHERE && q->pool[queue] == p;

			if ((own && load >= busiest[p]) || (item->a == all && busiest[p] == 0)) {
				busiest[p] = own ? load : 0;
				s->pools[p].target = item->x[0];
				s->pools[p].within_ms = item->x[1];
			}
		}
	}
}

int staffing_lay(struct staffing *out, const struct tallies *t)
{
	struct queues q = { 0 };
	double *busiest = NULL;
	int rc = queues_init(&q, t);

	*out = (struct staffing){ .n_days = t->n_days, .slots = t->slots_a_day + EXTRA_SLOTS };
	if (rc != 0) {
		goto out;
	}
	join(&q, t);
	out->n_pools = number_pools(&q);
	if (out->n_pools * out->n_days * out->slots > CELLS_MAX) {
		rc = -E2BIG;
		goto out;
	}
	rc = -ENOMEM;
	out->pools = calloc(out->n_pools + 1, sizeof(*out->pools));
	out->cells = calloc(out->n_pools * out->n_days * out->slots + 1, sizeof(*out->cells));
	busiest = calloc(out->n_pools + 1, sizeof(*busiest));
	if (out->pools != NULL && out->cells != NULL && busiest != NULL) {
		add_slots(out, &q, t);
		add_presence(out, &q, t);
		add_targets(out, &q, t, busiest);
		rc = 0;
	}
out:
	free(busiest);
	queues_free(&q);
	return rc;
}

void staffing_free(struct staffing *s)
{
	free(s->pools);
	free(s->cells);
}
