/* "Not applicable" by attestation (docs/scoring.md, "Not applicable"); see applicability.h. */
#include "collector/score/applicability.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/score/attestation.h"
#include "common/when.h"

/* The newest statement about one indicator so far. */
struct newest {
	bool any;
	bool not_applicable;
	int64_t at_us;
	char role[SCORE_ROLE_SIZE];
};

struct reading {
	struct scored *list;
	size_t n;
	int32_t day; /* that is scored */
	struct newest found[MODEL_INDICATORS_MAX];
};

static bool may_leave(const struct scored *s)
{
	return s->is->not_applicable_if != NULL;
}

/* A role is for people: cut between characters, never inside one. */
static void keep_role(char out[SCORE_ROLE_SIZE], const char *role)
{
	size_t len = role != NULL ? strlen(role) : 0;

	len = len < SCORE_ROLE_SIZE ? len : SCORE_ROLE_SIZE - 1;
	while (len > 0 && !cxm_utf8_valid((struct slice){ role, len })) {
		len--;
	}
	(void)snprintf(out, SCORE_ROLE_SIZE, "%.*s", (int)len, len > 0 ? role : "");
}

static int on_row(void *arg, const ProtobufCMessage *m)
{
	struct reading *r = arg;
	const Cxm__Attestation *a = (const Cxm__Attestation *)m;

	for (size_t i = 0; i < r->n; i++) {
		struct newest *f = &r->found[i];
		bool away = a->has_not_applicable && a->not_applicable;

		if (!may_leave(&r->list[i]) || strcmp(r->list[i].is->id, a->indicator) != 0 ||
		    !attestation_counts(a, r->day)) {
			continue;
		}
		if (f->any && f->at_us == a->at_us) {
			f->not_applicable &= away; /* two at once must agree */
		} else if (!f->any || f->at_us < a->at_us) {
			*f = (struct newest){ true, away, a->at_us, "" };
			keep_role(f->role, a->signer_role);
		}
	}
	return 0;
}

static void apply(struct scored *s, const struct newest *f)
{
	if (!f->any || !f->not_applicable) {
		return;
	}
	s->attested =
		(struct score_reason){ .why = s->got.n > 0 ? WHY_CONTRADICTED : WHY_ATTESTED_AWAY,
		                       .is = s->is,
		                       .have = s->got.n,
		                       .day = when_day_of(f->at_us) };
	(void)snprintf(s->attested.role, sizeof(s->attested.role), "%s", f->role);
	if (s->attested.why == WHY_ATTESTED_AWAY) {
		s->status = SCORE_NOT_APPLICABLE;
		s->reason = s->attested;
	}
}

int applicability_apply(struct scored *list, size_t n, const struct cxm_catalog *catalog,
                        const struct tally_source *from, struct fault *fault)
{
	const struct cxm_kind *kind = cxm_kind_named(catalog, SLICE("Attestation"));
	struct reading r = { .list = list, .n = n, .day = from->window->to_day };
	struct store_range range = {
		.kind = kind,
		.site = from->site,
		.from_us = when_day_start_us(from->window->to_day - ATTESTATION_DAYS_MAX),
		.to_us = when_day_start_us(from->window->to_day + 1),
	};
	bool any = false;
	int rc;

	for (size_t i = 0; i < n; i++) {
		any |= may_leave(&list[i]);
	}
	if (!any || kind == NULL || kind->pb != &cxm__attestation__descriptor) {
		return 0;
	}
	rc = from->store->ops->rows(from->store, &range, on_row, &r, fault);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		apply(&list[i], &r.found[i]);
	}
	return rc;
}
