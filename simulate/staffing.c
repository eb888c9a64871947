/* Demand over the week, and shifts that follow it; see site.h. */
#include <math.h>

#include "collector/stats/erlang.h"
#include "simulate/draw.h"
#include "simulate/fit.h"
#include "simulate/site.h"

#define RING_S 5 /* of an agent's time, before each talk */

static const double shares[SIM_QUEUES] = { 0.4, 0.3, 0.2, 0.1 };

static const double weekdays[7] = { 1.15, 1.05, 1, 1, 0.95, 0.5, 0.3 };

/* a morning and an afternoon peak, as in any centre */
static const double shape[SIM_HALF_HOURS] = {
	0.6,  0.9,  1.2, 1.45, 1.55, 1.5, 1.4, 1.2, 1.0, 0.95, 1.05, 1.2,
	1.25, 1.25, 1.2, 1.1,  1.0,  0.9, 0.8, 0.7, 0.6, 0.5,  0.4,  0.3,
};

double sim_arrivals(const struct sim_site *s, unsigned queue, unsigned weekday, unsigned half_hour)
{
	double all = 0;

	for (unsigned i = 0; i < SIM_HALF_HOURS; i++) {
		all += shape[i];
	}
	return s->plan.contacts_per_day * weekdays[weekday] * shares[queue] * shape[half_hour] /
	       all;
}

unsigned sim_agents(const struct sim_site *s, unsigned queue, unsigned weekday, unsigned half_hour)
{
	/* ring, and what callers who are moved here add */
	double load = sim_arrivals(s, queue, weekday, half_hour) *
	              (s->profile->knobs.talk_s + RING_S) / 1800;
	double wanted = load + s->profile->knobs.staffing * sqrt(load);

	return wanted > 1 ? (unsigned)ceil(wanted - 0.35) : 1;
}

void sim_staffing_init(struct sim_site *s)
{
	unsigned first = 1;

	for (unsigned q = 0; q < SIM_QUEUES; q++) {
		unsigned most = 0;

		for (unsigned i = 0; i < SIM_HALF_HOURS; i++) {
			unsigned n = sim_agents(s, q, 0, i);

			most = n > most ? n : most;
		}
		/* days off, and a second shift for nobody who was there in the morning */
		s->team[q] = (struct sim_team){ .first = first, .n = most + most / 2 + 2 };
		first += s->team[q].n;
	}
}

/* Agents that Erlang A asks for when so many come, at the quality that is declared. */
static double needed(struct sim_site *s, unsigned queue, double came)
{
	const struct sim_knobs *knobs = &s->profile->knobs;
	const struct erlang_load load = { .service = 1 / (knobs->talk_s + RING_S),
		                          .patience = 1 / knobs->patience_s };
	size_t at = came < SIM_NEEDED_MAX ? (size_t)came : 0;

	if (at == 0) {
		return sim_fit_need(s, queue, &load, came);
	}
	if (s->needed[queue][at] == 0) {
		s->needed[queue][at] = (uint32_t)sim_fit_need(s, queue, &load, came);
	}
	return s->needed[queue][at];
}

/* The plan, moved by intraday management towards what comes. */
static double wanted_agents(struct sim_site *s, unsigned queue, unsigned half_hour)
{
	double planned = sim_agents(s, queue, s->day.weekday, half_hour);
	double moved = s->profile->knobs.intraday;

	return planned + moved * (needed(s, queue, s->day.coming[queue][half_hour]) - planned);
}

struct crew {
	size_t piece[SIM_WORKERS_MAX]; /* those at work, the longest first */
	size_t n;
};

static bool at_work(const struct sim_site *s, const struct crew *c, unsigned agent)
{
	for (size_t i = 0; i < c->n; i++) {
		if (s->day.pieces[c->piece[i]].agent == agent) {
			return true;
		}
	}
	return false;
}

static void come(struct sim_site *s, struct crew *c, unsigned q, int64_t now_s)
{
	struct sim_team *t = &s->team[q];
	unsigned agent;

	if (s->day.n_pieces == SIM_PIECES_MAX || c->n >= t->n) {
		return;
	}
	do {
		agent = t->first + t->next;
		t->next = (t->next + 1) % t->n;
	} while (at_work(s, c, agent));
	c->piece[c->n++] = s->day.n_pieces;
	s->day.pieces[s->day.n_pieces++] =
		(struct sim_piece){ .agent = agent, .queue = q, .plan_from_s = now_s };
}

static void leave(struct sim_site *s, struct crew *c, int64_t now_s)
{
	s->day.pieces[c->piece[0]].plan_to_s = now_s;
	c->n--;
	for (size_t i = 0; i < c->n; i++) {
		c->piece[i] = c->piece[i + 1];
	}
}

static void plan_queue(struct sim_site *s, unsigned q)
{
	struct crew crew = { .n = 0 };

	for (unsigned i = 0; i <= SIM_HALF_HOURS; i++) {
		int64_t now_s = sim_clock_s(s->day.day, SIM_OPEN_HOUR + i / 2.0);
		double wobble = exp(s->profile->knobs.wobble * draw_normal(&s->random));
		unsigned wanted =
			i < SIM_HALF_HOURS ? (unsigned)lround(wanted_agents(s, q, i) * wobble) : 0;

		wanted = i < SIM_HALF_HOURS && wanted == 0 ? 1 : wanted;
		wanted = wanted < s->team[q].n ? wanted : s->team[q].n;
		while (crew.n > wanted &&
		       (i == SIM_HALF_HOURS ||
		        now_s - s->day.pieces[crew.piece[0]].plan_from_s >=
		                (int64_t)s->profile->knobs.shortest_half_hours * 1800)) {
			leave(s, &crew, now_s);
		}
		while (crew.n < wanted && s->day.n_pieces < SIM_PIECES_MAX) {
			come(s, &crew, q, now_s);
		}
	}
}

void sim_staffing_day(struct sim_site *s)
{
	s->day.n_pieces = 0;
	for (unsigned q = 0; q < SIM_QUEUES; q++) {
		plan_queue(s, q);
	}
	for (size_t i = 0; i < s->day.n_pieces; i++) {
		struct sim_piece *p = &s->day.pieces[i];
		double length = (double)(p->plan_to_s - p->plan_from_s);
		double kept = draw_share(&s->random, sim_share(s, SIM_ADHERENCE), 0.02);
		int64_t late_s = (int64_t)lround((1 - kept) * length);

		p->from_s = p->plan_from_s + late_s;
		p->to_s = p->plan_to_s;
		sim_book(s->books, SIM_ADHERENCE, length - (double)late_s, length);
	}
}
