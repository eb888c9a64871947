#include "tests/support/score_rows.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/when.h"

#define ROW_MAX_BYTES  1024
#define KIND_MAX_BYTES 32

/* `#7` becomes sixteen digits, all else stays. */
static void spell_identities(const char *row, char *out, size_t size)
{
	size_t len = 0;

	for (const char *at = row; *at != '\0' && len + 20 < size;) {
		size_t digits = *at == '#' ? strspn(at + 1, "0123456789abcdef") : 0;

		if (digits == 0) {
			out[len++] = *at++;
			continue;
		}
		len += (size_t)snprintf(out + len, size - len, "%0*d%.*s", (int)(16 - digits), 0,
		                        (int)digits, at + 1);
		at += 1 + digits;
	}
	out[len] = '\0';
}

static void add_row(struct score_world *w, const char *row, int64_t at_us)
{
	char text[ROW_MAX_BYTES];
	char kind[KIND_MAX_BYTES];
	const char *fields = strchr(row, ' ');

	assert_non_null(fields);
	(void)snprintf(kind, sizeof(kind), "%.*s", (int)(fields - row), row);
	spell_identities(fields + 1, text, sizeof(text));
	if (strstr(text, "at_us=") == text || strstr(text, " at_us=") != NULL) {
		score_world_add(w, kind, "host=pbx %s", text);
	} else {
		score_world_add(w, kind, "host=pbx at_us=%" PRId64 " %s", at_us, text);
	}
}

/* "50x Kind ..." is fifty rows a second apart, anything else one. */
static int64_t add_rows(struct score_world *w, const char *row, int64_t at_us)
{
	size_t digits = strspn(row, "0123456789");
	uint64_t times = 1;

	if (digits > 0) {
		assert_int_equal(slice_u64((struct slice){ row, digits }, 10000, &times), 0);
		row += digits + 2;
	}
	for (uint64_t i = 0; i < times; i++) {
		add_row(w, row, at_us);
		at_us += WHEN_US_PER_S;
	}
	return at_us;
}

static void assert_same(const char *what, double got, double want)
{
	if (isnan(got) != isnan(want) || (!isnan(want) && fabs(got - want) > 1e-9)) {
		fail_msg("%s is %.12g, expected %.12g", what, got, want);
	}
}

void score_rows_check(void **state)
{
	const struct score_rows_case *c = *state;
	struct score_world *w;
	void *world = NULL;
	struct score_request request = score_world_request();
	struct scorecard *card;
	const struct scored *got;
	int64_t at_us;

	assert_int_equal(when_parse(SLICE(SCORE_ROWS_AT), &at_us), 0);
	assert_int_equal(score_world_set_up(&world), 0);
	w = world;
	for (size_t i = 0; i < SCORE_ROWS_MAX && c->rows[i] != NULL; i++) {
		at_us = add_rows(w, c->rows[i], at_us);
	}
	score_world_put(w);
	card = score_world_card(w, &request);
	got = score_world_of(card, c->id);
	assert_int_equal(got->got.why, c->why);
	assert_same("the value", got->got.value, c->value);
	assert_same("n", got->got.n, c->n);
	scorecard_free(card);
	(void)score_world_tear_down(&world);
}
