/* The E-model against the values of the model's appendix (computed from ITU-T G.107, printed to
 * four digits). */
#include "agent/track/emodel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HALF_DIGIT 0.00005000001 /* the last printed digit, rounded */

static void assert_printed(double got, double want)
{
	assert_true(fabs(got - want) <= HALF_DIGIT);
}

static const struct mos_case {
	const char *name;
	double r;
	double mos;
} mos_cases[] = {
	{ "mos_of_r_93_2", 93.2, 4.4093 },    { "mos_of_r_90", 90, 4.3390 },
	{ "mos_of_r_80", 80, 4.0240 },        { "mos_of_r_70", 70, 3.5970 },
	{ "mos_of_r_60", 60, 3.1000 },        { "mos_of_r_50", 50, 2.5750 },
	{ "mos_of_r_20", 20, 1.2520 },        { "mos_of_r_100_is_the_most_there_is", 100, 4.5 },
	{ "mos_of_r_0_is_1", 0, 1.0 },        { "mos_of_negative_r_is_1", -12, 1.0 },
	{ "mos_never_dips_under_1", 4, 1.0 },
};

static void mos_case_run(void **state)
{
	const struct mos_case *c = *state;

	assert_printed(emodel_mos(c->r), c->mos);
}

static const struct idd_case {
	const char *name;
	double delay_ms;
	double idd;
} idd_cases[] = {
	{ "no_delay_impairs_nothing", 0, 0 }, { "delay_of_100_ms_impairs_nothing", 100, 0 },
	{ "idd_of_150_ms", 150, 0.1635 },     { "idd_of_200_ms", 200, 3.0444 },
	{ "idd_of_250_ms", 250, 8.9167 },     { "idd_of_300_ms", 300, 14.7607 },
	{ "idd_of_400_ms", 400, 24.0701 },    { "idd_of_500_ms", 500, 30.6359 },
};

static void idd_case_run(void **state)
{
	const struct idd_case *c = *state;

	assert_printed(emodel_idd(c->delay_ms), c->idd);
}

static const struct r_case {
	const char *name;
	struct emodel_codec codec;
	double loss_percent;
	double burst_ratio;
	double delay_ms;
	double ie_eff;
	double r;
	double mos;
} r_cases[] = {
	{ "g711_with_plc_clean", { 0, 25.1 }, 0, 1, 0, 0, 93.2, 4.4093 },
	{ "g711_with_plc_1_percent", { 0, 25.1 }, 1, 1, 0, 3.6398, 89.5602, 4.3281 },
	{ "g711_with_plc_1_percent_150_ms", { 0, 25.1 }, 1, 1, 150, 3.6398, 89.3966, 4.3239 },
	{ "g711_with_plc_5_percent", { 0, 25.1 }, 5, 1, 0, 15.7807, 77.4193, 3.9228 },
	{ "g711_without_plc_1_percent", { 0, 4.3 }, 1, 1, 0, 17.9245, 75.2755, 3.8337 },
	{ "g729_clean", { 11, 19.0 }, 0, 1, 0, 11, 82.2, 4.1044 },
	{ "g729_2_percent", { 11, 19.0 }, 2, 1, 0, 19.0, 74.2, 3.7873 },
	{ "g729_2_percent_in_bursts_200_ms", { 11, 19.0 }, 2, 2, 200, 19.4, 70.7556, 3.6322 },
	{ "g711_with_plc_3_percent_in_bursts_300_ms",
	  { 0, 25.1 },
	  3,
	  2,
	  300,
	  10.7143,
	  67.7250,
	  3.4886 },
};

static void r_case_run(void **state)
{
	const struct r_case *c = *state;
	struct emodel_input in = { c->codec, c->loss_percent / 100, c->burst_ratio, c->delay_ms };
	double r = emodel_r(&in);

	assert_printed(emodel_ie_eff(&c->codec, in.loss_ratio, in.burst_ratio), c->ie_eff);
	assert_printed(r, c->r);
	assert_printed(emodel_mos(r), c->mos);
}

static void loss_that_avoids_bursts_counts_as_random(void **state)
{
	struct emodel_codec g711 = { 0, 25.1 };

	(void)state;
	assert_true(emodel_ie_eff(&g711, 0.05, 0.5) == emodel_ie_eff(&g711, 0.05, 1));
	assert_true(emodel_ie_eff(&g711, 0.05, 0) == emodel_ie_eff(&g711, 0.05, 1));
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int main(void)
{
	struct CMUnitTest tests[COUNT(mos_cases) + COUNT(idd_cases) + COUNT(r_cases) + 1];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(mos_cases); i++) {
		tests[n++] = (struct CMUnitTest){ mos_cases[i].name, mos_case_run, NULL, NULL,
			                          (void *)(uintptr_t)&mos_cases[i] };
	}
	for (size_t i = 0; i < COUNT(idd_cases); i++) {
		tests[n++] = (struct CMUnitTest){ idd_cases[i].name, idd_case_run, NULL, NULL,
			                          (void *)(uintptr_t)&idd_cases[i] };
	}
	for (size_t i = 0; i < COUNT(r_cases); i++) {
		tests[n++] = (struct CMUnitTest){ r_cases[i].name, r_case_run, NULL, NULL,
			                          (void *)(uintptr_t)&r_cases[i] };
	}
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(loss_that_avoids_bursts_counts_as_random);
	return cmocka_run_group_tests_name("emodel", tests, NULL, NULL);
}
