/*
 * A source for tests: emits records that carry the numbers 1, 2, 3, ... when it is told to, and
 * its position is the last number. Real records (Gap messages whose `lost` is the number), so they
 * can be followed into the spool and beyond.
 *
 * Its configuration is a struct fake_source_conf, which also is the test's handle on it. Started
 * with an amount it emits that many at once, with files a hundred for each. A file called "broken"
 * cannot be opened, one called "fails" ends with a failure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/cursor.h"
#include "cxmeter/source.h"

struct fake_source_conf {
	const char *file; /* names the instance, as the real ones do */
	struct conf_list files;
	int64_t amount;
	bool broken;     /* check and open fail */
	bool fails;      /* one_shot: done with a failure */
	bool terminated; /* SIGTERM comes while it is opened */
	/* filled by the source */
	struct source *source; /* NULL: not open */
};

struct source {
	struct source_env env;
	struct fake_source_conf *conf;
	uint64_t position;
	uint64_t told; /* position at the last checkpoint() */
	uint64_t safe; /* position at the last committed() */
	bool started;
	bool paused;
	bool stopped;
	unsigned pauses;
	unsigned resumes;
	size_t state_pad; /* the checkpoint gets longer by so much */
	bool emit_on_stop;
};

extern const struct source_ops fake_source;

/** Emit the next n numbers. @return what the last emit returned. */
int fake_source_emit(struct source *s, uint64_t n);

/** Move on without a record. */
void fake_source_skip(struct source *s, uint64_t n);

/** The number in the next record of a run; fails the test when it is another kind of record, or
 * there is none. */
uint64_t fake_source_number(const struct cxm_catalog *catalog, struct cursor *records);
