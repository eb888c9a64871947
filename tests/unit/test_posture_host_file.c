/* Reading files of the host: bounded, never waiting, and with advice where it is not allowed. */
#include "agent/posture/host_file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/posture/listeners.h"
#include "tests/support/cases.h"
#include "tests/support/posture_world.h"

struct read_case {
	const char *name;
	const char *text;
	size_t max; /* of the buffer: one more than it holds */
	bool tail;
	int rc;
	const char *want;
};

static const struct read_case reads[] = {
	{ "a_whole_file", "12345", 100, false, 0, "12345" },
	{ "a_whole_file_from_its_end", "12345", 100, true, 0, "12345" },
	{ "the_beginning_of_a_longer_one", "123456789", 6, false, 1, "12345" },
	{ "the_end_of_a_longer_one", "123456789", 6, true, 1, "56789" },
	{ "an_empty_file", "", 100, false, 0, "" },
};

static void files_are_read_up_to_a_limit(void **state)
{
	const struct read_case *c = *state;
	struct posture_world w;
	struct buf out;

	posture_world_open(&w, "");
	posture_world_file(&w, "/etc/file", c->text);
	buf_init(&out, c->max);
	assert_int_equal(host_read(&w.scan, "/etc/file", c->tail, &out), c->rc);
	assert_int_equal(out.len, strlen(c->want));
	assert_string_equal(buf_text(&out), c->want);
	buf_free(&out);
	posture_world_close(&w);
}

static void what_is_no_file_is_refused_without_waiting(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	assert_int_equal(mkfifo(posture_world_path(&w, "/pipe"), 0644), 0);
	assert_int_equal(mkdir(posture_world_path(&w, "/folder"), 0755), 0);
	assert_int_equal(host_open(&w.scan, "/pipe"), -EINVAL);
	assert_int_equal(host_open(&w.scan, "/folder"), -EINVAL);
	assert_int_equal(host_open(&w.scan, "/none"), -ENOENT);
	posture_world_close(&w);
}

static void a_link_is_followed(void **state)
{
	struct posture_world w;
	int fd;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/real", "1");
	assert_int_equal(symlink("real", posture_world_path(&w, "/link")), 0);
	fd = host_open(&w.scan, "/link");
	assert_true(fd >= 0);
	(void)close(fd);
	posture_world_close(&w);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	char path[2 * POSTURE_PATH_MAX];
	struct posture_world w;

	(void)state;
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	posture_world_open(&w, "");
	assert_int_equal(host_open(&w.scan, path), -ENAMETOOLONG);
	posture_world_close(&w);
}

struct advice_case {
	const char *name;
	mode_t mode;
	int error;
	const char *says;
};

static const struct advice_case advices[] = {
	{ "a_group_that_may_read_is_named", 0640, -EACCES, "put the agent's user into group" },
	{ "one_that_may_not_is_to_be_allowed", 0600, -EACCES, "chmod g+r" },
	{ "anything_else_is_told_as_it_is", 0640, -ENOENT, "No such file or directory" },
};

static void what_may_not_be_read_comes_with_advice(void **state)
{
	const struct advice_case *c = *state;
	struct posture_finding *f;
	struct posture_world w;

	posture_world_open(&w, "");
	posture_world_file(&w, "/etc/asterisk/manager.conf", "");
	assert_int_equal(chmod(posture_world_path(&w, "/etc/asterisk/manager.conf"), c->mode), 0);
	f = posture_report_add(&w.report, "ami_exposed", "manager.conf");
	f->result = CXM__POSTURE__RESULT__PASS;
	host_unreadable(&w.scan, f, "/etc/asterisk/manager.conf", c->error);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__UNKNOWN);
	assert_non_null(strstr(f->value, "/etc/asterisk/manager.conf: "));
	assert_non_null(strstr(f->value, c->says));
	posture_world_close(&w);
}

/* ---- listeners ---- */

#define TAIL " 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100\n"

static void listeners_beyond_the_limit_are_counted(void **state)
{
	static char text[(LISTENERS_MAX + 10) * 120];
	struct listeners all;
	struct posture_world w;
	size_t len = 0;

	(void)state;
	for (unsigned i = 0; i < LISTENERS_MAX + 10; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "   %u: 00000000:%04X" TAIL,
		                        i, i + 1);
	}
	posture_world_open(&w, "");
	posture_world_file(&w, "/proc/net/tcp", text);
	listeners_read(&w.scan, &all);
	assert_int_equal(all.error, 0);
	assert_int_equal(all.n, LISTENERS_MAX);
	assert_int_equal(all.beyond, 10);
	posture_world_close(&w);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, reads, files_are_read_up_to_a_limit);
	cases_test(&c, what_is_no_file_is_refused_without_waiting);
	cases_test(&c, a_link_is_followed);
	cases_test(&c, a_path_that_is_too_long_is_refused);
	cases_table(&c, advices, what_may_not_be_read_comes_with_advice);
	cases_test(&c, listeners_beyond_the_limit_are_counted);
	return cases_run("posture_host_file", &c, NULL, NULL);
}
