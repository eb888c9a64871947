/* Visits to self-service; see ivr.h. Owns nothing. */
#include "agent/track/ivr.h"

#include <stdio.h>

#include "agent/track/emit.h"
#include "agent/track/labels.h"
#include "common/siphash.h"
#include "common/unconst.h"

#define DIGITS_SHOWN 3 /* in a row; a PIN has four (ISO 9564-1, 4 to 12) */

void ivr_step_name(struct slice raw, char out[IVR_STEP_BYTES])
{
	size_t n = label_clean(raw, out, IVR_STEP_BYTES);
	size_t run = 0;

	for (size_t i = 0; i < n; i++) {
		run = out[i] >= '0' && out[i] <= '9' ? run + 1 : 0;
		if (out[i] == '>' || (unsigned char)out[i] < ' ') {
			out[i] = '_'; /* `>` joins steps */
		}
		if (run > DIGITS_SHOWN) {
			(void)snprintf(out, IVR_STEP_BYTES, "number");
			return;
		}
	}
	if (n == 0) {
		(void)snprintf(out, IVR_STEP_BYTES, "ivr");
	}
}

static bool in_menu(const struct call_rules *r, const struct cel_event *e)
{
	return call_rules_match(r->menus, e->context);
}

static bool in_task(const struct call_rules *r, const struct cel_event *e)
{
	return !in_menu(r, e) && call_rules_match(r->tasks, e->context);
}

/* A caller who hangs up between the answer and the first prompt has seen no menu: that it ends
 * there does not begin a visit. */
bool ivr_begins(const struct call_rules *r, const struct cel_event *e)
{
	if (e->type == CEL_USER && call_rules_event(r->visit_events, e->user, e->extra)) {
		return true;
	}
	return (e->type == CEL_APP_START || e->type == CEL_USER) &&
	       (in_menu(r, e) || in_task(r, e));
}

void ivr_begin(struct ivr_visit *v, uint64_t leg, int64_t answer_us, const struct cel_event *e)
{
	*v = (struct ivr_visit){
		.live = true, .leg = leg, .at_us = e->at_us, .answer_us = answer_us
	};
}

static void add_step(struct ivr_visit *v, struct slice raw)
{
	char name[IVR_STEP_BYTES];
	size_t used = strlen(v->path);
	size_t need;

	ivr_step_name(raw, name);
	if (strcmp(v->last_step, name) == 0) {
		return; /* still there */
	}
	need = strlen(name) + (used > 0 ? 1 : 0);
	memcpy(v->last_step, name, sizeof(name));
	v->steps++;
	if (v->flow[0] == '\0') {
		memcpy(v->flow, name, sizeof(name));
	}
	if (used + need < sizeof(v->path)) { /* a caller who goes round in circles: the beginning */
		(void)snprintf(v->path + used, sizeof(v->path) - used, "%s%s", used > 0 ? ">" : "",
		               name);
	}
}

static uint64_t hash_of(struct slice context)
{
	static const struct siphash_key key; /* of the dialplan, so nobody attacks it */

	return siphash13(&key, context.at, context.len);
}

/* What a visit event calls the menu it is raised in holds for that context. The context's own name
 * would be a second menu, and who asks for a person there would not have done so at the first. */
static void name_place(struct ivr_visit *v, const struct cel_event *e)
{
	v->named_in = hash_of(e->context);
	ivr_step_name(e->extra, v->named);
}

static void enter_menu(struct ivr_visit *v, const struct call_rules *r, const struct cel_event *e)
{
	add_step(v, v->named_in != 0 && v->named_in == hash_of(e->context)
	                    ? slice_of(v->named)
	                    : call_rules_rest(r->tasks, e->context));
}

static void start_task(struct ivr_visit *v, int64_t at_us)
{
	v->task_started = true;
	v->value_us = v->value_us == 0 ? at_us : v->value_us;
}

static void ask_for_person(struct ivr_visit *v, int64_t at_us)
{
	if (!v->zero_out) {
		v->first_menu_only = v->steps <= 1 && !v->task_started;
		v->left_us = at_us;
	}
	v->zero_out = true;
}

static void on_user_event(struct ivr_visit *v, const struct call_rules *r,
                          const struct cel_event *e)
{
	if (call_rules_event(r->visit_events, e->user, e->extra)) {
		add_step(v, e->extra);
		name_place(v, e);
	} else if (call_rules_event(r->task_events, e->user, e->extra)) {
		start_task(v, e->at_us);
		add_step(v, e->extra);
	} else if (call_rules_event(r->done_events, e->user, e->extra)) {
		start_task(v, e->at_us);
		add_step(v, e->extra);
		v->task_completed = true;
	} else if (call_rules_event(r->operator_events, e->user, e->extra)) {
		ask_for_person(v, e->at_us);
	} else if (call_rules_event(r->callback_events, e->user, e->extra)) {
		v->callback = true;
		v->left_us = v->left_us == 0 ? e->at_us : v->left_us;
	}
	v->identified = v->identified || call_rules_event(r->identified_events, e->user, e->extra);
	v->recognised = v->recognised || call_rules_event(r->recognised_events, e->user, e->extra);
	v->invalid_inputs += call_rules_event(r->invalid_events, e->user, e->extra) ? 1 : 0;
	v->timeout_inputs += call_rules_event(r->timeout_events, e->user, e->extra) ? 1 : 0;
}

/* Where the channel is, as far as the line says: the end of a channel says where it was. */
static bool tells_place(const struct cel_event *e)
{
	return e->type == CEL_APP_START || e->type == CEL_USER;
}

void ivr_event(struct ivr_visit *v, const struct call_rules *r, const struct cel_event *e)
{
	bool named = e->type == CEL_USER && (call_rules_event(r->visit_events, e->user, e->extra) ||
	                                     call_rules_event(r->task_events, e->user, e->extra) ||
	                                     call_rules_event(r->done_events, e->user, e->extra));

	if (tells_place(e) && in_task(r, e)) {
		start_task(v, e->at_us);
		add_step(v, named ? e->extra : call_rules_rest(r->tasks, e->context));
	} else if (tells_place(e) && in_menu(r, e) && !named) {
		enter_menu(v, r, e);
	}
	if (e->type == CEL_APP_START && call_rules_match(r->operators, e->context)) {
		ask_for_person(v, e->at_us);
	}
	if (e->type == CEL_USER) {
		on_user_event(v, r, e);
	}
}

void ivr_queued(struct ivr_visit *v, const struct cel_event *e)
{
	v->value_us = v->value_us == 0 ? e->at_us : v->value_us;
	v->left_us = v->left_us == 0 ? e->at_us : v->left_us;
}

Cxm__SelfServiceVisit__Outcome ivr_outcome(const struct ivr_visit *v, enum ivr_hangup who)
{
	if (v->task_completed) {
		return CXM__SELF_SERVICE_VISIT__OUTCOME__CONTAINED;
	}
	if (v->zero_out) {
		return CXM__SELF_SERVICE_VISIT__OUTCOME__OPERATOR;
	}
	if (v->callback) {
		return CXM__SELF_SERVICE_VISIT__OUTCOME__CALL_BACK;
	}
	switch (who) {
	case IVR_HANGUP_CALLER:
		return CXM__SELF_SERVICE_VISIT__OUTCOME__ABANDONED;
	case IVR_HANGUP_US:
		return CXM__SELF_SERVICE_VISIT__OUTCOME__DISCONNECTED;
	case IVR_HANGUP_UNKNOWN:
	default:
		return CXM__SELF_SERVICE_VISIT__OUTCOME__UNKNOWN_END;
	}
}

void ivr_fill(const struct ivr_visit *v, Cxm__SelfServiceVisit__Outcome outcome, int64_t end_us,
              Cxm__SelfServiceVisit *out)
{
	int64_t from_us = v->answer_us > 0 && v->answer_us < v->at_us ? v->answer_us : v->at_us;

	out->at_us = v->at_us;
	out->flow = unconst(v->flow);
	out->has_outcome = 1;
	out->outcome = outcome;
	out->has_duration_ms = outcome != CXM__SELF_SERVICE_VISIT__OUTCOME__UNKNOWN_END;
	out->duration_ms = emit_ms(v->at_us, v->left_us > 0 ? v->left_us : end_us);
	out->has_first_value_ms = v->value_us > 0;
	out->first_value_ms = emit_ms(from_us, v->value_us);
	out->has_task_started = 1;
	out->task_started = v->task_started;
	out->has_task_completed = 1;
	out->task_completed = v->task_completed;
	out->has_zero_out = 1;
	out->zero_out = v->zero_out;
	out->has_invalid_inputs = 1;
	out->invalid_inputs = v->invalid_inputs;
	out->has_timeout_inputs = 1;
	out->timeout_inputs = v->timeout_inputs;
	out->has_identified = 1;
	out->identified = v->identified;
	out->has_context_collected = 1;
	out->context_collected = v->identified || v->recognised || v->task_started;
	out->path = v->path[0] != '\0' ? unconst(v->path) : NULL;
	out->last_step = v->last_step[0] != '\0' ? unconst(v->last_step) : NULL;
	out->has_first_menu_only = 1;
	out->first_menu_only = v->first_menu_only;
}
