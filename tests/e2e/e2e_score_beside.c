/*
 * Scores asked for while evidence comes in, by several programs at once, as real processes: none is
 * refused, none says anything on standard error, and when all has come the card made with what was
 * kept on the way is, to the byte, the one made without.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/lab.h"

#define RUN       "tests/data/run1/"
#define AT_ONCE   3
#define LOOKS_MAX 200 /* the replay takes seconds at most */

static void url_of(const struct lab *lab, char out[2 * LAB_PATH_MAX])
{
	(void)snprintf(out, (size_t)2 * LAB_PATH_MAX, "sqlite:%s", lab_path(lab, "evidence.db"));
}

/* Started together: score, trend and score again. */
static void look(const struct lab *lab)
{
	static const char *const commands[AT_ONCE] = { "score", "trend", "score" };
	char url[2 * LAB_PATH_MAX];
	pid_t pids[AT_ONCE];

	url_of(lab, url);
	for (size_t i = 0; i < AT_ONCE; i++) {
		pids[i] = lab_spawn(lab, "looks.err", "cxmeter", commands[i], "--store", url,
		                    "--site", lab->site, "--provisional", "--format", "csv", NULL);
	}
	for (size_t i = 0; i < AT_ONCE; i++) {
		assert_int_equal(lab_wait(pids[i]), 0);
	}
}

static size_t look_until_the_end(struct lab *lab)
{
	size_t looks = 0;
	int status = 0;

	while (waitpid(lab->agent, &status, WNOHANG) == 0 && looks < LOOKS_MAX) {
		look(lab);
		looks++;
	}
	assert_true(looks < LOOKS_MAX);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	lab->agent = 0;
	return looks;
}

/* Errors and notes alike begin with the program's name. Cards go to the same file. */
static void assert_nothing_said(const struct lab *lab)
{
	FILE *f = fopen(lab_path(lab, "looks.err"), "re");
	char line[4096];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strstr(line, "cxmeter:") != NULL) {
			print_error("%s", line);
			fail();
		}
	}
	(void)fclose(f);
}

static void scores_beside_a_writer_are_never_refused_and_never_stale(void **state)
{
	struct lab lab;
	char *kept;
	char *fresh;
	char path[LAB_PATH_MAX];

	(void)state;
	lab_open(&lab, "demo");
	lab_start_collector(&lab);
	lab_write_agent(&lab, "");
	lab.agent = lab_spawn(&lab, "agent.err", "cxmeter-agent", "replay", "-c",
	                      lab_path(&lab, "agent.yaml"), "--queue-log", RUN "queue_log",
	                      "--pcap", RUN "calls.pcap.zst", "--drop", RUN "drop", NULL);
	assert_true(lab_wait_rows(&lab, "QueueContact", 1));
	print_message("%zu looks while evidence came\n", look_until_the_end(&lab));
	look(&lab);
	assert_nothing_said(&lab);

	kept = lab_scorecard(&lab);
	(void)snprintf(path, sizeof(path), "%s", lab_path(&lab, "evidence.db.scores"));
	assert_int_equal(unlink(path), 0);
	fresh = lab_scorecard(&lab);
	assert_string_equal(kept, fresh);
	free(kept);
	free(fresh);
	lab_close(&lab);
}

struct damage {
	const char *name;
	const char *content; /* of the file of scores; NULL: a folder in its place */
	const char *said;
};

static const struct damage damages[] = {
	{ "garbage",
	  "this is no database, whatever its name says; it is longer than a header of "
	  "SQLite, which has a hundred bytes to check before anything else is read",
	  "is damaged: delete it" },
	{ "a folder", NULL, "cannot keep scores there" },
};

static size_t times(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word)) != NULL) {
		n++;
		text++;
	}
	return n;
}

static void a_spoilt_file_of_scores_is_said_once_and_changes_no_card(void **state)
{
	struct lab lab;
	char url[2 * LAB_PATH_MAX];
	char path[LAB_PATH_MAX];
	char *card;

	(void)state;
	lab_open(&lab, "demo");
	lab_start_collector(&lab);
	lab_write_agent(&lab, "");
	lab_replay(&lab, "--queue-log", RUN "queue_log", "--drop", RUN "drop", NULL);
	card = lab_scorecard(&lab);
	url_of(&lab, url);
	(void)snprintf(path, sizeof(path), "%s", lab_path(&lab, "evidence.db.scores"));
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const struct damage *d = &damages[i];
		struct lab_output o;

		(void)unlink(path);
		if (d->content != NULL) {
			lab_write(&lab, "evidence.db.scores", d->content);
		} else {
			lab_run(&o, "/bin/mkdir", path, NULL);
			lab_expect_ok(&o, "mkdir");
			lab_output_free(&o);
		}
		lab_run(&o, "cxmeter", "score", "--store", url, "--site", "demo", "--provisional",
		        "--format", "json", NULL);
		lab_expect_ok(&o, d->name);
		assert_string_equal(buf_text(&o.out), card);
		assert_int_equal(times(buf_text(&o.err), "cxmeter: note:"), 1);
		assert_non_null(strstr(buf_text(&o.err), d->said));
		lab_output_free(&o);
	}
	free(card);
	lab_close(&lab);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_beside_a_writer_are_never_refused_and_never_stale),
		cmocka_unit_test(a_spoilt_file_of_scores_is_said_once_and_changes_no_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
