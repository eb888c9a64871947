/* Sender reports by who sent them; see the header. */
#include "agent/track/sent_reports.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/track/round_trip.h"

struct sent_report {
	TAILQ_ENTRY(sent_report) link;
	uint64_t key;
	int64_t at_ns;
	uint32_t ntp_mid;
	uint32_t ntp_slack;
};

static uint64_t key_of(const struct sent_reports *t, uint32_t ssrc, uint32_t mirror)
{
	uint64_t words[1] = { (uint64_t)mirror << 32 | ssrc };

	return siphash13_words(&t->key, words, 1);
}

static void drop(struct sent_reports *t, struct sent_report *r)
{
	TAILQ_REMOVE(&t->list, r, link);
	(void)table_remove(&t->table, r->key);
}

static struct sent_report *place(struct sent_reports *t, uint64_t key)
{
	uint32_t slot = table_find(&t->table, key);

	if (slot != TABLE_NONE) {
		TAILQ_REMOVE(&t->list, &t->items[slot], link);
		return &t->items[slot];
	}
	if (table_full(&t->table)) {
		t->evicted++;
		drop(t, TAILQ_FIRST(&t->list));
	}
	return &t->items[table_insert(&t->table, key)];
}

void sent_reports_add(struct sent_reports *t, const struct rtcp_sender *s, uint32_t mirror,
                      int64_t at_ns)
{
	uint64_t key = key_of(t, s->ssrc, mirror);
	struct sent_report *r;

	if (!s->has_ntp) {
		return;
	}
	r = place(t, key);
	*r = (struct sent_report){
		.key = key, .at_ns = at_ns, .ntp_mid = s->ntp_mid, .ntp_slack = s->ntp_slack
	};
	TAILQ_INSERT_TAIL(&t->list, r, link);
}

/* By at most `slack`, either way around. */
static bool agree(uint32_t a, uint32_t b, uint32_t slack)
{
	return a - b + slack <= 2 * slack;
}

bool sent_reports_answer(const struct sent_reports *t, const struct rtcp_block *b, uint32_t mirror,
                         int64_t at_ns, int64_t *round_trip_ns)
{
	uint32_t slot = b->lsr != 0 ? table_find(&t->table, key_of(t, b->ssrc, mirror))
	                            : TABLE_NONE; /* 0: it has heard no report (RFC 3550 6.4.1) */
	const struct sent_report *r;

	if (slot == TABLE_NONE) {
		return false;
	}
	r = &t->items[slot];
	return agree(b->lsr, r->ntp_mid, r->ntp_slack) &&
	       round_trip(at_ns, r->at_ns, b->dlsr, round_trip_ns);
}

void sent_reports_forget(struct sent_reports *t, int64_t before_ns)
{
	struct sent_report *r;

	while ((r = TAILQ_FIRST(&t->list)) != NULL && r->at_ns < before_ns) {
		drop(t, r);
	}
}

int sent_reports_init(struct sent_reports *t, const struct siphash_key *key, uint32_t capacity)
{
	*t = (struct sent_reports){ .key = *key };
	TAILQ_INIT(&t->list);
	t->items = calloc(capacity, sizeof(*t->items));
	return t->items != NULL && table_init(&t->table, capacity) == 0 ? 0 : -ENOMEM;
}

void sent_reports_deinit(struct sent_reports *t)
{
	table_free(&t->table);
	free(t->items);
	t->items = NULL;
}
