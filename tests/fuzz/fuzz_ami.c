/*
 * Any bytes as a stream of the manager interface, in pieces of any size, through every tracker:
 * each record can be packed, and the pieces do not matter. The first byte says which sources tell
 * what, and whether events are missed; the second how long a piece is.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/track/ami_feed.h"
#include "cxmeter/record.h"
#include "tests/support/catalog.h"
#include "tests/support/site_key.h"

#define PACKED_MAX ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pseudonym *pseudonym;

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void pack(void *arg, const ProtobufCMessage *m)
{
	struct buf *packed = arg;

	require(cxm_record_append(cxm_kind_of(product_catalog(), m->descriptor), m, packed) == 0);
}

/* With losses: events were missed before each answer, and channels are listed behind it. */
static void hear(struct ami_feed *f, struct ami_reader *r, struct ami_message *m, bool losses)
{
	if (m->kind == AMI_EVENT) {
		ami_feed_event(f, r, m, 0);
	} else if (losses && m->kind == AMI_RESPONSE) {
		ami_feed_lost(f);
	}
	if (losses && slice_eq(m->name, SLICE("CoreShowChannelsComplete"))) {
		ami_feed_channels(f);
	}
}

static void take(struct slice text, unsigned how, size_t piece, struct buf *packed)
{
	static const struct call_rules rules = { .menus = "ivr*",
		                                 .tasks = "",
		                                 .operators = "",
		                                 .surveys = "",
		                                 .payments = "",
		                                 .trunks = "from-*",
		                                 .visit_events = "",
		                                 .task_events = "",
		                                 .done_events = "",
		                                 .identified_events = "",
		                                 .recognised_events = "",
		                                 .invalid_events = "",
		                                 .timeout_events = "",
		                                 .operator_events = "",
		                                 .callback_events = "",
		                                 .offer_events = "",
		                                 .survey_events = "",
		                                 .payment_start_events = "",
		                                 .payment_end_events = "",
		                                 .survey_kind = "csat",
		                                 .survey_min = 1,
		                                 .survey_max = 5 };
	static struct ami_message m;
	const struct emit emit = { pack, packed };
	const struct ami_feed_options options = { .pseudonym = pseudonym,
		                                  .host = "pbx1",
		                                  .variables = "CRM=customer L=language_wanted",
		                                  .rules = (how & 1) != 0 ? &rules : NULL,
		                                  .max_open = 16,
		                                  .max_age_us = INT64_C(86400000000),
		                                  .slot_us = 60000000,
		                                  .added = (how & 2) != 0,
		                                  .media = true,
		                                  .payments = true };
	struct ami_reader r = { .scanned = 0 };
	struct slice in = { text.at, 0 };
	struct ami_feed *f;

	require(ami_feed_new(&f, &options, &emit) == 0);
	for (size_t at = 0; at < text.len; at += piece) {
		in.len += piece < text.len - at ? piece : text.len - at;
		while (ami_take(&r, &in, &m)) {
			require(m.body.at >= text.at && m.body.at + m.body.len <= in.at);
			hear(f, &r, &m, (how & 4) != 0);
		}
		require(in.len < AMI_MESSAGE_MAX_BYTES);
	}
	ami_feed_finish(f);
	ami_feed_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pseudonym_plan plan = { "49", "00", "0" };
	struct buf whole;
	struct buf pieces;
	struct slice text;

	if (size < 3) {
		return 0;
	}
	if (pseudonym == NULL) {
		pseudonym = site_key_open(&plan);
	}
	text = (struct slice){ (const char *)data + 2, size - 2 };
	buf_init(&whole, PACKED_MAX);
	buf_init(&pieces, PACKED_MAX);
	take(text, data[0], text.len < AMI_MESSAGE_MAX_BYTES ? text.len : 4096, &whole);
	take(text, data[0], data[1] + (size_t)1, &pieces);
	require(text.len >= AMI_MESSAGE_MAX_BYTES ||
	        (whole.len == pieces.len &&
	         (whole.len == 0 || memcmp(whole.data, pieces.data, whole.len) == 0)));
	buf_free(&whole);
	buf_free(&pieces);
	return 0;
}
