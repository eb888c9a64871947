/* What goes into a store comes out again, once, whatever the order it came in. */
#include "tests/support/store_conform.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/text.h"
#include "tests/support/dice.h"
#include "tests/support/record_of.h"

#define T0 RECORD_AT_US

/* ---- what goes in comes out ---- */

static void a_record_comes_back_as_it_was_put(void **state)
{
	static const char text[] =
		"light=amber host=pbx contact=8123456789abcdef entry=4294967295 "
		"seen_us=1700000000000001 delta=-2147483648 offset_ms=-1 wait_ms=4294967295 "
		"due_us=1800000000000000 balance=-9223372036854775807 "
		"size_bytes=9223372036854775807 share_ratio=0.1 value=0.1 done=true select=false "
		"group=red order=desc note=Grüße,\"x\" proof=bytes agent=ffffffffffffffff "
		"coach=0000000000000000 customer=0000000000000001";
	struct store_world *w = *state;
	struct buf want;

	buf_init(&want, 4096);
	text_csv_header(w->probe, &want);
	text_csv_row(w->probe, record_of(w->probe, &w->arena, text), &want);
	text_csv_header(w->index, &want);

	store_world_put_probe(w, 1, text);

	assert_string_equal(store_world_export(w, w->store, WORLD_SITE), buf_text(&want));
	buf_free(&want);
}

static void an_absent_field_stays_absent(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "entry=1");

	assert_int_equal(store_world_count(w, NULL), 1);
	assert_int_equal(store_world_count(w, "known(note) or known(proof) or known(wait_ms) or "
	                                      "known(value) or known(done) or known(agent)"),
	                 0);
}

static void an_empty_label_and_empty_bytes_are_present(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "note= proof=");

	assert_int_equal(store_world_count(w, "known(note) and known(proof) and note == \"\""), 1);
}

static void zero_is_not_absent(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "wait_ms=0 value=0 done=false agent=0000000000000000");

	assert_int_equal(store_world_count(w, "wait_ms == 0 and value == 0 and not done and "
	                                      "known(agent)"),
	                 1);
}

static void content_never_becomes_sql(void **state)
{
	static const char *const names[] = { "'; DROP TABLE probe; --", "\"", "a\\", "%s%n", "'" };
	struct store_world *w = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct store_batch batch;

		store_world_begin(w);
		store_world_add(w, w->probe, "host=';DROP note=\");-- order='");
		batch = store_world_batch(w, 1);
		batch.site = names[i];
		batch.agent = names[i];
		assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault), 0);

		assert_non_null(strstr(store_world_export(w, w->store, names[i]), "';DROP"));
	}
}

static void sites_are_apart(void **state)
{
	struct store_world *w = *state;
	struct store_batch batch;

	store_world_put_probe(w, 1, "entry=1");
	store_world_add(w, w->probe, "entry=1");
	batch = store_world_batch(w, 1);
	batch.site = "hamburg";

	assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault), 0);

	assert_int_equal(w->counts.stored, 1);
	assert_int_equal(store_world_count(w, NULL), 1);
}

static void what_was_put_is_there_after_opening_again(void **state)
{
	struct store_world *w = *state;
	char *before;

	store_world_put_probe(w, 1, "entry=1 note=a");
	store_world_put_probe(w, 2, "entry=2 note=b");
	before = strdup(store_world_export(w, w->store, WORLD_SITE));
	assert_non_null(before);

	store_world_reopen(w);

	assert_string_equal(store_world_export(w, w->store, WORLD_SITE), before);
	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 2);
	free(before);
}

/* ---- once and for all ---- */

static void the_same_batch_again_is_skipped(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "entry=1");
	store_world_put_probe(w, 1, "entry=1");

	assert_int_equal(w->counts.stored + w->counts.known + w->counts.replaced, 0);
	assert_int_equal(store_world_count(w, NULL), 1);
}

static void the_same_sequence_with_other_content_changes_nothing(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "entry=1 wait_ms=1");
	store_world_put_probe(w, 1, "entry=1 wait_ms=2 seen_us=1800000000000000");

	assert_int_equal(store_world_count(w, "wait_ms == 1"), 1);
}

static void the_same_record_under_a_new_sequence_is_known(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "entry=1 wait_ms=1 value=-0.0");
	store_world_put_probe(w, 2, "entry=1 wait_ms=1 value=-0.0");

	assert_int_equal(w->counts.stored, 0);
	assert_int_equal(w->counts.known, 1);
	assert_int_equal(w->counts.replaced, 0);
	assert_int_equal(store_world_count(w, NULL), 1);
}

static void a_later_observation_replaces_an_earlier_one(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "entry=1 seen_us=1700000000000001 wait_ms=9 note=early");
	store_world_put_probe(w, 2, "entry=1 seen_us=1700000000000002 wait_ms=1");

	assert_int_equal(w->counts.replaced, 1);
	assert_int_equal(store_world_count(w, NULL), 1);
	assert_int_equal(store_world_count(w, "wait_ms == 1 and not known(note)"), 1);
}

static void an_earlier_observation_changes_nothing(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "entry=1 seen_us=1700000000000002 wait_ms=1");
	store_world_put_probe(w, 2, "entry=1 seen_us=1700000000000001 wait_ms=9 note=early");

	assert_int_equal(w->counts.known, 1);
	assert_int_equal(store_world_count(w, "wait_ms == 1 and not known(note)"), 1);
}

static void records_of_one_batch_are_settled_too(void **state)
{
	struct store_world *w = *state;

	store_world_add(w, w->probe, "entry=1 seen_us=1700000000000002 wait_ms=1");
	store_world_add(w, w->probe, "entry=1 seen_us=1700000000000003 wait_ms=2");
	store_world_add(w, w->probe, "entry=1 seen_us=1700000000000001 wait_ms=3");
	assert_int_equal(store_world_put(w, 1), 0);

	assert_int_equal(w->counts.stored, 1);
	assert_int_equal(w->counts.replaced, 1);
	assert_int_equal(w->counts.known, 1);
	assert_int_equal(store_world_count(w, "wait_ms == 2"), 1);
}

/* One observation: of few identities many, so that they meet. */
static void observe(struct store_world *w, struct dice *r, char *out, size_t size)
{
	size_t who = dice_below(r, 97);
	size_t many = dice_below(r, 5);

	(void)w;
	(void)snprintf(
		out, size, "at_us=%" PRId64 " entry=%zu light=%s contact=%016zx value=%.3f%s%s%s",
		T0 + (int64_t)(who % 7) * 1000, who, who % 2 == 0 ? "red" : "green", who * 77,
		0.001 * (double)dice_below(r, 3), many > 0 ? " seen_us=1700000000000100" : "",
		many > 2 ? " note=später" : "", many > 3 ? " wait_ms=17 order=x" : "");
}

#define N_OBSERVATIONS 600
#define TEXT_MAX       256

/* Put all observations, in the order given, in batches of any size from three agents, some batches
 * a call. */
static void put_in_order(struct store_world *w, struct dice *r, const char *site,
                         char (*texts)[TEXT_MAX], const size_t *order)
{
	static const char *const agents[] = { "a", "b", "c" };
	uint64_t next[] = { 1, 1, 1 };

	for (size_t i = 0; i < N_OBSERVATIONS;) {
		size_t size = 1 + dice_below(r, 40);
		size_t agent = dice_below(r, 3);
		struct store_batch batch[2];

		for (size_t k = 0; k < size && i < N_OBSERVATIONS; k++, i++) {
			store_world_add(w, order[i] % 3 == 0 ? w->index : w->probe,
			                order[i] % 3 == 0 ? "entries=3" : texts[order[i]]);
		}
		batch[0] = store_world_batch(w, next[agent]);
		batch[0].site = site;
		batch[0].agent = agents[agent];
		batch[1] = batch[0]; /* twice in one call */
		next[agent] += w->count;
		assert_int_equal(
			w->of->ops->put(w->store, batch, 1 + size % 2, &w->counts, &w->fault), 0);
		store_world_begin(w);
	}
}

static int print_tally(void *arg, const struct store_tally_row *row)
{
	/* %a shows every bit */
	buf_printf(arg, "%.*s %a %" PRIu64 " %a\n", (int)row->group.len, row->group.at, row->value,
	           row->n, row->sums[0]);
	return 0;
}

static void order_and_batches_and_duplicates_do_not_matter(void **state)
{
	static char texts[N_OBSERVATIONS][TEXT_MAX];
	static size_t order[N_OBSERVATIONS];
	struct store_world *w = *state;
	struct dice r = { 2026 };
	char *want = NULL;
	struct buf want_tally;
	struct buf tally;

	buf_init(&want_tally, 65536);
	buf_init(&tally, 65536);
	for (size_t i = 0; i < N_OBSERVATIONS; i++) {
		observe(w, &r, texts[i], sizeof(texts[i]));
		order[i] = i;
	}
	for (int round = 0; round < 6; round++) {
		char site[16];
		struct store_tally q = { .n_sums = 1 };

		(void)snprintf(site, sizeof(site), "site%d", round);
		put_in_order(w, &r, site, texts, order);
		q.range = store_world_all(w->probe, site);
		q.sums[0] = store_world_expr(w, w->probe, EXPR_IS_NUMBER, "value / 3");
		q.group = cxm_field_named(w->probe, SLICE("light"));
		buf_reset(&tally);
		assert_int_equal(w->of->ops->tally(w->store, &q, print_tally, &tally, &w->fault),
		                 0);
		if (want == NULL) {
			want = strdup(store_world_export(w, w->store, site));
			buf_add(&want_tally, tally.data, tally.len);
			assert_non_null(want);
		}

		assert_string_equal(store_world_export(w, w->store, site), want);
		assert_string_equal(buf_text(&tally), buf_text(&want_tally));
		for (size_t i = N_OBSERVATIONS - 1; i > 0; i--) {
			size_t k = dice_below(&r, i + 1);
			size_t held = order[i];

			order[i] = order[k];
			order[k] = held;
		}
	}
	free(want);
	buf_free(&want_tally);
	buf_free(&tally);
}

void conform_rows(struct cases *c)
{
	cases_test(c, a_record_comes_back_as_it_was_put);
	cases_test(c, an_absent_field_stays_absent);
	cases_test(c, an_empty_label_and_empty_bytes_are_present);
	cases_test(c, zero_is_not_absent);
	cases_test(c, content_never_becomes_sql);
	cases_test(c, sites_are_apart);
	cases_test(c, what_was_put_is_there_after_opening_again);
	cases_test(c, the_same_batch_again_is_skipped);
	cases_test(c, the_same_sequence_with_other_content_changes_nothing);
	cases_test(c, the_same_record_under_a_new_sequence_is_known);
	cases_test(c, a_later_observation_replaces_an_earlier_one);
	cases_test(c, an_earlier_observation_changes_nothing);
	cases_test(c, records_of_one_batch_are_settled_too);
	cases_test(c, order_and_batches_and_duplicates_do_not_matter);
}
