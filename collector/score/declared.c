/*
 * A figure at the T that the site itself has declared (Target records), beside the one at the T
 * that is the same for all sites. Each queue counts at its own T of the day; a target for "*"
 * stands for queues without one of their own; queues without any are left out. See score.h.
 */
#include "collector/score/declared.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/evidence/labelled.h"
#include "collector/score/evidence/parts.h"
#include "collector/score/evidence/tally.h"
#include "common/when.h"
#include "proto/evidence.pb-c.h"

#define TARGETS_MAX 1024
#define QUEUES_MAX  1024
#define T_MAX       64 /* different T on one day; each is asked for by itself */
#define T_DIGITS    16
#define FIRST_DAY   10957 /* 2000-01-01: no store holds an earlier record */
#define ARENA_BYTES ((size_t)1024 * 1024)
#define EVERY_QUEUE "*"

int declared_expr(const struct expr **out, const struct cxm_kind *kind, const char *text,
                  double t_ms, struct arena *arena, struct fault *why)
{
	struct buf made;
	char digits[T_DIGITS];
	int rc;

	(void)snprintf(digits, sizeof(digits), "%.0f", t_ms);
	buf_init(&made, (size_t)4 * EXPR_MAX_BYTES);
	for (const char *s = text; *s != '\0'; s++) {
		if (s[0] == '$' && s[1] == 'T') {
			buf_add_text(&made, digits);
			s++;
		} else {
			buf_add_char(&made, *s);
		}
	}
	rc = made.failed || made.len > EXPR_MAX_BYTES
	             ? fault_set(why, -EINVAL, "with T in it this is too long")
	             : expr_parse(out, kind, (struct slice){ (const char *)made.data, made.len },
	                          EXPR_IS_TRUTH, arena, why);
	buf_free(&made);
	return rc;
}

/* ---- targets ---- */

struct target {
	char queue[CXM_LABEL_MAX_BYTES + 1];
	int64_t at_us;
	int64_t to_us;
	double t_ms;
};

struct seen_queue {
	char name[CXM_LABEL_MAX_BYTES + 1];
};

struct in_use;

struct asking {
	const struct model_indicator *is;
	const struct tally_source *from;
	struct target *targets;
	size_t n_targets;
	struct seen_queue *queues;
	size_t n_queues;
	struct in_use *used;
	size_t n_used;
	struct tally_days starts;
	struct tallies days;
	struct score_declared *out;
	struct fault *fault;
};

static int on_target(void *arg, const ProtobufCMessage *m)
{
	struct asking *a = arg;
	const Cxm__Target *t = (const Cxm__Target *)m;
	struct target *to;

	if (!t->has_threshold_ms || strcmp(t->metric, a->is->declared.metric) != 0) {
		return 0;
	}
	if (a->n_targets == TARGETS_MAX) {
		return fault_set(a->fault, -E2BIG, "more than %d targets of %s", TARGETS_MAX,
		                 t->metric);
	}
	to = &a->targets[a->n_targets++];
	(void)snprintf(to->queue, sizeof(to->queue), "%s", t->queue);
	to->at_us = t->at_us;
	to->to_us = t->has_valid_to_us ? t->valid_to_us : INT64_MAX;
	to->t_ms = t->threshold_ms;
	return 0;
}

/* Of two targets in force the later one, of two of one moment the stricter. */
static const struct target *in_force(const struct asking *a, struct slice queue, int64_t at_us)
{
	const struct target *best = NULL;

	for (size_t i = 0; i < a->n_targets; i++) {
		const struct target *t = &a->targets[i];

		if (!slice_eq(queue, slice_of(t->queue)) || t->at_us > at_us || t->to_us <= at_us) {
			continue;
		}
		if (best == NULL || t->at_us > best->at_us ||
		    (t->at_us == best->at_us && t->t_ms < best->t_ms)) {
			best = t;
		}
	}
	return best;
}

/* The T of a queue; NAN: none is declared. */
static double t_of(const struct asking *a, struct slice queue, int64_t at_us)
{
	const struct target *t = in_force(a, queue, at_us);

	t = t != NULL ? t : in_force(a, SLICE(EVERY_QUEUE), at_us);
	return t != NULL ? t->t_ms : NAN;
}

/* ---- counting ---- */

static void see(struct asking *a, struct slice queue)
{
	for (size_t i = 0; i < a->n_queues; i++) {
		if (slice_eq(queue, slice_of(a->queues[i].name))) {
			return;
		}
	}
	if (a->n_queues < QUEUES_MAX) { /* it only says how many there are */
		(void)snprintf(a->queues[a->n_queues].name, sizeof(a->queues[0].name), "%.*s",
		               (int)queue.len, queue.at);
		a->n_queues++;
	}
}

/* One T, and the days of the window on which some target has it. */
struct in_use {
	double t_ms;
	size_t first;
	size_t last;
};

static int64_t end_of(const struct asking *a, size_t day)
{
	return a->starts.starts_us[day + 1] - 1; /* what is in force at its end holds for it */
}

/* Note a T on a day, once; `n_day` counts those of the day. -E2BIG past T_MAX. */
static int use(struct asking *a, double t_ms, size_t day, size_t *n_day)
{
	struct in_use *u = a->used;

	while (u < a->used + a->n_used && u->t_ms != t_ms) {
		u++;
	}
	if (u < a->used + a->n_used && u->last == day) {
		return 0; /* the days come in their order */
	}
	if (++*n_day > T_MAX) {
		return fault_set(a->fault, -E2BIG,
		                 "more than %d different declared times of %s on one day", T_MAX,
		                 a->is->declared.metric);
	}
	if (u == a->used + a->n_used) { /* there is room: one a target at most */
		*u = (struct in_use){ t_ms, day, day };
		a->n_used++;
	}
	u->last = day;
	return 0;
}

static int find_used(struct asking *a)
{
	int rc = 0;

	for (size_t day = 0; rc == 0 && day < a->starts.n_days; day++) {
		size_t n_day = 0;

		for (size_t i = 0; rc == 0 && i < a->n_targets; i++) {
			double t = t_of(a, slice_of(a->targets[i].queue), end_of(a, day));

			rc = isnan(t) ? 0 : use(a, t, day, &n_day);
		}
	}
	return rc;
}

/* Sums by queue of some of the window's days: take those whose T it was. */
static void count(struct asking *a, const struct in_use *u, const struct tallies *t)
{
	for (size_t i = 0; i < t->n_slots; i++) {
		const struct tally_slot *s = &t->slots[i];
		struct slice queue = slice_of(tally_label(t, s->label));
		size_t day = u->first + s->day;

		if (queue.len == 0 || t_of(a, queue, end_of(a, day)) != u->t_ms) {
			continue;
		}
		see(a, queue);
		a->days.days[day].sum += s->sums[0];
		a->days.days[day].n += s->sums[1];
		a->out->low_ms = fmin(a->out->low_ms, u->t_ms);
		a->out->high_ms = fmax(a->out->high_ms, u->t_ms);
	}
}

static int count_at(struct asking *a, const struct in_use *u, const struct model_rules *rules)
{
	const struct model_evidence *e = a->is->evidence;
	struct score_window days = *a->from->window;
	struct tally_source from = *a->from;
	struct labelled l = { .kind = e->from,
		              .of = e->of,
		              .label = cxm_field_named(e->from, SLICE("queue")),
		              .n_sums = 1 };
	struct tallies t = { 0 };
	struct arena arena;
	int rc;

	days.from_day = a->from->window->from_day + (int32_t)u->first;
	days.to_day = a->from->window->from_day + (int32_t)u->last;
	from.window = &days;
	l.hash = (e->hash ^ stats_fnv1a(a->is->declared.good)) * UINT64_C(0x100000001b3) +
	         (uint64_t)u->t_ms;
	arena_init(&arena, ARENA_BYTES);
	rc = declared_expr(&l.sums[0], e->from, a->is->declared.good, u->t_ms, &arena, a->fault);
	rc = rc != 0 ? rc : labelled_fetch(&t, &l, rules, &from, a->fault);
	if (rc == 0) {
		count(a, u, &t);
	}
	tally_free(&t);
	arena_free(&arena);
	return rc;
}

static void estimate(struct asking *a, const struct model_rules *rules)
{
	struct stats_day total = stats_total(a->days.days, a->days.n_days);
	struct estimate *got = &a->out->got;

	if (total.n <= 0) {
		return;
	}
	a->out->is = a->is;
	a->out->queues = a->n_queues;
	got->n = total.n;
	got->numerator = total.sum;
	got->denominator = total.n;
	got->value = total.sum / total.n;
	got->days = stats_days_with_data(a->days.days, a->days.n_days);
	got->phi = estimator_phi(a->is, rules, &a->days);
	got->interval = estimator_share(rules, got);
}

static int ask(struct asking *a, const struct model *m)
{
	const struct cxm_kind *kind = cxm_kind_named(m->catalog, SLICE("Target"));
	const struct score_window *window = a->from->window;
	struct store *st = a->from->store;
	struct store_range range = { .kind = kind,
		                     .site = a->from->site,
		                     .from_us = when_day_start_us(FIRST_DAY),
		                     .to_us = when_day_start_us(window->to_day + 1) };
	int rc;

	if (kind == NULL || kind->pb != &cxm__target__descriptor) {
		return 0;
	}
	rc = st->ops->rows(st, &range, on_target, a, a->fault);
	tally_days_of(window, &a->starts);
	a->days.n_days = a->starts.n_days;
	rc = rc != 0 ? rc : find_used(a);
	for (size_t i = 0; rc == 0 && i < a->n_used; i++) {
		rc = count_at(a, &a->used[i], &m->rules);
	}
	if (rc == 0) {
		estimate(a, &m->rules);
	}
	return rc;
}

static const struct model_indicator *with_declared(const struct model *m)
{
	for (size_t i = 0; i < m->n_areas; i++) {
		for (size_t k = 0; k < m->areas[i].n_indicators; k++) {
			const struct model_indicator *is = &m->areas[i].indicators[k];

			if (is->declared.metric != NULL) {
				return is;
			}
		}
	}
	return NULL;
}

int score_declared_of(struct score_declared *out, const struct model *m, struct store *st,
                      const struct score_request *request, struct fault *fault)
{
	struct asking *a;
	struct score_window window;
	struct tally_source from = { st, request->site, &window, NULL };
	struct parts parts = { 0 };
	int rc = score_window_of(&window, m, st, request, fault);

	*out = (struct score_declared){
		.got = { .value = NAN,
		         .numerator = NAN,
		         .denominator = NAN,
		         .interval = { NAN, NAN },
		         .phi = NAN },
		.low_ms = INFINITY,
	};
	if (rc != 0 || with_declared(m) == NULL) {
		return rc;
	}
	a = calloc(1, sizeof(*a));
	if (a == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	*a = (struct asking){ .is = with_declared(m), .from = &from, .out = out, .fault = fault };
	a->used = calloc(TARGETS_MAX + 1, sizeof(*a->used));
	a->targets = calloc(TARGETS_MAX, sizeof(*a->targets));
	a->queues = calloc(QUEUES_MAX, sizeof(*a->queues));
	rc = a->targets == NULL || a->queues == NULL || a->used == NULL
	             ? fault_set(fault, -ENOMEM, "out of memory")
	             : parts_use(&parts, request->cache, &from, fault);
	rc = rc != 0 ? rc : ask(a, m);
	parts_done(&parts);
	free(a->used);
	free(a->targets);
	free(a->queues);
	free(a);
	return rc;
}
