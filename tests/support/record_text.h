/*
 * Records to lines of text that a person can write by hand, for tables of expected results (the
 * other way is record_of.h, single fields of unpacked ones are witness.h's):
 *
 *   QueueContact at=1000 contact=<u1> queue=sales entry=0 seen=1012 wait_ms=2000 outcome=answered
 * agent=<Ana> ...
 *
 * Times (_us) are seconds; an identity is the raw text in <>, when the test named it, else
 * hexadecimal digits; host, source and channel are left out, and so are counts of 0. A host or
 * source that is missing is shown as ?.
 */
#pragma once

#include "agent/pseudonym.h"
#include "agent/track/emit.h"
#include "common/buf.h"
#include "cxmeter/record.h"

#define RECORD_TEXT_NAMES_MAX 64

struct record_text {
	const struct cxm_catalog *catalog;
	struct pseudonym *pseudonym;
	struct buf out;    /* the lines */
	struct buf packed; /* the same records as they travel */
	unsigned n_records;
	bool only_packed;         /* no text */
	const char *const *names; /* NULL-terminated raw identities that are shown as they are */
};

/** Names by the site key of tests (tests/support/site_key.h). */
void record_text_init(struct record_text *r);
void record_text_free(struct record_text *r);

/** Forget what was recorded. */
void record_text_reset(struct record_text *r);

/** Where a tracker emits to. */
struct emit record_text_emit(struct record_text *r);

/** Write one record as a line, and pack it. `arg` is a struct record_text. */
void record_text_add(void *arg, const ProtobufCMessage *m);
