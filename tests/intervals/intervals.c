/* make intervals: does the 95 % interval of every figure hold the truth in 92 to 98 of 100 sites?
 *
 * intervals [SITES [FILE]] prints docs/coverage.csv: a row a figure, counted over SITES sites of
 * each profile (default 125). FILE gets a line for every interval of every site, to see which ones
 * miss. Two processes share the profiles; seeds are fixed, so the counts are always the same. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/slice.h"
#include "tests/support/intervals.h"

#define SITES_A_PROFILE 125
#define CONTACTS        200
#define TRUTH_SITES     300 /* for what emerges: a standard error of a 17th of one site's */
#define WORKERS         2

static void print_each(void *arg, const struct intervals_seen *s)
{
	(void)fprintf(arg, "%s,%llu,%s,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g\n", s->profile->name,
	              (unsigned long long)s->seed, sim_figure_id(s->figure), s->n, s->value, s->low,
	              s->high, s->truth, s->realised);
}

static int run_profile(struct intervals *t, size_t i, unsigned sites, FILE *each)
{
	const struct intervals_order order = { .profile = sim_profile_at(i),
		                               .n_sites = sites,
		                               .first_seed = 1000 * (i + 1),
		                               .contacts_per_day = CONTACTS,
		                               .truth_sites = TRUTH_SITES,
		                               .each = each != NULL ? print_each : NULL,
		                               .arg = each };
	struct fault fault = { 0 };

	if (intervals_run(t, &order, &fault) != 0) {
		(void)fprintf(stderr, "intervals: %s\n", fault.text);
		return 1;
	}
	(void)fprintf(stderr, "intervals: %s: done\n", order.profile->name);
	return 0;
}

/* Every WORKERS-th profile; the counts go to the parent. */
static int work(size_t first, unsigned sites, const char *path, int to)
{
	struct intervals t = { .sites = 0 };
	FILE *each = path != NULL ? fopen(path, "ae") : NULL;
	int failed = 0;

	if (each != NULL) {
		(void)setvbuf(each, NULL, _IOLBF, 0); /* whole lines, as both append */
	}
	for (size_t i = first; failed == 0 && sim_profile_at(i) != NULL; i += WORKERS) {
		failed = run_profile(&t, i, sites, each);
	}
	if (each != NULL) {
		failed |= fclose(each) != 0;
	}
	return failed != 0 || write(to, &t, sizeof(t)) != (ssize_t)sizeof(t);
}

static int start(size_t first, unsigned sites, const char *path)
{
	int ends[2];
	pid_t child;

	if (pipe(ends) != 0 || (child = fork()) < 0) {
		return -errno;
	}
	if (child == 0) {
		(void)close(ends[0]);
		_exit(work(first, sites, path, ends[1]));
	}
	(void)close(ends[1]);
	return ends[0];
}

static bool collect(struct intervals *t, int from)
{
	struct intervals part;
	unsigned char *to = (unsigned char *)&part;
	size_t have = 0;
	ssize_t got;

	while (from >= 0 && have < sizeof(part) &&
	       (got = read(from, to + have, sizeof(part) - have)) > 0) {
		have += (size_t)got;
	}
	if (have < sizeof(part)) {
		return false;
	}
	intervals_add(t, &part);
	return true;
}

static void table(const struct intervals *t)
{
	(void)printf("figure,sites,held,below,above,exact,values,without\n");
	for (enum sim_figure f = 0; f < SIM_FIGURES; f++) {
		const struct intervals_row *r = &t->rows[f];

		(void)printf("%s,%u,%u,%u,%u,%u,%u,%u\n", sim_figure_id(f), r->sites, r->held,
		             r->below, r->above, r->realised, r->values, r->without);
	}
}

int main(int argc, char **argv)
{
	struct intervals t = { .sites = 0 };
	uint64_t sites = SITES_A_PROFILE;
	int from[WORKERS];
	bool fine = true;

	if (argc > 1 && slice_u64(slice_of(argv[1]), 100000, &sites) != 0) {
		(void)fprintf(stderr, "intervals: expected a number of sites, found \"%s\"\n",
		              argv[1]);
		return 2;
	}
	for (size_t i = 0; i < WORKERS; i++) {
		from[i] = start(i, (unsigned)sites, argc > 2 ? argv[2] : NULL);
	}
	for (size_t i = 0; i < WORKERS; i++) {
		fine = collect(&t, from[i]) && fine;
	}
	while (wait(NULL) > 0) {
	}
	if (!fine) {
		(void)fprintf(stderr, "intervals: a part of the sites could not be run\n");
		return 1;
	}
	table(&t);
	return 0;
}
