/*
 * Our recording of a real contact centre as its manager interface told it (tests/data/run1), held
 * against the queue_log of the same hours and the truth the recording was made with.
 *
 * VarSet had been left out of the recording; the file has QUEUESTATUS back from the dialplan's own
 * event, and the answer to QueueStatus before the first call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/decode/ami.h"
#include "agent/track/ami_feed.h"
#include "agent/track/queue_feed.h"
#include "common/instream.h"
#include "proto/evidence.pb-c.h"
#include "tests/support/cases.h"
#include "tests/support/site_key.h"

#define STREAM       "tests/data/run1/ami.zst"
#define LOG          "tests/data/run1/queue_log"
#define TEXT_MAX     ((size_t)8 * 1024 * 1024)
#define CONTACTS_MAX 1024
#define S_US         INT64_C(1000000)
#define APART_US     INT64_C(1100000) /* as the store's rule has it: time(2) lags by a tick */

struct contact {
	uint64_t contact;
	int64_t at_us;
	uint32_t wait_ms;
	uint32_t talk_ms;
	uint32_t hold_ms;
	uint64_t agent;
	int outcome;
	int transfer;
	bool has_talk;
	char queue[32];
};

struct told {
	struct contact contacts[CONTACTS_MAX];
	size_t n;
	size_t outcomes[16];
	size_t gauges;
	size_t waiting; /* gauges with somebody in them */
	uint32_t most_waiting;
	uint32_t members[3]; /* of the last gauge of support: ready, busy, paused */
	size_t handoffs;
	size_t pauses;
	size_t streams;
	size_t bad_streams; /* more lost than sent, or no endpoint's */
	size_t auth_failed;
};

struct world {
	struct pseudonym *pseudonym;
	char *text;
	size_t len;
	struct told ami;
	struct told log;
};

static void take_contact(struct told *t, const Cxm__QueueContact *q)
{
	struct contact *c = &t->contacts[t->n++];

	assert_true(t->n < CONTACTS_MAX);
	*c = (struct contact){ .contact = q->contact,
		               .at_us = q->at_us,
		               .wait_ms = q->wait_ms,
		               .talk_ms = q->talk_ms,
		               .hold_ms = q->hold_ms,
		               .agent = q->agent,
		               .outcome = q->outcome,
		               .transfer = q->transfer,
		               .has_talk = q->has_talk_ms };
	(void)snprintf(c->queue, sizeof(c->queue), "%s", q->queue);
	t->outcomes[q->outcome]++;
}

static void take_gauge(struct told *t, const Cxm__Gauge *g)
{
	t->gauges++;
	t->waiting += g->waiting > 0 ? 1 : 0;
	t->most_waiting = g->waiting > t->most_waiting ? g->waiting : t->most_waiting;
	if (strcmp(g->queue, "support") == 0) {
		t->members[0] = g->agents_ready;
		t->members[1] = g->agents_busy;
		t->members[2] = g->agents_paused;
	}
}

static void on_record(void *arg, const ProtobufCMessage *m)
{
	struct told *t = arg;
	const void *record = m;

	if (m->descriptor == &cxm__queue_contact__descriptor) {
		take_contact(t, record);
	} else if (m->descriptor == &cxm__gauge__descriptor) {
		take_gauge(t, record);
	} else if (m->descriptor == &cxm__handoff__descriptor) {
		t->handoffs++;
	} else if (m->descriptor == &cxm__agent_span__descriptor) {
		t->pauses +=
			((const Cxm__AgentSpan *)record)->state == CXM__AGENT_SPAN__STATE__PAUSED;
	} else if (m->descriptor == &cxm__media_stream__descriptor) {
		const Cxm__MediaStream *s = record;

		t->streams++;
		t->bad_streams += s->has_mos || s->has_r ||
		                  s->measured_by != CXM__MEDIA_STREAM__MEASURED_BY__ENDPOINT ||
		                  (s->has_packets && s->packets > 60000);
	} else if (m->descriptor == &cxm__posture__descriptor) {
		t->auth_failed += ((const Cxm__Posture *)record)->part;
	}
}

static void read_file(const char *path, char *text, size_t *len)
{
	struct instream *in;
	ssize_t n;

	assert_int_equal(instream_open(&in, path, NULL), 0);
	*len = 0;
	while ((n = instream_read(in, text + *len, TEXT_MAX - *len)) > 0) {
		*len += (size_t)n;
	}
	assert_int_equal(n, 0);
	instream_close(in);
}

static void take_stream(struct world *w, bool added, struct told *out, size_t step)
{
	static struct ami_message m;
	const struct emit emit = { on_record, out };
	const struct ami_feed_options options = { .pseudonym = w->pseudonym,
		                                  .host = "pbx1",
		                                  .variables = "",
		                                  .max_open = 2048,
		                                  .max_age_us = INT64_C(86400) * S_US,
		                                  .slot_us = 5 * S_US,
		                                  .added = added,
		                                  .media = true };
	struct ami_reader r = { .scanned = 0 };
	struct slice in = { w->text, 0 };
	struct ami_feed *f;

	assert_int_equal(ami_feed_new(&f, &options, &emit), 0);
	for (size_t at = 0; at < w->len; at += step) {
		in.len += step < w->len - at ? step : w->len - at;
		while (ami_take(&r, &in, &m)) {
			if (m.kind == AMI_EVENT) {
				ami_feed_event(f, &r, &m, 0);
			}
		}
	}
	assert_int_equal(in.len, 0);
	assert_int_equal(ami_malformed(&r.counters), 0);
	assert_int_equal(ami_feed_malformed(f), 0);
	ami_feed_finish(f);
	ami_feed_free(f);
}

static void take_log(struct world *w)
{
	static char text[TEXT_MAX];
	const struct emit emit = { on_record, &w->log };
	const struct queue_call_options options = { .pseudonym = w->pseudonym,
		                                    .host = "pbx1",
		                                    .max_open = 2048,
		                                    .max_age_us = INT64_C(86400) * S_US };
	struct queue_feed feed;
	size_t len;

	read_file(LOG, text, &len);
	assert_int_equal(queue_feed_init(&feed, &options, &emit), 0);
	queue_feed_lines(&feed, (struct slice){ text, len });
	queue_feed_finish(&feed);
	queue_feed_deinit(&feed);
}

static int open_world(void **state)
{
	static const struct pseudonym_plan plan = { "49", "00", "0" };
	struct world *w = calloc(1, sizeof(*w));

	w->pseudonym = site_key_open(&plan);
	w->text = malloc(TEXT_MAX);
	read_file(STREAM, w->text, &w->len);
	take_stream(w, false, &w->ami, w->len);
	take_log(w);
	*state = w;
	return 0;
}

static int close_world(void **state)
{
	struct world *w = *state;

	pseudonym_free(w->pseudonym);
	free(w->text);
	free(w);
	return 0;
}

/* Times of the log are whole seconds. */
static const struct contact *twin_of(const struct told *t, const struct contact *c)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct contact *k = &t->contacts[i];
		int64_t apart_us = c->at_us - k->at_us;

		if (k->contact == c->contact && strcmp(k->queue, c->queue) == 0 &&
		    apart_us > -APART_US && apart_us < APART_US) {
			return k;
		}
	}
	return NULL;
}

static void outcomes_are_those_of_the_truth(void **state)
{
	const struct world *w = *state;
	const size_t *o = w->ami.outcomes;

	assert_int_equal(o[CXM__QUEUE_CONTACT__OUTCOME__ANSWERED], 236);
	assert_int_equal(o[CXM__QUEUE_CONTACT__OUTCOME__ABANDONED], 49);
	assert_int_equal(o[CXM__QUEUE_CONTACT__OUTCOME__TIMED_OUT], 12);
	assert_int_equal(o[CXM__QUEUE_CONTACT__OUTCOME__EXIT_KEY], 9);
	assert_int_equal(o[CXM__QUEUE_CONTACT__OUTCOME__UNKNOWN_END], 0);
}

static void callers_who_were_refused_are_told(void **state)
{
	const struct world *w = *state;

	/* NOTES of the lab: 2 full, 4 join-empty, of which queue_log has no line; 3 left empty */
	assert_int_equal(w->ami.outcomes[CXM__QUEUE_CONTACT__OUTCOME__FULL], 2);
	assert_int_equal(w->ami.outcomes[CXM__QUEUE_CONTACT__OUTCOME__EXIT_EMPTY], 4 + 3);
	assert_int_equal(w->log.outcomes[CXM__QUEUE_CONTACT__OUTCOME__FULL], 0);
	assert_int_equal(w->ami.n, w->log.n + 6);
}

static void every_contact_of_the_log_is_told_the_same(void **state)
{
	const struct world *w = *state;

	for (size_t i = 0; i < w->log.n; i++) {
		const struct contact *log = &w->log.contacts[i];
		const struct contact *ami = twin_of(&w->ami, log);

		assert_non_null(ami);
		assert_int_equal(ami->outcome, log->outcome);
		assert_int_equal(ami->agent, log->agent);
		assert_true(labs((long)ami->wait_ms - (long)log->wait_ms) <= 2000);
		assert_int_equal(ami->has_talk, log->has_talk);
	}
}

static void talk_and_hold_together_are_the_talk_of_the_log(void **state)
{
	const struct world *w = *state;
	size_t held = 0;

	for (size_t i = 0; i < w->log.n; i++) {
		const struct contact *log = &w->log.contacts[i];
		const struct contact *ami = twin_of(&w->ami, log);

		assert_non_null(ami);
		assert_true(labs((long)ami->talk_ms + (long)ami->hold_ms - (long)log->talk_ms) <=
		            2000);
		held += ami->hold_ms > 0;
	}
	assert_int_equal(held, 21); /* a contact each Hold event */
}

static void gauges_count_who_waits(void **state)
{
	const struct world *w = *state;

	assert_int_equal(w->ami.gauges % 3, 0);
	assert_true(w->ami.gauges > 150); /* three queues, a slot every 5 s, 324 s */
	assert_true(w->ami.waiting > 50);
	assert_true(w->ami.most_waiting >= 5);
	/* queue_show.txt, at the end: four members of support, none in use */
	assert_int_equal(w->ami.members[0] + w->ami.members[1] + w->ami.members[2], 4);
}

static void pauses_are_those_of_the_log(void **state)
{
	const struct world *w = *state;

	assert_int_equal(w->ami.pauses, w->log.pauses);
	assert_int_equal(w->ami.pauses, 18);
}

static void refused_logins_are_counted(void **state)
{
	const struct world *w = *state;

	assert_int_equal(w->ami.auth_failed, 10 + 18);
}

static void streams_are_the_endpoints_and_have_no_mos(void **state)
{
	const struct world *w = *state;

	assert_true(w->ami.streams > 400);
	assert_int_equal(w->ami.bad_streams, 0);
}

static void beside_a_queue_log_only_hold_and_refusals_are_told(void **state)
{
	struct world *w = *state;
	struct told *t = calloc(1, sizeof(*t));

	take_stream(w, true, t, w->len);
	assert_int_equal(t->outcomes[CXM__QUEUE_CONTACT__OUTCOME__ANSWERED], 236);
	assert_int_equal(t->n, 236 + 6);
	assert_int_equal(t->handoffs, 0);
	assert_int_equal(t->pauses, 0);
	free(t);
}

static void f13_pieces_of_any_size_say_the_same(void **state)
{
	struct world *w = *state;
	struct told *t = calloc(1, sizeof(*t));

	take_stream(w, false, t, 1461);
	assert_memory_equal(t, &w->ami, sizeof(*t));
	free(t);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, outcomes_are_those_of_the_truth);
	cases_test(&c, callers_who_were_refused_are_told);
	cases_test(&c, every_contact_of_the_log_is_told_the_same);
	cases_test(&c, talk_and_hold_together_are_the_talk_of_the_log);
	cases_test(&c, gauges_count_who_waits);
	cases_test(&c, pauses_are_those_of_the_log);
	cases_test(&c, refused_logins_are_counted);
	cases_test(&c, streams_are_the_endpoints_and_have_no_mos);
	cases_test(&c, beside_a_queue_log_only_hold_and_refusals_are_told);
	cases_test(&c, f13_pieces_of_any_size_say_the_same);
	return cases_run("track/ami_recording", &c, open_world, close_world);
}
