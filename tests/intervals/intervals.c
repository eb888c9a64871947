/* make intervals: does the 95 % interval of every figure hold the truth in 92 to 98 of 100 sites?
 * Prints the table of docs/coverage.md. First argument: sites per profile (default 125). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/slice.h"
#include "tests/support/intervals.h"

#define SITES_A_PROFILE 125
#define CONTACTS        200
#define TRUTH_SITES     300
#define FEWEST          100 /* sites; with fewer the share says little */
#define LOW             0.92
#define HIGH            0.98

static const char *verdict(const struct intervals_row *r)
{
	double share = r->sites > 0 ? (double)r->held / r->sites : NAN;

	if (r->sites == 0) {
		return r->without > 0 ? "no interval: a state" : "no estimate";
	}
	if (r->sites < FEWEST) {
		return "too few sites";
	}
	return share < LOW ? "**too narrow**" : share > HIGH ? "wide" : "holds";
}

static void table(const struct intervals *t, unsigned a_profile)
{
	(void)printf(
		"# How often the intervals hold the truth\n\n"
		"Written by `make intervals`: %u simulated sites (%u of each profile, %d contacts "
		"on a weekday, 28 days, fixed seeds),\nscored through store and engine. A site "
		"counts for a figure when it reached its smallest n. An honest 95 %% interval\n"
		"holds the truth in 92 to 98 of 100; *wide* is on the safe side. *Exact*: the "
		"value is what the simulator counted itself.\n\n"
		"| figure | sites | holds | below | above | exact | |\n"
		"|---|--:|--:|--:|--:|--:|---|\n",
		t->sites, a_profile, CONTACTS);
	for (enum sim_figure f = 0; f < SIM_FIGURES; f++) {
		const struct intervals_row *r = &t->rows[f];
		char share[16] = "";

		if (r->sites > 0) {
			(void)snprintf(share, sizeof(share), "%.1f %%", 100.0 * r->held / r->sites);
		}
		(void)printf("| `%s` | %u | %s | %u | %u | %u of %u | %s |\n", sim_figure_id(f),
		             r->sites, share, r->below, r->above, r->realised, r->values,
		             verdict(r));
	}
}

int main(int argc, char **argv)
{
	struct intervals t = { .sites = 0 };
	struct fault fault = { 0 };
	uint64_t a_profile = SITES_A_PROFILE;

	if (argc > 1 && slice_u64(slice_of(argv[1]), 100000, &a_profile) != 0) {
		(void)fprintf(stderr, "intervals: expected a number of sites, found \"%s\"\n",
		              argv[1]);
		return 2;
	}
	for (size_t i = 0; sim_profile_at(i) != NULL; i++) {
		const struct intervals_order order = { .profile = sim_profile_at(i),
			                               .n_sites = (unsigned)a_profile,
			                               .first_seed = 1000 * (i + 1),
			                               .contacts_per_day = CONTACTS,
			                               .truth_sites = TRUTH_SITES };

		if (intervals_run(&t, &order, &fault) != 0) {
			(void)fprintf(stderr, "intervals: %s\n", fault.text);
			return 1;
		}
		(void)fprintf(stderr, "intervals: %s: %u sites\n", order.profile->name, t.sites);
	}
	table(&t, (unsigned)a_profile);
	return 0;
}
