/* A made-up site: always the same for a seed, coherent, and as good as its profile says. */
#include "simulate/site.h"

#include <errno.h>
#include <math.h>

#include "common/when.h"
#include "cxmeter/score.h"
#include "simulate/truth.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"

static struct sim_plan plan_of(const char *profile, uint64_t seed)
{
	struct fault fault;
	struct sim_plan plan = { .name = "nord",
		                 .profile = sim_profile_named(profile),
		                 .days = 3,
		                 .seed = seed,
		                 .contacts_per_day = 200 };

	assert_int_equal(when_use_zone("Europe/Berlin", &fault), 0);
	assert_int_equal(when_parse_date(SLICE("2026-09-21"), &plan.first_day), 0);
	return plan;
}

/* ---- what is told ---- */

struct witness {
	struct sim_sink sink;
	uint64_t records;
	uint64_t calls;
	uint64_t digest;
	unsigned incoherent;
	unsigned repeated; /* contacts not after the one before */
	uint64_t last_contact;
	unsigned late_pieces;
};

static int on_record(struct sim_sink *s, const ProtobufCMessage *m, struct fault *fault)
{
	struct witness *w = (struct witness *)(void *)s;

	(void)fault;
	w->records++;
	w->digest = w->digest * 31 + protobuf_c_message_get_packed_size(m);
	return 0;
}

static bool coherent(const struct sim_call *c)
{
	bool fine = c->end_s >= c->start_s && c->customer != 0 && c->n_entries <= 2;

	for (unsigned k = 0; k < c->n_entries; k++) {
		const struct sim_entry *e = &c->entry[k];

		fine = fine && e->enter_s >= c->start_s && e->queue < SIM_QUEUES && e->position > 0;
		fine = fine && (e->ending == SIM_ANSWERED) == (e->agent != 0);
		fine = fine && e->hold_s <= e->talk_s;
	}
	return fine && (c->n_entries < 2 || (c->move.made && c->move.to_queue && !c->move.lost));
}

static int on_call(struct sim_sink *s, const struct sim_call *c, struct fault *fault)
{
	struct witness *w = (struct witness *)(void *)s;

	(void)fault;
	w->calls++;
	w->incoherent += !coherent(c);
	w->repeated += c->contact <= w->last_contact;
	w->last_contact = c->contact;
	w->digest = w->digest * 31 + c->contact + c->customer + (uint64_t)c->end_s;
	return 0;
}

static int on_piece(struct sim_sink *s, const struct sim_piece *p, struct fault *fault)
{
	struct witness *w = (struct witness *)(void *)s;

	(void)fault;
	w->late_pieces += p->from_s < p->plan_from_s || p->to_s > p->plan_to_s;
	return 0;
}

static struct witness run(const char *profile, uint64_t seed)
{
	struct witness w = { .sink = { on_record, on_call, on_piece, NULL } };
	struct sim_plan plan = plan_of(profile, seed);
	struct sim_books books;
	struct fault fault;

	sim_books_init(&books);
	assert_int_equal(sim_run(&plan, &w.sink, &books, &fault), 0);
	sim_books_free(&books);
	return w;
}

static void a_seed_gives_the_same_site(void **state)
{
	struct witness a = run("maturing", 7);
	struct witness b = run("maturing", 7);

	(void)state;
	assert_true(a.records > 1000 && a.calls > 300);
	assert_true(a.digest == b.digest && a.records == b.records);
}

static void another_seed_gives_another_site(void **state)
{
	(void)state;
	assert_true(run("maturing", 7).digest != run("maturing", 8).digest);
}

static const struct profile_case {
	const char *name;
	const char *profile;
} profile_cases[] = {
	{ "every_call_of_beginning_is_coherent", "beginning" },
	{ "every_call_of_developing_is_coherent", "developing" },
	{ "every_call_of_maturing_is_coherent", "maturing" },
	{ "every_call_of_optimizing_is_coherent", "optimizing" },
};

static void profile_case_run(void **state)
{
	const struct profile_case *c = *state;
	struct witness w = run(c->profile, 3);

	assert_int_equal(w.incoherent, 0);
	assert_int_equal(w.repeated, 0);
	assert_int_equal(w.late_pieces, 0);
}

static int refuses(struct sim_sink *s, const struct sim_call *c, struct fault *fault)
{
	(void)s;
	(void)c;
	return fault_set(fault, -ENOSPC, "full");
}

static void a_sink_that_fails_ends_the_run(void **state)
{
	struct witness w = { .sink = { on_record, refuses, on_piece, NULL } };
	struct sim_plan plan = plan_of("beginning", 1);
	struct sim_books books;
	struct fault fault;

	(void)state;
	sim_books_init(&books);
	assert_int_equal(sim_run(&plan, &w.sink, &books, &fault), -ENOSPC);
	sim_books_free(&books);
}

static const struct bad_plan {
	const char *name;
	unsigned days;
	double contacts;
} bad_plans[] = {
	{ "no_days_are_refused", 0, 200 },
	{ "more_than_a_year_is_refused", 367, 200 },
	{ "too_few_contacts_are_refused", 3, 10 },
	{ "too_many_contacts_are_refused", 3, 100000 },
	{ "contacts_that_are_no_number_are_refused", 3, NAN },
};

static void bad_plan_run(void **state)
{
	const struct bad_plan *c = *state;
	struct sim_plan plan = plan_of("beginning", 1);
	struct sim_books books;
	struct fault fault;

	plan.days = c->days;
	plan.contacts_per_day = c->contacts;
	sim_books_init(&books);
	assert_int_equal(sim_run(&plan, NULL, &books, &fault), -EINVAL);
	sim_books_free(&books);
}

/* ---- profiles and the model ---- */

static const struct model_indicator *indicator(const struct model *m, const char *id)
{
	for (size_t a = 0; a < m->n_areas; a++) {
		for (size_t i = 0; i < m->areas[a].n_indicators; i++) {
			if (strcmp(m->areas[a].indicators[i].id, id) == 0) {
				return &m->areas[a].indicators[i];
			}
		}
	}
	return NULL;
}

static struct model *product_model(void)
{
	struct model *m;
	struct fault fault;

	assert_int_equal(model_builtin(&m, product_catalog(), &fault), 0);
	return m;
}

static void every_indicator_of_the_model_has_a_figure(void **state)
{
	struct model *m = product_model();
	size_t n = 0;

	(void)state;
	for (size_t a = 0; a < m->n_areas; a++) {
		for (size_t i = 0; i < m->areas[a].n_indicators; i++, n++) {
			assert_string_equal(m->areas[a].indicators[i].id, sim_figure_id(n));
		}
	}
	assert_int_equal(n, SIM_INDICATORS);
	for (size_t i = 0; i < m->n_context; i++) {
		assert_string_equal(m->context[i].id, sim_figure_id(SIM_INDICATORS + i));
	}
	assert_int_equal(m->n_context, SIM_FIGURES - SIM_INDICATORS);
	model_free(m);
}

/* A statement of somebody never reaches the top stage, and nobody held a review at the lowest. */
static bool excepted(const struct model_indicator *is)
{
	return is->class == MODEL_ATTESTED;
}

static void parameters_lie_in_the_stage_of_their_profile(void **state)
{
	struct model *m = product_model();
	unsigned checked = 0;

	(void)state;
	for (size_t p = 0; sim_profile_at(p) != NULL; p++) {
		for (size_t f = 0; f < SIM_INDICATORS; f++) {
			const struct model_indicator *is = indicator(m, sim_figure_id(f));
			double value = sim_profile_at(p)->value[f];
			int stage = score_stage(&m->rules, score_map(is, &m->rules, value));
			bool applies = sim_figure_truth(f) != SIM_EMERGES && !excepted(is);

			assert_true(!applies || stage == (int)p + 1);
			checked += applies;
		}
	}
	assert_true(checked > 200);
	model_free(m);
}

static void profiles_have_four_names(void **state)
{
	(void)state;
	assert_string_equal(sim_profile_at(0)->name, "beginning");
	assert_string_equal(sim_profile_at(3)->name, "optimizing");
	assert_null(sim_profile_at(4));
	assert_null(sim_profile_named("perfect"));
}

/* ---- the truth ---- */

static void what_emerges_has_an_error_and_a_parameter_none(void **state)
{
	struct sim_plan plan = plan_of("maturing", 5);
	struct sim_truths t;
	struct fault fault;

	(void)state;
	assert_int_equal(sim_truths_of(&plan, 4, &t, &fault), 0);
	assert_true(t.known[SIM_SERVICE_LEVEL] && t.error[SIM_SERVICE_LEVEL] > 0);
	assert_true(t.value[SIM_SERVICE_LEVEL] > 0.5 && t.value[SIM_SERVICE_LEVEL] < 1);
	assert_true(t.known[SIM_CSAT] && t.error[SIM_CSAT] == 0 && t.value[SIM_CSAT] == 0.86);
}

/* At a size where half hours are no matter of chance: 1200 contacts a day. */
static const struct staffed_case {
	const char *name;
	const char *profile;
	double fit_low;
	double fit_high;
} staffed_cases[] = {
	{ "rosters_of_beginning_do_not_fit", "beginning", 0, 0.7 },
	{ "rosters_of_developing_fit_badly", "developing", 0.7, 0.8 },
	{ "rosters_of_maturing_fit", "maturing", 0.8, 0.9 },
	{ "rosters_of_optimizing_fit_well", "optimizing", 0.9, 1 },
};

static void staffed_case_run(void **state)
{
	const struct staffed_case *c = *state;
	struct sim_plan plan = plan_of(c->profile, 5);
	struct sim_truths t;
	struct fault fault;

	plan.contacts_per_day = SIM_CONTACTS_A_DAY;
	plan.days = 7;
	assert_int_equal(sim_truths_of(&plan, 2, &t, &fault), 0);
	assert_true(t.value[SIM_STAFFING_FIT] >= c->fit_low);
	assert_true(t.value[SIM_STAFFING_FIT] < c->fit_high);
}

static void crowded_shifts_are_those_of_the_lowest_profile(void **state)
{
	struct sim_plan low = plan_of("beginning", 5);
	struct sim_plan high = plan_of("optimizing", 5);
	struct sim_truths of_low;
	struct sim_truths of_high;
	struct fault fault;

	(void)state;
	low.contacts_per_day = SIM_CONTACTS_A_DAY;
	high.contacts_per_day = SIM_CONTACTS_A_DAY;
	assert_int_equal(sim_truths_of(&low, 2, &of_low, &fault), 0);
	assert_int_equal(sim_truths_of(&high, 2, &of_high, &fault), 0);
	assert_true(of_low.value[SIM_OCCUPANCY_OVER_85] > 0.1);
	assert_true(of_high.value[SIM_OCCUPANCY_OVER_85] < 0.1);
	assert_true(of_low.value[SIM_QA_SAMPLE] > 0.3);
	assert_true(of_high.value[SIM_QA_SAMPLE] < 0.1);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, a_seed_gives_the_same_site);
	cases_test(&c, another_seed_gives_another_site);
	cases_table(&c, profile_cases, profile_case_run);
	cases_table(&c, bad_plans, bad_plan_run);
	cases_test(&c, a_sink_that_fails_ends_the_run);
	cases_test(&c, every_indicator_of_the_model_has_a_figure);
	cases_test(&c, parameters_lie_in_the_stage_of_their_profile);
	cases_test(&c, profiles_have_four_names);
	cases_test(&c, what_emerges_has_an_error_and_a_parameter_none);
	cases_table(&c, staffed_cases, staffed_case_run);
	cases_test(&c, crowded_shifts_are_those_of_the_lowest_profile);
	return cases_run("simulate_site", &c, NULL, NULL);
}
