/* The list of packages that dpkg keeps. */
#include "agent/decode/dpkg_status.h"

#include "tests/support/cases.h"

static void assert_slice(struct slice got, const char *want)
{
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.at, want, got.len);
}

static void a_package_has_name_version_and_state(void **state)
{
	struct slice rest =
		SLICE("Package: asterisk\nStatus: install ok installed\n"
	              "Version: 1:20.6.0~dfsg-1\nDescription: PBX\n Package: none\n .\n");
	struct dpkg_package p;

	(void)state;
	assert_int_equal(dpkg_status_next(&rest, &p), 1);
	assert_slice(p.name, "asterisk");
	assert_slice(p.version, "1:20.6.0~dfsg-1");
	assert_slice(p.source, "asterisk");
	assert_slice(p.source_version, "1:20.6.0~dfsg-1");
	assert_true(p.installed);
	assert_int_equal(dpkg_status_next(&rest, &p), 0);
}

static void a_source_of_another_name_and_version_is_told(void **state)
{
	struct slice rest = SLICE("Package: libssl3\nSource: openssl (3.0.11-1)\n"
	                          "Status: hold ok installed\nVersion: 3.0.11-1+b1\n");
	struct dpkg_package p;

	(void)state;
	assert_int_equal(dpkg_status_next(&rest, &p), 1);
	assert_slice(p.source, "openssl");
	assert_slice(p.source_version, "3.0.11-1");
	assert_true(p.installed);
}

static void what_is_removed_is_not_installed(void **state)
{
	struct slice rest = SLICE("Package: a\nStatus: deinstall ok config-files\nVersion: 1\n\n"
	                          "Package: b\nStatus: install ok half-configured\nVersion: 2\n\n");
	struct dpkg_package p;

	(void)state;
	assert_int_equal(dpkg_status_next(&rest, &p), 1);
	assert_false(p.installed);
	assert_int_equal(dpkg_status_next(&rest, &p), 1);
	assert_slice(p.name, "b");
	assert_true(p.installed);
}

static void paragraphs_without_name_or_version_are_passed_over(void **state)
{
	struct slice rest =
		SLICE("\n\nPackage: a\n\nVersion: 1\n\nno colon\n\nPackage: b\nVersion: 2");
	struct dpkg_package p;

	(void)state;
	assert_int_equal(dpkg_status_next(&rest, &p), 1);
	assert_slice(p.name, "b");
	assert_slice(p.version, "2");
	assert_false(p.installed);
	assert_int_equal(dpkg_status_next(&rest, &p), 0);
	assert_int_equal(dpkg_status_next(&rest, &p), 0);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, a_package_has_name_version_and_state);
	cases_test(&c, a_source_of_another_name_and_version_is_told);
	cases_test(&c, what_is_removed_is_not_installed);
	cases_test(&c, paragraphs_without_name_or_version_are_passed_over);
	return cases_run("decode_dpkg_status", &c, NULL, NULL);
}
