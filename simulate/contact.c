/*
 * What hangs on one call: who the customer is, what other tools wrote about it, what was asked
 * afterwards. Follows the record kinds of proto/evidence.proto.
 *
 * A customer is new unless a story goes on: one whose case is open, one who left the self-service
 * content and calls after all, one who hung up and tries again. No other number comes twice, so
 * every share of repeats is a parameter.
 */
#include "simulate/site.h"

#include <math.h>

#include "common/unconst.h"
#include "proto/evidence.pb-c.h"
#include "simulate/draw.h"

#define US             INT64_C(1000000)
#define HOUR_S         INT64_C(3600)
#define DAY_S          INT64_C(86400)
#define AGAIN_SHARE    0.08 /* of the answered calls are about an open case */
#define OPEN_SHARE     0.2  /* of the contacts leave a case open */
#define REACH_SHARE    0.7  /* of the asked left a way to be reached */
#define KNOWN_LANGUAGE 0.6
#define CROSS_SHARE    0.04
#define CALLBACKS      0.05
#define PAYMENTS       0.06
#define DEPARTMENTS    0.15
#define WEB_ANSWERS    0.03
#define NPS_EXTREME    0.7 /* promoters and detractors together */

/* ---- stories ---- */

static void remember(struct sim_stories *all, struct sim_story story)
{
	if (all->n < SIM_STORIES_MAX) {
		all->at[(all->head + all->n++) % SIM_STORIES_MAX] = story;
	}
}

static void forget_old(struct sim_stories *all, int64_t now_s)
{
	while (all->n > 0 &&
	       (all->at[all->head].until_s < now_s || all->at[all->head].customer == 0)) {
		all->head = (all->head + 1) % SIM_STORIES_MAX;
		all->n--;
	}
}

/* The oldest story that is ready at this time; of customer 0 when there is none. */
static struct sim_story next_story(struct sim_stories *all, int64_t now_s)
{
	struct sim_story next = { .customer = 0 };

	forget_old(all, now_s);
	for (size_t i = 0; next.customer == 0 && i < all->n; i++) {
		struct sim_story *story = &all->at[(all->head + i) % SIM_STORIES_MAX];

		if (story->customer != 0 && story->ready_s <= now_s && story->until_s >= now_s) {
			next = *story;
			story->customer = 0;
		}
	}
	return next;
}

static bool was_there(const struct sim_site *s, unsigned agent, int64_t at_s)
{
	for (size_t i = 0; i < s->day.n_pieces; i++) {
		const struct sim_piece *p = &s->day.pieces[i];

		if (p->agent == agent && p->from_s <= at_s && at_s < p->to_s) {
			return true;
		}
	}
	return false;
}

/* A customer with an open case: last served by `agent`, or by another who is there too. Whom he
 * called first did not resolve it. */
static uint64_t open_case(struct sim_site *s, struct sim_call *c, bool same)
{
	struct sim_stories *all = &s->affinity;
	unsigned agent = c->entry[0].agent;

	forget_old(all, c->start_s);
	for (size_t i = 0; i < all->n; i++) {
		struct sim_story *story = &all->at[(all->head + i) % SIM_STORIES_MAX];
		bool match = (story->agent == agent) == same &&
		             was_there(s, story->agent, c->entry[0].enter_s);

		if (story->customer != 0 && story->ready_s <= c->start_s && match) {
			uint64_t customer = story->customer;

			story->customer = 0;
			c->asked_before = story->asked;
			sim_book_late(s, SIM_FCR_REPEAT, story->day, -1, 0);
			return customer;
		}
	}
	return 0;
}

/* What the queue log shows of a call, whole contacts only: who moved on is there twice. */
static unsigned offered_times(const struct sim_call *c)
{
	unsigned times = 0;

	for (unsigned k = 0; k < c->n_entries; k++) {
		times += sim_offered(&c->entry[k]);
	}
	return times;
}

static unsigned answered_times(const struct sim_call *c)
{
	unsigned times = 0;

	for (unsigned k = 0; k < c->n_entries; k++) {
		times += c->entry[k].ending == SIM_ANSWERED && !c->entry[k].end_lost;
	}
	return times;
}

static const struct sim_entry *answered_entry(const struct sim_call *c)
{
	for (unsigned k = 0; k < c->n_entries; k++) {
		if (c->entry[k].ending == SIM_ANSWERED && !c->entry[k].end_lost) {
			return &c->entry[k];
		}
	}
	return NULL;
}

/* @return true for a customer who calls about an open case. */
static bool identify(struct sim_site *s, struct sim_call *c)
{
	const struct sim_entry *e = answered_entry(c);
	bool again = draw_chance(&s->random, AGAIN_SHARE);
	bool first = e == &c->entry[0] && c->n_entries == 1;

	for (unsigned k = 0; k < c->n_entries; k++) {
		sim_book(s->books, SIM_REPEAT_30MIN, 0, !c->entry[k].end_lost);
	}
	c->customer = c->n_entries > 0 ? next_story(&s->redial, c->start_s).customer : 0;
	if (c->customer != 0) {
		sim_book(s->books, SIM_REPEAT_30MIN, 1, 0);
		return false;
	}
	if (e != NULL && !c->visit.task_completed) {
		struct sim_story back = next_story(&s->returning, c->start_s);

		c->customer = back.customer;
		if (back.customer != 0) { /* the visit did not help after all */
			sim_book_late(s, SIM_CONTAINMENT, back.day, -1, 0);
		}
	}
	if (c->customer == 0 && first && again) {
		bool same = draw_chance(&s->random, sim_share(s, SIM_AFFINITY));

		c->customer = open_case(s, c, same);
		if (c->customer != 0) {
			sim_book(s->books, SIM_AFFINITY, same, 1);
			return true;
		}
	}
	if (c->customer == 0) {
		c->customer = ++s->next_customer;
		return false;
	}
	return false;
}

/* ---- what is written about an answered contact ---- */

static void begin_fact(Cxm__ContactFact *f, const struct sim_call *c, int64_t at_s)
{
	cxm__contact_fact__init(f);
	f->at_us = at_s * US;
	f->contact = c->contact;
	SIM_SET(*f, channel, CXM__CHANNEL__VOICE);
}

static void tell_case(struct sim_site *s, const struct sim_call *c, const struct sim_entry *e,
                      uint64_t case_id, bool stays_open)
{
	struct stats_random *r = &s->random;
	Cxm__Case k = CXM__CASE__INIT;
	bool several = draw_chance(r, DEPARTMENTS);
	enum sim_figure figure = several ? SIM_OLA : SIM_RESOLUTION;
	double limit_s = several ? 2 * DAY_S : DAY_S;

	k.at_us = (e->enter_s + e->wait_s + e->talk_s) * US;
	k.case_id = case_id;
	SIM_SET(k, customer, c->customer);
	SIM_SET(k, contact, c->contact);
	SIM_SET(k, channel, CXM__CHANNEL__VOICE);
	SIM_SET(k, contacts, 1);
	k.department = unconst(several ? "field service" : "service");
	k.reason = unconst(sim_queue_names[e->queue]);
	SIM_SET(k, departments, several ? 2 : 1);
	if (!stays_open) {
		bool kept = sim_booked(s, figure);
		double took_s =
			limit_s * (kept ? draw_between(r, 0.05, 0.95) : draw_between(r, 1.1, 3));

		SIM_SET(k, closed_us, k.at_us + (int64_t)took_s * US);
		SIM_SET(k, articles, sim_booked(s, SIM_KB_LINK) ? 1 : 0);
		if (several) {
			SIM_SET(k, ola_ms, (uint64_t)limit_s * 1000);
		} else {
			SIM_SET(k, target_ms, (uint64_t)limit_s * 1000);
		}
	}
	sim_tell(s, SIM_RECORD(k));
}

/* One customer in two channels, under one case or two. */
static void tell_second_channel(struct sim_site *s, const struct sim_call *c, uint64_t case_id)
{
	Cxm__ContactFact f;
	bool shared = sim_booked(s, SIM_CONTINUITY);

	begin_fact(&f, c, c->end_s + 2 * HOUR_S);
	f.contact = sim_reference(s);
	f.channel = CXM__CHANNEL__EMAIL;
	SIM_SET(f, customer, c->customer);
	SIM_SET(f, case_id, shared ? case_id : sim_reference(s));
	sim_tell(s, SIM_RECORD(f));
}

static void tell_fact(struct sim_site *s, const struct sim_call *c, const struct sim_entry *e,
                      uint64_t case_id)
{
	struct stats_random *r = &s->random;
	Cxm__ContactFact f;
	bool recognised = sim_booked_times(s, SIM_RECOGNITION, offered_times(c));

	begin_fact(&f, c, c->entry[0].enter_s);
	SIM_SET(f, recognised, recognised);
	SIM_SET(f, customer, c->customer);
	if (e != NULL) {
		unsigned wanted = stats_random_below(r, 2);

		SIM_SET(f, agent, e->agent);
		if (sim_booked_times(s, SIM_CONTEXT_DELIVERY, answered_times(c))) {
			SIM_SET(f, context_ms, stats_random_below(r, 2000));
			SIM_SET(f, context_bytes, 40 + stats_random_below(r, 400));
		}
		if (c->visit.made && !c->unlogged) {
			sim_book(s->books, SIM_ESCALATION, f.has_context_ms, 1);
		}
		if (recognised) {
			SIM_SET(f, asked_again, sim_booked(s, SIM_REIDENTIFICATION));
		}
		if (draw_chance(r, KNOWN_LANGUAGE)) {
			bool kept = sim_booked(s, SIM_LANGUAGE);

			f.language_wanted = unconst(sim_languages[wanted]);
			f.language_given = unconst(sim_languages[kept ? wanted : 1 - wanted]);
		}
		f.skill_wanted = unconst(sim_queue_names[e->queue]);
		f.skill_given =
			unconst(sim_booked(s, SIM_SKILL_MATCH) ? f.skill_wanted : "general");
		f.disposition = unconst(sim_booked_times(s, SIM_DISPOSITION, answered_times(c))
		                                ? "question answered"
		                                : "other");
		if (case_id != 0) {
			SIM_SET(f, case_id, case_id);
		}
	}
	sim_tell(s, SIM_RECORD(f));
}

/* ---- surveys ---- */

static void follow_up(struct sim_site *s, Cxm__Survey *v)
{
	struct stats_random *r = &s->random;
	bool kept;

	SIM_SET(*v, reachable, draw_chance(r, REACH_SHARE));
	if (!v->reachable) {
		return;
	}
	kept = draw_chance(r, sim_share(s, SIM_CLOSED_LOOP));
	sim_book_late(s, SIM_CLOSED_LOOP, s->day.index, kept, 1);
	if (kept) {
		SIM_SET(*v, followed_up_us,
		        v->at_us + (int64_t)draw_between(r, 1, 47) * HOUR_S * US);
		SIM_SET(*v, follow_up_ring_ms, 15000 + stats_random_below(r, 10000));
	} else if (draw_chance(r, 0.5)) {
		SIM_SET(*v, followed_up_us,
		        v->at_us + (int64_t)draw_between(r, 50, 90) * HOUR_S * US);
		SIM_SET(*v, follow_up_ring_ms, 20000);
	}
}

static double answer(struct sim_site *s, Cxm__Survey__Kind kind, double *low, double *high)
{
	struct stats_random *r = &s->random;
	double nps = sim_value(s, SIM_NPS) / 100;
	double u = stats_random_unit(r);
	double sum = 1;

	*low = kind == CXM__SURVEY__KIND__NPS || kind == CXM__SURVEY__KIND__FCR ? 0 : 1;
	*high = kind == CXM__SURVEY__KIND__NPS ? 10 : kind == CXM__SURVEY__KIND__FCR ? 1 : 5;
	if (kind == CXM__SURVEY__KIND__CSAT) {
		bool good = u < sim_value(s, SIM_CSAT);

		sim_book(s->books, SIM_CSAT, good, 1);
		return good ? 4 + stats_random_below(r, 2) : 1 + stats_random_below(r, 3);
	}
	if (kind == CXM__SURVEY__KIND__NPS) {
		bool promoter = u < (NPS_EXTREME + nps) / 2;
		bool detractor = !promoter && u < NPS_EXTREME;

		sim_book(s->books, SIM_NPS, promoter ? 100 : detractor ? -100 : 0, 1);
		return promoter    ? 9 + stats_random_below(r, 2)
		       : detractor ? stats_random_below(r, 7)
		                   : 7 + stats_random_below(r, 2);
	}
	if (kind == CXM__SURVEY__KIND__CES) {
		for (unsigned i = 0; i < 4; i++) {
			sum += draw_chance(r, (sim_value(s, SIM_CES) - 1) / 4) ? 1 : 0;
		}
		sim_book(s->books, SIM_CES, sum, 1);
		return sum;
	}
	sim_book(s->books, SIM_FCR, u < sim_value(s, SIM_FCR), 1);
	return u < sim_value(s, SIM_FCR) ? 1 : 0;
}

static void tell_answers(struct sim_site *s, const struct sim_call *c, const struct sim_entry *e,
                         bool web)
{
	static const Cxm__Survey__Kind kinds[] = { CXM__SURVEY__KIND__CSAT, CXM__SURVEY__KIND__NPS,
		                                   CXM__SURVEY__KIND__CES, CXM__SURVEY__KIND__FCR };
	uint64_t id = sim_reference(s);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		Cxm__Survey v = CXM__SURVEY__INIT;

		v.at_us = (c->end_s + 60) * US;
		v.survey_id = id;
		v.kind = kinds[i];
		SIM_SET(v, value, answer(s, kinds[i], &v.scale_min, &v.scale_max));
		v.has_scale_min = true;
		v.has_scale_max = true;
		v.queue = unconst(sim_queue_names[e->queue]);
		v.wording = unconst("v1");
		v.touchpoint = unconst(web ? "web" : "after_call");
		SIM_SET(v, channel, web ? CXM__CHANNEL__OTHER : CXM__CHANNEL__VOICE);
		if (!web) {
			SIM_SET(v, contact, c->contact);
		}
		SIM_SET(v, customer, c->customer);
		SIM_SET(v, agent, e->agent);
		if ((v.kind == CXM__SURVEY__KIND__NPS && v.value <= 6) ||
		    (v.kind == CXM__SURVEY__KIND__CSAT && v.value <= 2)) {
			follow_up(s, &v);
		}
		sim_tell(s, SIM_RECORD(v));
	}
}

/* @return was he asked? Who was asked within 30 days before counts in neither sum of the offers. */
static bool tell_survey(struct sim_site *s, const struct sim_call *c, const struct sim_entry *e)
{
	Cxm__SurveyOffer o = CXM__SURVEY_OFFER__INIT;

	if (draw_chance(&s->random, WEB_ANSWERS)) { /* nobody was asked */
		tell_answers(s, c, e, true);
	}
	if (!sim_booked_times(s, SIM_SURVEY_OFFER, c->asked_before ? 0 : answered_times(c))) {
		return false;
	}
	o.at_us = c->end_s * US;
	o.contact = c->contact;
	o.queue = unconst(sim_queue_names[e->queue]);
	SIM_SET(o, customer, c->customer);
	SIM_SET(o, channel, CXM__CHANNEL__VOICE);
	SIM_SET(o, accepted, sim_booked(s, SIM_SURVEY_RESPONSE));
	sim_book_late(s, SIM_RESPONSE_ANSWERS, s->day.index, o.accepted, 1);
	sim_tell(s, SIM_RECORD(o));
	if (o.accepted) {
		tell_answers(s, c, e, false);
	}
	return true;
}

/* ---- callbacks and payments ---- */

static void tell_callback(struct sim_site *s, const struct sim_call *c)
{
	struct stats_random *r = &s->random;
	Cxm__Callback b = CXM__CALLBACK__INIT;
	bool kept;

	if (!draw_chance(r, CALLBACKS)) {
		return;
	}
	b.at_us = c->end_s * US;
	b.callback_id = sim_reference(s);
	b.queue = unconst(sim_queue_names[c->entry[0].queue]);
	SIM_SET(b, customer, c->customer);
	SIM_SET(b, contact, c->contact);
	SIM_SET(b, from_us, b.at_us + HOUR_S * US);
	SIM_SET(b, due_us, b.at_us + 3 * HOUR_S * US);
	SIM_SET(b, cancelled, draw_chance(r, 0.04));
	if (!b.cancelled) {
		kept = sim_booked(s, SIM_CALLBACK_KEPT);
		if (kept || draw_chance(r, 0.5)) {
			SIM_SET(b, attempt_us,
			        (kept ? b.from_us : b.due_us) +
			                (int64_t)draw_between(r, 60, 2 * HOUR_S - 60) * US);
			SIM_SET(b, ring_ms, 15000 + stats_random_below(r, 15000));
			SIM_SET(b, reached, draw_chance(r, 0.7));
		}
	}
	sim_tell(s, SIM_RECORD(b));
}

static void tell_payment(struct sim_site *s, const struct sim_call *c, const struct sim_entry *e)
{
	Cxm__Payment p = CXM__PAYMENT__INIT;

	if (!draw_chance(&s->random, PAYMENTS)) {
		return;
	}
	p.at_us = (e->enter_s + e->wait_s + e->talk_s / 2) * US;
	p.contact = c->contact;
	p.queue = unconst(sim_queue_names[e->queue]);
	SIM_SET(p, duration_ms, 30000);
	SIM_SET(p, recorded, true);
	SIM_SET(p, covered, sim_booked(s, SIM_PAYMENT_PAUSE));
	sim_tell(s, SIM_RECORD(p));
}

/* ---- one call ---- */

bool sim_move_lost(const struct sim_call *c)
{
	return c->move.lost ||
	       (c->move.to_queue && (c->n_entries < 2 || c->entry[1].ending != SIM_ANSWERED));
}

static void book_call(struct sim_site *s, const struct sim_call *c)
{
	const struct sim_visit *v = &c->visit;
	const struct sim_move *m = &c->move;
	const struct sim_consult *asked = &c->consult;

	if (v->made && v->end != SIM_VISIT_LEFT && c->n_entries > 0 && !c->unlogged) {
		sim_book(s->books, SIM_MISROUTE,
		         m->made && m->to_queue && !m->lost && m->after == 0, 1);
	}
	for (unsigned k = 0; k < c->n_entries; k++) {
		if (c->entry[k].ending == SIM_ANSWERED && !c->entry[k].end_lost) {
			sim_book(s->books, SIM_TRANSFER, m->made && m->after == k, 1);
			sim_book(s->books, SIM_COST, 0, 1);
			sim_book_late(s, SIM_FCR_REPEAT, s->day.index, 1, 1);
		}
	}
	if (m->made && !c->unlogged) {
		sim_book(s->books, SIM_WARM, m->warm, 1);
		sim_book(s->books, SIM_HANDOFF_LOSS, sim_move_lost(c), 1);
	}
	if (!c->unlogged && ((m->made && m->warm) || asked->made)) {
		sim_book_sample(s->books, SIM_CONSULT,
		                (m->made ? m->ring_ms : asked->ring_ms) / 1000.0,
		                m->made || asked->answered ? 1 : 0);
	}
}

static void after_visit(struct sim_site *s, const struct sim_call *c)
{
	bool returns = c->visit.task_completed && draw_chance(&s->random, 0.05);

	if (!c->visit.task_started || c->unlogged) {
		return;
	}
	sim_book_late(s, SIM_CONTAINMENT, s->day.index, c->visit.task_completed, 1);
	if (returns) {
		remember(&s->returning, (struct sim_story){ .customer = c->customer,
		                                            .day = s->day.index,
		                                            .ready_s = c->end_s + 60,
		                                            .until_s = c->end_s + DAY_S - 600 });
	}
}

static void one_call(struct sim_site *s, struct sim_call *c)
{
	struct stats_random *r = &s->random;
	bool again = identify(s, c);
	const struct sim_entry *e = answered_entry(c);
	bool open = e != NULL && !again && draw_chance(r, OPEN_SHARE / sim_value(s, SIM_CRM_LINK));
	uint64_t case_id = 0;
	bool asked;

	book_call(s, c);
	after_visit(s, c);
	if (c->n_entries == 0) {
		return;
	}
	if (e != NULL) {
		bool linked = draw_chance(r, sim_share(s, SIM_CRM_LINK));
		double times = answered_times(c);

		sim_book_late(s, SIM_CRM_LINK, s->day.index, linked ? times : 0, times);
		case_id = linked ? sim_reference(s) : 0;
		open = open && case_id != 0;
	}
	tell_fact(s, c, e, case_id);
	if (e == NULL) {
		if (!c->visit.made && !c->entry[0].end_lost && c->n_entries == 1 &&
		    draw_chance(r, 2 * sim_value(s, SIM_REPEAT_30MIN))) {
			remember(&s->redial,
			         (struct sim_story){ .customer = c->customer,
			                             .day = s->day.index,
			                             .ready_s = c->end_s + 60,
			                             .until_s = c->start_s + INT64_C(25) * 60 });
		}
		return;
	}
	s->answered_by[e->agent]++;
	if (case_id != 0) {
		tell_case(s, c, e, case_id, open);
	}
	asked = tell_survey(s, c, e);
	if (open && c->n_entries == 1 && !c->move.made) {
		remember(&s->affinity, (struct sim_story){ .customer = c->customer,
		                                           .agent = e->agent,
		                                           .day = s->day.index,
		                                           .asked = asked,
		                                           .ready_s = c->end_s + HOUR_S,
		                                           .until_s = c->start_s + 6 * DAY_S });
	}
	if (case_id != 0 && !open && !again && draw_chance(r, CROSS_SHARE)) {
		tell_second_channel(s, c, case_id);
	}
	tell_callback(s, c);
	tell_payment(s, c, e);
}

void sim_contacts_day(struct sim_site *s)
{
	double in_queue_log = 0;
	double in_channel_log = 0;

	for (size_t i = 0; s->rc == 0 && i < s->day.n_calls; i++) {
		struct sim_call *c = &s->day.calls[i];

		one_call(s, c);
		in_queue_log += answered_entry(c) != NULL;
		for (unsigned k = 0; k < c->n_entries; k++) {
			if (c->entry[k].ending == SIM_ANSWERED) {
				in_channel_log += !c->unlogged;
				break;
			}
		}
	}
	if (in_queue_log > 0 || in_channel_log > 0) {
		sim_book_sample(s->books, SIM_RECONCILIATION,
		                fabs(in_queue_log - in_channel_log) /
		                        fmax(in_queue_log, in_channel_log),
		                1);
	}
}
