/* What the records say about what is not there: contacts whose end is not known, and gaps by
 * reason. Counted by hand of the schema, so a new reason appears by itself. */
#include "collector/score/gaps.h"

#include <errno.h>
#include <stdio.h>

#include "collector/score/tally.h"

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

static int on_group(void *arg, const struct store_tally_row *row)
{
	struct scorecard *card = arg;
	/* a contact without any outcome is one whose end is not known */
	struct slice name = row->group.len > 0 ? row->group : SLICE(UNKNOWN_END);

	for (size_t i = 0; i < card->n_gaps; i++) {
		if (slice_eq(name, slice_of(card->gaps[i].name))) {
			card->gaps[i].count += row->n;
		}
	}
	return 0; /* other outcomes, and reasons of a newer agent, are not ours to name */
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

static int count(struct scorecard *card, const struct cxm_kind *kind, const struct cxm_field *state,
                 const struct tally_source *from, struct fault *fault)
{
	struct tally_days days;
	struct store_tally q = { .range = { .kind = kind, .site = from->site }, .group = state };

	tally_days_of(from->window, &days);
	q.range.from_us = days.starts_us[0];
	q.range.to_us = days.starts_us[days.n_days];
	return from->store->ops->tally(from->store, &q, on_group, card, fault);
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
	return rc != 0 ? rc : count(card, gap, reason, from, fault);
}
