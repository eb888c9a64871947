#include "tests/support/store_conformance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "proto/text.h"
#include "tests/support/random.h"
#include "tests/support/record_text.h"
#include "tests/support/store_world.h"

#define T0 RECORD_AT_US

/* Names of sites, handed over. */
static int add_line(void *arg, const char *text)
{
	buf_printf(arg, "%s\n", text);
	return 0;
}

static int stop_at_once(void *arg, const char *text)
{
	(void)text;
	++*(int *)arg;
	return 7;
}

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
static void observe(struct store_world *w, struct test_random *r, char *out, size_t size)
{
	size_t who = test_random_below(r, 97);
	size_t many = test_random_below(r, 5);

	(void)w;
	(void)snprintf(out, size,
	               "at_us=%" PRId64 " entry=%zu light=%s contact=%016zx value=%.3f%s%s%s",
	               T0 + (int64_t)(who % 7) * 1000, who, who % 2 == 0 ? "red" : "green",
	               who * 77, 0.001 * (double)test_random_below(r, 3),
	               many > 0 ? " seen_us=1700000000000100" : "", many > 2 ? " note=später" : "",
	               many > 3 ? " wait_ms=17 order=x" : "");
}

#define N_OBSERVATIONS 600
#define TEXT_MAX       256

/* Put all observations, in the order given, in batches of any size from three agents, some batches
 * a call. */
static void put_in_order(struct store_world *w, struct test_random *r, const char *site,
                         char (*texts)[TEXT_MAX], const size_t *order)
{
	static const char *const agents[] = { "a", "b", "c" };
	uint64_t next[] = { 1, 1, 1 };

	for (size_t i = 0; i < N_OBSERVATIONS;) {
		size_t size = 1 + test_random_below(r, 40);
		size_t agent = test_random_below(r, 3);
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
	struct test_random r = { 2026 };
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
			size_t k = test_random_below(&r, i + 1);
			size_t held = order[i];

			order[i] = order[k];
			order[k] = held;
		}
	}
	free(want);
	buf_free(&want_tally);
	buf_free(&tally);
}

/* ---- watermarks ---- */

static void an_epoch_not_seen_starts_before_its_first_sequence(void **state)
{
	struct store_world *w = *state;
	uint64_t acked = 0;

	assert_int_equal(w->of->ops->watermark(w->store, WORLD_SITE, WORLD_AGENT, WORLD_EPOCH, 42,
	                                       &acked, &w->fault),
	                 0);

	assert_int_equal(acked, 41);
}

static void asking_for_a_watermark_changes_nothing(void **state)
{
	struct store_world *w = *state;
	uint64_t acked = 0;

	assert_int_equal(w->of->ops->watermark(w->store, WORLD_SITE, WORLD_AGENT, WORLD_EPOCH, 42,
	                                       &acked, &w->fault),
	                 0);

	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 0);
}

static void an_epoch_may_begin_anywhere(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1000, "entry=1");

	assert_int_equal(w->counts.stored, 1);
	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 1000);
}

static void the_watermark_is_the_last_record_put(void **state)
{
	struct store_world *w = *state;

	store_world_add(w, w->probe, "entry=1");
	store_world_add(w, w->probe, "entry=2");
	assert_int_equal(store_world_put(w, 1), 0);
	store_world_add(w, w->probe, "entry=3");
	assert_int_equal(store_world_put(w, 3), 0);

	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 3);
}

static void a_hole_is_refused_and_changes_nothing(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "entry=1");
	store_world_add(w, w->probe, "entry=3");

	assert_int_equal(store_world_put(w, 3), -ERANGE);

	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 1);
	assert_int_equal(store_world_count(w, NULL), 1);
	assert_int_equal(w->counts.stored, 0);
}

static void a_hole_that_is_said_to_be_lost_is_accepted(void **state)
{
	struct store_world *w = *state;
	struct store_batch batch;

	store_world_put_probe(w, 1, "entry=1");
	store_world_add(w, w->probe, "entry=5");
	batch = store_world_batch(w, 5);
	batch.lost = 3;

	assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault), 0);

	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 5);
	assert_int_equal(store_world_count(w, NULL), 2);
}

static void losing_too_few_is_a_hole(void **state)
{
	struct store_world *w = *state;
	struct store_batch batch;

	store_world_put_probe(w, 1, "entry=1");
	store_world_add(w, w->probe, "entry=5");
	batch = store_world_batch(w, 5);
	batch.lost = 2;

	assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault), -ERANGE);
}

static void losing_what_is_stored_already_is_harmless(void **state)
{
	struct store_world *w = *state;
	struct store_batch batch;

	store_world_add(w, w->probe, "entry=1");
	store_world_add(w, w->probe, "entry=2");
	assert_int_equal(store_world_put(w, 1), 0);
	store_world_add(w, w->probe, "entry=3");
	batch = store_world_batch(w, 3);
	batch.lost = 2;

	assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault), 0);

	assert_int_equal(store_world_count(w, NULL), 3);
}

static void an_empty_batch_moves_the_watermark_over_what_is_lost(void **state)
{
	struct store_world *w = *state;
	struct store_batch batch;

	store_world_put_probe(w, 1, "entry=1");
	batch = store_world_batch(w, 8);
	batch.lost = 6;

	assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault), 0);

	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 7);
}

static void an_empty_batch_changes_nothing(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "entry=1");

	assert_int_equal(store_world_put(w, 2), 0);

	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 1);
}

static void an_empty_first_batch_begins_its_epoch(void **state)
{
	struct store_world *w = *state;

	assert_int_equal(store_world_put(w, 10), 0);

	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 9);
}

static void a_batch_that_overlaps_stores_only_the_rest(void **state)
{
	struct store_world *w = *state;

	store_world_add(w, w->probe, "entry=1 note=first");
	store_world_add(w, w->probe, "entry=2 note=first");
	assert_int_equal(store_world_put(w, 1), 0);
	store_world_add(w, w->probe, "entry=2 note=second seen_us=1800000000000000");
	store_world_add(w, w->probe, "entry=3 note=second");

	assert_int_equal(store_world_put(w, 2), 0);

	assert_int_equal(w->counts.stored, 1);
	assert_int_equal(store_world_count(w, "note == \"first\""), 2);
	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 3);
}

static void a_batch_below_the_watermark_does_not_lower_it(void **state)
{
	struct store_world *w = *state;

	for (uint64_t i = 1; i <= 5; i++) {
		store_world_put_probe(w, i, "entry=1");
	}
	store_world_put_probe(w, 2, "entry=1");

	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 5);
}

static void a_new_epoch_counts_anew(void **state)
{
	struct store_world *w = *state;
	struct store_batch batch;

	store_world_put_probe(w, 7, "entry=1");
	store_world_add(w, w->probe, "entry=1");
	batch = store_world_batch(w, 1);
	batch.epoch = 5;

	assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault), 0);

	assert_int_equal(w->counts.known, 1);
	assert_int_equal(store_world_watermark(w, 5), 1);
	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 7);
}

static void agents_are_counted_apart(void **state)
{
	struct store_world *w = *state;
	struct store_batch batch;

	store_world_put_probe(w, 7, "entry=1");
	store_world_add(w, w->probe, "entry=2");
	batch = store_world_batch(w, 1);
	batch.agent = "pbx2";

	assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault), 0);

	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 7);
}

/* ---- all or nothing ---- */

static void batches_of_one_call_follow_one_another(void **state)
{
	struct store_world *w = *state;
	struct store_batch batches[2];

	store_world_add(w, w->probe, "entry=1");
	batches[0] = store_world_batch(w, 1);
	batches[1] = store_world_batch(w, 2);

	assert_int_equal(w->of->ops->put(w->store, batches, 2, &w->counts, &w->fault), 0);

	assert_int_equal(w->counts.stored, 1);
	assert_int_equal(w->counts.known, 1);
	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 2);
}

static void a_bad_batch_takes_its_whole_call_with_it(void **state)
{
	struct store_world *w = *state;
	struct store_batch batches[2];
	int calls = 0;

	store_world_add(w, w->probe, "entry=1");
	batches[0] = store_world_batch(w, 1);
	batches[1] = store_world_batch(w, 9);

	assert_int_equal(w->of->ops->put(w->store, batches, 2, &w->counts, &w->fault), -ERANGE);

	assert_int_equal(w->counts.stored, 0);
	assert_int_equal(store_world_count(w, NULL), 0);
	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 0);
	assert_int_equal(w->of->ops->sites(w->store, stop_at_once, &calls, &w->fault), 0);
}

static void the_store_goes_on_after_a_refusal(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "entry=1");
	store_world_add(w, w->probe, "entry=9");
	assert_int_equal(store_world_put(w, 9), -ERANGE);

	store_world_put_probe(w, 2, "entry=2");

	assert_int_equal(store_world_count(w, NULL), 2);
	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 2);
}

static void fewer_records_than_counted_are_refused(void **state)
{
	struct store_world *w = *state;
	struct store_batch batch;

	store_world_add(w, w->probe, "entry=1");
	batch = store_world_batch(w, 1);
	batch.count = 2;

	assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault), -EBADMSG);

	assert_int_equal(store_world_count(w, NULL), 0);
	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 0);
}

static void more_records_than_counted_are_refused(void **state)
{
	struct store_world *w = *state;
	struct store_batch batch;

	store_world_add(w, w->probe, "entry=1");
	store_world_add(w, w->probe, "entry=2");
	batch = store_world_batch(w, 1);
	batch.count = 1;

	assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault), -EBADMSG);

	assert_int_equal(store_world_count(w, NULL), 0);
}

static void a_batch_cut_anywhere_is_refused(void **state)
{
	struct store_world *w = *state;
	struct store_batch batch;

	store_world_add(w, w->probe, "entry=1 note=abc wait_ms=1000");
	store_world_add(w, w->index, "entries=1");
	for (size_t len = 0; len < w->records.len; len++) {
		batch = store_world_batch(w, 1);
		batch.records = cursor_of(w->records.data, len);

		assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault),
		                 -EBADMSG);
	}
	assert_int_equal(store_world_count(w, NULL), 0);
}

static void numbers_no_spool_can_say_are_refused(void **state)
{
	static const struct {
		uint64_t first;
		uint64_t lost;
	} cases[] = {
		{ 0, 0 },          { 1, 1 },          { 5, 5 },
		{ 5, UINT64_MAX }, { UINT64_MAX, 0 }, { INT64_MAX, 0 },
	};
	struct store_world *w = *state;

	store_world_add(w, w->probe, "entry=1");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct store_batch batch = store_world_batch(w, cases[i].first);

		batch.lost = cases[i].lost;
		assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault),
		                 -EINVAL);
	}
	assert_int_equal(store_world_count(w, NULL), 0);
}

static void names_that_are_none_are_refused(void **state)
{
	static const char *const names[] = {
		"",     "a\nb", "\x1b[2J",
		"\xff", "\x7f", "12345678901234567890123456789012345678901234567890123456789012345",
	};
	struct store_world *w = *state;

	store_world_add(w, w->probe, "entry=1");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct store_batch batch = store_world_batch(w, 1);

		batch.site = names[i];
		assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault),
		                 -EINVAL);
		batch = store_world_batch(w, 1);
		batch.agent = names[i];
		assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault),
		                 -EINVAL);
		assert_int_equal(
			w->of->ops->set_zone(w->store, names[i], "Europe/Berlin", &w->fault),
			-EINVAL);
	}
}

/* ---- what cannot be understood ---- */

/* One record beside two good ones. */
static void assert_quarantined(struct store_world *w, const void *record, size_t len)
{
	store_world_begin(w);
	store_world_add(w, w->probe, "entry=1");
	buf_add(&w->records, record, len);
	w->count++;
	store_world_add(w, w->probe, "entry=2");

	assert_int_equal(store_world_put(w, 1), 0);

	assert_int_equal(w->counts.stored, 2);
	assert_int_equal(w->counts.quarantined, 1);
	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 3);
}

static void a_kind_not_known_is_set_aside(void **state)
{
	/* length 4, field 100 of the envelope (tag 0xa2 0x06), one byte */
	static const uint8_t record[] = { 4, 0xa2, 0x06, 1, 0 };

	assert_quarantined(*state, record, sizeof(record));
}

static void a_record_that_is_no_message_is_set_aside(void **state)
{
	/* length 4, field 1 of the envelope, two bytes that end in the middle of a varint */
	static const uint8_t record[] = { 4, 0x0a, 2, 0x08, 0x80 };

	assert_quarantined(*state, record, sizeof(record));
}

static void a_record_without_its_key_is_set_aside(void **state)
{
	/* length 4, field 1 of the envelope, at_us = 1 and nothing else */
	static const uint8_t record[] = { 4, 0x0a, 2, 0x08, 1 };

	assert_quarantined(*state, record, sizeof(record));
}

static void an_empty_record_is_set_aside(void **state)
{
	static const uint8_t record[] = { 2, 0x0a, 0 };

	assert_quarantined(*state, record, sizeof(record));
}

static void set_aside_with(struct store_world *w, const char *name, const struct cxm_value *v)
{
	ProtobufCMessage *m = record_of(w->probe, &w->arena, "entry=3");
	struct buf record;

	buf_init(&record, 4096);
	assert_int_equal(cxm_field_set(m, cxm_field_named(w->probe, slice_of(name)), v), 0);
	assert_int_equal(cxm_record_append(w->probe, m, &record), 0);
	assert_quarantined(w, record.data, record.len);
	buf_free(&record);
}

static void a_label_that_is_not_utf8_is_set_aside(void **state)
{
	set_aside_with(*state, "note",
	               &(struct cxm_value){ .present = true, .text = SLICE("\xff") });
}

static void a_number_that_is_none_is_set_aside(void **state)
{
	set_aside_with(*state, "value",
	               &(struct cxm_value){ .present = true, .d = __builtin_nan("") });
}

static void absurd_times_are_set_aside(void **state)
{
	static const int64_t absurd_us[] = {
		INT64_MIN,
		-1,
		0,
		4294967295,                   /* seconds for microseconds */
		INT64_C(1700000000000),       /* milliseconds for microseconds */
		INT64_C(946684800000000) - 1, /* the last one of 1999 */
		INT64_C(4102444800000000),    /* the first one of 2100 */
		INT64_C(1700000000000000000), /* nanoseconds */
		INT64_MAX,
	};
	struct store_world *w = *state;

	for (size_t i = 0; i < sizeof(absurd_us) / sizeof(absurd_us[0]); i++) {
		ProtobufCMessage *m = record_of(w->probe, &w->arena, "");
		struct cxm_value v = { .present = true, .i = absurd_us[i] };

		assert_int_equal(cxm_field_set(m, w->probe->at, &v), 0);
		store_world_add_message(w, w->probe, m);
		assert_int_equal(store_world_put(w, i + 1), 0);
		assert_int_equal(w->counts.quarantined, 1);
	}
	assert_int_equal(store_world_count(w, NULL), 0);
}

static void the_first_and_the_last_time_are_stored(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "at_us=946684800000000");
	assert_int_equal(w->counts.stored, 1);
	store_world_put_probe(w, 2, "at_us=4102444799999999");
	assert_int_equal(w->counts.stored, 1);
}

/* ---- sites and zones ---- */

static void add_site(struct store_world *w, const char *site)
{
	struct store_batch batch = store_world_batch(w, 1);

	batch.site = site;
	assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault), 0);
}

static void sites_are_named_in_order(void **state)
{
	struct store_world *w = *state;
	struct buf names;

	buf_init(&names, 4096);
	add_site(w, "hamburg");
	add_site(w, "berlin");
	assert_int_equal(w->of->ops->set_zone(w->store, "zürich", "Europe/Zurich", &w->fault), 0);
	add_site(w, "berlin");

	assert_int_equal(w->of->ops->sites(w->store, add_line, &names, &w->fault), 0);

	assert_string_equal(buf_text(&names), "berlin\nhamburg\nzürich\n");
	buf_free(&names);
}

static void naming_sites_stops_when_told(void **state)
{
	struct store_world *w = *state;
	int calls = 0;

	add_site(w, "hamburg");
	add_site(w, "berlin");

	assert_int_equal(w->of->ops->sites(w->store, stop_at_once, &calls, &w->fault), 7);

	assert_int_equal(calls, 1);
}

static void the_zone_of_a_site_is_the_last_one_said(void **state)
{
	struct store_world *w = *state;
	char zone[STORE_NAME_MAX + 1];

	assert_int_equal(w->of->ops->set_zone(w->store, WORLD_SITE, "Europe/Paris", &w->fault), 0);
	assert_int_equal(w->of->ops->set_zone(w->store, WORLD_SITE, "Europe/Berlin", &w->fault), 0);

	assert_int_equal(w->of->ops->zone(w->store, WORLD_SITE, zone, sizeof(zone), &w->fault), 0);

	assert_string_equal(zone, "Europe/Berlin");
}

static void an_unknown_site_has_no_zone(void **state)
{
	struct store_world *w = *state;
	char zone[STORE_NAME_MAX + 1] = "left over";

	assert_int_equal(w->of->ops->zone(w->store, WORLD_SITE, zone, sizeof(zone), &w->fault), 0);

	assert_string_equal(zone, "");
}

static void a_site_that_never_said_has_no_zone(void **state)
{
	struct store_world *w = *state;
	char zone[STORE_NAME_MAX + 1] = "left over";

	add_site(w, WORLD_SITE);

	assert_int_equal(w->of->ops->zone(w->store, WORLD_SITE, zone, sizeof(zone), &w->fault), 0);

	assert_string_equal(zone, "");
}

static void a_zone_longer_than_the_buffer_is_not_cut(void **state)
{
	struct store_world *w = *state;
	char zone[8];

	assert_int_equal(w->of->ops->set_zone(w->store, WORLD_SITE, "Europe/Berlin", &w->fault), 0);

	assert_int_equal(w->of->ops->zone(w->store, WORLD_SITE, zone, sizeof(zone), &w->fault),
	                 -EMSGSIZE);

	assert_string_equal(zone, "");
}

/* ---- span and rows ---- */

static void there_is_no_span_without_rows(void **state)
{
	struct store_world *w = *state;
	int64_t first = 1;
	int64_t last = 2;

	assert_int_equal(w->of->ops->span(w->store, w->probe, WORLD_SITE, &first, &last, &w->fault),
	                 0);
	store_world_put_probe(w, 1, "");
	assert_int_equal(w->of->ops->span(w->store, w->index, WORLD_SITE, &first, &last, &w->fault),
	                 0);
	assert_int_equal(
		w->of->ops->span(w->store, w->probe, "elsewhere", &first, &last, &w->fault), 0);
}

static void the_span_goes_from_the_first_row_to_the_last(void **state)
{
	struct store_world *w = *state;
	int64_t first = 0;
	int64_t last = 0;

	store_world_put_probe(w, 1, "at_us=1700000000000002");
	store_world_put_probe(w, 2, "at_us=1700000000000001");
	store_world_put_probe(w, 3, "at_us=1700000000000003");

	assert_int_equal(w->of->ops->span(w->store, w->probe, WORLD_SITE, &first, &last, &w->fault),
	                 1);

	assert_int_equal(first, T0 + 1);
	assert_int_equal(last, T0 + 3);
}

struct seeing {
	struct store_world *w;
	struct buf out;
	int stop_after;
};

/* One letter a row: its host. */
static int see_row(void *arg, const ProtobufCMessage *m)
{
	struct seeing *s = arg;

	text_print(m, cxm_field_named(s->w->probe, SLICE("host")), &s->out);
	return --s->stop_after == 0 ? 9 : 0;
}

static int see_rows(struct store_world *w, struct store_range range, int stop_after,
                    const char *want)
{
	struct seeing s = { .w = w, .stop_after = stop_after };
	int rc;

	buf_init(&s.out, 4096);
	rc = w->of->ops->rows(w->store, &range, see_row, &s, &w->fault);
	assert_string_equal(buf_text(&s.out), want);
	buf_free(&s.out);
	return rc;
}

static void add_five_rows(struct store_world *w)
{
	store_world_begin(w);
	store_world_add(w, w->probe, "at_us=1700000000000003 host=e");
	store_world_add(w, w->probe, "at_us=1700000000000001 host=a light=red");
	store_world_add(w, w->probe, "at_us=1700000000000002 host=c light=green");
	store_world_add(w, w->probe, "at_us=1700000000000002 host=d light=green");
	store_world_add(w, w->probe, "at_us=1700000000000002 host=z light=red");
	assert_int_equal(store_world_put(w, 1), 0);
}

static void rows_come_in_key_order(void **state)
{
	struct store_world *w = *state;

	add_five_rows(w);

	assert_int_equal(see_rows(w, store_world_all(w->probe, WORLD_SITE), 0, "azcde"), 0);
}

static void a_range_holds_its_beginning_and_not_its_end(void **state)
{
	struct store_world *w = *state;

	add_five_rows(w);

	assert_int_equal(
		see_rows(w, (struct store_range){ w->probe, WORLD_SITE, T0 + 2, T0 + 3 }, 0, "zcd"),
		0);
}

static void a_range_that_ends_before_it_begins_is_empty(void **state)
{
	struct store_world *w = *state;

	add_five_rows(w);

	assert_int_equal(
		see_rows(w, (struct store_range){ w->probe, WORLD_SITE, T0 + 3, T0 + 2 }, 0, ""),
		0);
}

static void rows_of_an_unknown_site_are_none(void **state)
{
	struct store_world *w = *state;

	add_five_rows(w);

	assert_int_equal(see_rows(w, store_world_all(w->probe, "elsewhere"), 0, ""), 0);
}

static void rows_stop_when_told(void **state)
{
	struct store_world *w = *state;

	add_five_rows(w);

	assert_int_equal(see_rows(w, store_world_all(w->probe, WORLD_SITE), 2, "az"), 9);
}

static int ask_again(void *arg, const ProtobufCMessage *m)
{
	struct seeing *s = arg;
	char zone[8];

	assert_int_equal(store_world_count(s->w, NULL), 5);
	assert_int_equal(s->w->of->ops->zone(s->w->store, WORLD_SITE, zone, sizeof(zone), NULL), 0);
	return see_rows(s->w, store_world_all(s->w->probe, WORLD_SITE), 0, "azcde") +
	       see_row(arg, m);
}

static void a_callback_may_ask_the_store_again(void **state)
{
	struct store_world *w = *state;
	struct store_range all = store_world_all(w->probe, WORLD_SITE);
	struct seeing s = { .w = w };

	buf_init(&s.out, 4096);
	add_five_rows(w);

	assert_int_equal(w->of->ops->rows(w->store, &all, ask_again, &s, &w->fault), 0);

	assert_string_equal(buf_text(&s.out), "azcde");
	buf_free(&s.out);
}

/* ---- tallies ---- */

struct tally_case {
	const char *name;
	const char *of;
	const char *sums[3];
	const char *group;
	const char *value;
	const char *want; /* a line a row: group, value, rows, sums */
};

static const char *const tally_rows[] = {
	"at_us=1700000000000001 entry=1 group=green order=b wait_ms=100 value=0.5 done=true",
	"at_us=1700000000000001 entry=2 group=green order=a wait_ms=200 value=0.25 done=false",
	"at_us=1700000000000002 entry=3 group=red order=b wait_ms=100 value=-2",
	"at_us=1700000000000002 entry=4 group=red",
	"at_us=1700000000000003 entry=5 order= wait_ms=400 size_bytes=9007199254740991",
	"at_us=1700000000000003 entry=6 order=ä wait_ms=0",
};

static const struct tally_case tally_cases[] = {
	{ "a_tally_counts_all_rows", NULL, { 0 }, NULL, NULL, " 0 6\n" },
	{ "a_row_for_which_the_condition_is_unknown_does_not_count",
	  "wait_ms > 100",
	  { 0 },
	  NULL,
	  NULL,
	  " 0 2\n" },
	{ "nor_does_it_count_for_its_opposite", "not wait_ms > 100", { 0 }, NULL, NULL, " 0 3\n" },
	{ "where_nothing_counts_there_is_no_row", "wait_ms > 1000", { 0 }, NULL, NULL, "" },
	{ "sums_are_of_the_rows_that_count",
	  "wait_ms >= 100",
	  { "wait_ms", "value" },
	  NULL,
	  NULL,
	  " 0 4 800 -1.25\n" },
	{ "what_is_not_known_adds_nothing",
	  NULL,
	  { "wait_ms + value" },
	  NULL,
	  NULL,
	  " 0 6 398.75\n" },
	{ "a_truth_adds_1",
	  NULL,
	  { "done", "not done", "wait_ms == 100" },
	  NULL,
	  NULL,
	  " 0 6 1 1 2\n" },
	{ "a_sum_of_nothing_known_is_0", NULL, { "delta" }, NULL, NULL, " 0 6 0\n" },
	{ "sums_of_whole_numbers_are_exact",
	  NULL,
	  { "size_bytes", "known(note) and done" },
	  NULL,
	  NULL,
	  " 0 6 9007199254740991 0\n" },
	{ "states_are_grouped_by_number_those_without_first",
	  NULL,
	  { "wait_ms" },
	  "group",
	  NULL,
	  " 0 2 400\nred 0 2 100\ngreen 0 2 300\n" },
	{ "labels_are_grouped_by_their_bytes_those_without_first",
	  NULL,
	  { "wait_ms" },
	  "order",
	  NULL,
	  " 0 2 400\na 0 1 200\nb 0 2 200\nä 0 1 0\n" },
	{ "a_label_of_the_key_can_be_grouped_by", NULL, { 0 }, "host", NULL, " 0 6\n" },
	{ "values_come_ascending_and_rows_without_are_left_out",
	  NULL,
	  { "value" },
	  NULL,
	  "wait_ms",
	  " 0 1 0\n 100 2 -1.5\n 200 1 0.25\n 400 1 0\n" },
	{ "values_are_of_the_rows_that_count",
	  "known(value)",
	  { 0 },
	  NULL,
	  "wait_ms / 1000",
	  " 0.1 2\n 0.2 1\n" },
	{ "values_within_groups",
	  NULL,
	  { 0 },
	  "group",
	  "wait_ms",
	  " 0 1\n 400 1\nred 100 1\ngreen 100 1\ngreen 200 1\n" },
	{ "a_truth_can_be_a_value", NULL, { 0 }, NULL, "wait_ms == 100", " 0 3\n 1 2\n" },
	{ "zero_has_one_sign", NULL, { 0 }, NULL, "-1 * (wait_ms - wait_ms)", " 0 5\n" },
};

struct tally_lines {
	struct buf out;
	size_t n_sums;
};

static int tally_line(void *arg, const struct store_tally_row *row)
{
	struct tally_lines *lines = arg;

	buf_printf(&lines->out, "%.*s %.16g %" PRIu64, (int)row->group.len, row->group.at,
	           row->value, row->n);
	for (size_t i = 0; i < lines->n_sums; i++) {
		buf_printf(&lines->out, " %.16g", row->sums[i]);
	}
	buf_add_char(&lines->out, '\n');
	return 0;
}

static void tally_run(void **state)
{
	struct store_world *w = *state;
	const struct tally_case *c = w->row;
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE) };
	struct tally_lines lines = { 0 };

	buf_init(&lines.out, 4096);
	for (size_t i = 0; i < sizeof(tally_rows) / sizeof(tally_rows[0]); i++) {
		store_world_add(w, w->probe, tally_rows[i]);
	}
	assert_int_equal(store_world_put(w, 1), 0);
	q.of = c->of != NULL ? store_world_expr(w, w->probe, EXPR_IS_TRUTH, c->of) : NULL;
	q.value = c->value != NULL ? store_world_expr(w, w->probe, EXPR_IS_NUMBER, c->value) : NULL;
	q.group = c->group != NULL ? cxm_field_named(w->probe, slice_of(c->group)) : NULL;
	while (q.n_sums < 3 && c->sums[q.n_sums] != NULL) {
		q.sums[q.n_sums] = store_world_expr(w, w->probe, EXPR_IS_NUMBER, c->sums[q.n_sums]);
		q.n_sums++;
	}
	lines.n_sums = q.n_sums;

	assert_int_equal(w->of->ops->tally(w->store, &q, tally_line, &lines, &w->fault), 0);

	assert_string_equal(buf_text(&lines.out), c->want);
	buf_free(&lines.out);
}

static void a_tally_is_of_its_range(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = { w->probe, WORLD_SITE, T0 + 2, T0 + 3 } };
	struct tally_lines lines = { 0 };

	buf_init(&lines.out, 4096);
	add_five_rows(w);

	assert_int_equal(w->of->ops->tally(w->store, &q, tally_line, &lines, &w->fault), 0);

	assert_string_equal(buf_text(&lines.out), " 0 3\n");
	buf_free(&lines.out);
}

static void a_tally_of_an_unknown_site_is_empty(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = store_world_all(w->probe, "elsewhere") };
	struct tally_lines lines = { 0 };

	buf_init(&lines.out, 4096);
	add_five_rows(w);

	assert_int_equal(w->of->ops->tally(w->store, &q, tally_line, &lines, &w->fault), 0);

	assert_string_equal(buf_text(&lines.out), "");
	buf_free(&lines.out);
}

static int stop_tally(void *arg, const struct store_tally_row *row)
{
	(void)row;
	++*(int *)arg;
	return -4;
}

static void a_tally_stops_when_told(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE),
		                 .value = store_world_expr(w, w->probe, EXPR_IS_NUMBER, "entry") };
	int calls = 0;

	store_world_put_probe(w, 1, "entry=1");
	store_world_put_probe(w, 2, "entry=2");

	assert_int_equal(w->of->ops->tally(w->store, &q, stop_tally, &calls, &w->fault), -4);

	assert_int_equal(calls, 1);
}

static void numbers_cannot_be_grouped_by(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE),
		                 .group = cxm_field_named(w->probe, SLICE("entry")) };
	int calls = 0;

	assert_int_equal(w->of->ops->tally(w->store, &q, stop_tally, &calls, &w->fault), -EINVAL);
}

static void a_state_that_a_newer_agent_knows_is_grouped_under_its_number(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE),
		                 .group = cxm_field_named(w->probe, SLICE("group")) };
	ProtobufCMessage *m = record_of(w->probe, &w->arena, "");
	struct cxm_value v = { .present = true, .i = 42 };
	struct tally_lines lines = { 0 };

	buf_init(&lines.out, 4096);
	assert_int_equal(cxm_field_set(m, q.group, &v), 0);
	store_world_add_message(w, w->probe, m);
	assert_int_equal(store_world_put(w, 1), 0);

	assert_int_equal(w->of->ops->tally(w->store, &q, tally_line, &lines, &w->fault), 0);

	assert_string_equal(buf_text(&lines.out), "42 0 1\n");
	buf_free(&lines.out);
}

/* ---- reading beside the writer ---- */

static struct store *reader_of(struct store_world *w)
{
	struct store *reader = NULL;

	if (w->of->ops->open(&reader, w->where, true, &w->catalog, &w->fault) != 0) {
		fail_msg("%s", w->fault.text);
	}
	return reader;
}

static void a_reader_sees_what_is_put_after_it_came(void **state)
{
	struct store_world *w = *state;
	struct store *reader = reader_of(w);

	store_world_put_probe(w, 1, "note=Montag");

	assert_non_null(strstr(store_world_export(w, reader, WORLD_SITE), "Montag"));
	cxm_store_close(reader);
}

static void a_reader_can_come_when_the_writer_is_gone(void **state)
{
	struct store_world *w = *state;
	struct store *reader;

	store_world_put_probe(w, 1, "note=Montag");
	cxm_store_close(w->store);
	w->store = NULL;

	reader = reader_of(w);

	assert_non_null(strstr(store_world_export(w, reader, WORLD_SITE), "Montag"));
	cxm_store_close(reader);
}

static void a_reader_cannot_put(void **state)
{
	struct store_world *w = *state;
	struct store *reader = reader_of(w);
	struct store_batch batch;

	store_world_add(w, w->probe, "entry=1");
	batch = store_world_batch(w, 1);

	assert_int_equal(w->of->ops->put(reader, &batch, 1, &w->counts, &w->fault), -EROFS);
	assert_int_equal(w->of->ops->set_zone(reader, WORLD_SITE, "UTC", &w->fault), -EROFS);

	cxm_store_close(reader);
	assert_int_equal(store_world_count(w, NULL), 0);
}

#define CLAIM(test)                                                                                \
	{                                                                                          \
#test, test, store_world_set_up, store_world_tear_down, NULL                       \
	}

static const struct CMUnitTest claims[] = {
	CLAIM(a_record_comes_back_as_it_was_put),
	CLAIM(an_absent_field_stays_absent),
	CLAIM(an_empty_label_and_empty_bytes_are_present),
	CLAIM(zero_is_not_absent),
	CLAIM(content_never_becomes_sql),
	CLAIM(sites_are_apart),
	CLAIM(what_was_put_is_there_after_opening_again),
	CLAIM(the_same_batch_again_is_skipped),
	CLAIM(the_same_sequence_with_other_content_changes_nothing),
	CLAIM(the_same_record_under_a_new_sequence_is_known),
	CLAIM(a_later_observation_replaces_an_earlier_one),
	CLAIM(an_earlier_observation_changes_nothing),
	CLAIM(records_of_one_batch_are_settled_too),
	CLAIM(order_and_batches_and_duplicates_do_not_matter),
	CLAIM(an_epoch_not_seen_starts_before_its_first_sequence),
	CLAIM(asking_for_a_watermark_changes_nothing),
	CLAIM(an_epoch_may_begin_anywhere),
	CLAIM(the_watermark_is_the_last_record_put),
	CLAIM(a_hole_is_refused_and_changes_nothing),
	CLAIM(a_hole_that_is_said_to_be_lost_is_accepted),
	CLAIM(losing_too_few_is_a_hole),
	CLAIM(losing_what_is_stored_already_is_harmless),
	CLAIM(an_empty_batch_moves_the_watermark_over_what_is_lost),
	CLAIM(an_empty_batch_changes_nothing),
	CLAIM(an_empty_first_batch_begins_its_epoch),
	CLAIM(a_batch_that_overlaps_stores_only_the_rest),
	CLAIM(a_batch_below_the_watermark_does_not_lower_it),
	CLAIM(a_new_epoch_counts_anew),
	CLAIM(agents_are_counted_apart),
	CLAIM(batches_of_one_call_follow_one_another),
	CLAIM(a_bad_batch_takes_its_whole_call_with_it),
	CLAIM(the_store_goes_on_after_a_refusal),
	CLAIM(fewer_records_than_counted_are_refused),
	CLAIM(more_records_than_counted_are_refused),
	CLAIM(a_batch_cut_anywhere_is_refused),
	CLAIM(numbers_no_spool_can_say_are_refused),
	CLAIM(names_that_are_none_are_refused),
	CLAIM(a_kind_not_known_is_set_aside),
	CLAIM(a_record_that_is_no_message_is_set_aside),
	CLAIM(a_record_without_its_key_is_set_aside),
	CLAIM(an_empty_record_is_set_aside),
	CLAIM(a_label_that_is_not_utf8_is_set_aside),
	CLAIM(a_number_that_is_none_is_set_aside),
	CLAIM(absurd_times_are_set_aside),
	CLAIM(the_first_and_the_last_time_are_stored),
	CLAIM(sites_are_named_in_order),
	CLAIM(naming_sites_stops_when_told),
	CLAIM(the_zone_of_a_site_is_the_last_one_said),
	CLAIM(an_unknown_site_has_no_zone),
	CLAIM(a_site_that_never_said_has_no_zone),
	CLAIM(a_zone_longer_than_the_buffer_is_not_cut),
	CLAIM(there_is_no_span_without_rows),
	CLAIM(the_span_goes_from_the_first_row_to_the_last),
	CLAIM(rows_come_in_key_order),
	CLAIM(a_range_holds_its_beginning_and_not_its_end),
	CLAIM(a_range_that_ends_before_it_begins_is_empty),
	CLAIM(rows_of_an_unknown_site_are_none),
	CLAIM(rows_stop_when_told),
	CLAIM(a_callback_may_ask_the_store_again),
	CLAIM(a_tally_is_of_its_range),
	CLAIM(a_tally_of_an_unknown_site_is_empty),
	CLAIM(a_tally_stops_when_told),
	CLAIM(numbers_cannot_be_grouped_by),
	CLAIM(a_state_that_a_newer_agent_knows_is_grouped_under_its_number),
};

static const struct CMUnitTest reader_claims[] = {
	CLAIM(a_reader_sees_what_is_put_after_it_came),
	CLAIM(a_reader_can_come_when_the_writer_is_gone),
	CLAIM(a_reader_cannot_put),
};

#define N_CLAIMS  (sizeof(claims) / sizeof(claims[0]))
#define N_READERS (sizeof(reader_claims) / sizeof(reader_claims[0]))
#define N_TALLIES (sizeof(tally_cases) / sizeof(tally_cases[0]))

int store_conformance(const struct store_kind *kind)
{
	static struct store_test plain;
	static struct store_test rows[N_TALLIES];
	static struct CMUnitTest tests[N_CLAIMS + N_READERS + N_TALLIES];
	size_t n = 0;

	plain = (struct store_test){ .of = kind };
	for (size_t i = 0; i < N_CLAIMS; i++) {
		tests[n] = claims[i];
		tests[n++].initial_state = &plain;
	}
	for (size_t i = 0; kind->read_only && i < N_READERS; i++) {
		tests[n] = reader_claims[i];
		tests[n++].initial_state = &plain;
	}
	for (size_t i = 0; i < N_TALLIES; i++) {
		rows[i] = (struct store_test){ kind, &tally_cases[i] };
		tests[n++] =
			(struct CMUnitTest){ tally_cases[i].name, tally_run, store_world_set_up,
			                     store_world_tear_down, &rows[i] };
	}
	return _cmocka_run_group_tests(kind->ops->name, tests, n, NULL, NULL);
}
