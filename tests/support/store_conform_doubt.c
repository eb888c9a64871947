/* Watermarks; calls that are refused as a whole; records that are set aside. */
#include "tests/support/store_conform.h"

#include <errno.h>

#include "tests/support/record_of.h"
#include "tests/support/test_records.pb-c.h"

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

static int refuse_site(void *arg, const char *site)
{
	(void)arg;
	(void)site;
	return 1;
}

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

	store_world_add(w, w->probe, "entry=1");
	batches[0] = store_world_batch(w, 1);
	batches[1] = store_world_batch(w, 9);

	assert_int_equal(w->of->ops->put(w->store, batches, 2, &w->counts, &w->fault), -ERANGE);

	assert_int_equal(w->counts.stored, 0);
	assert_int_equal(store_world_count(w, NULL), 0);
	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 0);
	assert_int_equal(w->of->ops->sites(w->store, refuse_site, NULL, &w->fault), 0);
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

/* A record that has been made wrong behind the back of cxm_field_set. */
static void assert_set_aside(struct store_world *w, const Cxmtest__Probe *m)
{
	struct buf record;

	buf_init(&record, 4096);
	assert_int_equal(cxm_record_append(w->probe, &m->base, &record), 0);
	assert_quarantined(w, record.data, record.len);
	buf_free(&record);
}

static Cxmtest__Probe *third(struct store_world *w)
{
	return (void *)record_of(w->probe, &w->arena, "entry=3");
}

static void a_label_that_is_not_utf8_is_set_aside(void **state)
{
	static char text[] = "\xff";
	Cxmtest__Probe *m = third(*state);

	m->note = text;
	assert_set_aside(*state, m);
}

static void a_number_that_is_none_is_set_aside(void **state)
{
	Cxmtest__Probe *m = third(*state);

	m->has_value = 1;
	m->value = __builtin_nan("");
	assert_set_aside(*state, m);
}

static void a_number_beyond_int64_is_set_aside(void **state)
{
	Cxmtest__Probe *m = third(*state);

	m->has_size_bytes = 1;
	m->size_bytes = (uint64_t)INT64_MAX + 1;
	assert_set_aside(*state, m);
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

void conform_doubt(struct cases *c)
{
	cases_test(c, an_epoch_not_seen_starts_before_its_first_sequence);
	cases_test(c, asking_for_a_watermark_changes_nothing);
	cases_test(c, an_epoch_may_begin_anywhere);
	cases_test(c, the_watermark_is_the_last_record_put);
	cases_test(c, a_hole_is_refused_and_changes_nothing);
	cases_test(c, a_hole_that_is_said_to_be_lost_is_accepted);
	cases_test(c, losing_too_few_is_a_hole);
	cases_test(c, losing_what_is_stored_already_is_harmless);
	cases_test(c, an_empty_batch_moves_the_watermark_over_what_is_lost);
	cases_test(c, an_empty_batch_changes_nothing);
	cases_test(c, an_empty_first_batch_begins_its_epoch);
	cases_test(c, a_batch_that_overlaps_stores_only_the_rest);
	cases_test(c, a_batch_below_the_watermark_does_not_lower_it);
	cases_test(c, a_new_epoch_counts_anew);
	cases_test(c, agents_are_counted_apart);
	cases_test(c, batches_of_one_call_follow_one_another);
	cases_test(c, a_bad_batch_takes_its_whole_call_with_it);
	cases_test(c, the_store_goes_on_after_a_refusal);
	cases_test(c, fewer_records_than_counted_are_refused);
	cases_test(c, more_records_than_counted_are_refused);
	cases_test(c, a_batch_cut_anywhere_is_refused);
	cases_test(c, numbers_no_spool_can_say_are_refused);
	cases_test(c, names_that_are_none_are_refused);
	cases_test(c, a_kind_not_known_is_set_aside);
	cases_test(c, a_record_that_is_no_message_is_set_aside);
	cases_test(c, a_record_without_its_key_is_set_aside);
	cases_test(c, an_empty_record_is_set_aside);
	cases_test(c, a_label_that_is_not_utf8_is_set_aside);
	cases_test(c, a_number_that_is_none_is_set_aside);
	cases_test(c, a_number_beyond_int64_is_set_aside);
	cases_test(c, absurd_times_are_set_aside);
	cases_test(c, the_first_and_the_last_time_are_stored);
}
