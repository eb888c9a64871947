/*
 * Were there as many agents as the contacts needed? 1 - sum |staffed - required| / sum required
 * over the intervals of the window.
 *
 * Required: the fewest servers with which Erlang A meets the declared target (else 80 % in 20 s) at
 * the interval's arrivals; handle time and patience are measured over the window, patience as
 * abandoned contacts per time waited (P(Ab) = theta E[W]). Staffed: agents logged in, each once
 * however many queues he serves. Queues that share an agent on a day are one pool: a few shared
 * agents make queues act nearly as one (Jordan and Graves 1995). n: intervals in which somebody
 * came. Interval: bootstrap over days.
 */
#include "collector/score/estimators/staffing.h"

#include <math.h>

#include "collector/stats/erlang.h"

#define MEMO_MAX       1024
#define TARGET_SHARE   0.8 /* where none is declared */
#define TARGET_WITHIN  20.0
#define SECONDS_OF(ms) ((ms) / 1000)

/* What one pool of queues needs at so many arrivals in one interval, once reckoned. */
struct need {
	struct erlang_load load; /* but for the arrivals; service 0: handle time not known */
	double target;
	double within_s;
	double interval_s;
	double memo[MEMO_MAX]; /* by arrivals; 0: not reckoned */
};

static double required(struct need *n, double arrivals)
{
	struct erlang_load load = n->load;
	size_t at = arrivals < MEMO_MAX ? (size_t)arrivals : 0;

	if (at == 0 || n->memo[at] == 0) {
		load.arrival = arrivals / n->interval_s;
		n->memo[at] = erlang_servers(&load, n->target, n->within_s);
	}
	return n->memo[at];
}

static void need_of(struct need *n, const struct staffing_pool *p, double interval_s)
{
	*n = (struct need){
		.target = p->target > 0 ? p->target : TARGET_SHARE,
		.within_s = p->target > 0 ? SECONDS_OF(p->within_ms) : TARGET_WITHIN,
		.interval_s = interval_s,
	};
	if (p->handled > 0 && p->handle_ms > 0) {
		n->load.service = p->handled / SECONDS_OF(p->handle_ms);
		n->load.patience = p->wait_ms > 0 ? p->abandoned / SECONDS_OF(p->wait_ms) : 0;
	}
}

/* One pool's intervals: what was required, and how far off the staff was, by day. */
static void compare(const struct staffing *s, size_t pool, struct need *n, struct stats_day *days,
                    double *intervals)
{
	for (size_t day = 0; n->load.service > 0 && day < s->n_days; day++) {
		for (size_t slot = 0; slot < s->slots; slot++) {
			const struct staffing_cell *c =
				&s->cells[(day * s->slots + slot) * s->n_pools + pool];
			double needed = c->arrivals > 0 ? required(n, c->arrivals) : 0;

			days[day].n += needed;
			days[day].sum += fabs(c->staffed_ms / 1000 / n->interval_s - needed);
			*intervals += needed > 0;
		}
	}
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct stats_day days[STATS_DAYS_MAX] = { 0 };
	struct need *need = calloc(1, sizeof(*need));
	struct staffing s = { 0 };
	struct stats_day total;
	double intervals = 0;

	out->n = 0;
	if (need == NULL || staffing_lay(&s, t) != 0) {
		goto out;
	}
	for (size_t p = 0; p < s.n_pools; p++) {
		need_of(need, &s.pools[p], (double)rules->interval_minutes * 60);
		compare(&s, p, need, days, &intervals);
	}
	total = stats_total(days, s.n_days);
	out->n = intervals;
	if (total.n > 0) {
		struct interval off = stats_day_bootstrap(days, s.n_days, rules->confidence,
		                                          stats_random_of(seed));

		out->value = 1 - total.sum / total.n;
		out->interval = is->interval == MODEL_NO_INTERVAL
		                        ? (struct interval){ out->value, out->value }
		                        : (struct interval){ 1 - off.high, 1 - off.low };
	}
out:
	staffing_free(&s);
	free(need);
}

const struct estimator estimator_staffing_fit = {
	.name = "staffing_fit",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_DAY_BLOCK_BOOTSTRAP,
	.reads = { { &cxm__queue_contact__descriptor, 0, 0, true },
	           { &cxm__agent_span__descriptor, STAFFING_SPAN_DAYS, 0, true },
	           { &cxm__target__descriptor, STAFFING_TARGET_DAYS, 0, false } },
	.gather = staffing_gather,
	.estimate = estimate,
};
