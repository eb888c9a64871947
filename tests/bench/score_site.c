/*
 * What the whole card of `cxmeter score` costs: areas, context, conflicts, change log and the
 * figure at the declared T; first without anything kept (cold), then from what is kept (warm), then
 * after one contact that came late.
 *
 *     score_site [CONTACTS [SITES [DAYS [SCORED [WINDOW [TELLERS [STORE]]]]]]]
 *
 * CONTACTS of each site are spread over DAYS, of which the last WINDOW (28) are scored. TELLERS 1:
 * queue_log tells them; 2: the manager interface tells each once more, a third of a second later.
 * Cold and late are site 0's; warm the mean of SCORED sites spread over all of them, each scored
 * twice. Prints "name number" a line: cold_ms, warm_ms, late_ms, and select_ms: what the same
 * questions to the store cost alone, asked plainly in the same process on the same rows
 * (plain_select.h). Processor time. Without STORE, a path that must not exist, the store goes with
 * the program.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/score/scorecard.h"
#include "common/slice.h"
#include "common/when.h"
#include "cxmeter/cache.h"
#include "cxmeter/changes.h"
#include "cxmeter/score.h"
#include "proto/evidence.pb-c.h"
#include "tests/bench/plain_select.h"
#include "tests/support/dice.h"
#include "tests/support/temp.h"

#define CONTACTS_DEFAULT 100000
#define WINDOW_DEFAULT   28
#define PER_BATCH        4096
#define TELLERS_MAX      2
#define FIRST_DAY_US     INT64_C(1761436800000000) /* 2025-10-26 */
#define DAY_US           INT64_C(86400000000)

static void die(const char *what)
{
	(void)fprintf(stderr, "score_site: %s\n", what);
	exit(1);
}

static void contact_of(Cxm__QueueContact *m, int64_t at_us, struct dice *r)
{
	static char queues[][16] = { "support", "sales", "billing", "retention" };
	static char host[] = "pbx1";
	uint64_t fate = dice_below(r, 100);

	cxm__queue_contact__init(m);
	m->at_us = at_us;
	m->source = CXM__SOURCE__QUEUE_LOG;
	m->contact = dice_next(r);
	m->host = host;
	m->queue = queues[dice_below(r, 4)];
	m->has_customer = 1;
	m->customer = dice_below(r, 500000);
	m->has_wait_ms = 1;
	m->wait_ms = (uint32_t)dice_below(r, 90) * 1000; /* queue_log counts whole seconds */
	m->has_outcome = 1;
	m->outcome = fate < 90 ? CXM__QUEUE_CONTACT__OUTCOME__ANSWERED
	                       : CXM__QUEUE_CONTACT__OUTCOME__ABANDONED;
	m->has_agent = fate < 90;
	m->agent = dice_below(r, 200);
	m->has_connects = m->has_ring_no_answers = m->has_ring_no_answers_over_3s = 1;
	m->connects = 1;
	m->has_talk_ms = 1;
	m->talk_ms = (uint32_t)dice_below(r, 600) * 1000;
	m->has_tier = 1;
	m->tier = 1 + (uint32_t)dice_below(r, 2);
}

static void put(struct store *st, const struct store_batch *b)
{
	struct store_counts counts;
	struct fault fault;

	if (st->ops->put(st, b, 1, &counts, &fault) != 0) {
		die(fault.text);
	}
}

/* The same as the manager interface tells it: a third of a second later. */
static void tell_again(Cxm__QueueContact *m)
{
	m->at_us += 333333;
	m->source = CXM__SOURCE__AMI;
}

struct filling {
	uint64_t contacts;
	uint64_t days;
	uint64_t tellers;
};

static void append(const struct cxm_kind *kind, const Cxm__QueueContact *m, struct store_batch *b,
                   struct buf *records)
{
	if (cxm_record_append(kind, &m->base, records) != 0) {
		die("cannot pack");
	}
	b->count++;
}

static void fill(struct store *st, const struct cxm_catalog *catalog, const char *site,
                 const struct filling *how)
{
	const struct cxm_kind *kind = cxm_kind_named(catalog, SLICE("QueueContact"));
	struct dice r = { stats_fnv1a(site) };
	struct buf records;
	uint64_t sequence = 1;
	int64_t step_us = (int64_t)how->days * DAY_US / (int64_t)how->contacts;

	buf_init(&records, (size_t)16 * 1024 * 1024);
	for (uint64_t i = 0; i < how->contacts;) {
		struct store_batch b = { .site = site, .agent = "a", .epoch = 1 };

		buf_reset(&records);
		b.first_sequence = sequence;
		for (; i < how->contacts && b.count < PER_BATCH; i++) {
			Cxm__QueueContact m;

			contact_of(&m, FIRST_DAY_US + (int64_t)i * step_us, &r);
			append(kind, &m, &b, &records);
			if (how->tellers > 1) {
				tell_again(&m);
				append(kind, &m, &b, &records);
			}
		}
		b.records = cursor_of(records.data, records.len);
		sequence += b.count;
		put(st, &b);
	}
	buf_free(&records);
}

/* One contact more of site 0, in the middle of the window, from an agent of its own. */
static void come_late(struct store *st, const struct cxm_catalog *catalog, const int32_t days[2])
{
	const struct cxm_kind *kind = cxm_kind_named(catalog, SLICE("QueueContact"));
	struct store_batch b = {
		.site = "site0", .agent = "late", .epoch = 1, .first_sequence = 1, .count = 1
	};
	struct dice r = { 1 };
	struct buf records;
	Cxm__QueueContact m;

	buf_init(&records, 4096);
	contact_of(&m, ((int64_t)days[0] + days[1]) / 2 * DAY_US, &r);
	if (cxm_record_append(kind, &m.base, &records) != 0) {
		die("cannot pack");
	}
	b.records = cursor_of(records.data, records.len);
	put(st, &b);
	buf_free(&records);
}

struct bench {
	struct cxm_catalog catalog;
	struct model *m;
	struct store *st;
	struct cache *cache;
	int32_t days[2]; /* the window */
};

/* As command_score in cli/score.c asks. */
static double score_ms(const struct bench *b, struct store *st, const char *site)
{
	struct score_request request = { .site = site,
		                         .timezone = "UTC",
		                         .from_day = &b->days[0],
		                         .to_day = &b->days[1],
		                         .cache = b->cache };
	struct scorecard *card = NULL;
	struct score_changes changes = { .n = 0 };
	struct score_declared declared;
	struct fault fault;
	double begin_ms = cpu_ms();

	if (score_site(&card, b->m, st, &request, &b->catalog, &fault) != 0) {
		die(fault.text);
	}
	request.window = &card->window;
	if (score_changes_of(&changes, b->m, st, &request, &fault) != 0 ||
	    score_declared_of(&declared, b->m, st, &request, &fault) != 0) {
		die(fault.text);
	}
	score_changes_free(&changes);
	scorecard_free(card);
	return cpu_ms() - begin_ms;
}

static void measure_cold(const struct bench *b)
{
	struct plain plain;
	double both_ms;

	plain_init(&plain, b->st);
	both_ms = score_ms(b, &plain.base, "site0");
	(void)printf("questions %u\n", plain.questions);
	(void)printf("select_ms %.1f\n", plain.select_ms);
	(void)printf("cold_ms %.1f\n", both_ms - plain.select_ms);
}

static void measure_warm(const struct bench *b, uint64_t sites, uint64_t scored)
{
	double sum_ms = 0;

	for (uint64_t i = 0; i < scored; i++) {
		char site[STORE_NAME_MAX];

		(void)snprintf(site, sizeof(site), "site%" PRIu64, i * sites / scored);
		(void)score_ms(b, b->st, site);
		sum_ms += score_ms(b, b->st, site);
	}
	(void)printf("warm_ms %.1f\n", sum_ms / (double)scored);
}

static void measure_late(const struct bench *b)
{
	come_late(b->st, &b->catalog, b->days);
	(void)printf("late_ms %.1f\n", score_ms(b, b->st, "site0"));
}

static uint64_t number(int argc, char **argv, int at, uint64_t otherwise)
{
	uint64_t v = otherwise;

	if (argc > at && (slice_u64(slice_of(argv[at]), 100000000, &v) != 0 || v == 0)) {
		die("expected a number from 1");
	}
	return v;
}

static void open_all(struct bench *b, const char *path)
{
	struct fault fault;
	char url[512];

	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	if (cxm_catalog_init(&b->catalog, &cxm__evidence__descriptor, &fault) != 0 ||
	    model_builtin(&b->m, &b->catalog, &fault) != 0 ||
	    cxm_store_open(&b->st, url, false, &b->catalog, &fault) != 0 ||
	    cxm_cache_open(&b->cache, url, &fault) != 0 || when_use_zone("UTC", &fault) != 0) {
		die(fault.text);
	}
}

static void close_all(struct bench *b)
{
	cxm_cache_close(b->cache);
	cxm_store_close(b->st);
	model_free(b->m);
	cxm_catalog_free(&b->catalog);
}

static void measure(struct bench *b, int argc, char **argv)
{
	const struct filling how = { .contacts = number(argc, argv, 1, CONTACTS_DEFAULT),
		                     .days = number(argc, argv, 3, WINDOW_DEFAULT),
		                     .tellers = number(argc, argv, 6, 1) };
	uint64_t sites = number(argc, argv, 2, 1);
	uint64_t scored = number(argc, argv, 4, 1);
	uint64_t window = number(argc, argv, 5, WINDOW_DEFAULT);

	if (how.tellers > TELLERS_MAX) {
		die("one or two tell the contacts");
	}
	b->days[1] = (int32_t)(FIRST_DAY_US / DAY_US + (int64_t)how.days) - 1;
	b->days[0] = b->days[1] - (int32_t)window + 1;
	for (uint64_t i = 0; i < sites; i++) {
		char site[STORE_NAME_MAX];

		(void)snprintf(site, sizeof(site), "site%" PRIu64, i);
		fill(b->st, &b->catalog, site, &how);
	}
	measure_cold(b);
	measure_warm(b, sites, scored <= sites ? scored : sites);
	measure_late(b);
}

int main(int argc, char **argv)
{
	struct bench b = { .m = NULL };
	struct temp temp;

	if (argc > 7) {
		open_all(&b, argv[7]);
		measure(&b, argc, argv);
		close_all(&b);
		return 0;
	}
	temp_open(&temp);
	open_all(&b, temp_path(&temp, "evidence.db"));
	measure(&b, argc, argv);
	close_all(&b);
	temp_remove(&temp);
	return 0;
}
