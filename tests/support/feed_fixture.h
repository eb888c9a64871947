/* A queue_feed that writes its records as text and packed, for the tests of everything behind a
 * queue_log. */
#pragma once

#include "agent/track/queue_feed.h"
#include "proto/evidence.pb-c.h"
#include "tests/support/record_text.h"

#define DAY_US    INT64_C(86400000000)
#define S_US      INT64_C(1000000)
#define STATE_MAX QUEUE_FEED_STATE_MAX_BYTES

struct feed_fixture {
	struct record_text r;
	struct queue_feed feed;
	struct queue_call_options options;
};

/** Identities u1 to u9, Ana, Rui, Eva, 5550001 to 5550004 and a few more are shown by name. */
struct feed_fixture *feed_fixture_new(uint32_t max_open);
void feed_fixture_free(struct feed_fixture *f);

/** A new queue_feed in the place of the one that is there, deinitialised or not yet made. */
void feed_fixture_reopen(struct feed_fixture *f);

void feed_fixture_take(struct feed_fixture *f, const char *text);
const struct queue_call_counters *feed_fixture_counters(const struct feed_fixture *f);

#define FEED_CONTACTS_MAX 1024
#define FEED_PAUSES_MAX   64

/* What was recorded, unpacked as a collector would. */
struct feed_records {
	struct arena arena;
	Cxm__QueueContact *contacts[FEED_CONTACTS_MAX];
	size_t n_contacts;
	uint32_t pauses_ms[FEED_PAUSES_MAX];
	size_t n_pauses;
};

void feed_fixture_unpack(struct feed_fixture *f, struct feed_records *out);

/** Append a log of many lines with few names, so that everything meets everything, and seconds that
 * stand still or jump. */
void feed_fixture_generate(uint64_t seed, unsigned lines, struct buf *out);
