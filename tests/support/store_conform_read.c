/* Sites, zones, spans and rows; reading beside the writer. */
#include "tests/support/store_conform.h"

#include <errno.h>

#include "proto/text.h"
#include "tests/support/record_of.h"

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

static int claim(struct store_world *w, const char *site, bool simulated)
{
	return w->of->ops->claim(w->store, site, simulated, &w->fault);
}

static int marked(struct store_world *w, const char *site)
{
	return w->of->ops->simulated(w->store, site, &w->fault);
}

static void a_simulated_site_takes_no_real_evidence(void **state)
{
	struct store_world *w = *state;

	assert_int_equal(claim(w, WORLD_SITE, true), 0);
	assert_int_equal(claim(w, WORLD_SITE, true), 0);
	assert_int_equal(claim(w, WORLD_SITE, false), -EPERM);
	assert_non_null(strstr(w->fault.text, WORLD_SITE));
	assert_int_equal(marked(w, WORLD_SITE), 1);
}

static void a_real_site_takes_no_simulated_evidence(void **state)
{
	struct store_world *w = *state;

	add_site(w, WORLD_SITE);

	assert_int_equal(claim(w, WORLD_SITE, false), 0);
	assert_int_equal(claim(w, WORLD_SITE, true), -EPERM);
	assert_int_equal(marked(w, WORLD_SITE), 0);
}

static void the_mark_of_one_site_is_not_that_of_another(void **state)
{
	struct store_world *w = *state;

	assert_int_equal(claim(w, "made-up", true), 0);

	assert_int_equal(claim(w, WORLD_SITE, false), 0);
	assert_int_equal(marked(w, WORLD_SITE), 0);
	assert_int_equal(marked(w, "nobody"), 0);
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

static int span(struct store_world *w, const struct store_span *q, int64_t *first, int64_t *last)
{
	return w->of->ops->span(w->store, q, first, last, &w->fault);
}

static void there_is_no_span_without_rows(void **state)
{
	struct store_world *w = *state;
	const struct store_span probes = { w->probe, WORLD_SITE, INT64_MAX };
	const struct store_span others = { w->index, WORLD_SITE, INT64_MAX };
	const struct store_span elsewhere = { w->probe, "elsewhere", INT64_MAX };
	int64_t first = 1;
	int64_t last = 2;

	assert_int_equal(span(w, &probes, &first, &last), 0);
	store_world_put_probe(w, 1, "");
	assert_int_equal(span(w, &others, &first, &last), 0);
	assert_int_equal(span(w, &elsewhere, &first, &last), 0);
}

static void the_span_goes_from_the_first_row_to_the_last(void **state)
{
	struct store_world *w = *state;
	struct store_span q = { w->probe, WORLD_SITE, INT64_MAX };
	int64_t first = 0;
	int64_t last = 0;

	store_world_put_probe(w, 1, "at_us=1700000000000002");
	store_world_put_probe(w, 2, "at_us=1700000000000001");
	store_world_put_probe(w, 3, "at_us=1700000000000003");

	assert_int_equal(span(w, &q, &first, &last), 1);
	assert_int_equal(first, T0 + 1);
	assert_int_equal(last, T0 + 3);
	q.before_us = T0 + 3;
	assert_int_equal(span(w, &q, &first, &last), 1);
	assert_int_equal(last, T0 + 2);
	q.before_us = T0 + 1;
	assert_int_equal(span(w, &q, &first, &last), 0);
}

static void what_never_came_was_never_received(void **state)
{
	struct store_world *w = *state;
	int64_t at_us = 0;

	assert_int_equal(w->of->ops->received(w->store, WORLD_SITE, &at_us, &w->fault), 0);
	store_world_put_probe(w, 1, "");
	assert_int_equal(w->of->ops->received(w->store, WORLD_SITE, &at_us, &w->fault), 1);
	assert_true(at_us > T0); /* the clock of whoever runs this is right */
	assert_int_equal(w->of->ops->received(w->store, "elsewhere", &at_us, &w->fault), 0);
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

void conform_add_five_rows(struct store_world *w)
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

	conform_add_five_rows(w);

	assert_int_equal(see_rows(w, store_world_all(w->probe, WORLD_SITE), 0, "azcde"), 0);
}

static void a_range_holds_its_beginning_and_not_its_end(void **state)
{
	struct store_world *w = *state;

	conform_add_five_rows(w);

	assert_int_equal(
		see_rows(w, (struct store_range){ w->probe, WORLD_SITE, T0 + 2, T0 + 3 }, 0, "zcd"),
		0);
}

static void a_range_that_ends_before_it_begins_is_empty(void **state)
{
	struct store_world *w = *state;

	conform_add_five_rows(w);

	assert_int_equal(
		see_rows(w, (struct store_range){ w->probe, WORLD_SITE, T0 + 3, T0 + 2 }, 0, ""),
		0);
}

static void rows_of_an_unknown_site_are_none(void **state)
{
	struct store_world *w = *state;

	conform_add_five_rows(w);

	assert_int_equal(see_rows(w, store_world_all(w->probe, "elsewhere"), 0, ""), 0);
}

static void rows_stop_when_told(void **state)
{
	struct store_world *w = *state;

	conform_add_five_rows(w);

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
	conform_add_five_rows(w);

	assert_int_equal(w->of->ops->rows(w->store, &all, ask_again, &s, &w->fault), 0);

	assert_string_equal(buf_text(&s.out), "azcde");
	buf_free(&s.out);
}

/* ---- reading beside the writer ---- */

static struct store *reader_of(struct store_world *w)
{
	struct store *reader = NULL;

	if (w->of->ops->open(&reader, w->where, true, w->catalog, &w->fault) != 0) {
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

void conform_read(struct cases *c)
{
	cases_test(c, sites_are_named_in_order);
	cases_test(c, naming_sites_stops_when_told);
	cases_test(c, the_zone_of_a_site_is_the_last_one_said);
	cases_test(c, an_unknown_site_has_no_zone);
	cases_test(c, a_site_that_never_said_has_no_zone);
	cases_test(c, a_simulated_site_takes_no_real_evidence);
	cases_test(c, a_real_site_takes_no_simulated_evidence);
	cases_test(c, the_mark_of_one_site_is_not_that_of_another);
	cases_test(c, a_zone_longer_than_the_buffer_is_not_cut);
	cases_test(c, there_is_no_span_without_rows);
	cases_test(c, the_span_goes_from_the_first_row_to_the_last);
	cases_test(c, what_never_came_was_never_received);
	cases_test(c, rows_come_in_key_order);
	cases_test(c, a_range_holds_its_beginning_and_not_its_end);
	cases_test(c, a_range_that_ends_before_it_begins_is_empty);
	cases_test(c, rows_of_an_unknown_site_are_none);
	cases_test(c, rows_stop_when_told);
	cases_test(c, a_callback_may_ask_the_store_again);
}

void conform_readers(struct cases *c)
{
	cases_test(c, a_reader_sees_what_is_put_after_it_came);
	cases_test(c, a_reader_can_come_when_the_writer_is_gone);
	cases_test(c, a_reader_cannot_put);
}
