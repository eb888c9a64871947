/* The book of staffing_fit; see fit.h. */
#include "simulate/fit.h"

#include <math.h>
#include <stdlib.h>

#include "collector/stats/erlang.h"

#define HALF_HOUR_S  1800
#define TARGET_RATIO 0.8 /* where none is declared */
#define TARGET_S     20

struct cell {
	double came;
	double staffed;
};

struct queue {
	double handled;
	double handle_s;
	double abandoned;
	double wait_s; /* of all who came */
	struct cell *cells;
	size_t n;
};

struct sim_fit {
	struct queue queue[SIM_QUEUES];
	size_t room; /* cells of each queue */
};

struct sim_fit *sim_fit_new(unsigned days)
{
	struct sim_fit *f = calloc(1, sizeof(*f));

	for (size_t q = 0; f != NULL && q < SIM_QUEUES; q++) {
		f->room = (size_t)days * SIM_BOOKED_HALVES;
		f->queue[q].cells = calloc(f->room, sizeof(*f->queue[q].cells));
		if (f->queue[q].cells == NULL) {
			sim_fit_free(f);
			return NULL;
		}
	}
	return f;
}

void sim_fit_free(struct sim_fit *f)
{
	for (size_t q = 0; f != NULL && q < SIM_QUEUES; q++) {
		free(f->queue[q].cells);
	}
	free(f);
}

void sim_fit_entry(struct sim_fit *f, const struct sim_entry *e)
{
	struct queue *q = &f->queue[e->queue];

	q->wait_s += e->wait_s;
	q->abandoned += e->ending == SIM_ABANDONED;
	q->handled += e->ending == SIM_ANSWERED;
	q->handle_s += e->ending == SIM_ANSWERED ? e->talk_s : 0;
}

void sim_fit_cell(struct sim_fit *f, unsigned queue, double came, double staffed)
{
	struct queue *q = &f->queue[queue];

	if (q->n < f->room) {
		q->cells[q->n++] = (struct cell){ came, staffed };
	}
}

double sim_fit_need(const struct sim_site *s, unsigned queue, const struct erlang_load *load,
                    double came)
{
	struct erlang_load now = *load;
	bool declared = sim_declared_days(s, queue) > 0;

	now.arrival = came / HALF_HOUR_S;
	return came > 0 ? erlang_servers(&now,
	                                 declared ? s->profile->knobs.target_ratio : TARGET_RATIO,
	                                 declared ? s->profile->knobs.target_s : TARGET_S)
	                : 0;
}

static void settle_queue(const struct sim_site *s, const struct queue *q, unsigned queue)
{
	struct erlang_load load = { .service = q->handled / q->handle_s,
		                    .patience = q->wait_s > 0 ? q->abandoned / q->wait_s : 0 };
	double memo[SIM_NEEDED_MAX] = { 0 };
	double needed = 0;
	double off = 0;

	for (size_t i = 0; i < q->n; i++) {
		size_t at = q->cells[i].came < SIM_NEEDED_MAX ? (size_t)q->cells[i].came : 0;

		if (at == 0 || memo[at] == 0) {
			memo[at] = sim_fit_need(s, queue, &load, q->cells[i].came);
		}
		needed += memo[at];
		off += fabs(q->cells[i].staffed - memo[at]);
	}
	sim_book(s->books, SIM_STAFFING_FIT, needed - off, needed);
}

void sim_fit_settle(const struct sim_fit *f, const struct sim_site *s)
{
	for (unsigned q = 0; q < SIM_QUEUES; q++) {
		if (f->queue[q].handled > 0 && f->queue[q].handle_s > 0) {
			settle_queue(s, &f->queue[q], q);
		}
	}
}
