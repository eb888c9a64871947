/* Arrivals, logins and targets of each day; see staffing.h. */
#include "collector/score/estimators/staffing_items.h"

#define MINUTE_US (INT64_C(60) * 1000000)

struct span {
	uint64_t agent;
	int64_t from_us;
	int64_t to_us;
};

struct member {
	size_t day;
	uint64_t agent;
	uint64_t queue;
};

struct desk {
	struct rows spans;
	struct rows members;
	uint64_t no_queue[2]; /* labels that name none */
};

static int read_contacts(struct gather *g)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__queue_contact__descriptor);
	static const char *const sums[] = { "outcome == answered and known(talk_ms)",
		                            "talk_ms",
		                            "hold_ms",
		                            "wrap_ms",
		                            "outcome == abandoned",
		                            "wait_ms" };
	struct gather_sums q = {
		.kind = kind,
		.label = cxm_field_named(kind, slice_of("queue")),
		.n_sums = sizeof(sums) / sizeof(sums[0]),
		.at = STAFFING_HANDLED,
		.count_at = STAFFING_ARRIVALS,
	};
	int rc = gather_expr(g, kind, EXPR_IS_TRUTH, &q.of,
	                     "not (outcome in (unknown_end, pbx_stopped))");

	for (size_t i = 0; rc == 0 && i < q.n_sums; i++) {
		rc = gather_expr(g, kind, EXPR_IS_NUMBER, &q.sums[i], "%s", sums[i]);
	}
	rc = rc != 0 ? rc : gather_slots(g, &q);
	for (size_t i = 0; rc == 0 && i < g->to->n_slots; i++) {
		const struct tally_slot *s = &g->to->slots[i];

		if (s->day >= g->first && s->day <= g->last) {
			g->to->days[s->day].n += s->sums[STAFFING_ARRIVALS] > 0;
		}
	}
	return rc;
}

static int add_member(struct gather *g, struct desk *d, int64_t at_us, uint64_t agent,
                      uint64_t queue)
{
	struct member m = { gather_day_of(g, at_us), agent, queue };

	if (queue == d->no_queue[0] || queue == d->no_queue[1]) {
		return 0;
	}
	/* a login from before the run serves on its first day */
	m.day = m.day != SIZE_MAX ? m.day : g->first;
	return rows_add(&d->members, &m);
}

static int on_span(struct gather *g, void *arg, const struct store_columns_row *row)
{
	struct desk *d = arg;
	struct span s = { row->keys[0], row->time_us,
		          row->time_us + (int64_t)(row->values[0] * 1000) };
	const struct cxm_kind *kind = gather_kind(g, &cxm__agent_span__descriptor);
	int rc = 0;

	if (s.to_us <= g->starts_us[g->first]) {
		return 0;
	}
	/* who stays logged in serves the queue on each day */
	for (size_t i = g->first; rc == 0 && i <= g->last && g->starts_us[i] < s.to_us; i++) {
		if (g->starts_us[i + 1] > s.from_us) {
			gather_seen(g, i, kind, 1);
			rc = add_member(g, d, g->starts_us[i], s.agent, row->keys[1]);
		}
	}
	return rc != 0 ? rc : rows_add(&d->spans, &s);
}

static int on_answered(struct gather *g, void *arg, const struct store_columns_row *row)
{
	size_t day = gather_day_of(g, row->time_us);

	return day != SIZE_MAX && row->has_key[0]
	               ? add_member(g, arg, row->time_us, row->keys[0], row->keys[1])
	               : 0;
}

static int read_agents(struct gather *g, struct desk *d)
{
	const struct cxm_kind *spans = gather_kind(g, &cxm__agent_span__descriptor);
	const struct cxm_kind *contacts = gather_kind(g, &cxm__queue_contact__descriptor);
	struct store_columns logins = { .range.kind = spans, .n_keys = 2, .n_values = 1 };
	struct store_columns answers = { .range.kind = contacts, .n_keys = 2 };
	int rc = gather_expr(g, spans, EXPR_IS_TRUTH, &logins.of,
	                     "state == logged_in and known(duration_ms)");

	rc = rc != 0 ? rc : gather_expr(g, spans, EXPR_IS_NUMBER, &logins.values[0], "duration_ms");
	rc = rc != 0 ? rc
	             : gather_expr(g, contacts, EXPR_IS_TRUTH, &answers.of, "outcome == answered");
	logins.keys[0] = cxm_field_named(spans, slice_of("agent"));
	logins.keys[1] = cxm_field_named(spans, slice_of("queue"));
	answers.keys[0] = cxm_field_named(contacts, slice_of("agent"));
	answers.keys[1] = cxm_field_named(contacts, slice_of("queue"));
	rc = rc != 0 ? rc : gather_columns(g, &logins, on_span, d);
	return rc != 0 ? rc : gather_columns(g, &answers, on_answered, d);
}

static int on_target(struct gather *g, void *arg, const ProtobufCMessage *m)
{
	const Cxm__Target *target = (const Cxm__Target *)m;
	int rc = 0;

	(void)arg;
	if (strcmp(target->metric, "service_level") != 0 || !target->has_threshold_ms ||
	    !target->has_value || !(target->value > 0 && target->value < 1)) {
		return 0;
	}
	for (size_t i = g->first; rc == 0 && i <= g->last; i++) {
		struct tally_item item = { .day = (uint32_t)i,
			                   .tag = STAFFING_TARGET,
			                   .a = stats_fnv1a(target->queue),
			                   .b = (uint64_t)target->at_us,
			                   .x = { target->value, target->threshold_ms } };

		if (target->at_us < g->starts_us[i + 1] &&
		    (!target->has_valid_to_us || target->valid_to_us > g->starts_us[i])) {
			rc = gather_add_item(g, &item);
		}
	}
	return rc;
}

static int by_agent(const void *a, const void *b)
{
	const struct span *x = a;
	const struct span *y = b;
	int c = rows_order(x->agent, y->agent);

	return c != 0 ? c : (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

static int by_day(const void *a, const void *b)
{
	const struct member *x = a;
	const struct member *y = b;
	int c = rows_order(x->day, y->day);

	c = c != 0 ? c : rows_order(x->agent, y->agent);
	return c != 0 ? c : rows_order(x->queue, y->queue);
}

static int keep_members(struct gather *g, struct rows *r)
{
	const struct member *m = r->at;
	int rc = 0;

	rows_sort(r, by_day);
	for (size_t i = 0; rc == 0 && i < r->n; i++) {
		struct tally_item item = { .day = (uint32_t)m[i].day,
			                   .tag = STAFFING_MEMBER,
			                   .a = m[i].agent,
			                   .b = m[i].queue };

		if (i == 0 || by_day(&m[i - 1], &m[i]) != 0) {
			rc = gather_add_item(g, &item);
		}
	}
	return rc;
}

/* The part of a stretch in each interval of the run, as items of the agent. */
static int keep_stretch(struct gather *g, uint64_t agent, int64_t from_us, int64_t to_us)
{
	int64_t slot_us = g->rules->interval_minutes * MINUTE_US;
	int rc = 0;

	from_us = from_us > g->starts_us[g->first] ? from_us : g->starts_us[g->first];
	to_us = to_us < g->starts_us[g->last + 1] ? to_us : g->starts_us[g->last + 1];
	while (rc == 0 && from_us < to_us) {
		size_t day = gather_day_of(g, from_us);
		int64_t slot = (from_us - g->starts_us[day]) / slot_us;
		int64_t next_us = g->starts_us[day] + (slot + 1) * slot_us;
		struct tally_item item = { .day = (uint32_t)day,
			                   .tag = STAFFING_PRESENT,
			                   .a = agent,
			                   .b = (uint64_t)slot };

		next_us = next_us < g->starts_us[day + 1] ? next_us : g->starts_us[day + 1];
		next_us = next_us < to_us ? next_us : to_us;
		item.x[0] = (double)(next_us - from_us) / 1000;
		rc = gather_add_item(g, &item);
		from_us = next_us;
	}
	return rc;
}

/* An agent logged in to three queues at once is there once. */
static int keep_presence(struct gather *g, struct rows *r)
{
	const struct span *s = r->at;
	int64_t covered_us = 0;
	int rc = 0;

	rows_sort(r, by_agent);
	for (size_t i = 0; rc == 0 && i < r->n; i++) {
		bool same = i > 0 && s[i].agent == s[i - 1].agent;
		int64_t from_us = same && covered_us > s[i].from_us ? covered_us : s[i].from_us;

		if (from_us < s[i].to_us) {
			rc = keep_stretch(g, s[i].agent, from_us, s[i].to_us);
		}
		covered_us = same && covered_us > s[i].to_us ? covered_us : s[i].to_us;
	}
	return rc;
}

int staffing_gather(struct gather *g)
{
	struct desk d = {
		.spans.size = sizeof(struct span),
		.members.size = sizeof(struct member),
		.no_queue = { stats_fnv1a(""), stats_fnv1a("NONE") },
	};
	int rc = read_contacts(g);

	rc = rc != 0 ? rc : read_agents(g, &d);
	rc = rc != 0 ? rc : keep_members(g, &d.members);
	rc = rc != 0 ? rc : keep_presence(g, &d.spans);
	rc = rc != 0 ? rc
	             : gather_rows(g, gather_kind(g, &cxm__target__descriptor), on_target, NULL);
	free(d.spans.at);
	free(d.members.at);
	return tally_explain(rc, g->e, g->fault);
}
