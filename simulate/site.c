/* One made-up site from its first day to its last; see site.h. */
#include "simulate/site.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/when.h"
#include "simulate/draw.h"
#include "simulate/fit.h"

#define SPREAD    0.003 /* between days, of a share: phi of 4 at a thousand contacts a day */
#define LOAD_CV   0.13  /* of a day's volume */
#define CUSTOMERS UINT64_C(4915000000000)

const char *const sim_queue_names[SIM_QUEUES] = { "sales", "support", "billing", "retention" };
const char *const sim_languages[2] = { "de", "en" };

int64_t sim_clock_s(int32_t day, double hours)
{
	int64_t from_s = when_day_start_us(day) / WHEN_US_PER_S;
	int64_t to_s = when_day_start_us(day + 1) / WHEN_US_PER_S;

	/* the clock is put on in the small hours, before anybody calls */
	return from_s + (to_s - from_s - 86400) + (int64_t)(hours * 3600);
}

void sim_tell(struct sim_site *s, const ProtobufCMessage *m)
{
	if (s->rc == 0 && s->sink != NULL) {
		s->rc = s->sink->record(s->sink, m, s->fault);
	}
}

uint64_t sim_reference(struct sim_site *s)
{
	return ++s->next_reference;
}

double sim_value(const struct sim_site *s, enum sim_figure f)
{
	return s->profile->value[f];
}

double sim_share(const struct sim_site *s, enum sim_figure f)
{
	return s->day.share[f];
}

bool sim_booked(struct sim_site *s, enum sim_figure f)
{
	return sim_booked_times(s, f, 1);
}

bool sim_booked_times(struct sim_site *s, enum sim_figure f, unsigned times)
{
	bool good = draw_chance(&s->random, s->day.share[f]);

	sim_book(s->books, f, good ? times : 0, times);
	return good;
}

/* One target in the middle of its life: it runs out in the window. */
int32_t sim_declared_days(const struct sim_site *s, unsigned queue)
{
	double wanted = sim_value(s, SIM_SERVICE_TARGET_DECLARED) * SIM_QUEUES;
	double here = wanted - queue; /* the first queues are the first to have one */

	return here >= 1  ? (int32_t)s->plan.days + 90
	       : here > 0 ? (int32_t)(here * s->plan.days)
	                  : 0;
}

bool sim_declared(const struct sim_site *s, unsigned queue)
{
	return (int32_t)s->day.index < sim_declared_days(s, queue);
}

static void begin_day(struct sim_site *s, unsigned index)
{
	struct sim_day *d = &s->day;

	d->day = s->plan.first_day + (int32_t)index;
	d->index = index;
	d->weekday = (unsigned)(((d->day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
	d->load = draw_gamma(&s->random, 1 / (LOAD_CV * LOAD_CV)) * LOAD_CV * LOAD_CV;
	for (enum sim_figure f = 0; f < SIM_FIGURES; f++) {
		double p = sim_value(s, f);

		d->share[f] = p > 0 && p < 1 ? draw_share(&s->random, p, SPREAD) : p;
	}
}

static void tell_calls(struct sim_site *s)
{
	for (size_t i = 0; s->rc == 0 && s->sink != NULL && i < s->day.n_pieces; i++) {
		if (s->day.pieces[i].from_s < s->day.pieces[i].to_s) {
			s->rc = s->sink->piece(s->sink, &s->day.pieces[i], s->fault);
		}
	}
	for (size_t i = 0; s->rc == 0 && s->sink != NULL && i < s->day.n_calls; i++) {
		s->rc = s->sink->call(s->sink, &s->day.calls[i], s->fault);
	}
}

static void run_day(struct sim_site *s, unsigned index)
{
	begin_day(s, index);
	s->rc = sim_queueing_day(s);
	if (s->rc != 0) {
		(void)fault_set(s->fault, s->rc, "simulate: no memory for one day");
		return;
	}
	sim_contacts_day(s);
	tell_calls(s);
	sim_office_day(s);
	sim_quality_day(s);
	sim_host_day(s);
	if (s->rc == 0 && s->sink != NULL && s->sink->day_over != NULL) {
		s->rc = s->sink->day_over(s->sink, sim_clock_s(s->day.day, 23.5), s->fault);
	}
}

static int check(const struct sim_plan *plan, struct fault *fault)
{
	if (plan->days < 1 || plan->days > SIM_DAYS_MAX) {
		return fault_set(fault, -EINVAL, "simulate: %u days, possible are 1 to %d",
		                 plan->days, SIM_DAYS_MAX);
	}
	if (!(plan->contacts_per_day >= SIM_CONTACTS_MIN &&
	      plan->contacts_per_day <= SIM_CONTACTS_MAX)) {
		return fault_set(fault, -EINVAL,
		                 "simulate: %g contacts a day, possible are %d to %d",
		                 plan->contacts_per_day, SIM_CONTACTS_MIN, SIM_CONTACTS_MAX);
	}
	return 0;
}

static void site_free(struct sim_site *s)
{
	if (s != NULL) {
		free(s->day.calls);
		sim_fit_free(s->fit);
	}
	free(s);
}

int sim_run(const struct sim_plan *plan, struct sim_sink *sink, struct sim_books *books,
            struct fault *fault)
{
	struct sim_site *s;
	char seed[256];
	int rc = check(plan, fault);

	if (rc != 0) {
		return rc;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL || (s->day.calls = calloc(SIM_CALLS_MAX, sizeof(*s->day.calls))) == NULL ||
	    (s->fit = sim_fit_new(plan->days)) == NULL) {
		site_free(s);
		return fault_set(fault, -ENOMEM, "simulate: no memory for a site");
	}
	(void)snprintf(seed, sizeof(seed), "simulate %s %s %" PRIu64, plan->profile->name,
	               plan->name, plan->seed);
	s->plan = *plan;
	s->profile = plan->profile;
	s->random = stats_random_of(seed);
	s->sink = sink;
	s->books = books;
	s->fault = fault;
	s->next_customer = CUSTOMERS;
	sim_staffing_init(s);
	sim_office_begin(s);
	for (unsigned i = 0; s->rc == 0 && i < plan->days; i++) {
		run_day(s, i);
	}
	sim_quality_end(s);
	sim_settle(s);
	sim_fit_settle(s->fit, s);
	rc = s->rc != 0 ? s->rc : books->failed ? -ENOMEM : 0;
	site_free(s);
	return rc;
}
