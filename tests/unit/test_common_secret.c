/* Which owners and modes a file that holds a secret may have. */
#include "common/secret.h"

#include <errno.h>

#include "tests/support/cases.h"

#define A_USER 1000

static const struct row {
	const char *name;
	mode_t mode;
	uid_t owner;
	int rc;
} rows[] = {
	{ "owner_only", S_IFREG | 0600, A_USER, 0 },
	{ "owner_may_only_read", S_IFREG | 0400, A_USER, 0 },
	{ "a_users_group_may_not_read", S_IFREG | 0640, A_USER, -EACCES },
	{ "roots_and_a_group_may_read", S_IFREG | 0640, 0, 0 },
	{ "roots_and_a_group_may_not_write", S_IFREG | 0660, 0, -EACCES },
	{ "roots_and_a_group_may_not_run", S_IFREG | 0650, 0, -EACCES },
	{ "roots_and_all_may_not_read", S_IFREG | 0644, 0, -EACCES },
	{ "others_may_not_run", S_IFREG | 0601, A_USER, -EACCES },
	{ "a_fifo_is_no_secret", S_IFIFO | 0600, A_USER, -EINVAL },
	{ "a_folder_is_no_secret", S_IFDIR | 0700, A_USER, -EINVAL },
};

static void row_run(void **state)
{
	const struct row *r = *state;
	struct stat st = { .st_mode = r->mode, .st_uid = r->owner };
	struct fault fault = { 0 };

	assert_int_equal(secret_check("tls/a.key", "private key", &st, &fault), r->rc);
}

static void the_message_names_the_file_its_mode_and_the_command(void **state)
{
	struct stat st = { .st_mode = S_IFREG | 0644, .st_uid = A_USER };
	struct fault fault = { 0 };

	(void)state;
	(void)secret_check("tls/a.key", "private key", &st, &fault);
	assert_string_equal(fault.text, "tls/a.key: the private key can be read by others (mode "
	                                "0644): chmod 600 tls/a.key");
}

int main(void)
{
	struct cases c = { .n = 0 };

	cases_table(&c, rows, row_run);
	cases_test(&c, the_message_names_the_file_its_mode_and_the_command);
	return cases_run("common_secret", &c, NULL, NULL);
}
