/*
 * How often an interval holds the truth: many made-up sites, each scored through store and engine,
 * and for every figure how many of the intervals contain the simulator's true value.
 */
#pragma once

#include "simulate/profile.h"
#include "simulate/truth.h"

struct intervals_row {
	unsigned sites; /* that had enough of it, and an interval */
	unsigned held;
	unsigned below; /* the interval lies below the truth */
	unsigned above;
	unsigned without;  /* a value and no interval: a state, a level */
	unsigned realised; /* the value is what really happened, to six digits */
	unsigned values;
};

struct intervals {
	struct intervals_row rows[SIM_FIGURES];
	unsigned sites;
};

/* One interval of one site, for whoever wants to see each. */
struct intervals_seen {
	const struct sim_profile *profile;
	uint64_t seed;
	enum sim_figure figure;
	double value;
	double low;
	double high;
	double n;
	double truth;    /* NAN: not known */
	double realised; /* NAN: not booked */
};

struct intervals_order {
	const struct sim_profile *profile;
	unsigned n_sites;
	uint64_t first_seed;
	double contacts_per_day;
	unsigned truth_sites;                                       /* for what emerges */
	void (*each)(void *arg, const struct intervals_seen *seen); /* may be NULL */
	void *arg;
};

/** Add one count to another. */
void intervals_add(struct intervals *to, const struct intervals *from);

/** Adds to `out`. @return 0 or -errno, explained. */
int intervals_run(struct intervals *out, const struct intervals_order *order, struct fault *fault);
