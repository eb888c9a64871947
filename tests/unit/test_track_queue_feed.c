/*
 * A whole queue_log: the recording of a real Asterisk 22 against the list and the totals that were
 * worked out apart from this program, and what the operator is told.
 */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "tests/support/cases.h"
#include "tests/support/feed_fixture.h"

#define RUN1_QUEUE "tests/data/run1/queue_log"

/* ---- the recording ---- */

static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *data = malloc(1 << 20);

	assert_non_null(file);
	assert_non_null(data);
	*len = fread(data, 1, 1 << 20, file);
	assert_int_equal(fclose(file), 0);
	return data;
}

static json_t *read_json(const char *path)
{
	json_error_t why;
	json_t *root = json_load_file(path, 0, &why);

	assert_non_null(root);
	return root;
}

static struct feed_fixture *replay_run1(struct feed_records *out)
{
	struct feed_fixture *f = feed_fixture_new(8192);
	size_t len;
	char *log = read_file(RUN1_QUEUE, &len);

	queue_feed_lines(&f->feed, (struct slice){ log, len });
	queue_feed_finish(&f->feed);
	feed_fixture_unpack(f, out);
	free(log);
	return f;
}

static const char *text_of(const json_t *entry, const char *key)
{
	return json_string_value(json_object_get(entry, key));
}

static Cxm__QueueContact *contact_of(const struct pseudonym *p, struct feed_records *r,
                                     const json_t *entry)
{
	uint64_t contact = pseudonym_of(p, CXM_CONTACT, slice_of(text_of(entry, "u")));

	for (size_t i = 0; i < r->n_contacts; i++) {
		if (r->contacts[i]->contact == contact &&
		    strcmp(r->contacts[i]->queue, text_of(entry, "q")) == 0) {
			return r->contacts[i];
		}
	}
	return NULL;
}

struct end_name {
	const char *end;
	Cxm__QueueContact__Outcome outcome;
	Cxm__QueueContact__EndedBy ended_by;
	Cxm__QueueContact__Transfer transfer;
};

static const struct end_name ends[] = {
	{ "COMPLETEAGENT", CXM__QUEUE_CONTACT__OUTCOME__ANSWERED,
	  CXM__QUEUE_CONTACT__ENDED_BY__AGENT, 0 },
	{ "COMPLETECALLER", CXM__QUEUE_CONTACT__OUTCOME__ANSWERED,
	  CXM__QUEUE_CONTACT__ENDED_BY__CALLER, 0 },
	{ "BLINDTRANSFER", CXM__QUEUE_CONTACT__OUTCOME__ANSWERED,
	  CXM__QUEUE_CONTACT__ENDED_BY__TRANSFER, CXM__QUEUE_CONTACT__TRANSFER__BLIND },
	{ "ATTENDEDTRANSFER", CXM__QUEUE_CONTACT__OUTCOME__ANSWERED,
	  CXM__QUEUE_CONTACT__ENDED_BY__TRANSFER, CXM__QUEUE_CONTACT__TRANSFER__ATTENDED },
	{ "ABANDON", CXM__QUEUE_CONTACT__OUTCOME__ABANDONED, CXM__QUEUE_CONTACT__ENDED_BY__CALLER,
	  0 },
	{ "EXITWITHTIMEOUT", CXM__QUEUE_CONTACT__OUTCOME__TIMED_OUT,
	  CXM__QUEUE_CONTACT__ENDED_BY__SYSTEM, 0 },
	{ "EXITWITHKEY", CXM__QUEUE_CONTACT__OUTCOME__EXIT_KEY,
	  CXM__QUEUE_CONTACT__ENDED_BY__CALLER, 0 },
	{ "EXITEMPTY", CXM__QUEUE_CONTACT__OUTCOME__EXIT_EMPTY,
	  CXM__QUEUE_CONTACT__ENDED_BY__SYSTEM, 0 },
};

static const struct end_name *end_named(const char *name)
{
	for (size_t i = 0; i < COUNT(ends); i++) {
		if (strcmp(ends[i].end, name) == 0) {
			return &ends[i];
		}
	}
	return NULL;
}

/* `want` in seconds may be null: then the field must be absent. */
static void check_seconds(const json_t *want, bool present, uint32_t ms)
{
	assert_int_equal(present, json_is_integer(want));
	assert_int_equal(present ? ms : 0, json_integer_value(want) * 1000);
}

static void check_entry(const struct pseudonym *p, struct feed_records *r, const json_t *e)
{
	const Cxm__QueueContact *m = contact_of(p, r, e);
	const struct end_name *end = end_named(text_of(e, "end"));
	const char *agent = text_of(e, "agent");
	const json_t *wait = json_object_get(e, agent != NULL ? "hold" : "wait");

	assert_non_null(m);
	assert_non_null(end);
	assert_int_equal(m->at_us, json_integer_value(json_object_get(e, "t")) * S_US);
	assert_int_equal(m->seen_us, json_integer_value(json_object_get(e, "te")) * S_US);
	assert_int_equal(m->customer, pseudonym_of(p, CXM_CUSTOMER, slice_of(text_of(e, "num"))));
	assert_int_equal(m->position, json_integer_value(json_object_get(e, "pos")));
	assert_int_equal(m->ring_no_answers, json_integer_value(json_object_get(e, "rna")));
	assert_int_equal(m->outcome, end->outcome);
	assert_int_equal(m->ended_by, end->ended_by);
	assert_int_equal(m->has_transfer ? m->transfer : 0, end->transfer);
	assert_int_equal(m->agent, agent != NULL ? pseudonym_of(p, CXM_STAFF, slice_of(agent)) : 0);
	assert_int_equal(m->connects, agent != NULL);
	check_seconds(wait, m->has_wait_ms, m->wait_ms);
	check_seconds(json_object_get(e, "ring"), m->has_ring_ms, m->ring_ms);
	check_seconds(json_object_get(e, "talk"), m->has_talk_ms, m->talk_ms);
}

static void recording_equals_the_independent_list_entry_by_entry(void **state)
{
	json_t *entries = read_json("tests/data/run1/queue_entries.json");
	struct feed_records r;
	struct feed_fixture *f = replay_run1(&r);
	size_t i;
	json_t *e;

	(void)state;
	assert_int_equal(r.n_contacts, 309);
	assert_int_equal(json_array_size(entries), 309);
	json_array_foreach(entries, i, e)
	{
		check_entry(f->r.pseudonym, &r, e);
	}
	json_decref(entries);
	arena_free(&r.arena);
	feed_fixture_free(f);
}

struct totals {
	unsigned offered, answered, abandoned, timeouts, exit_key, exit_empty;
	unsigned within_5s, within_10s, within_20s, short_abandons;
	uint64_t hold_ms, talk_ms, abandon_ms, rna;
};

static void add_contact(struct totals *t, const Cxm__QueueContact *m)
{
	bool answered = m->outcome == CXM__QUEUE_CONTACT__OUTCOME__ANSWERED;
	bool abandoned = m->outcome == CXM__QUEUE_CONTACT__OUTCOME__ABANDONED;

	t->offered++;
	t->answered += answered;
	t->abandoned += abandoned;
	t->timeouts += m->outcome == CXM__QUEUE_CONTACT__OUTCOME__TIMED_OUT;
	t->exit_key += m->outcome == CXM__QUEUE_CONTACT__OUTCOME__EXIT_KEY;
	t->exit_empty += m->outcome == CXM__QUEUE_CONTACT__OUTCOME__EXIT_EMPTY;
	t->within_5s += answered && m->wait_ms <= 5000;
	t->within_10s += answered && m->wait_ms <= 10000;
	t->within_20s += answered && m->wait_ms <= 20000;
	t->short_abandons += abandoned && m->wait_ms <= 2000;
	t->hold_ms += answered ? m->wait_ms : 0;
	t->talk_ms += m->talk_ms;
	t->abandon_ms += abandoned ? m->wait_ms : 0;
	t->rna += m->ring_no_answers;
}

static json_int_t number(const json_t *truth, const char *key)
{
	assert_true(json_is_integer(json_object_get(truth, key)));
	return json_integer_value(json_object_get(truth, key));
}

/* The truth gives means to three decimals, or null where there is nothing to take a mean of. */
static void check_mean(const json_t *truth, const char *key, uint64_t sum_ms, unsigned n)
{
	double mean_s = n > 0 ? (double)sum_ms / n / 1000.0 : 0.0;

	assert_int_equal((long)(mean_s * 1000.0 + 0.5),
	                 (long)(json_number_value(json_object_get(truth, key)) * 1000.0 + 0.5));
}

static void check_totals(const struct totals *t, const json_t *truth)
{
	assert_int_equal(t->offered, number(truth, "offered_entries"));
	assert_int_equal(t->answered, number(truth, "answered"));
	assert_int_equal(t->abandoned, number(truth, "abandoned"));
	assert_int_equal(t->short_abandons, number(truth, "short_abandon_le2s"));
	assert_int_equal(t->timeouts, number(truth, "timeouts"));
	assert_int_equal(t->exit_key, number(truth, "exit_key"));
	assert_int_equal(t->exit_empty, number(truth, "exit_empty"));
	assert_int_equal(t->within_5s, number(truth, "answered_within_5s"));
	assert_int_equal(t->within_10s, number(truth, "answered_within_10s"));
	assert_int_equal(t->within_20s, number(truth, "answered_within_20s"));
	check_mean(truth, "asa_s", t->hold_ms, t->answered);
	check_mean(truth, "aht_talk_s", t->talk_ms, t->answered);
	check_mean(truth, "abandon_mean_wait_s", t->abandon_ms, t->abandoned);
}

static void recording_equals_the_truth_overall_and_per_queue(void **state)
{
	json_t *root = read_json("tests/data/run1/truth.json");
	json_t *truth = json_object_get(root, "queue_log");
	struct feed_records r;
	struct feed_fixture *f = replay_run1(&r);
	struct totals all = { 0 };
	const char *queue;
	json_t *of_queue;

	(void)state;
	json_object_foreach(json_object_get(truth, "per_queue"), queue, of_queue)
	{
		struct totals t = { 0 };

		for (size_t i = 0; i < r.n_contacts; i++) {
			if (strcmp(r.contacts[i]->queue, queue) == 0) {
				add_contact(&t, r.contacts[i]);
				add_contact(&all, r.contacts[i]);
			}
		}
		check_totals(&t, of_queue);
		assert_int_equal(t.rna, number(json_object_get(truth, "ringnoanswer"), queue));
	}
	check_totals(&all, json_object_get(truth, "overall"));
	json_decref(root);
	arena_free(&r.arena);
	feed_fixture_free(f);
}

static void recording_has_the_pauses_of_the_truth(void **state)
{
	json_t *root = read_json("tests/data/run1/truth.json");
	json_t *pauses = json_object_get(json_object_get(root, "queue_log"), "pauses");
	struct feed_records r;
	struct feed_fixture *f = replay_run1(&r);
	uint64_t sum_ms = 0;
	json_int_t want_s = 0;
	size_t want_n = 0;
	const char *queue;
	json_t *list;
	json_t *one;
	size_t i;

	(void)state;
	json_object_foreach(pauses, queue, list)
	{
		json_array_foreach(list, i, one)
		{
			want_s += json_integer_value(json_object_get(one, "s"));
			want_n++;
		}
	}
	for (i = 0; i < r.n_pauses; i++) {
		sum_ms += r.pauses_ms[i];
	}
	/* one agent changed the reason of his pause: one stretch there, two here, as long together
	 */
	assert_int_equal(r.n_pauses, want_n + 1);
	assert_int_equal(sum_ms, want_s * 1000);
	json_decref(root);
	arena_free(&r.arena);
	feed_fixture_free(f);
}

static void no_raw_identity_is_in_records_or_state(void **state)
{
	static const char *const raw[] = { "5550001", "1795323505", "Ana Lima", "PJSIP/105" };
	struct feed_fixture *f = feed_fixture_new(8192);
	struct buf kept;
	size_t len;
	char *log = read_file(RUN1_QUEUE, &len);

	(void)state;
	buf_init(&kept, STATE_MAX);
	queue_feed_lines(&f->feed, (struct slice){ log, len / 2 });
	queue_feed_save(&f->feed, &kept);
	buf_add(&kept, f->r.packed.data, f->r.packed.len);
	assert_true(queue_call_open(f->feed.calls) > 0);
	for (size_t i = 0; i < COUNT(raw); i++) {
		assert_non_null(memmem(log, len, raw[i], strlen(raw[i])));
		assert_null(memmem(kept.data, kept.len, raw[i], strlen(raw[i])));
	}
	buf_free(&kept);
	free(log);
	feed_fixture_free(f);
}

/* ---- what is said to the operator ---- */

static void verbs_are_counted_by_name_and_numbers_never_shown(void **state)
{
	struct feed_fixture *f = feed_fixture_new(8192);
	struct buf said;

	(void)state;
	buf_init(&said, 4096);
	feed_fixture_take(
		f, "1000|u1|sales|NONE|SURVEY|3\n1000|u1|sales|NONE|SURVEY|3\n"
		   "1000|u1|sales|NONE|5550001|x\n1000|u1|sales|NONE|DID|4957877871\nrubbish\n");
	queue_feed_describe(&f->feed, &said);
	assert_string_equal(buf_text(&said), "lines=4 malformed=1 orphans=0 late=0; verbs ignored: "
	                                     "SURVEY=2 DID=1 other=1");
	buf_free(&said);
	feed_fixture_free(f);
}

static void f06_line_too_long_is_cut_and_counted(void **state)
{
	struct feed_fixture *f = feed_fixture_new(8192);
	struct buf log;

	(void)state;
	buf_init(&log, 1 << 20);
	buf_add_text(&log, "1000|u1|sales|NONE|ENTERQUEUE||5550001|1|");
	for (size_t i = 0; i < QUEUE_FEED_LINE_MAX_BYTES; i++) {
		buf_add_char(&log, 'x');
	}
	buf_add_char(&log, '\n');
	queue_feed_lines(&f->feed, (struct slice){ (const char *)log.data, log.len });
	assert_int_equal(f->feed.counters.too_long, 1);
	assert_int_equal(queue_call_open(f->feed.calls), 1);
	buf_free(&log);
	feed_fixture_free(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(recording_equals_the_independent_list_entry_by_entry),
		cmocka_unit_test(recording_equals_the_truth_overall_and_per_queue),
		cmocka_unit_test(recording_has_the_pauses_of_the_truth),
		cmocka_unit_test(no_raw_identity_is_in_records_or_state),
		cmocka_unit_test(verbs_are_counted_by_name_and_numbers_never_shown),
		cmocka_unit_test(f06_line_too_long_is_cut_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
