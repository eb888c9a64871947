#include "common/fault.h"

#include <errno.h>

#include "tests/support/cases.h"

static void fault_keeps_code_and_text(void **state)
{
	struct fault fault;

	(void)state;
	assert_int_equal(fault_set(&fault, -22, "%s:%d: no", "conf.yaml", 3), -22);
	assert_int_equal(fault.code, -22);
	assert_string_equal(fault.text, "conf.yaml:3: no");
}

static void nobody_may_want_to_know(void **state)
{
	(void)state;
	assert_int_equal(fault_set(NULL, -5, "%s", "x"), -5);
	fault_prefix(NULL, "%s", "x");
}

static void prefix_goes_in_front(void **state)
{
	struct fault fault;

	(void)state;
	(void)fault_set(&fault, -2, "cannot open");
	fault_prefix(&fault, "source %d", 7);
	assert_string_equal(fault.text, "source 7: cannot open");
	assert_int_equal(fault.code, -2);
}

static void long_text_is_cut_at_the_limit(void **state)
{
	struct fault fault;
	char text[FAULT_TEXT_MAX * 2];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)fault_set(&fault, -1, "%s", text);
	assert_int_equal(strlen(fault.text), FAULT_TEXT_MAX - 1);
	fault_prefix(&fault, "front");
	assert_memory_equal(fault.text, "front: xxx", 10);
	assert_int_equal(strlen(fault.text), FAULT_TEXT_MAX - 1);
	fault_prefix(&fault, "%s", text);
	assert_int_equal(strlen(fault.text), FAULT_TEXT_MAX - 1);
}

static void what_may_pass_by_itself_is_no_matter_of_configuration(void **state)
{
	static const int passing[] = { -EADDRINUSE, -ENOSPC, -EIO, -EAGAIN, -EBUSY, -ENOMEM };
	static const int lasting[] = { -EINVAL, -ENOENT, -EACCES, -EKEYEXPIRED, -EADDRNOTAVAIL };

	(void)state;
	for (size_t i = 0; i < COUNT(passing); i++) {
		assert_int_equal(fault_exit_code(passing[i]), 1);
	}
	for (size_t i = 0; i < COUNT(lasting); i++) {
		assert_int_equal(fault_exit_code(lasting[i]), 2);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_pass_by_itself_is_no_matter_of_configuration),
		cmocka_unit_test(fault_keeps_code_and_text),
		cmocka_unit_test(nobody_may_want_to_know),
		cmocka_unit_test(prefix_goes_in_front),
		cmocka_unit_test(long_text_is_cut_at_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
