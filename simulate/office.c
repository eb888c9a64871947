/* What the office writes down: plans, targets, reports, registers, alerts, the knowledge base, head
 * counts, business figures and signed statements; see site.h. */
#include "common/unconst.h"
#include "proto/evidence.pb-c.h"
#include "simulate/draw.h"
#include "simulate/site.h"

#include <math.h>
#include <stdio.h>

#define US             INT64_C(1000000)
#define DAY_S          INT64_C(86400)
#define LEAD_SIGMA     0.4
#define Q90            1.2815515655446004
#define Q95            1.6448536269514722
#define LATENCY_SIGMA  0.8
#define THEMES         5
#define YEAR_DAYS      365
#define STAFF          80
#define CUSTOMERS      20000
#define ALERTS_A_DAY   6.0
#define SEARCHES_A_DAY 60
#define VIEWS_A_DAY    80
#define CREATES_A_DAY  6.0 /* without a case */
#define BIRTHS_A_DAY   2   /* out of a case */
#define BIRTH_SIGMA    0.25
#define MEAN_ABS       0.79788456080286536 /* of a standard normal: sqrt(2/pi) */

/* ---- plans ---- */

/* The forecast misses by a share of its own, so the daily error is the profile's by construction;
 * the half hours share the day's. */
static void tell_forecast(struct sim_site *s, unsigned queue)
{
	double actual = 0;
	double sd = sim_value(s, SIM_WAPE) / MEAN_ABS;
	double miss = draw_normal(&s->random) * sd;
	double offered = s->day.queue[queue].offered;

	for (unsigned i = 0; i < SIM_HALF_HOURS; i++) {
		actual += sim_arrivals(s, queue, s->day.weekday, i);
	}
	miss = miss < -0.95 ? -0.95 : miss;
	for (unsigned i = 0; i < SIM_HALF_HOURS; i++) {
		Cxm__Forecast f = CXM__FORECAST__INIT;

		f.at_us = sim_clock_s(s->day.day, SIM_OPEN_HOUR + i / 2.0) * US;
		f.queue = unconst(sim_queue_names[queue]);
		f.published_us = sim_clock_s(s->day.day - 3, 12) * US;
		SIM_SET(f, interval_ms, 1800000);
		SIM_SET(f, volume,
		        offered * (1 + miss) * sim_arrivals(s, queue, s->day.weekday, i) / actual);
		SIM_SET(f, handle_ms, (uint32_t)(s->profile->knobs.talk_s * 1000));
		SIM_SET(f, channel, CXM__CHANNEL__VOICE);
		sim_tell(s, SIM_RECORD(f));
	}
	sim_book(s->books, SIM_WAPE, fabs(miss) * offered, offered);
}

/* Who works today knows his day from one plan, however many stretches it has. */
static void tell_shifts(struct sim_site *s)
{
	int64_t known_us[SIM_WORKERS_MAX] = { 0 };

	for (size_t i = 0; i < s->day.n_pieces; i++) {
		const struct sim_piece *p = &s->day.pieces[i];
		Cxm__Shift f = CXM__SHIFT__INIT;

		f.at_us = p->plan_from_s * US;
		if (known_us[p->agent] == 0) {
			double lead = sim_value(s, SIM_LEAD_TIME) *
			              exp(LEAD_SIGMA * (draw_normal(&s->random) + Q90));
			int64_t lead_s = (int64_t)(lead * (double)DAY_S);

			known_us[p->agent] = f.at_us - lead_s * US;
			sim_book_sample(s->books, SIM_LEAD_TIME, (double)lead_s / (double)DAY_S, 1);
		}
		f.agent = p->agent;
		f.activity = unconst("phone");
		f.published_us = known_us[p->agent];
		SIM_SET(f, duration_ms, (uint32_t)(p->plan_to_s - p->plan_from_s) * 1000);
		sim_tell(s, SIM_RECORD(f));
	}
}

/* ---- targets ---- */

static void tell_target(struct sim_site *s, const char *queue, const char *metric,
                        Cxm__Target__Kind kind, double value, int32_t to_day)
{
	Cxm__Target t = CXM__TARGET__INIT;
	bool top = sim_value(s, SIM_TARGET_MIX) >= 4;

	t.at_us = sim_clock_s(s->plan.first_day - 30, 0) * US;
	t.queue = unconst(queue);
	t.metric = unconst(metric);
	SIM_SET(t, value, value);
	SIM_SET(t, threshold_ms, s->profile->knobs.target_s * 1000);
	t.owner = unconst(kind == CXM__TARGET__KIND__RETENTION && top ? "marketing"
	                                                              : "contact centre");
	SIM_SET(t, valid_to_us, sim_clock_s(to_day, 0) * US);
	SIM_SET(t, kind, kind);
	if (top) {
		SIM_SET(t, reviewed_us, sim_clock_s(s->plan.first_day + 1, 10) * US);
	}
	sim_tell(s, SIM_RECORD(t));
}

static void tell_targets(struct sim_site *s)
{
	double level = sim_value(s, SIM_TARGET_MIX);
	/* one that has a target of its own anyway: "*" would declare one for every queue */
	const char *queue = sim_queue_names[0];
	int32_t far = s->plan.first_day + (int32_t)s->plan.days + 90;

	for (unsigned q = 0; q < SIM_QUEUES; q++) {
		int32_t days = sim_declared_days(s, q);

		if (days > 0) {
			tell_target(s, sim_queue_names[q], "service_level",
			            CXM__TARGET__KIND__EFFICIENCY, s->profile->knobs.target_ratio,
			            s->plan.first_day + days);
		}
	}
	if (level >= 2) {
		tell_target(s, queue, "csat", CXM__TARGET__KIND__CUSTOMER, 0.8, far);
	}
	if (level >= 3) {
		tell_target(s, queue, "customers_lost", CXM__TARGET__KIND__RETENTION, 0.02, far);
		tell_target(s, queue, "cost_per_contact", CXM__TARGET__KIND__EFFICIENCY, 7, far);
	}
	sim_book(s->books, SIM_TARGET_MIX, level, 1);
}

/* ---- reports ---- */

static void tell_figure(struct sim_site *s, unsigned queue, const char *metric, double value,
                        double off)
{
	struct stats_random *r = &s->random;
	Cxm__ReportedFigure f = CXM__REPORTED_FIGURE__INIT;
	bool right = sim_booked(s, SIM_REPRODUCIBILITY);
	double latency_s =
		sim_value(s, SIM_REPORT_LATENCY) * exp(LATENCY_SIGMA * (draw_normal(r) - Q95));

	f.at_us = sim_clock_s(s->day.day, 0) * US;
	f.queue = unconst(sim_queue_names[queue]);
	f.metric = unconst(metric);
	f.report = unconst("daily");
	SIM_SET(f, value, right ? value : value + off);
	SIM_SET(f, to_us, sim_clock_s(s->day.day + 1, 0) * US);
	SIM_SET(f, published_us, f.to_us + (int64_t)(latency_s * (double)US));
	sim_book_sample(s->books, SIM_REPORT_LATENCY, latency_s, 1);
	sim_tell(s, SIM_RECORD(f));
}

/* Why people called: what a report of level 2 shows. Nothing recomputes it. */
static void tell_reasons(struct sim_site *s)
{
	Cxm__ReportedFigure f = CXM__REPORTED_FIGURE__INIT;

	f.at_us = sim_clock_s(s->day.day, 0) * US;
	f.queue = unconst(sim_queue_names[0]);
	f.metric = unconst("contacts");
	f.report = unconst("reasons");
	f.reason = unconst("delivery");
	SIM_SET(f, value, floor(0.3 * s->day.queue[0].offered));
	SIM_SET(f, to_us, sim_clock_s(s->day.day + 1, 0) * US);
	sim_tell(s, SIM_RECORD(f));
}

static void tell_report(struct sim_site *s)
{
	for (unsigned q = 0; q < SIM_QUEUES; q++) {
		const struct sim_queue_day *d = &s->day.queue[q];

		if (d->offered > 0 && d->answered > 0) {
			tell_figure(s, q, "service_level", d->good / d->offered, -0.06);
			tell_figure(s, q, "abandonment_rate", d->abandoned / d->offered, 0.05);
			tell_figure(s, q, "speed_of_answer_mean", d->wait_s / d->answered,
			            0.2 * d->wait_s / d->answered);
			tell_figure(s, q, "aht", d->talk_s / d->answered,
			            0.15 * d->talk_s / d->answered);
		}
	}
	if (sim_value(s, SIM_LADDER) >= 2) {
		tell_reasons(s);
	}
}

static void tell_business(struct sim_site *s)
{
	static const struct {
		const char *metric;
		double share;
	} rows[] = { { "customers_at_start", 1 },
		     { "customers_active", 1 },
		     { "customers_lost", 0 },
		     { "cost", 0 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		Cxm__BusinessFigure b = CXM__BUSINESS_FIGURE__INIT;
		double lost = floor(CUSTOMERS * sim_value(s, SIM_CHURN));
		double cost =
			sim_value(s, SIM_COST) * s->plan.contacts_per_day * 0.85 * s->plan.days;

		b.at_us = sim_clock_s(s->plan.first_day, 0) * US;
		b.metric = unconst(rows[i].metric);
		SIM_SET(b, value, i < 2 ? CUSTOMERS : i == 2 ? lost : cost);
		SIM_SET(b, to_us, sim_clock_s(s->plan.first_day + (int32_t)s->plan.days, 0) * US);
		b.currency = unconst(i == 3 ? "EUR" : NULL);
		sim_tell(s, SIM_RECORD(b));
		if (i == 3) {
			sim_book(s->books, SIM_COST, cost, 0);
		}
	}
	sim_book(s->books, SIM_CHURN, sim_value(s, SIM_CHURN), 1);
	sim_book(s->books, SIM_CONTACT_RATE, 0, CUSTOMERS);
}

/* ---- registers ---- */

static void tell_register(struct sim_site *s)
{
	bool prescribes = sim_value(s, SIM_LADDER) >= 4;
	unsigned acted = (unsigned)lround(sim_value(s, SIM_FEEDBACK_ACTION) * THEMES);

	for (unsigned i = 0; i < THEMES + (prescribes ? 2 : 0); i++) {
		Cxm__RegisterEntry e = CXM__REGISTER_ENTRY__INIT;
		bool automatic = i >= THEMES;
		char theme[24];

		(void)snprintf(theme, sizeof(theme), "theme %u", i + 1);
		e.at_us = sim_clock_s(s->plan.first_day + 1 + (int32_t)(i % s->plan.days), 10) * US;
		e.action_id = sim_reference(s);
		e.origin = unconst(automatic ? "routing" : "feedback");
		SIM_SET(e, automatic, automatic);
		if (!automatic) {
			e.theme = theme;
			SIM_SET(e, rank, i + 1);
		}
		if (automatic || i < acted) {
			e.owner = unconst("service lead");
			e.indicator = unconst("abandonment_rate");
			SIM_SET(e, due_us, e.at_us + 14 * DAY_S * US);
			SIM_SET(e, closed_us, e.at_us + 7 * DAY_S * US);
			SIM_SET(e, before, 0.06);
			SIM_SET(e, after, 0.05);
			SIM_SET(e, holdout, automatic);
			e.effect = unconst("fewer callers hang up");
		}
		sim_tell(s, SIM_RECORD(e));
	}
	sim_book(s->books, SIM_FEEDBACK_ACTION, sim_value(s, SIM_FEEDBACK_ACTION), 1);
	sim_book(s->books, SIM_LADDER, sim_value(s, SIM_LADDER), 1);
}

static void tell_alerts(struct sim_site *s)
{
	struct stats_random *r = &s->random;
	unsigned n = draw_poisson(r, ALERTS_A_DAY);

	for (unsigned i = 0; i < n; i++) {
		Cxm__Alert a = CXM__ALERT__INIT;
		bool quick = sim_booked(s, SIM_ALERT_ACK);

		a.at_us = sim_clock_s(s->day.day, draw_between(r, SIM_OPEN_HOUR, 19.5)) * US;
		a.alert_id = sim_reference(s);
		a.name = unconst("longest wait");
		a.severity = unconst("warning");
		SIM_SET(a, in_hours, true);
		if (quick || draw_chance(r, 0.7)) {
			SIM_SET(a, acknowledged_us,
			        a.at_us + (int64_t)(quick ? draw_between(r, 20, 890)
			                                  : draw_between(r, 910, 7200)) *
			                          US);
			SIM_SET(a, by_person, true);
		}
		sim_tell(s, SIM_RECORD(a));
	}
}

static void tell_heads(struct sim_site *s)
{
	for (int32_t i = -(YEAR_DAYS - (int32_t)s->plan.days); i < (int32_t)s->plan.days; i++) {
		Cxm__HeadCount h = CXM__HEAD_COUNT__INIT;
		unsigned left =
			draw_poisson(&s->random, sim_value(s, SIM_ATTRITION) * STAFF / YEAR_DAYS);

		h.at_us = sim_clock_s(s->plan.first_day + i, 12) * US;
		h.group = unconst("agents");
		SIM_SET(h, staff, STAFF);
		SIM_SET(h, leavers, left);
		SIM_SET(h, joiners, left);
		SIM_SET(h, transfers, 0);
		sim_book(s->books, SIM_ATTRITION, left, (double)STAFF / YEAR_DAYS);
		sim_tell(s, SIM_RECORD(h));
	}
}

/* ---- signed statements ---- */

static void tell_attestation(struct sim_site *s, const char *indicator, double value, int32_t day,
                             unsigned k)
{
	static const char *const roles[] = { "head of service", "head of marketing", "head of IT" };
	Cxm__Attestation a = CXM__ATTESTATION__INIT;

	a.at_us = sim_clock_s(day, 9) * US + k;
	a.indicator = unconst(indicator);
	a.signer = 970 + k % 3;
	a.signer_role = unconst(roles[k % 3]);
	SIM_SET(a, value, value);
	SIM_SET(a, expires_us, sim_clock_s(day + YEAR_DAYS - 1, 0) * US);
	SIM_SET(a, functions, 4);
	SIM_SET(a, decisions, 2);
	SIM_SET(a, signed_, CXM__ATTESTATION__SIGNATURE__VERIFIED);
	a.document_sha256 =
		unconst("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
	a.statement = unconst("as signed");
	sim_tell(s, SIM_RECORD(a));
}

static void tell_attestations(struct sim_site *s)
{
	unsigned reviews = (unsigned)lround(sim_value(s, SIM_JOINT_REVIEW));

	tell_attestation(s, "cx_charter_attested", sim_value(s, SIM_CHARTER),
	                 s->plan.first_day - 20, 0);
	tell_attestation(s, "feedback_to_action_share", sim_value(s, SIM_FEEDBACK_ACTION),
	                 s->plan.first_day - 3, 0);
	for (unsigned i = 0; i < reviews; i++) {
		tell_attestation(s, "joint_review_attested", 1,
		                 s->plan.first_day - 2 - (int32_t)(i * (300 / reviews)), i);
	}
	sim_book(s->books, SIM_CHARTER, sim_value(s, SIM_CHARTER), 1);
	sim_book(s->books, SIM_JOINT_REVIEW, reviews, 1);
}

/* ---- knowledge ---- */

static void begin_use(struct sim_site *s, Cxm__KnowledgeUse *k, Cxm__KnowledgeUse__Kind kind)
{
	cxm__knowledge_use__init(k);
	k->at_us = sim_clock_s(s->day.day, draw_between(&s->random, SIM_OPEN_HOUR, 20)) * US;
	k->session_id = sim_reference(s);
	k->kind = kind;
	if (kind != CXM__KNOWLEDGE_USE__KIND__SEARCH) {
		k->article_id = 1 + stats_random_below(&s->random, 2000);
	}
	SIM_SET(*k, agent, 1 + stats_random_below(&s->random, 20));
	SIM_SET(*k, by_customer, false);
}

static void tell_searches(struct sim_site *s)
{
	Cxm__KnowledgeUse k;

	for (unsigned i = 0; i < SEARCHES_A_DAY; i++) {
		begin_use(s, &k, CXM__KNOWLEDGE_USE__KIND__SEARCH);
		SIM_SET(k, query_id, sim_reference(s));
		SIM_SET(k, hits,
		        sim_booked(s, SIM_KB_SEARCH) ? 1 + stats_random_below(&s->random, 9) : 0);
		sim_tell(s, SIM_RECORD(k));
	}
	for (unsigned i = 0; i < VIEWS_A_DAY; i++) {
		int64_t age_s;

		begin_use(s, &k, CXM__KNOWLEDGE_USE__KIND__VIEW);
		age_s = (int64_t)((sim_booked(s, SIM_KB_FRESH)
		                           ? draw_between(&s->random, 1, 175)
		                           : draw_between(&s->random, 185, 900)) *
		                  (double)DAY_S);
		SIM_SET(k, article_reviewed_us, k.at_us - age_s * US);
		SIM_SET(k, article_created_us, k.article_reviewed_us - 30 * DAY_S * US);
		sim_tell(s, SIM_RECORD(k));
	}
}

/* A case is closed today, and some time later there is an article about it. */
static void tell_birth(struct sim_site *s)
{
	Cxm__KnowledgeUse k;
	Cxm__Case c = CXM__CASE__INIT;
	double latency = draw_around_median(&s->random, sim_value(s, SIM_KB_LATENCY), BIRTH_SIGMA);
	int64_t latency_s = (int64_t)(latency * (double)DAY_S);
	int64_t end_us = sim_clock_s(s->plan.first_day + (int32_t)s->plan.days, 0) * US;

	begin_use(s, &k, CXM__KNOWLEDGE_USE__KIND__CREATE);
	c.case_id = sim_reference(s);
	c.at_us = k.at_us - 3600 * US;
	c.reason = unconst("article");
	SIM_SET(c, closed_us, k.at_us);
	SIM_SET(c, articles, sim_booked(s, SIM_KB_LINK) ? 1 : 0);
	sim_tell(s, SIM_RECORD(c));
	k.at_us = c.closed_us + latency_s * US;
	k.article_id = 10000 + sim_reference(s);
	SIM_SET(k, case_id, c.case_id);
	SIM_SET(k, article_created_us, k.at_us);
	sim_book_sample(s->books, SIM_KB_LATENCY, (double)latency_s / (double)DAY_S, 1);
	sim_book(s->books, SIM_KB_REUSE, 0, k.at_us < end_us);
	sim_tell(s, SIM_RECORD(k));
}

static void tell_articles(struct sim_site *s)
{
	struct stats_random *r = &s->random;
	unsigned created = draw_poisson(r, CREATES_A_DAY);
	unsigned links = draw_poisson(r, (CREATES_A_DAY + 1) * sim_value(s, SIM_KB_REUSE));
	Cxm__KnowledgeUse k;

	for (unsigned i = 0; i < created; i++) {
		begin_use(s, &k, CXM__KNOWLEDGE_USE__KIND__CREATE);
		k.article_id = 10000 + sim_reference(s);
		SIM_SET(k, article_created_us, k.at_us);
		sim_tell(s, SIM_RECORD(k));
	}
	for (unsigned i = 0; i < links; i++) {
		begin_use(s, &k, CXM__KNOWLEDGE_USE__KIND__LINK);
		SIM_SET(k, article_created_us,
		        k.at_us - (int64_t)(draw_between(r, 8, 400) * (double)DAY_S) * US);
		SIM_SET(k, case_id, sim_reference(s));
		sim_tell(s, SIM_RECORD(k));
	}
	for (unsigned i = 0; i < BIRTHS_A_DAY; i++) {
		tell_birth(s);
	}
	sim_book(s->books, SIM_KB_REUSE, links, created);
}

/* ---- when ---- */

void sim_office_begin(struct sim_site *s)
{
	for (unsigned a = 0; a < SIM_WORKERS_MAX; a++) {
		s->evaluated[a] = draw_chance(&s->random, sim_value(s, SIM_QA_COVERAGE));
	}
	s->day.day = s->plan.first_day;
	tell_targets(s);
	tell_business(s);
	tell_register(s);
	tell_heads(s);
	tell_attestations(s);
}

void sim_office_day(struct sim_site *s)
{
	for (unsigned q = 0; q < SIM_QUEUES; q++) {
		tell_forecast(s, q);
	}
	tell_shifts(s);
	tell_report(s);
	tell_alerts(s);
	tell_searches(s);
	tell_articles(s);
}
