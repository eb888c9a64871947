/*
 * A follower of a log in a temporary folder. Lines are "SECONDS text"; what it hands out is
 * collected as one text, with [cut], [lost] and [damaged] where it told a gap.
 */
#pragma once

#include "agent/sources/tail.h"
#include "tests/support/log_folder.h"

#define SETTLE_US INT64_C(5000000)

struct tail_fixture {
	struct log_folder *folder;
	struct tail *tail;
	struct buf got;
	bool from_start;
};

int tail_fixture_setup(void **state);
int tail_fixture_teardown(void **state);

/** A new follower of `log`; the one before is the caller's to free. */
void tail_fixture_open(struct tail_fixture *f);

/** Stop, and go on from the place as it was saved. */
void tail_fixture_restart(struct tail_fixture *f);

/** Read all there is now. */
void tail_fixture_read(struct tail_fixture *f);

/** Everything a follower does in a while: notices a rotation, waits for the writer, moves on. */
void tail_fixture_wait(struct tail_fixture *f);

/** What was handed out since the last time this was asked. */
const char *tail_fixture_got(struct tail_fixture *f);
