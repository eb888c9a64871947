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

#include "collector/score/tally.h"
#include "common/when.h"
#include "proto/evidence.pb-c.h"

#define TARGETS_MAX 1024
#define QUEUES_MAX  1024
#define T_MAX       64 /* different T on one day; each is one question to the store */
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

struct asking {
	const struct model_indicator *is;
	struct store *store;
	const char *site;
	struct target *targets;
	size_t n_targets;
	struct seen_queue *queues;
	size_t n_queues;
	struct tallies days;
	struct arena arena;
	/* of one question */
	size_t day;
	int64_t day_us;
	double t_ms;
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

static int on_row(void *arg, const struct store_tally_row *row)
{
	struct asking *a = arg;

	if (row->n == 0 || row->group.len == 0 || t_of(a, row->group, a->day_us) != a->t_ms) {
		return 0;
	}
	see(a, row->group);
	a->days.days[a->day].n += (double)row->n;
	a->days.days[a->day].sum += row->sums[0];
	return 0;
}

static int count_at(struct asking *a, const struct tally_days *days, double t_ms)
{
	const struct model_evidence *e = a->is->evidence;
	struct store_tally q = {
		.range = { e->from, a->site, days->starts_us[a->day], days->starts_us[a->day + 1] },
		.of = e->of,
		.n_sums = 1,
		.group = cxm_field_named(e->from, SLICE("queue")),
	};
	int rc =
		declared_expr(&q.sums[0], e->from, a->is->declared.good, t_ms, &a->arena, a->fault);

	a->t_ms = t_ms;
	rc = rc != 0 ? rc : a->store->ops->tally(a->store, &q, on_row, a, a->fault);
	arena_reset(&a->arena);
	return rc;
}

/* Every T that some target has on this day; -E2BIG past T_MAX. */
static int all_t(const struct asking *a, double out[T_MAX], size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < a->n_targets; i++) {
		double t = t_of(a, slice_of(a->targets[i].queue), a->day_us);
		bool known = isnan(t);

		for (size_t k = 0; k < *n; k++) {
			known |= out[k] == t;
		}
		if (!known && *n == T_MAX) {
			return fault_set(a->fault, -E2BIG,
			                 "more than %d different declared times of %s on one day",
			                 T_MAX, a->is->declared.metric);
		}
		if (!known) {
			out[(*n)++] = t;
		}
	}
	return 0;
}

static int count_day(struct asking *a, const struct tally_days *days)
{
	struct score_declared *out = a->out;
	double t[T_MAX];
	size_t n;
	int rc;

	a->day_us = days->starts_us[a->day + 1] - 1; /* in force at its end */
	rc = all_t(a, t, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		double before = a->days.days[a->day].n;

		rc = count_at(a, days, t[i]);
		if (a->days.days[a->day].n > before) {
			out->low_ms = fmin(out->low_ms, t[i]);
			out->high_ms = fmax(out->high_ms, t[i]);
		}
	}
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
	got->interval = stats_quasi_wilson(total.sum, total.n, got->phi, rules->z);
}

static int ask(struct asking *a, const struct model *m, const struct score_window *window)
{
	const struct cxm_kind *kind = cxm_kind_named(m->catalog, SLICE("Target"));
	struct tally_days days;
	struct store_range range = { .kind = kind,
		                     .site = a->site,
		                     .from_us = when_day_start_us(FIRST_DAY),
		                     .to_us = when_day_start_us(window->to_day + 1) };
	int rc;

	if (kind == NULL || kind->pb != &cxm__target__descriptor) {
		return 0;
	}
	rc = a->store->ops->rows(a->store, &range, on_target, a, a->fault);
	tally_days_of(window, &days);
	a->days.n_days = days.n_days;
	for (a->day = 0; rc == 0 && a->n_targets > 0 && a->day < days.n_days; a->day++) {
		rc = count_day(a, &days);
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
	*a = (struct asking){ .is = with_declared(m),
		              .store = st,
		              .site = request->site,
		              .out = out,
		              .fault = fault };
	arena_init(&a->arena, ARENA_BYTES);
	a->targets = calloc(TARGETS_MAX, sizeof(*a->targets));
	a->queues = calloc(QUEUES_MAX, sizeof(*a->queues));
	rc = a->targets == NULL || a->queues == NULL ? fault_set(fault, -ENOMEM, "out of memory")
	                                             : ask(a, m, &window);
	free(a->targets);
	free(a->queues);
	arena_free(&a->arena);
	free(a);
	return rc;
}
