#include "tests/support/feed_fixture.h"

#include <stdlib.h>

#include "tests/support/cases.h"
#include "tests/support/dice.h"

static const char *const names[] = { "u1",         "u2",         "u3",
	                             "u4",         "u5",         "u6",
	                             "u9",         "Ana",        "Rui",
	                             "Eva",        "5550001",    "5550002",
	                             "5550003",    "5550004",    "7009",
	                             "Ana | Rui",  "PJSIP/105",  "PJSIP/7009",
	                             "PJSIP/7051", "Agent/1001", "Local/111@agents/n",
	                             NULL };

void feed_fixture_reopen(struct feed_fixture *f)
{
	struct emit emit = record_text_emit(&f->r);

	assert_int_equal(queue_feed_init(&f->feed, &f->options, &emit), 0);
}

struct feed_fixture *feed_fixture_new(uint32_t max_open)
{
	struct feed_fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	record_text_init(&f->r);
	f->r.names = names;
	f->options = (struct queue_call_options){ .pseudonym = f->r.pseudonym,
		                                  .host = "pbx1",
		                                  .max_open = max_open,
		                                  .max_age_us = DAY_US };
	feed_fixture_reopen(f);
	return f;
}

void feed_fixture_free(struct feed_fixture *f)
{
	queue_feed_deinit(&f->feed);
	record_text_free(&f->r);
	free(f);
}

void feed_fixture_take(struct feed_fixture *f, const char *text)
{
	queue_feed_lines(&f->feed, slice_of(text));
}

const struct queue_call_counters *feed_fixture_counters(const struct feed_fixture *f)
{
	return queue_call_counters(f->feed.calls);
}

static void sort_in(struct feed_records *out, ProtobufCMessage *m)
{
	if (m->descriptor == &cxm__queue_contact__descriptor) {
		assert_true(out->n_contacts < FEED_CONTACTS_MAX);
		out->contacts[out->n_contacts++] = (Cxm__QueueContact *)m;
	} else if (m->descriptor == &cxm__agent_span__descriptor &&
	           ((Cxm__AgentSpan *)m)->state == CXM__AGENT_SPAN__STATE__PAUSED &&
	           out->n_pauses < FEED_PAUSES_MAX) {
		out->pauses_ms[out->n_pauses++] = ((Cxm__AgentSpan *)m)->duration_ms;
	}
}

void feed_fixture_unpack(struct feed_fixture *f, struct feed_records *out)
{
	struct cursor c = cursor_of(f->r.packed.data, f->r.packed.len);
	struct cxm_packed packed;

	*out = (struct feed_records){ .n_contacts = 0 };
	arena_init(&out->arena, 16 << 20);
	while (cxm_record_next(&c, &packed) == 1) {
		const struct cxm_kind *kind = cxm_kind_numbered(f->r.catalog, packed.number);
		ProtobufCMessage *m = cxm_record_unpack(kind, packed.body, &out->arena);

		assert_non_null(m);
		sort_in(out, m);
	}
}

/* Lines with few names, so that everything meets everything, and seconds that stand still or jump.
 */
void feed_fixture_generate(uint64_t seed, unsigned lines, struct buf *out)
{
	static const struct {
		const char *before; /* of a number */
		const char *behind;
	} verbs[] = { { "ENTERQUEUE||", "|1" },
		      { "ENTERQUEUE||", "|1" },
		      { "ENTERQUEUE||", "|2" },
		      { "CONNECT|", "|m|1" },
		      { "CONNECT|", "|m|1" },
		      { "COMPLETEAGENT|1|", "|1" },
		      { "COMPLETECALLER|2|", "|1" },
		      { "COMPLETECALLER|x", "" },
		      { "COMPLETECALLER|x", "" },
		      { "ENTERQUEUE||", "|3" },
		      { "ENTERQUEUE||", "|4" },
		      { "ENTERQUEUE||", "|5" },
		      { "CONNECT|", "|m|2" },
		      { "ABANDON|1|1|", "" },
		      { "ABANDON|1|1|", "" },
		      { "EXITWITHTIMEOUT|1|1|", "" },
		      { "EXITWITHKEY|9|1|1|", "" },
		      { "EXITEMPTY|1|1|", "" },
		      { "RINGNOANSWER|", "000" },
		      { "BLINDTRANSFER|1|c|2|", "|1" },
		      { "ATTENDEDTRANSFER|APP|Queue|2|", "|1" },
		      { "PAUSE|r", "" },
		      { "UNPAUSE|", "" },
		      { "ADDMEMBER|", "" },
		      { "REMOVEMEMBER|", "" },
		      { "SURVEY|", "" } };
	static const unsigned steps[] = { 0, 0, 0, 1, 1, 2, 3, 30 };
	struct dice dice = { seed };
	unsigned at = 1000000;

	for (unsigned i = 0; i < lines; i++) {
		uint64_t r = dice_next(&dice);

		at += steps[r % 8];
		if (r >> 8 & 127) {
			size_t verb = (r >> 32) % COUNT(verbs);

			buf_printf(out, "%u|u%u|q%u|a%u|%s%u%s\n", at, (unsigned)(r >> 16 & 15),
			           (unsigned)(r >> 20 & 1), (unsigned)(r >> 24 & 1),
			           verbs[verb].before, (unsigned)(r >> 40 & 15),
			           verbs[verb].behind);
		} else {
			buf_printf(out, "%u|NONE|NONE|NONE|QUEUESTART|\n", at);
		}
	}
}
