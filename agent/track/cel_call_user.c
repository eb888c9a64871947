/*
 * What the dialplan's own events and applications say of a call: survey, callback, payment, and
 * whether the customer was recognised. See call_state.h; which words mean what is call_rules.h's.
 */
#include <string.h>

#include "agent/track/call_state.h"
#include "agent/track/labels.h"

#define ANSWER_MAX_BYTES 3 /* of a survey: longer is no answer, and might be a number or a PIN */
#define US_PER_MS        1000

/* ---- survey ---- */

static void offer_survey(struct call *c, int64_t at_us)
{
	if (c->offered_us == 0) {
		c->offered_us = at_us;
	}
}

static void take_answer(struct cel_call *t, struct call *c, const struct cel_event *e)
{
	int64_t value;

	if (e->extra.len > ANSWER_MAX_BYTES || slice_i64(slice_trim(e->extra), t->rules->survey_min,
	                                                 t->rules->survey_max, &value) != 0) {
		t->counters.odd_answers++;
		return;
	}
	offer_survey(c, e->at_us);
	c->surveyed = true;
	call_emit_survey(t, c, e->at_us, (double)value);
	c->surveys++;
}

/* ---- callbacks: promised in one call, tried in another ---- */

static struct call_promise *promise_slot(struct cel_call *t)
{
	if (t->n_promises == CEL_CALL_PROMISES_MAX) { /* the oldest: its record stays as it is */
		memmove(t->promises, t->promises + 1,
		        (CEL_CALL_PROMISES_MAX - 1) * sizeof(t->promises[0]));
		t->n_promises--;
	}
	return &t->promises[t->n_promises++];
}

/* The number may be told by the event, where the caller can leave another one than his own. */
static void take_promise(struct cel_call *t, const struct call *c, const struct cel_event *e)
{
	uint64_t customer = pseudonym_of(t->pseudonym, CXM_CUSTOMER, e->extra);
	struct promise_end end = { .seen_us = e->at_us };
	struct call_promise *p = promise_slot(t);

	*p = (struct call_promise){ .customer = customer != 0 ? customer : c->customer,
		                    .contact = c->contact,
		                    .at_us = e->at_us };
	memcpy(p->queue, c->queue, sizeof(p->queue));
	call_emit_callback(t, p, &end);
}

void promise_try(struct cel_call *t, const struct call *c)
{
	for (uint32_t i = 0; i < t->n_promises; i++) {
		struct call_promise *p = &t->promises[i];

		if (p->call == 0 && p->customer == c->customer && c->customer != 0 &&
		    c->at_us >= p->at_us && p->contact != c->contact) {
			p->call = c->key;
			p->attempt_us = c->at_us;
			return;
		}
	}
}

void promise_answered(struct cel_call *t, const struct call *c, int64_t at_us)
{
	for (uint32_t i = 0; i < t->n_promises; i++) {
		if (t->promises[i].call == c->key && t->promises[i].ring_us == 0) {
			t->promises[i].ring_us = at_us;
		}
	}
}

void promise_call_over(struct cel_call *t, const struct call *c)
{
	for (uint32_t i = 0; i < t->n_promises; i++) {
		struct call_promise *p = &t->promises[i];

		if (p->call == c->key) {
			int64_t until_us = p->ring_us > 0 ? p->ring_us : c->seen_us;
			struct promise_end end = {
				.over = true,
				.reached = p->ring_us > 0,
				.has_ring = true,
				.ring_ms = (uint32_t)((until_us - p->attempt_us) / US_PER_MS),
				.seen_us = c->seen_us,
			};

			call_emit_callback(t, p, &end);
			*p = t->promises[--t->n_promises];
			return;
		}
	}
}

/* ---- payment and recording ---- */

/* A recording that ran until now: was it for too long of the payment? */
static void was_recorded(struct call *c, int64_t until_us)
{
	int64_t from_us = c->recording_us > c->paying_us ? c->recording_us : c->paying_us;

	if (c->recording && c->paying_us > 0 && until_us - from_us > CEL_CALL_PAYMENT_SLACK_US) {
		c->paying_recorded = true;
	}
}

static void end_payment(struct cel_call *t, struct call *c, int64_t at_us)
{
	if (c->paying_us > 0) {
		was_recorded(c, at_us);
		call_emit_payment(t, c, at_us);
		c->paying_us = 0;
		c->paid_until_us = at_us;
	}
}

static void start_payment(struct call *c, int64_t at_us)
{
	if (c->paying_us == 0) {
		c->paying_us = at_us;
		c->paying_recorded = false;
	}
}

static void recording_runs(struct call *c, int64_t at_us)
{
	if (!c->recording) {
		c->recording_us = at_us;
	}
	c->recording = true;
	c->recorded = true;
}

static void take_recording(struct call *c, const struct cel_event *e)
{
	if (slice_ieq(e->app, SLICE("MixMonitor")) || slice_ieq(e->app, SLICE("Monitor")) ||
	    slice_ieq(e->app, SLICE("UnpauseMonitor"))) {
		recording_runs(c, e->at_us);
		c->recording_unheard = false;
	} else if (slice_ieq(e->app, SLICE("StopMixMonitor")) ||
	           slice_ieq(e->app, SLICE("StopMonitor")) ||
	           slice_ieq(e->app, SLICE("PauseMonitor"))) {
		was_recorded(c, e->at_us);
		c->recording = false;
		c->recording_unheard = false;
	}
}

void call_recording_missed(struct cel_call *t, struct call *c)
{
	end_payment(t, c, c->seen_us);
	c->muted_us = 0;
	c->recording_unheard = true;
}

/* What is muted is recorded, also where a queue began it, of which channel events say nothing. */
bool cel_call_muted(struct cel_call *t, struct slice linkedid, bool muted, int64_t at_us)
{
	struct call *c = call_of(t, linkedid);

	if (c == NULL) {
		return false;
	}
	if (muted) {
		if (!c->recorded) {
			recording_runs(c, c->at_us);
		}
		c->muted_us = at_us;
		c->unmuted_us = 0;
	} else {
		c->unmuted_us = at_us;
	}
	c->recording_unheard = false;
	return c->muted_us > 0 && (c->paying_us > 0 || c->paid_until_us >= c->muted_us);
}

/* ---- what joins the call to its packets ---- */

static void take_dialog(struct cel_call *t, struct call *c, const struct cel_event *e)
{
	uint64_t dialog = pseudonym_of(t->pseudonym, CXM_CONTACT, e->extra);

	for (unsigned i = 0; i < CEL_CALL_DIALOGS_MAX && dialog != 0; i++) {
		if (c->dialogs[i] == dialog) {
			return;
		}
		if (c->dialogs[i] == 0) {
			c->dialogs[i] = dialog;
			c->dialogs_us[i] = e->at_us;
			return;
		}
	}
	t->counters.untold_dialogs += dialog != 0 ? 1 : 0;
}

/* Of a context the end event ends the payment, whatever the dialplan does there behind it. */
static void take_place(struct cel_call *t, struct call *c, const struct cel_event *e)
{
	if (call_rules_match(t->rules->payments, e->context)) {
		if (!c->paid) {
			start_payment(c, e->at_us);
		}
		return;
	}
	c->paid = false;
	if (t->rules->payment_end_events[0] == '\0') {
		end_payment(t, c, e->at_us); /* contexts alone tell it */
	}
}

/* ---- dispatch ---- */

void call_app_start(struct cel_call *t, struct call *c, const struct cel_event *e)
{
	take_recording(c, e);
	if (call_rules_match(t->rules->surveys, e->context)) {
		offer_survey(c, e->at_us);
	}
	take_place(t, c, e);
}

static bool known_to_visits(const struct call_rules *r, const struct cel_event *e)
{
	const char *const all[] = { r->visit_events,     r->task_events,    r->done_events,
		                    r->invalid_events,   r->timeout_events, r->operator_events,
		                    r->identified_events };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (call_rules_event(all[i], e->user, e->extra)) {
			return true;
		}
	}
	return false;
}

static void recognise(struct call *c, const struct cel_event *e)
{
	bool found = slice_trim(e->extra).len > 0;

	if (c->recognised_us == 0) {
		c->recognised_us = e->at_us;
	}
	c->recognised = c->recognised || found;
}

void call_user_event(struct cel_call *t, struct call *c, const struct cel_event *e)
{
	const struct call_rules *r = t->rules;
	bool known = known_to_visits(r, e);

	if (call_rules_event(r->recognised_events, e->user, e->extra)) {
		recognise(c, e);
		known = true;
	}
	if (call_rules_event(r->offer_events, e->user, e->extra)) {
		offer_survey(c, e->at_us);
		known = true;
	}
	if (call_rules_event(r->survey_events, e->user, e->extra)) {
		take_answer(t, c, e);
		known = true;
	}
	if (call_rules_event(r->callback_events, e->user, e->extra)) {
		take_promise(t, c, e);
		known = true;
	}
	if (call_rules_event(r->payment_start_events, e->user, e->extra)) {
		start_payment(c, e->at_us);
		known = true;
	} else if (call_rules_event(r->payment_end_events, e->user, e->extra)) {
		end_payment(t, c, e->at_us);
		c->paid = call_rules_match(r->payments, e->context);
		known = true;
	}
	if (call_rules_event(r->call_id_events, e->user, e->extra)) {
		take_dialog(t, c, e);
		known = true;
	}
	t->counters.ignored_events += known ? 0 : 1;
}

void call_user_end(struct cel_call *t, struct call *c)
{
	end_payment(t, c, c->seen_us);
	if (c->offered_us > 0) {
		call_emit_offer(t, c);
	}
	if (c->recognised_us > 0) {
		call_emit_fact(t, c);
	}
	call_emit_legs(t, c);
	promise_call_over(t, c);
}
