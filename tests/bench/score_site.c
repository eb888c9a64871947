/*
 * What a score costs: one site's four weeks, first without anything kept (cold), then again (warm);
 * and one indicator alone beside a plain SELECT with the same sums and groups over the same rows.
 *
 *     score_site [CONTACTS [SITES [DAYS]]]     contacts of each site, spread over the days
 *
 * Prints "name number" a line, processor time: cold_ms and warm_ms of one site, warm_all_ms of all
 * sites, one_ms and select_ms of service_level.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/slice.h"
#include "common/when.h"
#include "cxmeter/cache.h"
#include "cxmeter/score.h"
#include "collector/score/scorecard.h"
#include "proto/evidence.pb-c.h"
#include "tests/bench/plain_select.h"
#include "tests/support/dice.h"
#include "tests/support/temp.h"

#define CONTACTS_DEFAULT 100000
#define PER_BATCH        4096
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

static void fill(struct store *st, const struct cxm_catalog *catalog, const char *site,
                 uint64_t contacts, uint64_t days)
{
	const struct cxm_kind *kind = cxm_kind_named(catalog, SLICE("QueueContact"));
	struct dice r = { stats_fnv1a(site) };
	struct fault fault;
	struct buf records;
	uint64_t sequence = 1;
	int64_t step_us = (int64_t)days * DAY_US / (int64_t)contacts;

	buf_init(&records, (size_t)16 * 1024 * 1024);
	for (uint64_t i = 0; i < contacts;) {
		struct store_batch b = { .site = site, .agent = "a", .epoch = 1 };
		struct store_counts counts;

		buf_reset(&records);
		b.first_sequence = sequence;
		for (; i < contacts && b.count < PER_BATCH; i++, b.count++) {
			Cxm__QueueContact m;

			contact_of(&m, FIRST_DAY_US + (int64_t)i * step_us, &r);
			if (cxm_record_append(kind, &m.base, &records) != 0) {
				die("cannot pack");
			}
		}
		b.records = cursor_of(records.data, records.len);
		sequence += b.count;
		if (st->ops->put(st, &b, 1, &counts, &fault) != 0) {
			die(fault.text);
		}
	}
	buf_free(&records);
}

static double score_ms(const struct model *m, struct store *st, const char *site,
                       const struct cxm_catalog *catalog, struct cache *cache)
{
	struct score_request request = { .site = site, .timezone = "UTC", .cache = cache };
	struct scorecard *card = NULL;
	struct fault fault;
	double begin = cpu_ms();

	if (score_site(&card, m, st, &request, catalog, &fault) != 0) {
		die(fault.text);
	}
	scorecard_free(card);
	return cpu_ms() - begin;
}

/* Every indicator of the model by itself, as if nothing were shared or kept: the time of the
 * questions alone. */
static double select_all_ms(const struct model *m, struct store *st, const char *site, double *whole)
{
	struct score_request request = { .site = site, .timezone = "UTC" };
	struct score_window w;
	struct plain p;
	struct fault fault;
	struct score_figure wanted = { .model = m, .store = &p.base, .site = site, .window = &w };
	double begin = cpu_ms();

	plain_init(&p, st);
	if (score_window_of(&w, m, st, &request, &fault) != 0) {
		die(fault.text);
	}
	for (size_t a = 0; a <= m->n_areas; a++) {
		const struct model_indicator *list = a < m->n_areas ? m->areas[a].indicators : m->context;
		size_t n = a < m->n_areas ? m->areas[a].n_indicators : m->n_context;

		for (size_t i = 0; i < n; i++) {
			struct scored out;
			double s = p.select_ms, t = cpu_ms();
			if (score_figure_of(&out, &list[i], &wanted, &fault) != 0) {
				die(fault.text);
			}
			if (getenv("PLAIN_LOG")) (void)fprintf(stderr, "I %s select %.2f figure %.2f\n", list[i].id, p.select_ms - s, cpu_ms() - t - (p.select_ms - s));
		}
	}
	*whole = cpu_ms() - begin - p.select_ms;
	(void)printf("questions %u\n", p.questions);
	return p.select_ms;
}

static int ignore(void *arg, const struct store_tally_row *row)
{
	*(double *)arg += row->sums[0];
	return 0;
}

/* Sums of one indicator's rows: as the engine asks for them, day by day, or all at once. */
static double tally_ms(struct store *st, const struct model_evidence *e, uint64_t days, bool by_day)
{
	double begin = cpu_ms();
	double sum = 0;
	struct fault fault;

	for (uint64_t d = 0; d < (by_day ? days : 1); d++) {
		struct store_tally q = { .range = { e->from, "site0", FIRST_DAY_US, 0 },
			                 .of = e->of,
			                 .sums = { e->good.at[0] },
			                 .n_sums = 1 };

		q.range.from_us += (int64_t)d * DAY_US;
		q.range.to_us = q.range.from_us + (by_day ? 1 : (int64_t)days) * DAY_US;
		q.slot_us = by_day ? 0 : DAY_US;
		if (st->ops->tally(st, &q, ignore, &sum, &fault) != 0) {
			die(fault.text);
		}
	}
	return cpu_ms() - begin;
}

static uint64_t number(int argc, char **argv, int at, uint64_t otherwise)
{
	uint64_t v = otherwise;

	if (argc > at && (slice_u64(slice_of(argv[at]), 100000000, &v) != 0 || v == 0)) {
		die("expected a number from 1");
	}
	return v;
}

int main(int argc, char **argv)
{
	uint64_t contacts = number(argc, argv, 1, CONTACTS_DEFAULT);
	uint64_t sites = number(argc, argv, 2, 1);
	uint64_t days = number(argc, argv, 3, 28);
	struct temp temp;
	struct cxm_catalog catalog;
	struct model *m = NULL;
	struct store *st = NULL;
	struct cache *cache = NULL;
	struct fault fault;
	char url[512];
	char site[STORE_NAME_MAX];
	double all = 0;

	temp_open(&temp);
	(void)snprintf(url, sizeof(url), "sqlite:%s", temp_path(&temp, "evidence.db"));
	if (cxm_catalog_init(&catalog, &cxm__evidence__descriptor, &fault) != 0 ||
	    model_builtin(&m, &catalog, &fault) != 0 ||
	    cxm_store_open(&st, url, false, &catalog, &fault) != 0 ||
	    cxm_cache_open(&cache, url, &fault) != 0 || when_use_zone("UTC", &fault) != 0) {
		die(fault.text);
	}
	for (uint64_t i = 0; i < sites; i++) {
		(void)snprintf(site, sizeof(site), "site%" PRIu64, i);
		fill(st, &catalog, site, contacts, days);
	}
	{ double whole, sel = select_all_ms(m, st, "site0", &whole); (void)printf("select_all_ms %.1f\nfigures_ms %.1f\n", sel, whole); }
	(void)printf("uncached_ms %.1f\n", score_ms(m, st, "site0", &catalog, NULL));
	(void)printf("cold_ms %.1f\n", score_ms(m, st, "site0", &catalog, cache));
	(void)printf("warm_ms %.1f\n", score_ms(m, st, "site0", &catalog, cache));
	for (uint64_t i = 0; i < sites; i++) {
		(void)snprintf(site, sizeof(site), "site%" PRIu64, i);
		(void)score_ms(m, st, site, &catalog, cache);
		all += score_ms(m, st, site, &catalog, cache);
	}
	(void)printf("warm_all_ms %.1f\n", all);
	(void)printf("one_ms %.1f\n",
	             tally_ms(st, model_indicator_named(m, "service_level")->evidence, days, true));
	(void)printf(
		"select_ms %.1f\n",
		tally_ms(st, model_indicator_named(m, "service_level")->evidence, days, false));
	cxm_cache_close(cache);
	cxm_store_close(st);
	model_free(m);
	cxm_catalog_free(&catalog);
	temp_remove(&temp);
	return 0;
}
