#include "common/log.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/cases.h"

/* Standard error goes into a file without a name while a test runs. */
struct capture {
	FILE *file;
	int real_stderr;
	char text[4096];
};

static int capture_begin(void **state)
{
	static struct capture c;

	c.file = tmpfile();
	c.real_stderr = dup(STDERR_FILENO);
	*state = &c;
	(void)unsetenv("JOURNAL_STREAM");
	return c.file != NULL && dup2(fileno(c.file), STDERR_FILENO) >= 0 ? 0 : -1;
}

static int capture_end(void **state)
{
	struct capture *c = *state;

	(void)dup2(c->real_stderr, STDERR_FILENO);
	(void)close(c->real_stderr);
	(void)fclose(c->file);
	log_open("cxmeter", LOG_LEVEL_INFO);
	return 0;
}

static const char *written(struct capture *c)
{
	ssize_t n = pread(fileno(c->file), c->text, sizeof(c->text) - 1, 0);

	c->text[n > 0 ? n : 0] = '\0';
	return c->text;
}

static void line_names_program_level_and_part(void **state)
{
	log_open("cxmeter-agent", LOG_LEVEL_DEBUG);
	log_err("spool", "cannot open %s", "/x");
	log_warn("uplink", "certificate ends in %d days", 13);
	log_info("agent", "started");
	log_debug("tail", "offset=%d", 7);
	assert_string_equal(written(*state),
	                    "cxmeter-agent: error: spool: cannot open /x\n"
	                    "cxmeter-agent: warning: uplink: certificate ends in 13 days\n"
	                    "cxmeter-agent: agent: started\n"
	                    "cxmeter-agent: tail: offset=7\n");
}

static void what_is_too_quiet_is_not_printed(void **state)
{
	struct log_limit limit = { 0 };

	log_open("a", LOG_LEVEL_WARN);
	log_info("x", "not this");
	log_limited(&limit, LOG_LEVEL_INFO, "x", "nor this");
	log_warn("x", "this");
	assert_string_equal(written(*state), "a: warning: x: this\n");
	assert_int_equal(limit.left_out, 0);
}

static void set_journal(int fd)
{
	char stream[64];
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	(void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
	               (uintmax_t)st.st_ino);
	(void)setenv("JOURNAL_STREAM", stream, 1);
}

static void journal_gets_a_syslog_level_in_place_of_the_program(void **state)
{
	set_journal(STDERR_FILENO);
	log_open("cxmeter-agent", LOG_LEVEL_DEBUG);
	log_err("spool", "a");
	log_warn("spool", "b");
	log_info("spool", "c");
	log_debug("spool", "d");
	assert_string_equal(written(*state),
	                    "<3>spool: a\n<4>spool: b\n<6>spool: c\n<7>spool: d\n");
}

/* Before: the variable alone decided, and a terminal under a desktop's session has it too. */
static const struct stream_case {
	const char *name;
	const char *stream;
} other_streams[] = {
	{ "stream_of_another_file", "1:2" },
	{ "stream_without_inode", "1" },
	{ "stream_empty", "" },
	{ "stream_of_no_numbers", "a:b" },
};

static void another_stream_than_the_journal_gets_plain_lines(void **state)
{
	const struct stream_case *row = *state;
	void *capture;

	assert_int_equal(capture_begin(&capture), 0);
	(void)setenv("JOURNAL_STREAM", row->stream, 1);
	log_open("p", LOG_LEVEL_INFO);
	log_info("x", "y");
	assert_string_equal(written(capture), "p: x: y\n");
	assert_int_equal(capture_end(&capture), 0);
}

/* CVE-2025-12977 is this in another collector: a line break in a name forges a line of the log. */
static void control_characters_cannot_forge_a_line(void **state)
{
	log_open("a", LOG_LEVEL_INFO);
	log_info("drop", "ignored %s", "x\na: error: root: \x1b[31mforged\r\x7f\xc3\xa4");
	assert_string_equal(written(*state),
	                    "a: drop: ignored x?a: error: root: ?[31mforged??\xc3\xa4\n");
}

static void long_line_is_cut_and_ended(void **state)
{
	char text[3000];
	const char *line;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_open("a", LOG_LEVEL_INFO);
	log_info("p", "%s", text);
	line = written(*state);
	assert_int_equal(strlen(line), strlen("a: p: ") + 1023 + 1);
	assert_int_equal(line[strlen(line) - 1], '\n');
}

static void message_in_a_flood_is_printed_once_and_then_counted(void **state)
{
	struct log_limit limit = { 0 };

	log_open("a", LOG_LEVEL_INFO);
	log_limited(&limit, LOG_LEVEL_WARN, "tls", "refused %d", 1);
	limit.last_mono_us = INT64_MAX; /* no second is ever over */
	for (int i = 2; i < 102; i++) {
		log_limited(&limit, LOG_LEVEL_WARN, "tls", "refused %d", i);
	}
	assert_int_equal(limit.left_out, 100);
	limit.last_mono_us = INT64_MIN / 2; /* it was long ago */
	log_limited(&limit, LOG_LEVEL_WARN, "tls", "refused %d", 102);
	assert_int_equal(limit.left_out, 0);
	assert_string_equal(written(*state),
	                    "a: warning: tls: refused 1\n"
	                    "a: warning: tls: refused 102 (100 more like this left out)\n");
}

int main(void)
{
	static struct cases c;
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(line_names_program_level_and_part, capture_begin,
		                                capture_end),
		cmocka_unit_test_setup_teardown(what_is_too_quiet_is_not_printed, capture_begin,
		                                capture_end),
		cmocka_unit_test_setup_teardown(journal_gets_a_syslog_level_in_place_of_the_program,
		                                capture_begin, capture_end),
		cmocka_unit_test_setup_teardown(control_characters_cannot_forge_a_line,
		                                capture_begin, capture_end),
		cmocka_unit_test_setup_teardown(long_line_is_cut_and_ended, capture_begin,
		                                capture_end),
		cmocka_unit_test_setup_teardown(message_in_a_flood_is_printed_once_and_then_counted,
		                                capture_begin, capture_end),
	};

	cases_table(&c, other_streams, another_stream_than_the_journal_gets_plain_lines);
	return cmocka_run_group_tests(tests, NULL, NULL) + cases_run("streams", &c, NULL, NULL);
}
