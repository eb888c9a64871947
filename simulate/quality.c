/* Evaluations, calibration rounds and coaching; see site.h. */
#include "common/unconst.h"
#include "proto/evidence.pb-c.h"
#include "simulate/draw.h"
#include "simulate/site.h"

#include <math.h>

#define US             INT64_C(1000000)
#define DAY_S          86400
#define SHARE          0.05 /* of the answered contacts are listened to */
#define FAILS          0.25
#define PASS_MARK      80
#define EVALUATORS     3
#define EVALUATOR_0    940 /* first staff id */
#define TRIES_MAX      400
#define POPULATION_MIN 50 /* answered contacts that make an agent count */
#define EVALUATED_MIN  4

static const char *const items[] = { "greeting", "identification", "solution", "data protection" };

#define N_ITEMS (sizeof(items) / sizeof(items[0]))

/* A call that was answered and is wholly in the log, by one whom quality assurance looks at; NULL
 * when none was found. `biased`: short ones of the first queue only. */
static struct sim_call *pick(struct sim_site *s, bool biased)
{
	for (unsigned i = 0; i < TRIES_MAX && s->day.n_calls > 0; i++) {
		struct sim_call *c =
			&s->day.calls[stats_random_below(&s->random, (uint32_t)s->day.n_calls)];
		const struct sim_entry *e = &c->entry[0];

		if (c->n_entries == 0 || e->ending != SIM_ANSWERED || e->end_lost ||
		    !s->evaluated[e->agent]) {
			continue;
		}
		if (!biased || (e->queue == 0 && s->day.weekday < 5 && e->talk_s < 180)) {
			return c;
		}
	}
	return NULL;
}

/* Lengths in steps of 5 %, as the model's terciles have them; hold is no talk. */
static size_t bin_of(double talk_s)
{
	double bin = talk_s < 1 ? 0 : 1 + floor(log(talk_s) / log1p(0.05));

	return (size_t)fmin(bin, SIM_TALK_BINS - 1);
}

/* Each answered contact of a call; to NULL: none. */
static void count_talks(const struct sim_site *s, const struct sim_call *c,
                        double to[SIM_QUEUES][2][SIM_TALK_BINS])
{
	for (unsigned k = 0; to != NULL && k < c->n_entries; k++) {
		const struct sim_entry *e = &c->entry[k];

		if (e->ending == SIM_ANSWERED && !e->end_lost) {
			to[e->queue][s->day.weekday >= 5][bin_of(e->talk_s - e->hold_s)]++;
		}
	}
}

static void tell_coaching(struct sim_site *s, const Cxm__Evaluation *e)
{
	struct stats_random *r = &s->random;
	Cxm__Coaching c = CXM__COACHING__INIT;
	bool closed = draw_chance(r, sim_share(s, SIM_COACHING));

	sim_book_late(s, SIM_COACHING, s->day.index, closed, 1);
	if (!closed && draw_chance(r, 0.6)) {
		return;
	}
	c.at_us = e->at_us +
	          (int64_t)((closed ? draw_between(r, 0.5, 13.5) : draw_between(r, 14.5, 25)) *
	                    DAY_S) *
	                  US;
	c.agent = e->agent;
	c.evaluation_id = e->evaluation_id;
	SIM_SET(c, coach, 960);
	sim_dated(s, SIM_COACHING, c.at_us);
	sim_tell(s, SIM_RECORD(c));
}

static void tell_evaluation(struct sim_site *s, struct sim_call *c)
{
	struct stats_random *r = &s->random;
	const struct sim_entry *e = &c->entry[0];
	Cxm__Evaluation v = CXM__EVALUATION__INIT;
	bool fails = draw_chance(r, FAILS);

	v.at_us = (c->end_s + INT64_C(3) * 3600) * US;
	v.evaluation_id = sim_reference(s);
	v.queue = unconst(sim_queue_names[e->queue]);
	SIM_SET(v, contact, c->contact);
	SIM_SET(v, agent, e->agent);
	SIM_SET(v, evaluator, EVALUATOR_0 + stats_random_below(r, EVALUATORS));
	SIM_SET(v, score, floor(fails ? draw_between(r, 40, 79) : draw_between(r, 80, 101)));
	SIM_SET(v, pass_mark, PASS_MARK);
	SIM_SET(v, customer_critical_errors, sim_booked(s, SIM_CUSTOMER_ACCURACY) ? 0 : 1);
	SIM_SET(v, business_critical_errors, draw_chance(r, 0.9) ? 0 : 1);
	SIM_SET(v, compliance_critical_errors, sim_booked(s, SIM_COMPLIANCE_ACCURACY) ? 0 : 1);
	SIM_SET(v, selection, CXM__EVALUATION__SELECTION__RANDOM);
	sim_tell(s, SIM_RECORD(v));
	count_talks(s, c, c->evaluated ? NULL : s->talks.evaluated);
	c->evaluated = true;
	s->evaluations_of[e->agent]++;
	if (fails) {
		tell_coaching(s, &v);
	}
}

/* Every evaluator reports what is true with chance c, else throws a coin: kappa is c squared. */
static void calibrate(struct sim_site *s, const struct sim_call *call)
{
	struct stats_random *r = &s->random;
	double knows = sqrt(sim_value(s, SIM_KAPPA));

	for (size_t i = 0; i < N_ITEMS; i++) {
		bool right = draw_chance(r, 0.5);
		bool said[EVALUATORS];

		for (unsigned k = 0; k < EVALUATORS; k++) {
			Cxm__Calibration c = CXM__CALIBRATION__INIT;

			said[k] = draw_chance(r, knows) ? right : draw_chance(r, 0.5);
			c.at_us = (call->end_s + INT64_C(4) * 3600) * US;
			c.contact = call->contact;
			c.item = unconst(items[i]);
			c.evaluator = EVALUATOR_0 + k;
			c.value = unconst(said[k] ? "yes" : "no");
			SIM_SET(c, critical, true);
			sim_tell(s, SIM_RECORD(c));
			for (unsigned j = 0; j < k; j++) {
				sim_book(s->books, SIM_KAPPA, said[j] == said[k] ? 1 : -1, 1);
			}
		}
	}
}

void sim_quality_day(struct sim_site *s)
{
	unsigned n = (unsigned)lround(SHARE * (double)s->day.n_calls);

	for (size_t i = 0; i < s->day.n_calls; i++) {
		count_talks(s, &s->day.calls[i], s->talks.all);
	}
	for (unsigned i = 0; i < n; i++) {
		bool biased = draw_chance(&s->random, sim_value(s, SIM_QA_SAMPLE));
		struct sim_call *c = pick(s, biased);

		if (c != NULL) {
			tell_evaluation(s, c);
		}
	}
	for (unsigned i = 0; s->day.weekday < 5 && i < 2; i++) {
		const struct sim_call *c = pick(s, false);

		if (c != NULL) {
			calibrate(s, c);
		}
	}
}

/* Cells of queue, part of the week and third of all talks. */
static void book_talks(struct sim_site *s, double of[SIM_QUEUES][2][SIM_TALK_BINS],
                       const unsigned third[SIM_TALK_BINS], double first_cell)
{
	for (size_t q = 0; q < SIM_QUEUES; q++) {
		for (size_t part = 0; part < 2; part++) {
			double n[3] = { 0 };

			for (size_t bin = 0; bin < SIM_TALK_BINS; bin++) {
				n[third[bin]] += of[q][part][bin];
			}
			for (size_t i = 0; i < 3; i++) {
				sim_book_sample(s->books, SIM_QA_SAMPLE,
				                first_cell + (double)(6 * q + 3 * part + i), n[i]);
			}
		}
	}
}

static void book_sample(struct sim_site *s)
{
	unsigned third[SIM_TALK_BINS];
	double at[SIM_TALK_BINS] = { 0 };
	double all = 0;
	double seen = 0;

	for (size_t q = 0; q < SIM_QUEUES; q++) {
		for (size_t i = 0; i < (size_t)2 * SIM_TALK_BINS; i++) {
			at[i % SIM_TALK_BINS] +=
				s->talks.all[q][i / SIM_TALK_BINS][i % SIM_TALK_BINS];
			all += s->talks.all[q][i / SIM_TALK_BINS][i % SIM_TALK_BINS];
		}
	}
	for (size_t i = 0; i < SIM_TALK_BINS; i++) {
		third[i] = (3 * seen >= all) + (unsigned)(3 * seen >= 2 * all);
		seen += at[i];
	}
	book_talks(s, s->talks.all, third, 0);
	book_talks(s, s->talks.evaluated, third, SIM_SAMPLED_CELL);
}

void sim_quality_end(struct sim_site *s)
{
	book_sample(s);
	for (size_t a = 0; a < SIM_WORKERS_MAX; a++) {
		if (s->answered_by[a] >= POPULATION_MIN) {
			sim_book(s->books, SIM_QA_COVERAGE, s->evaluations_of[a] >= EVALUATED_MIN,
			         1);
		}
	}
}
