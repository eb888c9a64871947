/* Which version is the later one; each row was also asked of `dpkg --compare-versions` (1.21.22),
 * and is asked again where dpkg is. */
#include "agent/decode/deb_version.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/support/cases.h"
#include "tests/support/lab.h"

struct version_case {
	const char *name;
	const char *a;
	const char *b;
	int want;
};

static const struct version_case cases[] = {
	{ "same_is_same", "1.0-1", "1.0-1", 0 },
	{ "numbers_count_as_numbers", "1.9", "1.10", -1 },
	{ "zeros_in_front_do_not_count", "1.001", "1.1", 0 },
	{ "no_epoch_is_epoch_zero", "1.0", "0:1.0", 0 },
	{ "an_epoch_wins", "1:0.1", "9.9", 1 },
	{ "a_tilde_comes_before_the_end", "1.0~rc1", "1.0", -1 },
	{ "two_tildes_come_before_one", "1.0~~", "1.0~", -1 },
	{ "a_tilde_comes_before_letters", "1.0~a", "1.0a", -1 },
	{ "letters_come_before_signs", "1.0a", "1.0+", -1 },
	{ "the_end_comes_before_letters", "1.0", "1.0a", -1 },
	{ "capitals_come_before_small_letters", "1.0A", "1.0a", -1 },
	{ "a_point_comes_before_a_colon_in_upstream", "0:1.0.1", "0:1.0:1", -1 },
	{ "no_revision_is_revision_zero", "1.0", "1.0-0", 0 },
	{ "a_revision_counts", "1.0-1", "1.0-2", -1 },
	{ "the_last_hyphen_begins_the_revision", "1.0-1-1", "1.0-2", 1 },
	{ "a_security_update_is_later", "3.0.11-1~deb12u2", "3.0.11-1~deb12u1", 1 },
	{ "a_backport_is_earlier", "1:20.6.0~dfsg+~cs6.13.40431414-2~bpo12+1",
	  "1:20.6.0~dfsg+~cs6.13.40431414-2", -1 },
	{ "a_source_upload_is_later", "1.0-1+b1", "1.0-1", 1 },
	{ "long_numbers_do_not_overflow", "1.99999999999999999999999", "1.100000000000000000000000",
	  -1 },
	{ "letters_against_a_number", "1.0alpha", "1.01", -1 },
	{ "debian_asterisk", "1:16.28.0~dfsg-0+deb11u3", "1:16.28.0~dfsg-0+deb11u4", -1 },
};

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

static void versions_are_ordered(void **state)
{
	const struct version_case *c = *state;

	assert_int_equal(sign(deb_version_compare(slice_of(c->a), slice_of(c->b))), c->want);
	assert_int_equal(sign(deb_version_compare(slice_of(c->b), slice_of(c->a))), -c->want);
}

static void dpkg_says_the_same(void **state)
{
	static const char *const relation[] = { "lt", "eq", "gt" };
	const struct version_case *c = *state;
	struct lab_output o;

	lab_run(&o, "/usr/bin/dpkg", "--compare-versions", c->a, relation[c->want + 1], c->b, NULL);
	lab_expect_ok(&o, c->name);
	lab_output_free(&o);
}

static void what_dpkg_would_refuse_is_still_ordered(void **state)
{
	static const char *const odd[] = { "",  ":",    "-",  "a:b-c",   "1:",
		                           "~", "1.0-", "-1", "\x80\xff" };

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++) {
		for (size_t k = 0; k < COUNT(odd); k++) {
			assert_int_equal(
				sign(deb_version_compare(slice_of(odd[i]), slice_of(odd[k]))),
				-sign(deb_version_compare(slice_of(odd[k]), slice_of(odd[i]))));
		}
	}
}

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, versions_are_ordered);
	cases_table(&c, cases, dpkg_says_the_same);
	cases_test(&c, what_dpkg_would_refuse_is_still_ordered);
	return cases_run("decode_deb_version", &c, NULL, NULL);
}
