/*
 * The change log; see cxmeter/changes.h. Targets come from Target records of any age, because the
 * one in force before the window decides what changed in it; queues from the contacts of the window
 * and of as many days before it. Holds what it lists and one line a queue, both bounded.
 */
#include "cxmeter/changes.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/evidence/labelled.h"
#include "collector/score/evidence/parts.h"
#include "common/when.h"
#include "proto/evidence.pb-c.h"

#define QUEUES_MAX 1024  /* each is looked for among all of them */
#define FIRST_DAY  10957 /* 2000-01-01: no store holds an earlier record */

const char *score_change_name(enum change_kind kind)
{
	static const char *const names[CHANGE_KINDS] = {
		[CHANGE_TARGET_DECLARED] = "target_declared",
		[CHANGE_TARGET_CHANGED] = "target_changed",
		[CHANGE_TARGET_ENDED] = "target_ended",
		[CHANGE_QUEUE_APPEARED] = "queue_appeared",
		[CHANGE_QUEUE_VANISHED] = "queue_vanished",
		[CHANGE_MODEL] = "model_changed",
	};

	return names[kind];
}

static void add(struct score_changes *out, const struct score_change *change)
{
	bool after = change->day > out->window.to_day && change->kind != CHANGE_MODEL;

	if (change->day < out->window.from_day || after) {
		return;
	}
	if (out->n == CHANGES_MAX) {
		out->left_out++;
		return;
	}
	out->at[out->n++] = *change;
}

static void copy_label(char out[CXM_LABEL_MAX_BYTES + 1], struct slice text)
{
	(void)snprintf(out, CXM_LABEL_MAX_BYTES + 1, "%.*s", (int)text.len,
	               text.len > 0 ? text.at : "");
}

/* ---- targets ---- */

struct target {
	char queue[CXM_LABEL_MAX_BYTES + 1];
	char metric[CXM_LABEL_MAX_BYTES + 1];
	int64_t at_us;
	int64_t to_us; /* INT64_MAX: open */
	int64_t seen_us;
	struct change_target is;
};

struct targets {
	struct target *at;
	size_t n;
	uint64_t left_out;
};

static int on_target(void *arg, const ProtobufCMessage *m)
{
	struct targets *targets = arg;
	const Cxm__Target *t = (const Cxm__Target *)m;
	struct target *to;

	if (targets->n == CHANGES_MAX) {
		targets->left_out++;
		return 0;
	}
	to = &targets->at[targets->n++];
	copy_label(to->queue, slice_of(t->queue));
	copy_label(to->metric, slice_of(t->metric));
	to->at_us = t->at_us;
	to->to_us = t->has_valid_to_us ? t->valid_to_us : INT64_MAX;
	to->seen_us = t->has_seen_us ? t->seen_us : 0;
	to->is.value = t->has_value ? t->value : NAN;
	to->is.threshold_ms = t->has_threshold_ms ? (double)t->threshold_ms : NAN;
	return 0;
}

static int order(double a, double b)
{
	if (isnan(a) || isnan(b)) {
		return !isnan(a) - !isnan(b);
	}
	return (a > b) - (a < b);
}

static bool same(const struct change_target *a, const struct change_target *b)
{
	return order(a->value, b->value) == 0 && order(a->threshold_ms, b->threshold_ms) == 0;
}

static int by_time(const void *a, const void *b)
{
	const struct target *x = a;
	const struct target *y = b;
	int rc = strcmp(x->queue, y->queue);

	rc = rc != 0 ? rc : strcmp(x->metric, y->metric);
	rc = rc != 0 ? rc : (x->at_us > y->at_us) - (x->at_us < y->at_us);
	rc = rc != 0 ? rc : order(x->is.value, y->is.value);
	return rc != 0 ? rc : order(x->is.threshold_ms, y->is.threshold_ms);
}

static struct score_change change_of(const struct target *t, enum change_kind kind, int64_t at_us)
{
	struct score_change change = {
		.day = when_day_of(at_us),
		.kind = kind,
		.before = { NAN, NAN },
		.now = t->is,
		.told_day = t->seen_us > 0 ? when_day_of(t->seen_us) : 0,
	};

	copy_label(change.queue, slice_of(t->queue));
	copy_label(change.metric, slice_of(t->metric));
	return change;
}

static void compare_targets(struct score_changes *out, const struct target *before,
                            const struct target *now, const struct target *next)
{
	struct score_change change = change_of(now, CHANGE_TARGET_DECLARED, now->at_us);

	if (before != NULL && before->to_us >= now->at_us) {
		change.kind = CHANGE_TARGET_CHANGED;
		change.before = before->is;
	}
	if (change.kind == CHANGE_TARGET_DECLARED || !same(&change.before, &now->is)) {
		add(out, &change);
	}
	if (now->to_us != INT64_MAX && (next == NULL || next->at_us > now->to_us)) {
		change = change_of(now, CHANGE_TARGET_ENDED, now->to_us);
		change.before = now->is;
		change.now = (struct change_target){ NAN, NAN };
		add(out, &change);
	}
}

static const struct target *same_series(const struct target *a, const struct target *b)
{
	return strcmp(a->queue, b->queue) == 0 && strcmp(a->metric, b->metric) == 0 ? b : NULL;
}

static int find_targets(struct score_changes *out, const struct model *m, struct store *st,
                        struct fault *fault)
{
	const struct cxm_kind *kind = cxm_kind_named(m->catalog, SLICE("Target"));
	struct targets t = { .n = 0 };
	struct store_range range = { .kind = kind,
		                     .site = out->site,
		                     .from_us = when_day_start_us(FIRST_DAY),
		                     .to_us = when_day_start_us(out->window.to_day + 1) };
	int rc;

	if (kind == NULL || kind->pb != &cxm__target__descriptor) {
		return 0;
	}
	t.at = calloc(CHANGES_MAX, sizeof(*t.at));
	if (t.at == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	rc = st->ops->rows(st, &range, on_target, &t, fault);
	qsort(t.at, t.n, sizeof(*t.at), by_time);
	for (size_t i = 0; rc == 0 && i < t.n; i++) {
		compare_targets(out, i > 0 ? same_series(&t.at[i], &t.at[i - 1]) : NULL, &t.at[i],
		                i + 1 < t.n ? same_series(&t.at[i], &t.at[i + 1]) : NULL);
	}
	out->left_out += t.left_out;
	free(t.at);
	return rc;
}

/* ---- queues ---- */

struct queue {
	char name[CXM_LABEL_MAX_BYTES + 1];
	int32_t first;
	int32_t last;
};

struct queues {
	struct queue *at;
	size_t n;
	uint64_t left_out;
	int32_t day; /* being read */
	bool any;
	int32_t first; /* of the site */
	int32_t last;
};

static struct queue *queue_named(struct queues *q, struct slice name)
{
	for (size_t i = 0; i < q->n; i++) {
		if (slice_eq(name, slice_of(q->at[i].name))) {
			return &q->at[i];
		}
	}
	if (q->n == QUEUES_MAX) {
		q->left_out++;
		return NULL;
	}
	copy_label(q->at[q->n].name, name);
	q->at[q->n].first = q->day;
	return &q->at[q->n++];
}

static void see_queue(struct queues *q, struct slice name)
{
	struct queue *queue = queue_named(q, name);

	q->first = q->any ? q->first : q->day;
	q->last = q->day;
	q->any = true;
	if (queue != NULL) {
		queue->last = q->day;
	}
}

static void compare_queue(struct score_changes *out, const struct queues *all,
                          const struct queue *q)
{
	struct score_change change = { .before = { NAN, NAN }, .now = { NAN, NAN } };

	copy_label(change.queue, slice_of(q->name));
	if (q->first - all->first >= CHANGES_QUIET_DAYS) {
		change.day = q->first;
		change.kind = CHANGE_QUEUE_APPEARED;
		add(out, &change);
	}
	if (all->last - q->last >= CHANGES_QUIET_DAYS) {
		change.day = q->last + 1;
		change.kind = CHANGE_QUEUE_VANISHED;
		add(out, &change);
	}
}

/* The queues of each day, in the order of days. */
static int read_queues(struct queues *q, const struct labelled *every, const struct model *m,
                       const struct tally_source *from, struct fault *fault)
{
	struct tallies t = { 0 };
	int rc = labelled_fetch(&t, every, &m->rules, from, fault);

	for (size_t i = 0; rc == 0 && i < t.n_slots; i++) {
		q->day = t.first_day + (int32_t)t.slots[i].day;
		see_queue(q, slice_of(tally_label(&t, t.slots[i].label)));
	}
	tally_free(&t);
	return rc;
}

/* In the window and as many days before it. */
static int read_both(struct queues *q, const struct labelled *every, const struct model *m,
                     const struct tally_source *from, struct fault *fault)
{
	struct score_window before = *from->window;
	struct tally_source earlier = *from;
	int rc;

	before.to_day = from->window->from_day - 1;
	before.from_day = 2 * from->window->from_day - from->window->to_day - 1;
	earlier.window = &before;
	rc = read_queues(q, every, m, &earlier, fault);
	return rc != 0 ? rc : read_queues(q, every, m, from, fault);
}

static int find_queues(struct score_changes *out, const struct model *m,
                       const struct tally_source *from, struct fault *fault)
{
	const struct cxm_kind *kind = cxm_kind_named(m->catalog, SLICE("QueueContact"));
	const struct cxm_field *queue = kind != NULL ? cxm_field_named(kind, SLICE("queue")) : NULL;
	struct labelled every = { .kind = kind,
		                  .label = queue,
		                  .hash = stats_fnv1a("contacts by queue and day") };
	struct queues q = { .n = 0 };
	int rc;

	if (queue == NULL || queue->type != CXM_LABEL) {
		return 0;
	}
	q.at = calloc(QUEUES_MAX, sizeof(*q.at));
	if (q.at == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	rc = read_both(&q, &every, m, from, fault);
	for (size_t i = 0; rc == 0 && i < q.n; i++) {
		compare_queue(out, &q, &q.at[i]);
	}
	out->left_out += q.left_out;
	free(q.at);
	return rc;
}

/* ---- models ---- */

struct models {
	struct score_changes *out;
	struct cache_model last;
};

static int on_model(void *arg, const struct cache_model *model)
{
	struct models *m = arg;
	struct score_change change = { .kind = CHANGE_MODEL,
		                       .day = when_day_of(model->since_us),
		                       .before = { NAN, NAN },
		                       .now = { NAN, NAN },
		                       .was = m->last,
		                       .is = *model };

	if (m->last.sha256[0] != '\0') {
		add(m->out, &change);
	}
	m->last = *model;
	return 0;
}

/* What the cache cannot say nobody knows; it is no reason to fail. */
static void find_models(struct score_changes *out, struct cache *cache)
{
	struct models m = { .out = out };

	if (cache != NULL) {
		(void)cache_models(cache, out->site, on_model, &m);
	}
}

/* ---- all ---- */

static int by_day(const void *a, const void *b)
{
	const struct score_change *x = a;
	const struct score_change *y = b;
	int rc = (x->day > y->day) - (x->day < y->day);

	rc = rc != 0 ? rc : strcmp(x->queue, y->queue);
	rc = rc != 0 ? rc : strcmp(x->metric, y->metric);
	return rc != 0 ? rc : (int)x->kind - (int)y->kind;
}

int score_changes_of(struct score_changes *out, const struct model *m, struct store *st,
                     const struct score_request *request, struct fault *fault)
{
	struct tally_source from = { st, request->site, &out->window, NULL };
	struct parts parts = { 0 };
	int rc;

	*out = (struct score_changes){ .n = 0 };
	(void)snprintf(out->site, sizeof(out->site), "%s", request->site);
	rc = score_window_of(&out->window, m, st, request, fault);
	rc = rc != 0 ? rc : score_mark(&out->simulated, st, request->site, fault);
	if (rc != 0) {
		return rc;
	}
	out->at = calloc(CHANGES_MAX, sizeof(*out->at));
	if (out->at == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	rc = parts_use(&parts, request->cache, &from, fault);
	rc = rc != 0 ? rc : find_targets(out, m, st, fault);
	rc = rc != 0 ? rc : find_queues(out, m, &from, fault);
	parts_done(&parts);
	find_models(out, request->cache);
	qsort(out->at, out->n, sizeof(*out->at), by_day);
	if (rc != 0) {
		score_changes_free(out);
	}
	return rc;
}

void score_changes_free(struct score_changes *changes)
{
	free(changes->at);
	*changes = (struct score_changes){ .n = 0 };
}
