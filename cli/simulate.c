/* cxmeter simulate: write made-up contact centres whose figures are known. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/desk.h"
#include "common/when.h"
#include "simulate/folder.h"
#include "simulate/truth.h"

#define SITES_MAX    1000
#define DEFAULT_ZONE "Europe/Berlin"
#define DEFAULT_FROM                                                                               \
	"2026-09-21" /* a Monday, so that 28 days are whole weeks without a clock change */
#define DEFAULT_DAYS 28
#define PATIENCE_S   2 /* after which progress is told */

struct order {
	struct sim_plan plan;
	const char *zone;
	unsigned n_sites;
	time_t begun;
};

static int take_number(struct desk *d, const char *text, const char *name, uint64_t low,
                       uint64_t high, uint64_t *out)
{
	struct slice s = text != NULL ? slice_of(text) : (struct slice){ 0 };

	if (text == NULL) {
		return EXIT_DONE; /* the default stays */
	}
	if (slice_u64(s, high, out) != 0 || *out < low) {
		return desk_usage(
			d, "--%s: expected a whole number from %llu to %llu, found \"%.60s\"", name,
			(unsigned long long)low, (unsigned long long)high, text);
	}
	return EXIT_DONE;
}

static int read_order(struct desk *d, struct order *out)
{
	const struct options *o = d->o;
	const char *from = o->from != NULL ? o->from : DEFAULT_FROM;
	uint64_t sites = 1;
	uint64_t days = DEFAULT_DAYS;
	uint64_t contacts = (uint64_t)SIM_CONTACTS_A_DAY;
	int code;

	*out = (struct order){ .zone = o->timezone != NULL ? o->timezone : DEFAULT_ZONE };
	out->begun = time(NULL);
	out->plan.seed = 1;
	out->plan.profile = sim_profile_named(o->profile);
	if (out->plan.profile == NULL) {
		return desk_usage(d,
		                  "--profile: expected beginning, developing, maturing or "
		                  "optimizing, found \"%.60s\"",
		                  o->profile);
	}
	if (when_use_zone(out->zone, &d->fault) != 0) {
		return desk_fail(d);
	}
	if (when_parse_date(slice_of(from), &out->plan.first_day) != 0) {
		return desk_usage(d, "--from: expected a day such as 2026-10-26, found \"%.60s\"",
		                  from);
	}
	code = take_number(d, o->sites, "sites", 1, SITES_MAX, &sites);
	code = code != EXIT_DONE ? code : take_number(d, o->days, "days", 1, SIM_DAYS_MAX, &days);
	code = code != EXIT_DONE ? code
	                         : take_number(d, o->seed, "seed", 0, UINT64_MAX, &out->plan.seed);
	code = code != EXIT_DONE ? code
	                         : take_number(d, o->contacts, "contacts", SIM_CONTACTS_MIN,
	                                       SIM_CONTACTS_MAX, &contacts);
	out->n_sites = (unsigned)sites;
	out->plan.days = (unsigned)days;
	out->plan.contacts_per_day = (double)contacts;
	return code;
}

static int one_site(struct desk *d, const struct order *order, const char *folder, const char *name,
                    struct sim_truths *truths)
{
	struct sim_plan plan = order->plan;
	struct sim_folder *f;
	struct sim_books books;
	int failed;
	int rc;

	plan.name = name;
	sim_books_init(&books);
	rc = sim_folder_open(&f, folder, &plan, order->zone, &d->fault);
	rc = rc == 0 ? sim_run(&plan, sim_folder_sink(f), &books, &d->fault) : rc;
	failed = sim_folder_close(f, &d->fault);
	rc = rc == 0 ? failed : rc;
	rc = rc == 0 ? sim_truth_write(folder, &plan, truths, &books, &d->fault) : rc;
	sim_books_free(&books);
	return rc == 0 ? EXIT_DONE : desk_fail(d);
}

static void say_progress(const struct order *order, unsigned done)
{
	if (time(NULL) - order->begun > PATIENCE_S) {
		(void)fprintf(stderr, "cxmeter: %u of %u sites written\n", done, order->n_sites);
	}
}

/* One site lies in the folder itself, several in folders of their own. */
static int all_sites(struct desk *d, const struct order *order)
{
	struct sim_truths truths;
	int code = EXIT_DONE;

	/* what holds of the kind of site holds of each of them */
	if (sim_truths_of(&(struct sim_plan){ "truth", order->plan.profile, order->plan.first_day,
	                                      order->plan.days, order->plan.seed,
	                                      order->plan.contacts_per_day },
	                  SIM_TRUTH_SITES, &truths, &d->fault) != 0) {
		return desk_fail(d);
	}
	if (order->n_sites > 1 && mkdir(d->o->out, 0755) != 0 && errno != EEXIST) {
		(void)fault_set(&d->fault, -errno, "%s: cannot create: %s", d->o->out,
		                strerror(errno));
		return desk_fail(d);
	}
	for (unsigned i = 0; code == EXIT_DONE && i < order->n_sites; i++) {
		char folder[PATH_MAX];
		char name[32];

		(void)snprintf(name, sizeof(name), "site-%03u", i + 1);
		(void)snprintf(folder, sizeof(folder), order->n_sites > 1 ? "%s/%s" : "%s",
		               d->o->out, name);
		code = one_site(d, order, folder, name, &truths);
		if (code == EXIT_DONE) {
			say_progress(order, i + 1);
		}
	}
	return code;
}

int command_simulate(const struct options *o)
{
	struct order order;
	struct desk d;
	int code = desk_open(&d, o);

	code = code != EXIT_DONE ? code : read_order(&d, &order);
	code = code != EXIT_DONE ? code : all_sites(&d, &order);
	desk_close(&d);
	return code;
}
