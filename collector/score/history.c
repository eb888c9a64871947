/* Scores of days, kept and renewed; see history.h. */
#include "cxmeter/history.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/when.h"
#include "score_form.h"

#define DAY_US (INT64_C(86400) * 1000000)
/* UTC days on whose rows a window's scores may rest: what was so long before its last day
 * (lookback) and what follows it (repeat contacts, periods of reports). */
#define BEFORE_DAYS STATS_DAYS_MAX
#define AFTER_DAYS  36
#define COUNTS_MAX  (STATS_DAYS_MAX + BEFORE_DAYS + AFTER_DAYS + 2)

/* Rows of all kinds that have come for each UTC day around a window. */
struct counts {
	int32_t first_day;
	size_t n;
	uint64_t rows[COUNTS_MAX];
	uint64_t born;
	const struct cache_run *run;
	uint64_t in_window; /* of rows */
};

struct recording {
	const struct model *m;
	struct store *store;
	const struct score_request *request;
	const struct cxm_catalog *catalog;
	struct history *out;
	struct fault *fault;
};

static int on_change(void *arg, const struct store_change *change)
{
	struct counts *c = arg;

	c->rows[change->day - c->first_day] += change->rows;
	if (change->day >= c->run->from_day - 1 && change->day <= c->run->to_day + 1) {
		c->in_window += change->rows;
	}
	return 0;
}

/* @return 1, 0 when the store keeps no count, -errno */
static int count(struct recording *r, const struct cache_run *run, struct counts *out)
{
	struct store_changes q = { .site = run->site,
		                   .from_day = run->from_day - BEFORE_DAYS,
		                   .to_day = run->to_day + AFTER_DAYS };
	int rc;

	*out = (struct counts){ .first_day = q.from_day,
		                .n = (size_t)(q.to_day - q.from_day) + 1,
		                .run = run };
	if (r->store->ops->changes == NULL) {
		return 0;
	}
	rc = r->store->ops->changes(r->store, &q, on_change, out, r->fault);
	out->born = q.born;
	return rc;
}

static uint64_t signature_of(const struct counts *c)
{
	uint64_t hash = SCORE_FORM ^ c->born; /* of another program: computed again */

	for (size_t i = 0; i < c->n; i++) {
		hash = (hash ^ c->rows[i]) * UINT64_C(0x100000001b3);
	}
	return hash;
}

/* What came after the day was over and had been scored: rows that were late, and for which day. */
static void find_late(const struct counts *now, struct cursor before, const struct cache_stamp *was,
                      struct cache_stamp *out)
{
	uint64_t most = 0;

	for (size_t i = 0; i < now->n; i++) {
		uint64_t had = cursor_varint(&before);
		int32_t day = now->first_day + (int32_t)i;
		uint64_t more = now->rows[i] > had ? now->rows[i] - had : 0;

		if (before.bad || ((int64_t)day + 1) * DAY_US > was->computed_us) {
			continue;
		}
		out->late_rows += more;
		if (more > most) {
			most = more;
			out->late_day = day;
		}
	}
}

/* ---- a card as numbers ---- */

static void add_score(struct history_day *d, const char *what, const struct cache_score *score)
{
	struct cache_score *to = &d->scores[d->n_scores++];

	*to = *score;
	(void)snprintf(to->what, sizeof(to->what), "%s", what);
}

static void add_indicators(struct history_day *d, const struct scored *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct cache_score score = { .value = list[i].got.value,
			                     .n = list[i].got.n,
			                     .score = list[i].score,
			                     .low = list[i].sure.low,
			                     .high = list[i].sure.high,
			                     .stage = list[i].stage };

		add_score(d, list[i].is->id, &score);
	}
}

static int take_card(struct history_day *d, const struct scorecard *card)
{
	size_t n = card->n_areas + card->n_context;

	for (size_t a = 0; a < card->n_areas; a++) {
		n += card->areas[a].n_indicators;
	}
	d->scores = calloc(n + 1, sizeof(*d->scores));
	if (d->scores == NULL) {
		return -ENOMEM;
	}
	for (size_t a = 0; a < card->n_areas; a++) {
		const struct scored_area *area = &card->areas[a];
		struct cache_score score = { .value = NAN,
			                     .n = NAN,
			                     .score = area->score,
			                     .low = area->sure.low,
			                     .high = area->sure.high,
			                     .stage = area->stage };

		add_score(d, area->is->id, &score);
		add_indicators(d, area->indicators, area->n_indicators);
	}
	add_indicators(d, card->context, card->n_context);
	return 0;
}

static int on_score(void *arg, const struct cache_score *score)
{
	struct history_day *d = arg;
	struct cache_score *grown = realloc(d->scores, (d->n_scores + 1) * sizeof(*grown));

	if (grown == NULL) {
		return -ENOMEM;
	}
	d->scores = grown;
	d->scores[d->n_scores++] = *score;
	return 0;
}

/* ---- one day ---- */

static int compute(struct recording *r, const struct cache_run *run, struct history_day *d)
{
	struct score_request request = *r->request;
	struct scorecard *card = NULL;
	int rc;

	request.from_day = &run->from_day;
	request.to_day = &run->to_day;
	request.timezone = r->out->timezone;
	rc = score_site(&card, r->m, r->store, &request, r->catalog, r->fault);
	if (rc == 0) {
		rc = take_card(d, card);
		rc = rc == 0 ? 0 : fault_set(r->fault, rc, "out of memory");
	}
	scorecard_free(card);
	return rc;
}

static void keep(struct recording *r, const struct cache_run *run, const struct history_day *d,
                 const struct counts *counts)
{
	struct buf data;

	buf_init(&data, (size_t)COUNTS_MAX * 10);
	for (size_t i = 0; i < counts->n; i++) {
		buf_add_varint(&data, counts->rows[i]);
	}
	if (!data.failed) { /* what cannot be kept is computed again next time */
		(void)cache_save_run(r->request->cache, run, &d->stamp,
		                     cursor_of(data.data, data.len), d->scores, d->n_scores);
	}
	buf_free(&data);
}

/* Take what is kept, as long as it rests on the same evidence. @return 1, 0 or -errno */
static int recall(struct recording *r, const struct cache_run *run, const struct counts *counts,
                  struct history_day *d)
{
	struct cache_stamp was;
	struct cursor before;
	int rc = cache_find_run(r->request->cache, run, &was, &before);

	if (rc != 1) {
		return 0;
	}
	if (was.signature == signature_of(counts)) {
		d->stamp = was;
		return cache_scores(r->request->cache, run, on_score, d) == 0 ? 1 : 0;
	}
	d->stamp.first_us = was.first_us;
	d->stamp.late_rows = 0;
	find_late(counts, before, &was, &d->stamp);
	return 0;
}

static int record_day(struct recording *r, const struct cache_run *run)
{
	struct history_day *d = &r->out->days[r->out->n_days];
	struct counts counts;
	bool keeps;
	int rc = count(r, run, &counts);

	if (rc < 0) {
		return rc;
	}
	keeps = rc == 1 && r->request->cache != NULL;
	if (rc == 1 && counts.in_window == 0) {
		return 0; /* nothing to score */
	}
	*d = (struct history_day){ .day = run->to_day,
		                   .stamp = { .first_us = r->request->now_us } };
	if (keeps && recall(r, run, &counts, d) == 1) {
		r->out->n_days++;
		return 0;
	}
	d->n_scores = 0;
	free(d->scores);
	d->scores = NULL;
	rc = compute(r, run, d);
	r->out->n_days++;
	d->stamp.computed_us = r->request->now_us;
	d->stamp.signature = signature_of(&counts);
	if (rc == 0 && keeps) {
		keep(r, run, d, &counts);
	}
	return rc;
}

/* ---- all days ---- */

static int record_days(struct recording *r, const int32_t days[2])
{
	struct cache_run run = { .site = r->out->site,
		                 .timezone = r->out->timezone,
		                 .model = r->m->sha256,
		                 .provisional = r->request->provisional };
	int rc = 0;

	for (int32_t day = days[0]; rc == 0 && day <= days[1]; day++) {
		run.to_day = day;
		run.from_day = day - (int32_t)r->m->rules.window_days + 1;
		rc = record_day(r, &run);
	}
	return rc;
}

int score_history(struct history *out, const struct model *m, struct store *st,
                  const struct score_request *request, const struct cxm_catalog *catalog,
                  struct fault *fault)
{
	struct recording r = { m, st, request, catalog, out, fault };
	struct score_window w;
	int32_t days[2];
	int rc = score_window_of(&w, m, st, request, fault);

	*out = (struct history){ .provisional = request->provisional };
	rc = rc != 0 ? rc : score_mark(&out->simulated, st, request->site, fault);
	if (rc != 0) {
		return rc;
	}
	(void)snprintf(out->site, sizeof(out->site), "%s", request->site);
	(void)snprintf(out->timezone, sizeof(out->timezone), "%s", w.timezone);
	days[0] = w.from_day;
	days[1] = w.to_day;
	if (days[1] - days[0] >= HISTORY_DAYS_MAX) {
		return fault_set(fault, -EINVAL, "more than %d days: take fewer (--from, --to)",
		                 HISTORY_DAYS_MAX);
	}
	out->days = calloc((size_t)(days[1] - days[0]) + 1, sizeof(*out->days));
	rc = out->days != NULL ? record_days(&r, days) : fault_set(fault, -ENOMEM, "out of memory");
	if (rc != 0) {
		history_free(out);
	}
	return rc;
}

void history_free(struct history *h)
{
	assert(h->days != NULL || h->n_days == 0);
	for (size_t i = 0; i < h->n_days; i++) {
		free(h->days[i].scores);
	}
	free(h->days);
	*h = (struct history){ 0 };
}

const struct cache_score *history_score(const struct history_day *day, const char *what)
{
	for (size_t i = 0; i < day->n_scores; i++) {
		if (strcmp(day->scores[i].what, what) == 0) {
			return &day->scores[i];
		}
	}
	return NULL;
}
