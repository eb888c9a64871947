/* What check prints and counts; users and files are tried by the checks of both programs. */
#include "common/findings.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/cases.h"

#define DAY_S 86400L

struct page {
	struct findings f;
	char *text;
	size_t len;
};

static int setup(void **state)
{
	static struct page p;

	p = (struct page){ .text = NULL };
	p.f.out = open_memstream(&p.text, &p.len);
	*state = &p;
	return p.f.out != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	struct page *p = *state;

	(void)fclose(p->f.out);
	free(p->text);
	return 0;
}

static const char *printed(struct page *p)
{
	(void)fflush(p->f.out);
	return p->text;
}

static void each_finding_is_a_line_and_is_counted(void **state)
{
	struct page *p = *state;
	struct fault fault = { 0 };

	findings_problem(&p->f, "%s: no", "a.pem");
	findings_warning(&p->f, "%s: soon", "b.pem");
	(void)fault_set(&fault, -EINVAL, "c.pem: never");
	findings_fault(&p->f, &fault);
	assert_string_equal(printed(p), "problem: a.pem: no\nwarning: b.pem: soon\n"
	                                "problem: c.pem: never\n");
	assert_int_equal(p->f.problems, 2);
	assert_int_equal(p->f.warnings, 1);
}

static void expires_in(struct page *p, long seconds)
{
	ASN1_TIME *ends = ASN1_TIME_set(NULL, time(NULL) + seconds);

	assert_non_null(ends);
	findings_expiry(&p->f, "a.pem", ends, "certificate");
	ASN1_TIME_free(ends);
}

static void what_holds_for_a_month_is_not_mentioned(void **state)
{
	struct page *p = *state;

	expires_in(p, 30 * DAY_S);
	(void)printed(p);
	assert_int_equal(p->len, 0);
}

static void what_ends_within_two_weeks_is_a_warning(void **state)
{
	struct page *p = *state;

	expires_in(p, 5 * DAY_S + DAY_S / 2);
	assert_string_equal(printed(p), "warning: a.pem: the certificate expires within 6 days: "
	                                "issue a new one\n");
}

static void what_ends_today_is_a_warning(void **state)
{
	struct page *p = *state;

	expires_in(p, DAY_S / 2);
	assert_string_equal(printed(p), "warning: a.pem: the certificate expires within 1 day: "
	                                "issue a new one\n");
}

static void what_ended_an_hour_ago_is_a_problem(void **state)
{
	struct page *p = *state;

	expires_in(p, -3600);
	assert_string_equal(printed(p),
	                    "problem: a.pem: the certificate has expired: issue a new one\n");
}

static void a_user_nobody_knows_is_a_problem_and_asked_nothing(void **state)
{
	struct page *p = *state;

	p->f.user = "no-such-user-here";
	findings_user(&p->f, "the agent");
	assert_int_equal(p->f.problems, 1);
	assert_int_equal(findings_user_may(&p->f, "/nowhere/at/all", R_OK), 0);
}

static void a_file_that_is_not_there_may_not_be_read(void **state)
{
	struct page *p = *state;

	assert_int_equal(findings_user_may(&p->f, "/nowhere/at/all", R_OK), -ENOENT);
	assert_int_equal(findings_user_may(&p->f, "/", R_OK), 0);
}

int main(void)
{
	struct cases c = { .n = 0 };

	cases_test_with(&c, each_finding_is_a_line_and_is_counted, setup, teardown);
	cases_test_with(&c, what_holds_for_a_month_is_not_mentioned, setup, teardown);
	cases_test_with(&c, what_ends_within_two_weeks_is_a_warning, setup, teardown);
	cases_test_with(&c, what_ends_today_is_a_warning, setup, teardown);
	cases_test_with(&c, what_ended_an_hour_ago_is_a_problem, setup, teardown);
	cases_test_with(&c, a_user_nobody_knows_is_a_problem_and_asked_nothing, setup, teardown);
	cases_test_with(&c, a_file_that_is_not_there_may_not_be_read, setup, teardown);
	return cases_run("common_findings", &c, NULL, NULL);
}
