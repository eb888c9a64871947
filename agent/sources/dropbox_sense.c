/* What a row cannot mean; see dropbox_sense.h. The rules are tables over field names, so a field
 * that a kind does not have is no concern of theirs. */
#include "agent/sources/dropbox_sense.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "proto/evidence.pb-c.h"

#define YEAR_1990_US INT64_C(631152000000000)
#define YEAR_2100_US INT64_C(4102444800000000)
#define NPS_MAX      10 /* Reichheld 2003: 0 to 10 */
#define SEVERITY_MAX 4  /* evidence.proto: Posture.severity */

/* `later` is not before `earlier`, or not less than it, where both are there. */
static const struct order {
	const char *kind;
	const char *earlier;
	const char *later;
} orders[] = {
	{ "Survey", "at_us", "followed_up_us" },
	{ "Case", "at_us", "closed_us" },
	{ "Case", "at_us", "reopened_us" },
	{ "KnowledgeUse", "article_created_us", "article_reviewed_us" },
	{ "Target", "at_us", "valid_to_us" },
	{ "ReportedFigure", "at_us", "to_us" },
	{ "Attestation", "at_us", "expires_us" },
	{ "RegisterEntry", "at_us", "closed_us" },
	{ "Alert", "at_us", "acknowledged_us" },
	{ "Alert", "at_us", "cleared_us" },
	{ "Callback", "at_us", "attempt_us" },
	{ "Callback", "from_us", "due_us" },
	{ "BusinessFigure", "at_us", "to_us" },
	{ "Gap", "at_us", "to_us" },
	{ "Presence", "available_ms", "open_ms" },
	{ "Posture", "part", "whole" },
};

static struct cxm_value value_of(const struct cxm_kind *kind, const ProtobufCMessage *m,
                                 const char *name)
{
	const struct cxm_field *f = cxm_field_named(kind, slice_of(name));

	return f != NULL ? cxm_field_get(m, f) : (struct cxm_value){ .present = false };
}

static int sense_orders(const struct cxm_kind *kind, const ProtobufCMessage *m, struct fault *fault)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const struct order *o = &orders[i];
		struct cxm_value earlier;
		struct cxm_value later;

		if (strcmp(o->kind, kind->name) != 0) {
			continue;
		}
		earlier = value_of(kind, m, o->earlier);
		later = value_of(kind, m, o->later);
		if (earlier.present && later.present && later.i < earlier.i) {
			return fault_set(fault, -EINVAL, "%s: less than %s, or before it", o->later,
			                 o->earlier);
		}
	}
	return 0;
}

static int sense_fields(const struct cxm_kind *kind, const ProtobufCMessage *m, struct fault *fault)
{
	for (size_t i = 0; i < kind->n_fields; i++) {
		const struct cxm_field *f = &kind->fields[i];
		struct cxm_value v = cxm_field_get(m, f);

		if (!v.present) {
			continue;
		}
		if (f->unit == CXM_TIME && (v.i < YEAR_1990_US || v.i >= YEAR_2100_US)) {
			return fault_set(
				fault, -EINVAL,
				"%s: a time before 1990 or after 2100: is it written in "
				"another form or unit? give the column a `format` or `unit`",
				f->name);
		}
	}
	return 0;
}

/* The scale is what the row says, else what the kind of question has; a CSAT has none of its own.
 */
static int sense_survey(const Cxm__Survey *s, struct fault *fault)
{
	bool fixed = s->kind == CXM__SURVEY__KIND__NPS || s->kind == CXM__SURVEY__KIND__FCR;
	double low = s->has_scale_min ? s->scale_min : fixed ? 0 : -INFINITY;
	double high = s->has_scale_max                    ? s->scale_max
	              : s->kind == CXM__SURVEY__KIND__NPS ? NPS_MAX
	              : fixed                             ? 1
	                                                  : INFINITY;

	if (s->has_scale_min && s->has_scale_max && s->scale_min >= s->scale_max) {
		return fault_set(fault, -EINVAL, "scale_max: not above scale_min");
	}
	return !s->has_value || (s->value >= low && s->value <= high)
	               ? 0
	               : fault_set(fault, -EINVAL, "value: outside of the scale");
}

int dropbox_sense(const struct cxm_kind *kind, const ProtobufCMessage *m, struct fault *fault)
{
	struct cxm_value severity = value_of(kind, m, "severity");
	int rc = sense_fields(kind, m, fault);

	if (rc == 0) {
		rc = sense_orders(kind, m, fault);
	}
	if (rc == 0 && m->descriptor == &cxm__survey__descriptor) {
		rc = sense_survey((const Cxm__Survey *)m, fault);
	}
	if (rc == 0 && m->descriptor == &cxm__posture__descriptor && severity.present &&
	    severity.i > SEVERITY_MAX) {
		rc = fault_set(fault, -EINVAL, "severity: above 4");
	}
	return rc;
}
