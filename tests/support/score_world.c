#include "tests/support/score_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/when.h"
#include "tests/support/catalog.h"
#include "tests/support/record_of.h"

#define RECORDS_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define MODEL_MAX_BYTES   ((size_t)1024 * 1024)
#define MODEL_FILE        "model/talkdesk.yaml"

int score_world_set_up(void **state)
{
	struct score_world *w = calloc(1, sizeof(*w));
	char url[sizeof(w->temp.path) + 8];

	assert_non_null(w);
	w->catalog = product_catalog();
	w->next_sequence = 1;
	arena_init(&w->arena, (size_t)1024 * 1024);
	buf_init(&w->records, RECORDS_MAX_BYTES);
	temp_open(&w->temp);
	(void)snprintf(url, sizeof(url), "sqlite:%s", temp_path(&w->temp, "evidence.db"));
	assert_int_equal(cxm_store_open(&w->store, url, false, w->catalog, &w->fault), 0);
	w->ops = *w->store->ops;
	w->ops.received = NULL;
	w->store->ops = &w->ops;
	assert_int_equal(model_builtin(&w->model, w->catalog, &w->fault), 0);
	assert_int_equal(w->store->ops->set_zone(w->store, SCORE_WORLD_SITE, "UTC", &w->fault), 0);
	*state = w;
	return 0;
}

int score_world_tear_down(void **state)
{
	struct score_world *w = *state;

	cxm_store_close(w->store);
	temp_remove(&w->temp);
	model_free(w->model);
	arena_free(&w->arena);
	buf_free(&w->records);
	free(w);
	return 0;
}

void score_world_add(struct score_world *w, const char *kind, const char *format, ...)
{
	const struct cxm_kind *k = product_kind(kind);
	char text[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	arena_reset(&w->arena);
	assert_int_equal(cxm_record_append(k, record_of(k, &w->arena, text), &w->records), 0);
	w->count++;
}

void score_world_put(struct score_world *w)
{
	struct store_batch batch = {
		.site = SCORE_WORLD_SITE,
		.agent = "pbx",
		.epoch = 1,
		.first_sequence = w->next_sequence,
		.count = w->count,
		.records = cursor_of(w->records.data, w->records.len),
	};
	struct store_counts counts;

	assert_int_equal(w->store->ops->put(w->store, &batch, 1, &counts, &w->fault), 0);
	assert_int_equal(counts.quarantined, 0);
	w->next_sequence += w->count;
	w->count = 0;
	buf_reset(&w->records);
}

static int64_t came_us;

static int received(struct store *st, const char *site, int64_t *at_us, struct fault *fault)
{
	(void)st;
	(void)site;
	(void)fault;
	*at_us = came_us;
	return 1;
}

void score_world_receive(struct score_world *w, int64_t at_us)
{
	came_us = at_us;
	w->ops.received = received;
}

struct score_request score_world_request(void)
{
	return (struct score_request){ .site = SCORE_WORLD_SITE };
}

struct scorecard *score_world_card(struct score_world *w, const struct score_request *request)
{
	struct scorecard *card = NULL;

	if (score_site(&card, w->model, w->store, request, w->catalog, &w->fault) != 0) {
		print_error("%s\n", w->fault.text);
		fail();
	}
	return card;
}

const struct scored *score_world_of(const struct scorecard *card, const char *id)
{
	for (size_t a = 0; a < card->n_areas; a++) {
		for (size_t i = 0; i < card->areas[a].n_indicators; i++) {
			if (strcmp(card->areas[a].indicators[i].is->id, id) == 0) {
				return &card->areas[a].indicators[i];
			}
		}
	}
	for (size_t i = 0; i < card->n_context; i++) {
		if (strcmp(card->context[i].is->id, id) == 0) {
			return &card->context[i];
		}
	}
	print_error("no indicator %s\n", id);
	fail();
	return NULL;
}

struct model *score_world_model(const struct score_world *w, const char *find, const char *by)
{
	char *text = calloc(1, MODEL_MAX_BYTES);
	char *whole = calloc(1, MODEL_MAX_BYTES);
	FILE *file = fopen(MODEL_FILE, "rb");
	char *at;
	struct model *m = NULL;
	struct fault fault;

	assert_non_null(text);
	assert_non_null(whole);
	assert_non_null(file);
	assert_true(fread(whole, 1, MODEL_MAX_BYTES - 1, file) > 0);
	(void)fclose(file);
	at = strstr(whole, find);
	assert_non_null(at);
	(void)snprintf(text, MODEL_MAX_BYTES, "%.*s%s%s", (int)(at - whole), whole, by,
	               at + strlen(find));
	if (model_parse(&m, "changed.yaml", text, strlen(text), w->catalog, &fault) != 0) {
		print_error("%s\n", fault.text);
		fail();
	}
	free(text);
	free(whole);
	return m;
}

int32_t score_world_day(const char *date)
{
	int32_t day;

	assert_int_equal(when_parse_date(slice_of(date), &day), 0);
	return day;
}

int64_t score_world_day_us(const char *date)
{
	return (int64_t)score_world_day(date) * 86400 * WHEN_US_PER_S;
}
