/* From names to fields; see import_plan.h. The mapping goes first; a name that it uses nowhere may
 * be that of a field itself. */
#include "proto/import_plan.h"

#include <errno.h>

#include "proto/csv.h"

_Static_assert(CSV_FIELDS_MAX <= 256, "used[] of a plan");

struct planning {
	struct plan *plan;
	const struct import_rules *rules;
	const struct plan_input *in;
	bool used[CSV_FIELDS_MAX]; /* by a column of the mapping */
};

bool plan_fills(const struct plan *plan, const struct cxm_field *f)
{
	for (size_t i = 0; i < plan->n; i++) {
		if (plan->outputs[i].field == f) {
			return true;
		}
	}
	return false;
}

static int two(const struct planning *p, const struct cxm_field *f, struct fault *fault)
{
	return fault_set(fault, -EINVAL, "two %s fill %s; rename or remove one", p->in->what,
	                 f->name);
}

static int add(struct planning *p, const struct plan_output *o, struct fault *fault)
{
	if (plan_fills(p->plan, o->field)) {
		return two(p, o->field, fault);
	}
	p->plan->outputs[p->plan->n++] = *o;
	return 0;
}

/* The column of a name; PLAN_NO_PART when it is not there, and -EINVAL when it is there twice. */
static int find(struct planning *p, const char *name, size_t *at)
{
	*at = PLAN_NO_PART;
	for (size_t i = 0; i < p->in->n; i++) {
		if (slice_ieq(p->in->names[i], slice_of(name))) {
			if (*at != PLAN_NO_PART) {
				return -EINVAL;
			}
			p->used[i] = true;
			*at = i;
		}
	}
	return 0;
}

static int missing(const struct import_column *c, const char *name, struct fault *fault)
{
	return fault_set(fault, -EINVAL, "no column %s, which the mapping to %s needs", name,
	                 c->to);
}

static int plan_column(struct planning *p, const struct import_column *c, struct fault *fault)
{
	struct plan_output o = { .field = cxm_field_named(p->rules->kind, slice_of(c->to)),
		                 .column = c };

	for (size_t i = 0; i <= c->n_more && i < SHAPE_PARTS_MAX; i++) {
		const char *name = i == 0 ? c->from : c->more[i - 1];

		if (find(p, name, &o.parts[i]) != 0) {
			return two(p, o.field, fault);
		}
		if (o.parts[i] == PLAN_NO_PART && i == 0) {
			return p->in->strict && c->skip_empty ? missing(c, name, fault) : 0;
		}
		if (o.parts[i] == PLAN_NO_PART && p->in->strict) {
			return missing(c, name, fault);
		}
		o.n_parts++;
	}
	return add(p, &o, fault);
}

static int plan_columns(struct planning *p, bool until, struct fault *fault)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->rules->n_columns; i++) {
		const struct import_column *c = &p->rules->columns[i];

		rc = (c->shape.form == SHAPE_UNTIL) == until ? plan_column(p, c, fault) : 0;
	}
	return rc;
}

static int plan_names(struct planning *p, struct fault *fault)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->in->n; i++) {
		struct plan_output o = { .parts = { i }, .n_parts = 1 };
		const struct cxm_kind *kind = p->rules->kind;

		for (size_t k = 0; !p->used[i] && k < kind->n_fields; k++) {
			if (slice_ieq(p->in->names[i], slice_of(kind->fields[k].name))) {
				o.field = &kind->fields[k];
			}
		}
		if (o.field != NULL) {
			rc = add(p, &o, fault);
		} else if (!p->used[i]) {
			p->in->ignored(p->in->arg, p->in->names[i]);
		}
	}
	return rc;
}

/* Marks the columns of the mapping that tell how long something takes, which are planned last. */
static void reserve_late(struct planning *p)
{
	for (size_t i = 0; i < p->rules->n_columns; i++) {
		const struct import_column *c = &p->rules->columns[i];
		size_t at;

		for (size_t k = 0; c->shape.form == SHAPE_UNTIL && k <= c->n_more; k++) {
			(void)find(p, k == 0 ? c->from : c->more[k - 1], &at);
		}
	}
}

int plan_make(struct plan *plan, const struct import_rules *rules, const struct plan_input *in,
              struct fault *fault)
{
	struct planning p = { .plan = plan, .rules = rules, .in = in };
	int rc;

	plan->n = 0;
	rc = plan_columns(&p, false, fault);
	if (rc == 0) {
		reserve_late(&p);
		rc = plan_names(&p, fault);
	}
	return rc == 0 ? plan_columns(&p, true, fault) : rc;
}
