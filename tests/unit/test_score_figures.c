/* What a window said is said again without reading anything, as long as nothing of it has changed:
 * tests keep an estimate that no row could give, and see whether it is believed. */
#include "collector/score/evidence/figures.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "collector/score/evidence/parts.h"
#include "collector/store/cache_file.h"
#include "common/when.h"
#include "tests/support/block_world.h"
#include "tests/support/cases.h"

#define BLOCK                                                                                      \
	"{estimator: ratio, from: Survey, of: kind == csat, good: value >= 4, lookback_days: "     \
	"60, settle_days: 2}"
#define OTHER_BLOCK                                                                                \
	"{estimator: ratio, from: Survey, of: kind == csat, good: value >= 5, lookback_days: "     \
	"60, settle_days: 2}"
#define LAST_DAY  "2026-11-22"
#define WORDS     "these words"
#define TRUE_N    26 /* of the rows below, without the two newest days */
#define MADE_UP_N 4711

struct world {
	struct score_world *w;
	struct cache *cache;
	struct score_window window;
};

static const struct estimate made_up = {
	.value = 0.125,
	.n = MADE_UP_N,
	.numerator = 1,
	.denominator = 8,
	.interval = { 0.1, 0.2 },
	.days = 27,
	.phi = NAN,
	.agents = { 12, 2 },
};

static void open_cache(struct world *f)
{
	char url[512];

	(void)snprintf(url, sizeof(url), "sqlite:%s", temp_path(&f->w->temp, "evidence.db"));
	assert_int_equal(cxm_cache_open(&f->cache, url, &f->w->fault), 0);
}

static int set_up(void **state)
{
	struct world *f = calloc(1, sizeof(*f));
	void *world = NULL;

	assert_non_null(f);
	assert_int_equal(score_world_set_up(&world), 0);
	f->w = world;
	open_cache(f);
	block_world_use(f->w, "wilson", BLOCK);
	for (int day = 1; day <= 28; day++) {
		block_world_add(f->w, "Survey", day, "10:00:00", "survey_id=%d kind=csat value=5",
		                day);
	}
	score_world_put(f->w);
	assert_int_equal(when_use_zone("UTC", &f->w->fault), 0);
	f->window = (struct score_window){ .from_day = score_world_day(LAST_DAY) - 27,
		                           .to_day = score_world_day(LAST_DAY),
		                           .timezone = "UTC" };
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct world *f = *state;
	void *world = f->w;

	cxm_cache_close(f->cache);
	free(f);
	return score_world_tear_down(&world);
}

/* Do something with the figure of a window as the engine would. */
static bool with_figure(struct world *f, int64_t left_out, const struct estimate *keep,
                        struct estimate *recall)
{
	const struct model_indicator *is = model_indicator_named(f->w->model, BLOCK_ID);
	struct tally_source from = { f->w->store, SCORE_WORLD_SITE, &f->window, NULL };
	const struct figure figure = { f->w->model, is, &from, left_out };
	struct parts parts = { 0 };
	bool found = true;

	assert_int_equal(parts_use(&parts, f->cache, &from, &f->w->fault), 0);
	if (keep != NULL) {
		figure_keep(&figure, keep);
	} else {
		found = figure_recall(&figure, recall);
	}
	parts_done(&parts);
	return found;
}

static bool believed(struct world *f, int64_t left_out)
{
	struct estimate got;

	return with_figure(f, left_out, NULL, &got) && got.n == MADE_UP_N;
}

static void keep_made_up(struct world *f)
{
	assert_true(with_figure(f, 2, &made_up, NULL));
	assert_true(believed(f, 2));
}

static double scored_n(struct world *f)
{
	return block_world_score_with(f->w, f->cache).got.n;
}

/* ---- believed ---- */

static void what_is_kept_is_the_score(void **state)
{
	struct world *f = *state;
	struct scored s;

	keep_made_up(f);
	s = block_world_score_with(f->w, f->cache);
	assert_true(s.got.n == MADE_UP_N && s.got.value == 0.125 && s.got.numerator == 1);
	assert_true(s.got.denominator == 8 && s.got.days == 27 && isnan(s.got.phi));
	assert_true(s.got.interval.low == 0.1 && s.got.interval.high == 0.2);
}

static void a_score_keeps_what_the_next_one_needs(void **state)
{
	struct world *f = *state;
	struct estimate got;

	assert_true(scored_n(f) == TRUE_N);
	assert_true(with_figure(f, 2, NULL, &got));
	assert_true(got.n == TRUE_N && got.value == 1);
}

static void why_there_is_none_is_kept_too(void **state)
{
	struct world *f = *state;
	const struct cxm_kind *kind = cxm_kind_named(f->w->catalog, SLICE("Case"));
	const struct estimate none = { .value = NAN, .why = WHY_NO_EVIDENCE, .missing = kind };
	struct estimate got;

	assert_non_null(kind);
	assert_true(with_figure(f, 2, &none, NULL));
	assert_true(with_figure(f, 2, NULL, &got));
	assert_true(isnan(got.value));
	assert_int_equal(got.why, WHY_NO_EVIDENCE);
	assert_ptr_equal(got.missing, kind);
}

static void the_window_before_keeps_its_own(void **state)
{
	struct world *f = *state;

	keep_made_up(f);
	for (int before = 0; before < 2; before++) {
		f->window.from_day -= before * 28;
		f->window.to_day -= before * 28;
		keep_made_up(f);
	}
	f->window.from_day += 28;
	f->window.to_day += 28;
	assert_true(believed(f, 2));
}

/* So many as two windows need, however many are scored: a trend must not fill the file. */
static void many_windows_take_the_room_of_two(void **state)
{
	struct world *f = *state;
	sqlite3_stmt *count = NULL;

	for (int i = 0; i < 100; i++) {
		f->window.from_day--;
		f->window.to_day--;
		assert_true(with_figure(f, 2, &made_up, NULL));
	}
	assert_int_equal(
		sqlite3_prepare_v2(f->cache->db, "SELECT count(*) FROM part", -1, &count, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(count), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(count, 0), 2);
	assert_int_equal(sqlite3_finalize(count), SQLITE_OK);
}

static void a_file_that_is_only_read_is_still_believed(void **state)
{
	struct world *f = *state;

	keep_made_up(f);
	f->cache->read_only = true;
	assert_true(scored_n(f) == MADE_UP_N);
}

static void the_days_are_never_those_of_a_figure(void **state)
{
	struct world *f = *state;
	struct score_detail detail;

	keep_made_up(f);
	detail = block_world_detail(f->w);
	assert_true(detail.scored.got.n == TRUE_N);
	assert_int_equal(detail.n_days, 28);
	score_detail_free(&detail);
}

/* ---- not believed ---- */

static void late_row(struct world *f)
{
	block_world_add(f->w, "Survey", 3, "11:00:00", "survey_id=100 kind=csat value=1");
	score_world_put(f->w);
}

static void late_row_of_the_lookback(struct world *f)
{
	block_world_add(f->w, "Survey", -31, "00:00:00", "survey_id=100 kind=csat value=1");
	score_world_put(f->w);
}

static void row_that_ranks_higher(struct world *f)
{
	block_world_add(f->w, "Survey", 3, "10:00:00",
	                "survey_id=3 kind=csat value=5 queue=support");
	score_world_put(f->w);
}

static void other_definition(struct world *f)
{
	block_world_use(f->w, "wilson", OTHER_BLOCK);
}

static void other_interval(struct world *f)
{
	block_world_use(f->w, "quasi_wilson", BLOCK);
}

static void model_with_another_word(struct world *f)
{
	block_world_use(f->w, "wilson", BLOCK "\n# another word");
}

static void longer_window(struct world *f)
{
	f->window.from_day--;
}

static void window_of_the_day_before(struct world *f)
{
	f->window.from_day--;
	f->window.to_day--;
}

static void other_zone(struct world *f)
{
	(void)snprintf(f->window.timezone, sizeof(f->window.timezone), "Europe/Berlin");
}

static void another_byte(struct world *f)
{
	assert_int_equal(sqlite3_exec(f->cache->db,
	                              "UPDATE part SET data=substr(data,1,length(data)-1)||x'01' "
	                              "WHERE instr(data, CAST('figure' AS BLOB)) > 0",
	                              NULL, NULL, NULL),
	                 SQLITE_OK);
	assert_int_equal(sqlite3_changes(f->cache->db), 1);
}

static void deleted_file(struct world *f)
{
	cxm_cache_close(f->cache);
	assert_int_equal(remove(temp_path(&f->w->temp, "evidence.db.scores")), 0);
	open_cache(f);
}

static const struct stale_case {
	const char *name;
	void (*change)(struct world *f);
} stale_cases[] = {
	{ "a_late_row_is_another_figure", late_row },
	{ "a_late_row_of_the_lookback_is_another_figure", late_row_of_the_lookback },
	{ "a_row_that_ranks_higher_is_another_figure", row_that_ranks_higher },
	{ "another_definition_is_another_figure", other_definition },
	{ "another_interval_is_another_figure", other_interval },
	{ "a_model_with_another_word_is_another_model", model_with_another_word },
	{ "a_longer_window_is_another_figure", longer_window },
	{ "the_window_of_the_day_before_is_another_figure", window_of_the_day_before },
	{ "another_zone_is_another_figure", other_zone },
	{ "a_figure_with_another_byte_is_refused", another_byte },
	{ "a_deleted_file_has_no_figure", deleted_file },
};

static void stale_run(void **state)
{
	const struct stale_case *c = *state;
	void *world = NULL;
	struct world *f;

	assert_int_equal(set_up(&world), 0);
	f = world;
	keep_made_up(f);
	c->change(f);
	assert_false(believed(f, 2));
	assert_int_equal(tear_down(&world), 0);
}

static void a_late_row_is_in_the_score(void **state)
{
	struct world *f = *state;

	keep_made_up(f);
	late_row(f);
	assert_true(scored_n(f) == TRUE_N + 1);
	assert_true(scored_n(f) == TRUE_N + 1); /* and kept */
}

static void a_duplicate_changes_nothing(void **state)
{
	struct world *f = *state;

	keep_made_up(f);
	block_world_add(f->w, "Survey", 3, "10:00:00", "survey_id=3 kind=csat value=5");
	score_world_put(f->w);
	assert_true(believed(f, 2));
}

static void rows_of_another_kind_change_nothing(void **state)
{
	struct world *f = *state;

	keep_made_up(f);
	block_world_add(f->w, "QueueContact", 3, "10:00:00", "contact=1 queue=support");
	score_world_put(f->w);
	assert_true(believed(f, 2));
}

static void days_that_have_settled_are_another_figure(void **state)
{
	struct world *f = *state;

	keep_made_up(f);
	assert_false(believed(f, 1));
}

static void without_room_every_score_is_made_anew(void **state)
{
	struct world *f = *state;

	cache_limit(f->cache, 1);
	for (int i = 0; i < 2; i++) {
		assert_true(scored_n(f) == TRUE_N);
	}
	assert_false(believed(f, 2));
}

/* ---- as bytes ---- */

static void a_figure_cut_anywhere_is_refused(void **state)
{
	struct world *f = *state;
	struct estimate got;
	struct buf out;

	buf_init(&out, 4096);
	figure_write(WORDS, &made_up, &out);
	assert_true(figure_read(WORDS, f->w->catalog, cursor_of(out.data, out.len), &got));
	assert_int_equal(got.agents.planned, 12);
	assert_int_equal(got.agents.strangers, 2);
	for (size_t n = 0; n < out.len; n++) {
		assert_false(figure_read(WORDS, f->w->catalog, cursor_of(out.data, n), &got));
	}
	buf_add_char(&out, '\0');
	assert_false(figure_read(WORDS, f->w->catalog, cursor_of(out.data, out.len), &got));
	buf_free(&out);
}

static const struct bytes_case {
	const char *name;
	const char *words;
	size_t days;
	int why;
} bytes_cases[] = {
	{ "other_words_of_one_length_are_refused", "those words", 27, WHY_NOTHING },
	{ "fewer_words_are_refused", "these", 27, WHY_NOTHING },
	{ "more_days_than_there_can_be_are_refused", WORDS, TALLY_ITEMS_MAX + 1, WHY_NOTHING },
	{ "a_reason_that_nobody_knows_is_refused", WORDS, 27, WHY_MUST_AREA_MISSING + 1 },
};

static void bytes_run(void **state)
{
	const struct bytes_case *c = *state;
	struct estimate written = made_up;
	struct estimate got;
	struct buf out;

	written.days = c->days;
	written.why = (enum score_why)c->why;
	buf_init(&out, 4096);
	figure_write(c->words, &written, &out);
	assert_false(figure_read(WORDS, &(struct cxm_catalog){ .n_kinds = 0 },
	                         cursor_of(out.data, out.len), &got));
	buf_free(&out);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, what_is_kept_is_the_score, set_up, tear_down);
	cases_test_with(&c, a_score_keeps_what_the_next_one_needs, set_up, tear_down);
	cases_test_with(&c, why_there_is_none_is_kept_too, set_up, tear_down);
	cases_test_with(&c, the_window_before_keeps_its_own, set_up, tear_down);
	cases_test_with(&c, many_windows_take_the_room_of_two, set_up, tear_down);
	cases_test_with(&c, a_file_that_is_only_read_is_still_believed, set_up, tear_down);
	cases_test_with(&c, the_days_are_never_those_of_a_figure, set_up, tear_down);
	cases_table(&c, stale_cases, stale_run);
	cases_test_with(&c, a_late_row_is_in_the_score, set_up, tear_down);
	cases_test_with(&c, a_duplicate_changes_nothing, set_up, tear_down);
	cases_test_with(&c, rows_of_another_kind_change_nothing, set_up, tear_down);
	cases_test_with(&c, days_that_have_settled_are_another_figure, set_up, tear_down);
	cases_test_with(&c, without_room_every_score_is_made_anew, set_up, tear_down);
	cases_test_with(&c, a_figure_cut_anywhere_is_refused, set_up, tear_down);
	cases_table(&c, bytes_cases, bytes_run);
	return cases_run("score_figures", &c, NULL, NULL);
}
