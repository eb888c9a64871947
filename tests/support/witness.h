/*
 * An observer for tests of trackers: the site key of tests, a fixed table key, and a memory of
 * every record it was handed, unpacked. Where whole records are expected as a table of text, take
 * record_text.h; where records must be followed without being decoded, packed.h.
 */
#pragma once

#include <stddef.h>

#include "agent/track/observer.h"

#define WITNESS_RECORDS_MAX 65536

struct witness {
	struct observer observer;
	struct pseudonym *pseudonym;
	ProtobufCMessage **records; /* owned copies, in order of emission */
	size_t n;
};

/** Fails the test when it cannot. */
void witness_open(struct witness *w);
void witness_close(struct witness *w);

/** Forget the records. */
void witness_forget(struct witness *w);

/** The n-th record of a kind (0 is the first); NULL when there are not so many. */
const Cxm__Dialog *witness_dialog(const struct witness *w, size_t n);
const Cxm__MediaStream *witness_stream(const struct witness *w, size_t n);
const Cxm__Gap *witness_gap(const struct witness *w, size_t n);

/** How many records of a kind there are. */
size_t witness_count(const struct witness *w, const ProtobufCMessageDescriptor *kind);
