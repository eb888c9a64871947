#include "tests/support/block_world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/when.h"
#include "tests/support/catalog.h"

#define MODEL_MAX_BYTES ((size_t)1024 * 1024)
#define FIRST_DAY       "2026-10-26"
#define LAST_DAY        "2026-11-22"

static char *method_and_sources(const char **sources)
{
	char *whole = calloc(1, MODEL_MAX_BYTES);
	FILE *file = fopen("model/talkdesk.yaml", "rb");
	char *areas;

	assert_non_null(whole);
	assert_non_null(file);
	assert_true(fread(whole, 1, MODEL_MAX_BYTES - 1, file) > 0);
	(void)fclose(file);
	/* the last of the method names areas that the test does not have */
	areas = strstr(whole, "\n  overall:");
	*sources = strstr(whole, "\nsources:");
	assert_non_null(areas);
	assert_non_null(*sources);
	*areas = '\0';
	return whole;
}

int block_world_try(struct score_world *w, const char *interval, const char *block)
{
	const char *sources;
	char *method = method_and_sources(&sources);
	char *text = calloc(1, MODEL_MAX_BYTES);
	struct model *m = NULL;
	int n;
	int rc;

	assert_non_null(text);
	n = snprintf(text, MODEL_MAX_BYTES,
	             "%s\nareas:\n- id: area\n  name: A\n  name_de: A\n  needs: n\n  needs_de: n\n "
	             " weight: 1\n  indicators:\n"
	             "  - id: " BLOCK_ID
	             "\n    name: P\n    name_de: P\n    evidence_class: measured\n"
	             "    unit: ratio\n    direction: higher\n    formula: f\n    telemetry: t\n   "
	             " telemetry_de: t\n"
	             "    gaming: g\n    counter: c\n    anchors: [0, 0.2, 0.4, 0.6, 0.8]\n"
	             "    thresholds:\n      s1_s2: {value: 0.2, source: proposed}\n"
	             "      s2_s3: {value: 0.4, source: proposed}\n"
	             "      s3_s4: {value: 0.6, source: proposed}\n"
	             "    min_n: 1\n    interval: %s\n    weight: 1\n"
	             "    dependence_group: " BLOCK_ID "\n    evidence: %s\n"
	             "context_indicators:\n- id: figure\n  name: F\n  name_de: F\n  formula: f\n  "
	             "telemetry: t\n  telemetry_de: t\n"
	             "  unit: ratio\n  use: u\n%s",
	             method, interval, block, sources);
	assert_true(n > 0 && (size_t)n < MODEL_MAX_BYTES);
	rc = model_parse(&m, "test.yaml", text, strlen(text), w->catalog, &w->fault);
	if (rc == 0) {
		model_free(w->model);
		w->model = m;
	}
	free(text);
	free(method);
	return rc;
}

void block_world_use(struct score_world *w, const char *interval, const char *block)
{
	if (block_world_try(w, interval, block) != 0) {
		print_error("%s\n", w->fault.text);
		fail();
	}
}

static struct score_request last_month(int32_t days[2])
{
	days[0] = score_world_day(FIRST_DAY);
	days[1] = score_world_day(LAST_DAY);
	return (struct score_request){ .site = SCORE_WORLD_SITE,
		                       .from_day = &days[0],
		                       .to_day = &days[1] };
}

struct scored block_world_score(struct score_world *w)
{
	return block_world_score_with(w, NULL);
}

struct scored block_world_score_with(struct score_world *w, struct cache *cache)
{
	int32_t days[2];
	struct score_request request = last_month(days);
	struct scorecard *card;
	struct scored s;

	request.cache = cache;
	card = score_world_card(w, &request);
	s = *score_world_of(card, BLOCK_ID);

	scorecard_free(card);
	return s;
}

struct score_detail block_world_detail(struct score_world *w)
{
	int32_t days[2];
	struct score_request request = last_month(days);
	struct score_detail detail;

	if (score_detail_of(&detail, model_indicator_named(w->model, BLOCK_ID), w->model, w->store,
	                    &request, &w->fault) != 0) {
		print_error("%s\n", w->fault.text);
		fail();
	}
	return detail;
}

int64_t block_world_us(int day, const char *time)
{
	char text[64];
	char date[WHEN_DATE_SIZE];
	int64_t at_us;

	(void)snprintf(text, sizeof(text), "%s %s+00:00",
	               when_date(score_world_day(FIRST_DAY) + day - 1, date), time);
	assert_int_equal(when_parse(slice_of(text), &at_us), 0);
	return at_us;
}

/* customer=7 for customer=0000000000000007 */
static void spell_out(struct buf *out, const struct cxm_kind *kind, struct slice text)
{
	while (text.len > 0) {
		struct slice value = slice_cut(&text, ' ');
		struct slice name = slice_cut(&value, '=');
		const struct cxm_field *f = cxm_field_named(kind, name);

		buf_add_char(out, ' ');
		buf_add_slice(out, name);
		buf_add_char(out, '=');
		for (size_t i = value.len; f != NULL && f->type == CXM_IDENTITY && i < 16; i++) {
			buf_add_char(out, '0');
		}
		buf_add_slice(out, value);
	}
}

void block_world_add(struct score_world *w, const char *kind, int day, const char *time,
                     const char *format, ...)
{
	char rest[768];
	struct buf text;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(rest, sizeof(rest), format, args);
	va_end(args);
	buf_init(&text, 4096);
	spell_out(&text, product_kind(kind), slice_of(rest));
	score_world_add(w, kind, "at_us=%lld source=dropbox host=h%s",
	                (long long)block_world_us(day, time), buf_text(&text));
	buf_free(&text);
}

static void add_text(struct score_world *w, const char *row)
{
	struct slice rest = slice_of(row);
	struct slice kind = slice_cut(&rest, ' ');
	struct slice day = slice_cut(&rest, ' ');
	struct slice time = slice_cut(&rest, ' ');
	char names[2][32];
	uint64_t number;

	assert_int_equal(slice_u64(day, 400, &number), 0);
	(void)snprintf(names[0], sizeof(names[0]), "%.*s", (int)kind.len, kind.at);
	(void)snprintf(names[1], sizeof(names[1]), "%.*s", (int)time.len, time.at);
	block_world_add(w, names[0], (int)number, names[1], "%.*s", (int)rest.len, rest.at);
}

static void check(const struct block_case *c, const struct scored *s)
{
	if (isnan(c->value)) {
		assert_true(isnan(s->got.value));
		assert_int_equal(s->reason.why, c->why);
		assert_true(c->missing == NULL || (s->reason.kind != NULL &&
		                                   strcmp(s->reason.kind->name, c->missing) == 0));
		return;
	}
	if (!(fabs(s->got.value - c->value) <= 1e-9) || !(fabs(s->got.n - c->n) <= 1e-9)) {
		print_error("value %.12g, n %.12g\n", s->got.value, s->got.n);
		fail();
	}
	assert_true(isnan(s->sure.low) == isnan(s->sure.high));
}

static struct cache *open_cache(struct score_world *w)
{
	struct cache *cache = NULL;
	char url[sizeof(w->temp.path) + 8];

	(void)snprintf(url, sizeof(url), "sqlite:%s", temp_path(&w->temp, "evidence.db"));
	if (cxm_cache_open(&cache, url, &w->fault) != 0) {
		print_error("%s\n", w->fault.text);
		fail();
	}
	return cache;
}

static void check_same(const struct scored *a, const struct scored *b)
{
	assert_int_equal(a->reason.why, b->reason.why);
	assert_memory_equal(&a->got.value, &b->got.value, sizeof(double));
	assert_memory_equal(&a->got.n, &b->got.n, sizeof(double));
	assert_memory_equal(&a->got.interval, &b->got.interval, sizeof(struct interval));
}

/* What is kept of half of the rows must not show when the other half has come; and what is kept of
 * all of them is as good as they are. */
static void put_and_check(struct score_world *w, const struct block_case *c, size_t n)
{
	struct cache *cache = open_cache(w);
	struct scored plain;
	struct scored cold;
	struct scored warm;

	for (size_t i = 0; i < n; i += 2) {
		add_text(w, c->rows[i]);
	}
	score_world_put(w);
	(void)block_world_score_with(w, cache);
	for (size_t i = 1; i < n; i += 2) {
		add_text(w, c->rows[i]);
	}
	score_world_put(w);
	cold = block_world_score_with(w, cache);
	warm = block_world_score_with(w, cache);
	plain = block_world_score(w);
	check(c, &plain);
	check_same(&plain, &cold);
	check_same(&plain, &warm);
	cxm_cache_close(cache);
}

void block_case_run(void **state)
{
	const struct block_case *c = *state;
	struct score_world *w;
	void *world = NULL;
	struct scored first;
	struct scored again;
	size_t n = 0;

	assert_int_equal(score_world_set_up(&world), 0);
	w = world;
	block_world_use(w, c->interval, c->block);
	while (n < BLOCK_ROWS_MAX && c->rows[n] != NULL) {
		n++;
	}
	put_and_check(w, c, n);
	first = block_world_score(w);
	while (n > 0) {
		add_text(w, c->rows[--n]);
	}
	score_world_put(w);
	again = block_world_score(w);
	check_same(&first, &again);
	assert_int_equal(score_world_tear_down(&world), 0);
}
