/*
 * Do repeat contacts reach the agent they spoke with before?
 *
 * Repeat: answered, of a customer whose last answered contact was at most 7 days ago; where the
 * customer has cases, one must still be open; a second queue of one contact is no repeat. Only
 * those count that arrived while the former agent was logged in. Evidence names agents, not teams,
 * so "the former agent or team" is the agent: a site that routes to teams reads lower here than it
 * is. Interval: Wilson with over-dispersion.
 */
#include <math.h>

#include "collector/score/estimators/rows.h"
#include "proto/evidence.pb-c.h"

#define REPEAT_DAYS 7
#define REPEAT_US   (REPEAT_DAYS * INT64_C(86400) * 1000000)

/* A stretch of time of somebody: logged in, or a case that is open. */
struct stretch {
	uint64_t who;
	int64_t from_us;
	int64_t to_us;
};

struct answered {
	uint64_t customer;
	int64_t at_us;
	uint64_t agent;
	uint64_t contact;
};

struct desk {
	struct rows answered;
	struct rows logged_in;
	struct rows cases;
};

static int on_answered(struct gather *g, void *arg, const struct store_columns_row *row)
{
	struct desk *d = arg;
	struct answered a = { row->keys[0], row->time_us, row->keys[1], row->keys[2] };
	size_t day = gather_day_of(g, row->time_us);

	if (!row->has_key[0] || !row->has_key[1]) {
		return 0;
	}
	if (day != SIZE_MAX) {
		gather_seen(g, day, gather_kind(g, &cxm__queue_contact__descriptor), 1);
	}
	return rows_add(&d->answered, &a);
}

static int on_span(struct gather *g, void *arg, const struct store_columns_row *row)
{
	struct desk *d = arg;
	struct stretch s = { row->keys[0], row->time_us,
		             row->time_us + (int64_t)(row->values[0] * 1000) };
	const struct cxm_kind *kind = gather_kind(g, &cxm__agent_span__descriptor);

	/* a login lasts into days on which nothing begins */
	for (size_t i = g->first; i <= g->last && g->starts_us[i] < s.to_us; i++) {
		gather_seen(g, i, kind, g->starts_us[i + 1] > s.from_us ? 1 : 0);
	}
	return rows_add(&d->logged_in, &s);
}

static int on_case(struct gather *g, void *arg, const struct store_columns_row *row)
{
	struct desk *d = arg;
	struct stretch s = { row->keys[0], row->time_us,
		             row->has_key[1] ? (int64_t)row->keys[1] : INT64_MAX };

	(void)g;
	return row->has_key[0] ? rows_add(&d->cases, &s) : 0;
}

static int read_answered(struct gather *g, struct desk *d)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__queue_contact__descriptor);
	struct store_columns q = { .range.kind = kind, .n_keys = 3 };
	int rc = gather_expr(g, kind, EXPR_IS_TRUTH, &q.of, "outcome == answered");

	q.keys[0] = cxm_field_named(kind, slice_of("customer"));
	q.keys[1] = cxm_field_named(kind, slice_of("agent"));
	q.keys[2] = cxm_field_named(kind, slice_of("contact"));
	return rc != 0 ? rc : gather_columns(g, &q, on_answered, d);
}

static int read_spans(struct gather *g, struct desk *d)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__agent_span__descriptor);
	struct store_columns q = { .range.kind = kind, .n_keys = 1, .n_values = 1 };
	int rc = gather_expr(g, kind, EXPR_IS_TRUTH, &q.of,
	                     "state == logged_in and known(duration_ms)");

	rc = rc != 0 ? rc : gather_expr(g, kind, EXPR_IS_NUMBER, &q.values[0], "duration_ms");
	q.keys[0] = cxm_field_named(kind, slice_of("agent"));
	return rc != 0 ? rc : gather_columns(g, &q, on_span, d);
}

static int read_cases(struct gather *g, struct desk *d)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__case__descriptor);
	struct store_columns q = { .range.kind = kind, .n_keys = 2 };

	q.keys[0] = cxm_field_named(kind, slice_of("customer"));
	q.keys[1] = cxm_field_named(kind, slice_of("closed_us"));
	return gather_columns(g, &q, on_case, d);
}

static int by_customer(const void *a, const void *b)
{
	const struct answered *x = a;
	const struct answered *y = b;
	int c = rows_order(x->customer, y->customer);

	c = c != 0 ? c : (x->at_us > y->at_us) - (x->at_us < y->at_us);
	c = c != 0 ? c : rows_order(x->contact, y->contact);
	return c != 0 ? c : rows_order(x->agent, y->agent);
}

static int by_who(const void *a, const void *b)
{
	const struct stretch *x = a;
	const struct stretch *y = b;
	int c = rows_order(x->who, y->who);

	return c != 0 ? c : (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

enum cover { COVER_NONE, COVER_OTHER_TIMES, COVER_NOW };

/* Is there a stretch of `who` around an instant? */
static enum cover cover_of(const struct rows *stretches, uint64_t who, int64_t at_us)
{
	const struct stretch *s = stretches->at;
	enum cover found = COVER_NONE;
	size_t low = 0;
	size_t high = stretches->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s[middle].who < who) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (; low < stretches->n && s[low].who == who && s[low].from_us <= at_us; low++) {
		if (s[low].to_us > at_us) {
			return COVER_NOW;
		}
		found = COVER_OTHER_TIMES;
	}
	return found;
}

/* Same customer, another contact, at most a week ago. */
static bool repeats(const struct answered *now, const struct answered *before)
{
	return now->customer == before->customer && now->contact != before->contact &&
	       now->at_us - before->at_us <= REPEAT_US;
}

/* a[i - 1] is who spoke with the customer last; a contact counts where it is answered first. */
static void count(struct gather *g, const struct desk *d)
{
	const struct answered *a = d->answered.at;

	for (size_t i = 1; i < d->answered.n; i++) {
		size_t day = gather_day_of(g, a[i].at_us);

		if (day == SIZE_MAX || !repeats(&a[i], &a[i - 1]) ||
		    cover_of(&d->cases, a[i].customer, a[i].at_us) == COVER_OTHER_TIMES ||
		    cover_of(&d->logged_in, a[i - 1].agent, a[i].at_us) != COVER_NOW) {
			continue;
		}
		g->to->days[day].n++;
		g->to->days[day].sum += a[i].agent == a[i - 1].agent;
	}
}

static int gather(struct gather *g)
{
	struct desk d = {
		.answered.size = sizeof(struct answered),
		.logged_in.size = sizeof(struct stretch),
		.cases.size = sizeof(struct stretch),
	};
	int rc = read_answered(g, &d);

	rc = rc != 0 ? rc : read_spans(g, &d);
	rc = rc != 0 ? rc : read_cases(g, &d);
	if (rc == 0) {
		rows_sort(&d.answered, by_customer);
		rows_sort(&d.logged_in, by_who);
		rows_sort(&d.cases, by_who);
		count(g, &d);
	}
	free(d.answered.at);
	free(d.logged_in.at);
	free(d.cases.at);
	return rc;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct stats_day total = stats_total(t->days, t->n_days);

	(void)seed;
	if (!(total.n > 0)) {
		return; /* nobody came again */
	}
	out->numerator = total.sum;
	out->denominator = total.n;
	out->value = total.sum / total.n;
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
		return;
	}
	out->phi = is->interval == MODEL_WILSON ? 1 : estimator_phi(is, rules, t);
	out->interval = estimator_share(rules, out);
}

const struct estimator estimator_affinity = {
	.name = "affinity",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_WILSON | 1 << MODEL_QUASI_WILSON,
	.reads = { { &cxm__queue_contact__descriptor, REPEAT_DAYS, 0, true },
	           { &cxm__agent_span__descriptor, REPEAT_DAYS, 0, true },
	           { &cxm__case__descriptor, 90, 0, false } },
	.gather = gather,
	.estimate = estimate,
};
