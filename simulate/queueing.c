/*
 * Callers meet agents: a discrete-event simulation of one day. Arrivals are Poisson around a day's
 * level, patience is exponential, talk lognormal, service first come first served by the agent who
 * has been idle longest (Erlang-A where nothing changes; docs/simulate.md).
 *
 * Times of a day are seconds since 1970 with fractions; what a log shows is cut to whole seconds.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "simulate/draw.h"
#include "simulate/fit.h"
#include "simulate/site.h"

#define EVENTS_MAX  ((size_t)4 * SIM_CALLS_MAX)
#define MISS_S      12.0 /* a phone that nobody picks up rings so long */
#define IVR_SHARE   0.8  /* of the calls; the others have a direct number */
#define TASK_SHARE  0.6  /* of the visits that go on */
#define CONSULTS    0.02 /* of the answered */
#define SERVICE_S   20   /* T of every comparison */
#define SHORT_S     5    /* an earlier abandon counts nowhere */
#define MISROUTE_S  120  /* talk before a hand-over that shows a wrong route */
#define HALF_HOUR_S 1800

enum event_type { EVENT_CALL, EVENT_JOIN, EVENT_QUIT, EVENT_FREE, EVENT_COME, EVENT_GO };

struct event {
	double at_s;
	enum event_type type;
	size_t what; /* entry or piece */
	uint64_t order;
};

struct waiting {
	size_t call;
	unsigned entry;
	double since_s;
	bool gone;  /* answered or left */
	bool quits; /* by its own will, not by the queue's limit */
};

struct worker {
	bool here;
	bool busy;
	bool leaving;
	double idle_since_s;
};

struct floor {
	struct sim_site *s;
	double open_s;        /* when the doors open */
	struct event *events; /* a heap */
	size_t n_events;
	uint64_t order;
	struct waiting *line; /* everybody who ever queued today, in order */
	size_t n_line;
	size_t first[SIM_QUEUES]; /* nobody waits before this one */
	unsigned n_waiting[SIM_QUEUES];
	struct worker worker[SIM_WORKERS_MAX];
	double half_offered[SIM_QUEUES][SIM_BOOKED_HALVES];
	double half_good[SIM_QUEUES][SIM_BOOKED_HALVES];
	double half_kept[SIM_QUEUES][SIM_BOOKED_HALVES]; /* within the declared T */
	double half_staffed[SIM_QUEUES][SIM_BOOKED_HALVES];
	double half_busy[SIM_QUEUES][SIM_BOOKED_HALVES];
	double half_came[SIM_QUEUES][SIM_BOOKED_HALVES]; /* who left at once included */
};

/* ---- events in order of time ---- */

static bool before(const struct event *a, const struct event *b)
{
	return a->at_s < b->at_s || (!(a->at_s > b->at_s) && a->order < b->order);
}

static void push(struct floor *f, double at_s, enum event_type type, size_t what)
{
	size_t i = f->n_events;

	if (i == EVENTS_MAX) {
		return;
	}
	f->n_events++;
	f->events[i] = (struct event){ at_s, type, what, f->order++ };
	while (i > 0 && before(&f->events[i], &f->events[(i - 1) / 2])) {
		struct event up = f->events[i];

		f->events[i] = f->events[(i - 1) / 2];
		f->events[(i - 1) / 2] = up;
		i = (i - 1) / 2;
	}
}

static struct event pop(struct floor *f)
{
	struct event first = f->events[0];
	struct event last = f->events[--f->n_events];
	size_t i = 0;

	for (size_t child = 1; child < f->n_events; child = 2 * i + 1) {
		if (child + 1 < f->n_events && before(&f->events[child + 1], &f->events[child])) {
			child++;
		}
		if (!before(&f->events[child], &last)) {
			break;
		}
		f->events[i] = f->events[child];
		i = child;
	}
	f->events[i] = last;
	return first;
}

/* ---- who calls ---- */

static void visit_ivr(struct sim_site *s, struct sim_call *c)
{
	struct stats_random *r = &s->random;
	struct sim_visit *v = &c->visit;
	double left = draw_around_median(r, 25, 0.5);
	double first = draw_around_median(r, sim_value(s, SIM_FIRST_VALUE), 0.35);
	bool zero = draw_chance(r, sim_share(s, SIM_ZERO_OUT));
	double leaves = sim_share(s, SIM_IVR_ABANDON) / (1 - sim_share(s, SIM_ZERO_OUT));
	bool leaving = draw_chance(r, leaves);

	*v = (struct sim_visit){ .made = true, .end = SIM_VISIT_QUEUED };
	first = first < 2 ? 2 : first;
	v->first_value_ms = (uint32_t)(first * 1000);
	v->length_ms = v->first_value_ms;
	v->context = draw_chance(r, 0.9);
	if (zero) {
		v->end = SIM_VISIT_OPERATOR;
	} else if (leaving) {
		v->end = SIM_VISIT_LEFT;
		v->length_ms = (uint32_t)(1000 * (5 + left));
		v->first_value_ms = 0;
	} else if (draw_chance(r, TASK_SHARE)) {
		v->task_started = true;
		/* some call again within the day, so a little more must be completed */
		v->task_completed = draw_chance(r, sim_share(s, SIM_CONTAINMENT) / 0.95);
		v->length_ms += (uint32_t)(1000 * draw_between(r, 10, 40));
		v->end = v->task_completed ? SIM_VISIT_CONTAINED : SIM_VISIT_QUEUED;
	}
	if (c->unlogged) {
		return; /* nobody will ever know */
	}
	if (v->end != SIM_VISIT_LEFT) {
		sim_book_sample(s->books, SIM_FIRST_VALUE, v->first_value_ms / 1000.0, 1);
	}
	sim_book(s->books, SIM_ZERO_OUT, zero, 1);
	if (v->length_ms >= SHORT_S * 1000) {
		sim_book(s->books, SIM_IVR_ABANDON, v->end == SIM_VISIT_LEFT, 1);
	}
}

static unsigned half_hour_of(const struct floor *f, double at_s)
{
	double i = (at_s - f->open_s) / HALF_HOUR_S;

	return i < 0 ? 0 : i < SIM_BOOKED_HALVES ? (unsigned)i : SIM_BOOKED_HALVES - 1;
}

static bool joins(const struct sim_call *c)
{
	return !c->visit.made || c->visit.end == SIM_VISIT_QUEUED ||
	       c->visit.end == SIM_VISIT_OPERATOR;
}

static double joined_s(const struct sim_call *c, double start_s)
{
	return start_s + (c->visit.made ? c->visit.length_ms / 1000.0 : 0);
}

static int add_call(struct floor *f, unsigned queue, double at_s)
{
	struct sim_site *s = f->s;
	size_t i = s->day.n_calls;
	struct sim_call *c = &s->day.calls[i];
	bool ivr = draw_chance(&s->random, IVR_SHARE);

	if (i == SIM_CALLS_MAX) {
		return -ENOMEM;
	}
	s->day.n_calls++;
	*c = (struct sim_call){ .start_s = (int64_t)at_s, .end_s = (int64_t)at_s };
	c->entry[0].queue = queue;
	c->unlogged = draw_chance(&s->random, sim_share(s, SIM_RECONCILIATION));
	if (ivr) {
		visit_ivr(s, c);
	}
	if (joins(c)) {
		s->day.coming[queue][half_hour_of(f, joined_s(c, at_s))]++;
	}
	push(f, at_s, EVENT_CALL, i);
	return 0;
}

static int draw_arrivals(struct floor *f)
{
	struct sim_site *s = f->s;
	/* of the visits to the self-service only these come to a queue */
	double reach = 1 - sim_value(s, SIM_IVR_ABANDON) -
	               (1 - sim_value(s, SIM_IVR_ABANDON) - sim_value(s, SIM_ZERO_OUT)) *
	                       TASK_SHARE * sim_value(s, SIM_CONTAINMENT) / 0.95;
	double per_entry = 1 / (1 - IVR_SHARE + IVR_SHARE * reach);
	int rc = 0;

	for (unsigned q = 0; q < SIM_QUEUES; q++) {
		for (unsigned i = 0; rc == 0 && i < SIM_HALF_HOURS; i++) {
			double from_s = (double)sim_clock_s(s->day.day, SIM_OPEN_HOUR + i / 2.0);
			unsigned n = draw_poisson(&s->random,
			                          per_entry * s->day.load *
			                                  sim_arrivals(s, q, s->day.weekday, i));

			for (unsigned k = 0; rc == 0 && k < n; k++) {
				rc = add_call(f, q,
				              from_s + HALF_HOUR_S * stats_random_unit(&s->random));
			}
		}
	}
	return rc;
}

/* ---- what is booked of an entry ---- */

static struct sim_queue_day *day_of(struct floor *f, const struct sim_entry *e)
{
	return &f->s->day.queue[e->queue];
}

bool sim_offered(const struct sim_entry *e)
{
	return !e->end_lost && (e->ending != SIM_ABANDONED || e->wait_s >= SHORT_S);
}

static void book_entry(struct floor *f, const struct sim_entry *e)
{
	struct sim_books *b = f->s->books;
	bool answered = e->ending == SIM_ANSWERED;
	bool good = answered && e->wait_s <= SERVICE_S;
	unsigned half = half_hour_of(f, (double)e->enter_s);

	if (e->end_lost || sim_offered(e)) {
		sim_book(b, SIM_RECORDS, !e->end_lost, 1);
	}
	if (!e->end_lost) {
		f->half_came[e->queue][half]++;
		sim_fit_entry(f->s->fit, e);
	}
	if (!sim_offered(e)) {
		return;
	}
	day_of(f, e)->offered++;
	day_of(f, e)->good += good;
	day_of(f, e)->abandoned += e->ending == SIM_ABANDONED;
	sim_book_sample(b, SIM_WAIT_P90, e->wait_s, answered ? 1 : 0);
	sim_book(b, SIM_CONTACT_RATE, 1, 0);
	sim_book(b, SIM_SERVICE_LEVEL, good, 1);
	sim_book(b, SIM_ABANDONMENT, e->ending == SIM_ABANDONED, 1);
	f->half_offered[e->queue][half]++;
	f->half_good[e->queue][half] += good;
	f->half_kept[e->queue][half] += answered && e->wait_s <= f->s->profile->knobs.target_s;
	if (!answered) {
		return;
	}
	day_of(f, e)->answered++;
	day_of(f, e)->wait_s += e->wait_s;
	day_of(f, e)->talk_s += e->talk_s;
	sim_book(b, SIM_ASA, e->wait_s, 1);
	sim_book(b, SIM_RING_NO_ANSWER, e->misses, e->misses + 1);
	sim_book(b, SIM_AHT, e->talk_s, 1);
	sim_book(b, SIM_SHORT_TALK, e->talk_s < 10, 1);
	sim_book(b, SIM_HOLD, e->hold_s, e->talk_s);
}

/* Seconds from a stretch into the half hours it covers. */
static void spread(const struct floor *f, double from_s, double to_s, double *halves)
{
	for (unsigned i = 0; i < SIM_BOOKED_HALVES; i++) {
		double low = fmax(from_s, f->open_s + i * HALF_HOUR_S);
		double high = fmin(to_s, f->open_s + (i + 1) * HALF_HOUR_S);

		halves[i] += high > low ? high - low : 0;
	}
}

/* ---- a talk ---- */

static uint32_t expert_ring_ms(struct sim_site *s)
{
	double ring_s = draw_around_median(&s->random, sim_value(s, SIM_CONSULT), 0.5);

	return (uint32_t)(1000 * (ring_s < 1 ? 1 : ring_s > 300 ? 300 : ring_s));
}

static void decide_consult(struct sim_site *s, struct sim_call *c, double *talk_s)
{
	double patience_s = draw_exponential(&s->random, 4 * sim_value(s, SIM_CONSULT)) + 2;
	uint32_t ring_ms = expert_ring_ms(s);

	c->consult = (struct sim_consult){ .made = true,
		                           .expert = 900 + stats_random_below(&s->random, 20),
		                           .answered = ring_ms <= patience_s * 1000,
		                           .ring_ms = ring_ms };
	if (!c->consult.answered) {
		c->consult.ring_ms = (uint32_t)(patience_s * 1000);
	}
	*talk_s += c->consult.ring_ms / 1000.0 + 60;
}

static void decide_move(struct sim_site *s, struct sim_call *c, unsigned k, double *talk_s)
{
	struct stats_random *r = &s->random;
	double t = sim_share(s, SIM_TRANSFER);
	double m = sim_share(s, SIM_MISROUTE);
	bool routed = k == 0 && c->visit.made;
	bool wrong;
	bool other;

	m = m < t ? m : t; /* every wrong route is a transfer */
	wrong = routed && draw_chance(r, m);
	other = !wrong && draw_chance(r, routed ? (t - m) / (1 - m) : t);
	if (c->move.made || (!wrong && !other)) {
		return;
	}
	c->move = (struct sim_move){ .made = true,
		                     .to_queue = wrong,
		                     .after = k,
		                     .expert = 900 + stats_random_below(r, 20),
		                     .ring_ms = (uint32_t)(1000 * draw_between(r, 3, 15)) };
	/* into a queue nobody can be asked before */
	c->move.warm = !wrong && draw_chance(r, sim_share(s, SIM_WARM));
	if (c->move.warm) {
		c->move.ring_ms = expert_ring_ms(s);
	}
	c->move.lost = draw_chance(r, sim_share(s, SIM_HANDOFF_LOSS));
	*talk_s = wrong ? draw_between(r, 20, MISROUTE_S - 2)
	                : *talk_s + MISROUTE_S + c->move.ring_ms / 1000.0;
}

static void talk(struct floor *f, struct waiting *w, struct worker *who, unsigned agent,
                 double now_s)
{
	struct sim_site *s = f->s;
	struct stats_random *r = &s->random;
	struct sim_call *c = &s->day.calls[w->call];
	struct sim_entry *e = &c->entry[w->entry];
	double ring_s = draw_between(r, 2, 5);
	double talk_s = draw_lognormal(r, s->profile->knobs.talk_s, 0.8);
	double answer_s;

	for (e->misses = 0; e->misses < 5 && draw_chance(r, sim_share(s, SIM_RING_NO_ANSWER));
	     e->misses++) {
		ring_s += MISS_S;
	}
	talk_s = talk_s < 6 ? 6 : talk_s;
	decide_move(s, c, w->entry, &talk_s);
	if (w->entry == 0 && !c->move.made && draw_chance(r, CONSULTS)) {
		decide_consult(s, c, &talk_s);
	}
	answer_s = now_s + ring_s;
	e->agent = agent;
	e->ending = SIM_ANSWERED;
	e->ring_s = (unsigned)(ring_s - MISS_S * e->misses);
	e->wait_s = (unsigned)((int64_t)answer_s - e->enter_s);
	e->talk_s = (unsigned)((int64_t)(answer_s + talk_s) - (int64_t)answer_s);
	e->hold_s = (unsigned)lround(e->talk_s * draw_share(r, sim_share(s, SIM_HOLD), 0.1));
	/* no talk looks shorter than it was */
	e->hold_s = e->talk_s < 20 ? 0 : e->hold_s < e->talk_s / 2 ? e->hold_s : e->talk_s / 2;
	e->by_agent = draw_chance(r, 0.4);
	w->gone = true;
	who->busy = true;
	if (!e->end_lost) {
		/* in whole seconds, as the log shows it */
		double from_s = (double)e->enter_s + e->wait_s;

		spread(f, from_s, from_s + e->talk_s, f->half_busy[e->queue]);
	}
	push(f, answer_s + talk_s, EVENT_FREE, (size_t)(w - f->line));
}

static struct worker *longest_idle(struct floor *f, unsigned q, unsigned *agent)
{
	const struct sim_team *t = &f->s->team[q];
	struct worker *best = NULL;

	for (unsigned a = t->first; a < t->first + t->n; a++) {
		struct worker *w = &f->worker[a];

		if (w->here && !w->busy && (best == NULL || w->idle_since_s < best->idle_since_s)) {
			best = w;
			*agent = a;
		}
	}
	return best;
}

static void match(struct floor *f, unsigned q, double now_s)
{
	for (; f->first[q] < f->n_line; f->first[q]++) {
		struct waiting *w = &f->line[f->first[q]];
		const struct sim_call *c = &f->s->day.calls[w->call];
		unsigned agent = 0;
		struct worker *who;

		if (w->gone || c->entry[w->entry].queue != q) {
			continue;
		}
		who = longest_idle(f, q, &agent);
		if (who == NULL) {
			return;
		}
		f->n_waiting[q]--;
		talk(f, w, who, agent, now_s);
	}
}

/* ---- what happens ---- */

static void join(struct floor *f, size_t call, unsigned k, double now_s)
{
	struct sim_site *s = f->s;
	struct sim_entry *e = &s->day.calls[call].entry[k];
	struct waiting *w = &f->line[f->n_line];
	double patience_s = draw_exponential(&s->random, s->profile->knobs.patience_s);
	double limit_s = s->profile->knobs.timeout_s;

	s->day.calls[call].n_entries = k + 1;
	e->enter_s = (int64_t)now_s;
	e->position = ++f->n_waiting[e->queue];
	e->end_lost = !draw_chance(&s->random, sim_share(s, SIM_RECORDS));
	*w = (struct waiting){ .call = call, .entry = k, .since_s = now_s };
	w->quits = patience_s < limit_s;
	push(f, now_s + (w->quits ? patience_s : limit_s), EVENT_QUIT, f->n_line++);
	match(f, e->queue, now_s);
}

static void begin_call(struct floor *f, size_t call, double now_s)
{
	struct sim_site *s = f->s;
	struct sim_call *c = &s->day.calls[call];

	c->contact = (uint64_t)c->start_s << 20 | (s->next_serial & 0xfffff);
	s->next_serial += 4; /* the other legs of the call */
	now_s = joined_s(c, now_s);
	c->end_s = (int64_t)now_s;
	if (joins(c)) {
		push(f, now_s, EVENT_JOIN, call * 2);
	}
}

static void quit(struct floor *f, size_t line, double now_s)
{
	struct waiting *w = &f->line[line];
	struct sim_call *c = &f->s->day.calls[w->call];
	struct sim_entry *e = &c->entry[w->entry];

	if (w->gone) {
		return;
	}
	w->gone = true;
	f->n_waiting[e->queue]--;
	e->ending = w->quits ? SIM_ABANDONED : SIM_GAVE_UP;
	e->wait_s = (unsigned)((int64_t)now_s - e->enter_s);
	c->end_s = (int64_t)now_s;
	book_entry(f, e);
}

static void finish(struct floor *f, size_t line, double now_s)
{
	struct waiting *w = &f->line[line];
	struct sim_call *c = &f->s->day.calls[w->call];
	struct sim_entry *e = &c->entry[w->entry];
	struct worker *who = &f->worker[e->agent];

	c->end_s = (int64_t)now_s + (c->move.made ? (int64_t)c->move.ring_ms / 1000 + 60 : 0);
	book_entry(f, e);
	who->busy = false;
	who->idle_since_s = now_s;
	who->here = who->here && !who->leaving;
	if (c->move.made && c->move.to_queue && c->move.after == w->entry && !c->move.lost) {
		c->entry[1].queue = (e->queue + 1) % SIM_QUEUES;
		push(f, now_s, EVENT_JOIN, w->call * 2 + 1);
	}
	match(f, e->queue, now_s);
}

static void come_or_go(struct floor *f, const struct sim_piece *p, bool comes, double now_s)
{
	struct worker *w = &f->worker[p->agent];

	w->leaving = !comes;
	if (comes) {
		w->here = true;
		w->idle_since_s = now_s;
		match(f, p->queue, now_s);
	} else if (!w->busy) {
		w->here = false;
	}
}

static void happen(struct floor *f, const struct event *e)
{
	switch (e->type) {
	case EVENT_CALL:
		begin_call(f, e->what, e->at_s);
		break;
	case EVENT_JOIN:
		join(f, e->what / 2, e->what % 2, e->at_s);
		break;
	case EVENT_QUIT:
		quit(f, e->what, e->at_s);
		break;
	case EVENT_FREE:
		finish(f, e->what, e->at_s);
		break;
	case EVENT_COME:
	case EVENT_GO:
		come_or_go(f, &f->s->day.pieces[e->what], e->type == EVENT_COME, e->at_s);
		break;
	default:
		break;
	}
}

/* ---- half hours ---- */

static void book_halves(struct floor *f)
{
	struct sim_site *s = f->s;

	for (size_t i = 0; i < s->day.n_pieces; i++) {
		const struct sim_piece *p = &s->day.pieces[i];

		spread(f, (double)p->from_s, (double)p->to_s, f->half_staffed[p->queue]);
	}
	for (unsigned q = 0; q < SIM_QUEUES; q++) {
		bool declared = sim_declared(s, q);

		for (unsigned i = 0; i < SIM_BOOKED_HALVES; i++) {
			double n = f->half_offered[q][i];
			double good = f->half_good[q][i];

			sim_fit_cell(f->s->fit, q, f->half_came[q][i],
			             f->half_staffed[q][i] / HALF_HOUR_S);
			if (n >= 5) {
				sim_book_sample(s->books, SIM_WORST_INTERVAL, good / n, n);
			}
			if (declared && n > 0) {
				sim_book(s->books, SIM_SERVICE_TARGET_ATTAINMENT,
				         f->half_kept[q][i] / n >= s->profile->knobs.target_ratio
				                 ? n
				                 : 0,
				         n);
			}
		}
	}
}

/* All queues together, as agents are seen: by the half hour. */
static void book_occupancy(struct floor *f)
{
	double declared = 0;
	double queues = 0;
	double offered = 0;

	for (unsigned i = 0; i < SIM_BOOKED_HALVES; i++) {
		double staffed = 0;
		double busy = 0;

		for (unsigned q = 0; q < SIM_QUEUES; q++) {
			staffed += f->half_staffed[q][i];
			busy += f->half_busy[q][i];
		}
		/* who finishes a talk after his shift is there all the same */
		staffed = staffed > 0 ? fmax(staffed, busy) : 0;
		sim_book(f->s->books, SIM_OCCUPANCY_OVER_85, busy > 0.85 * staffed ? staffed : 0,
		         staffed);
	}
	for (unsigned q = 0; q < SIM_QUEUES; q++) {
		const struct sim_queue_day *d = &f->s->day.queue[q];

		queues += d->offered > 0;
		declared += d->offered > 0 && sim_declared(f->s, q);
		offered += d->offered;
	}
	if (queues > 0) {
		sim_book(f->s->books, SIM_SERVICE_TARGET_DECLARED, declared / queues * offered,
		         offered);
	}
}

static int by_start(const void *a, const void *b)
{
	const struct sim_call *x = a;
	const struct sim_call *y = b;

	return (x->contact > y->contact) - (x->contact < y->contact);
}

int sim_queueing_day(struct sim_site *s)
{
	struct floor *f = calloc(1, sizeof(*f));
	int rc = -ENOMEM;

	s->day.n_calls = 0;
	memset(s->day.queue, 0, sizeof(s->day.queue));
	memset(s->day.coming, 0, sizeof(s->day.coming));
	if (f != NULL) {
		f->s = s;
		f->open_s = (double)sim_clock_s(s->day.day, SIM_OPEN_HOUR);
		f->events = malloc(EVENTS_MAX * sizeof(*f->events));
		f->line = malloc((size_t)2 * SIM_CALLS_MAX * sizeof(*f->line));
	}
	if (f != NULL && f->events != NULL && f->line != NULL) {
		rc = draw_arrivals(f);
		sim_staffing_day(s);
		for (size_t i = 0; i < s->day.n_pieces; i++) {
			push(f, (double)s->day.pieces[i].from_s, EVENT_COME, i);
			push(f, (double)s->day.pieces[i].to_s, EVENT_GO, i);
		}
		while (rc == 0 && f->n_events > 0) {
			struct event e = pop(f);

			happen(f, &e);
		}
		book_halves(f);
		book_occupancy(f);
		qsort(s->day.calls, s->day.n_calls, sizeof(*s->day.calls), by_start);
	}
	if (f != NULL) {
		free(f->events);
		free(f->line);
	}
	free(f);
	return rc;
}
