/* What the records say about what is not there: contacts whose end is not known, gaps by reason,
 * and rows that are left out because another source tells them. Counted by hand of the schema, so a
 * new reason appears by itself. */
#include "collector/score/gaps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector/score/evidence/tallies.h"
#include "collector/score/evidence/tally.h"
#include "cxmeter/reconcile.h"

#define UNKNOWN_END "unknown_end"

static int add_gap(struct scorecard *card, const char *name)
{
	struct score_gap *g;

	if (card->n_gaps == SCORE_GAPS_MAX) {
		return -E2BIG;
	}
	g = &card->gaps[card->n_gaps++];
	(void)snprintf(g->name, sizeof(g->name), "%s", name);
	return 0;
}

static void take(struct scorecard *card, const char *label, double rows)
{
	/* a contact without any outcome is one whose end is not known */
	const char *name = label[0] != '\0' ? label : UNKNOWN_END;

	for (size_t i = 0; i < card->n_gaps; i++) {
		if (strcmp(name, card->gaps[i].name) == 0) {
			card->gaps[i].count += (uint64_t)rows;
		}
	}
	/* other outcomes, and reasons of a newer agent, are not ours to name */
}

/* One counter for each name a state can have. */
static int add_states(struct scorecard *card, const struct cxm_field *state)
{
	const ProtobufCEnumDescriptor *names = state->pb->descriptor;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < names->n_values; i++) {
		char name[48];

		if (cxm_state_name(state, names->values[i].value, name, sizeof(name)) != NULL) {
			rc = add_gap(card, name);
		}
	}
	return rc;
}

static int gather(struct gather *g)
{
	struct gather_sums q = {
		.kind = g->e->from, .label = g->e->by, .count_at = 0, .whole_day = true
	};

	return gather_slots(g, &q);
}

static int count(struct scorecard *card, const struct cxm_kind *kind, const struct cxm_field *state,
                 const struct tally_source *from, struct fault *fault)
{
	static const struct estimator by_state = { .name = "gaps", .gather = gather };
	struct model_evidence e = { .estimator = &by_state,
		                    .from = kind,
		                    .by = state,
		                    .divisor = 1,
		                    .reads = { { .kind = kind } },
		                    .n_reads = 1,
		                    .hash = stats_fnv1a(kind->name) ^ stats_fnv1a("gaps") };
	struct model_indicator is = { .id = "gaps", .evidence = &e, .n_methods = 1 };
	struct tallies t;
	int rc = tally_fetch(&t, &is, &card->model->rules, from, fault);

	for (size_t i = 0; rc == 0 && i < t.n_slots; i++) {
		take(card, t.labels[t.slots[i].label], t.slots[i].sums[0]);
	}
	tally_free(&t);
	return rc;
}

/* A row stands back behind one of its own UTC day, so each day has its own number. */
static int gather_twice(struct gather *g)
{
	struct store *st = g->from->store;
	int rc = 0;

	for (size_t i = g->first; rc == 0 && i <= g->last; i++) {
		const struct store_range range = { g->e->from, g->from->site, g->starts_us[i],
			                           g->starts_us[i + 1] };
		uint64_t rows = 0;

		rc = st->ops->twice(st, &range, g->e->of, &rows, g->fault);
		g->to->days[i].n = (double)rows;
	}
	return rc;
}

/* Of those only: most days have no second source. */
static int gather_different(struct gather *g)
{
	int rc = gather_twice(g);

	for (size_t i = g->first; rc == 0 && i <= g->last; i++) {
		const struct store_range range = { g->e->from, g->from->site, g->starts_us[i],
			                           g->starts_us[i + 1] };
		uint64_t both = 0;
		uint64_t different = 0;

		if (g->to->days[i].n > 0) {
			rc = reconcile_count(&both, &different, g->from->store, &range, g->fault);
		}
		g->to->days[i].n = (double)different;
	}
	return rc;
}

static struct model_evidence of_kind(const struct estimator *twice, const struct cxm_kind *kind)
{
	return (struct model_evidence){ .estimator = twice,
		                        .from = kind,
		                        .reads = { { .kind = kind } },
		                        .n_reads = 1,
		                        .hash = stats_fnv1a(kind->name) ^
		                                stats_fnv1a(twice->name) };
}

static int sum_days(uint64_t *rows, const struct model_evidence *e, const struct model_rules *rules,
                    const struct tally_source *from, struct fault *fault)
{
	struct model_indicator is = { .id = "twice", .evidence = e, .n_methods = 1 };
	struct tallies t;
	bool any = false;
	int rc;

	*rows = 0;
	rc = from->store->ops->twice != NULL ? tally_any(e->from, from, &any, fault) : 0;
	if (rc != 0 || !any) {
		return rc;
	}
	rc = tally_fetch(&t, &is, rules, from, fault);
	for (size_t i = 0; rc == 0 && i < t.n_days; i++) {
		*rows += (uint64_t)t.days[i].n;
	}
	tally_free(&t);
	return rc;
}

int gaps_twice(uint64_t *rows, const struct cxm_kind *kind, const struct expr *of,
               const struct model_rules *rules, const struct tally_source *from,
               struct fault *fault)
{
	/* what only one page asks about some of the rows is not kept */
	const struct estimator twice = { .name = "told twice",
		                         .gather = gather_twice,
		                         .uncached = of != NULL };

	struct model_evidence e = of_kind(&twice, kind);

	e.of = of;
	return sum_days(rows, &e, rules, from, fault);
}

static int add_count(struct scorecard *card, const struct cxm_kind *kind, const char *what,
                     uint64_t count)
{
	char name[sizeof(card->gaps->name)];
	int rc;

	(void)snprintf(name, sizeof(name), "%s%s", kind->table, what);
	rc = add_gap(card, name);
	if (rc == 0) {
		card->gaps[card->n_gaps - 1].count = count;
	}
	return rc;
}

/* "survey_told_twice"; only where there are any, for most sites have one source of each kind. */
static int add_twice(struct scorecard *card, const struct cxm_catalog *catalog,
                     const struct tally_source *from, struct fault *fault)
{
	static const struct estimator different = { .name = "told differently",
		                                    .gather = gather_different };
	const struct model_rules *rules = &card->model->rules;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < catalog->n_kinds; i++) {
		const struct cxm_kind *kind = &catalog->kinds[i];
		const struct model_evidence e = of_kind(&different, kind);
		uint64_t rows;

		rc = gaps_twice(&rows, kind, NULL, rules, from, fault);
		if (rc != 0 || rows == 0) {
			continue;
		}
		rc = add_count(card, kind, GAPS_TOLD_TWICE, rows);
		rc = rc != 0 ? rc : sum_days(&rows, &e, rules, from, fault);
		if (rc == 0 && rows > 0) {
			rc = add_count(card, kind, GAPS_TOLD_DIFFERENTLY, rows);
		}
	}
	return rc;
}

static int add_ahead(struct scorecard *card)
{
	int rc = card->window.dated_ahead > 0 ? add_gap(card, GAPS_DATED_AHEAD) : 0;

	if (rc == 0 && card->window.dated_ahead > 0) {
		card->gaps[card->n_gaps - 1].count = card->window.dated_ahead;
	}
	return rc;
}

int gaps_count(struct scorecard *card, const struct cxm_catalog *catalog,
               const struct tally_source *from, struct fault *fault)
{
	const struct cxm_kind *contact = cxm_kind_named(catalog, SLICE("QueueContact"));
	const struct cxm_kind *gap = cxm_kind_named(catalog, SLICE("Gap"));
	const struct cxm_field *outcome =
		contact != NULL ? cxm_field_named(contact, SLICE("outcome")) : NULL;
	const struct cxm_field *reason = gap != NULL ? cxm_field_named(gap, SLICE("reason")) : NULL;
	int rc;

	card->n_gaps = 0;
	if (outcome == NULL || reason == NULL || outcome->type != CXM_STATE ||
	    reason->type != CXM_STATE) {
		return 0; /* another schema has no such records */
	}
	rc = add_gap(card, "pbx_stopped");
	rc = rc != 0 ? rc : add_gap(card, UNKNOWN_END);
	rc = rc != 0 ? rc : count(card, contact, outcome, from, fault);
	rc = rc != 0 ? rc : add_states(card, reason);
	rc = rc != 0 ? rc : count(card, gap, reason, from, fault);
	rc = rc != 0 ? rc : add_ahead(card);
	return rc != 0 ? rc : add_twice(card, catalog, from, fault);
}
