/* The folder of a made-up site: whose it is, what lies in it, that it is always the same. */
#include "simulate/folder.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/when.h"
#include "simulate/truth.h"
#include "tests/support/cases.h"
#include "tests/support/temp.h"

struct stage {
	struct temp dir;
	char path[300];
	struct sim_plan plan;
	struct fault fault;
};

static int setup(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	temp_open(&s->dir);
	(void)snprintf(s->path, sizeof(s->path), "%s/site", s->dir.dir);
	s->plan = (struct sim_plan){ .name = "nord",
		                     .profile = sim_profile_named("maturing"),
		                     .days = 2,
		                     .seed = 1,
		                     .contacts_per_day = 100 };
	assert_int_equal(when_use_zone("Europe/Berlin", &s->fault), 0);
	assert_int_equal(when_parse_date(SLICE("2026-09-21"), &s->plan.first_day), 0);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct stage *s = *state;

	temp_remove(&s->dir);
	free(s);
	return 0;
}

static int write_site(struct stage *s, const char *path)
{
	struct sim_truths truths = { .known = { true } };
	struct sim_folder *f;
	struct sim_books books;
	int failed;
	int rc;

	sim_books_init(&books);
	rc = sim_folder_open(&f, path, &s->plan, "Europe/Berlin", &s->fault);
	rc = rc == 0 ? sim_run(&s->plan, sim_folder_sink(f), &books, &s->fault) : rc;
	failed = sim_folder_close(f, &s->fault);
	rc = rc == 0 ? failed : rc;
	rc = rc == 0 ? sim_truth_write(path, &s->plan, &truths, &books, &s->fault) : rc;
	sim_books_free(&books);
	return rc;
}

/* FNV-1a over a file; 0 when it cannot be read. */
static uint64_t digest(const char *folder, const char *name)
{
	char path[400];
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	FILE *in;
	int c;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	in = fopen(path, "re");
	assert_non_null(in);
	while ((c = getc(in)) != EOF) {
		hash = (hash ^ (uint64_t)c) * UINT64_C(0x100000001b3);
	}
	assert_int_equal(fclose(in), 0);
	return hash;
}

static const char *const files[] = {
	"simulated.json",
	"queue_log",
	"cel.csv",
	"truth.json",
	"drop/Survey.csv",
	"drop/ContactFact.csv",
	"drop/Attestation-cx_charter_attested-0.yaml.sig",
	"drop/Forecast.csv",
	"drop/Shift.csv",
	"drop/Evaluation.csv",
	"drop/Case.csv",
	"drop/KnowledgeUse.csv",
	"drop/ReportedFigure.csv",
	"drop/Posture.csv",
	"drop/Gauge.csv",
	"drop/Dialog.csv",
	"drop/MediaStream.csv",
	"drop/HeadCount.csv",
	"drop/Presence.csv",
	"drop/BusinessFigure.csv",
};

static void a_seed_gives_the_same_bytes(void **state)
{
	struct stage *s = *state;
	char other[300];

	(void)snprintf(other, sizeof(other), "%s/other", s->dir.dir);
	assert_int_equal(write_site(s, s->path), 0);
	assert_int_equal(write_site(s, other), 0);
	for (size_t i = 0; i < COUNT(files); i++) {
		assert_true(digest(s->path, files[i]) == digest(other, files[i]));
	}
}

static void a_folder_made_before_is_made_anew(void **state)
{
	struct stage *s = *state;
	uint64_t first;

	assert_int_equal(write_site(s, s->path), 0);
	first = digest(s->path, "queue_log");
	s->plan.seed = 2;
	assert_int_equal(write_site(s, s->path), 0);
	assert_true(digest(s->path, "queue_log") != first);
}

static void a_folder_of_somebody_else_is_left_alone(void **state)
{
	struct stage *s = *state;
	const char *mine = temp_text(&s->dir, "thesis.txt", "years of work");
	uint64_t before = digest(s->dir.dir, "thesis.txt");

	assert_non_null(mine);
	assert_int_equal(write_site(s, s->dir.dir), -EEXIST);
	assert_non_null(strstr(s->fault.text, "not made by cxmeter simulate"));
	assert_true(digest(s->dir.dir, "thesis.txt") == before);
}

static void an_empty_folder_is_taken(void **state)
{
	struct stage *s = *state;

	assert_int_equal(mkdir(s->path, 0700), 0);
	assert_int_equal(write_site(s, s->path), 0);
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
	struct stage *s = *state;

	assert_int_equal(write_site(s, "/proc/nowhere/site"), -ENOENT);
	assert_non_null(strstr(s->fault.text, "/proc/nowhere/site"));
}

/* Lines of a log never go back in time. */
static void queue_log_is_in_order(void **state)
{
	struct stage *s = *state;
	char path[400];
	char line[512];
	uint64_t last = 0;
	unsigned back = 0;
	unsigned n = 0;
	FILE *in;

	assert_int_equal(write_site(s, s->path), 0);
	(void)snprintf(path, sizeof(path), "%s/queue_log", s->path);
	in = fopen(path, "re");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in) != NULL) {
		uint64_t at = 0;

		assert_int_equal(slice_u64((struct slice){ line, 10 }, UINT64_MAX, &at), 0);
		back += at < last;
		last = at;
		n++;
	}
	assert_int_equal(fclose(in), 0);
	assert_true(n > 500);
	assert_int_equal(back, 0);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, a_seed_gives_the_same_bytes, setup, teardown);
	cases_test_with(&c, a_folder_made_before_is_made_anew, setup, teardown);
	cases_test_with(&c, a_folder_of_somebody_else_is_left_alone, setup, teardown);
	cases_test_with(&c, an_empty_folder_is_taken, setup, teardown);
	cases_test_with(&c, a_folder_that_cannot_be_made_is_named, setup, teardown);
	cases_test_with(&c, queue_log_is_in_order, setup, teardown);
	return cases_run("simulate_folder", &c, NULL, NULL);
}
