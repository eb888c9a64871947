/*
 * A cel_feed with the documented rules (the defaults of source_cel) that writes its records as text
 * and packed. Lines are short: columns with blanks between, those missing at the end are empty.
 *
 *   time type uniqueid linkedid channel context app appdata name num extra
 *
 * A text with blanks stands in double quotes, "" is an empty one. Agents and customers are shown by
 * name: Ana, Rui, Eva, 5550001 to 5550003; calls as c1 to c4, which are linked ids.
 */
#pragma once

#include "agent/sources/cel.h"
#include "agent/track/cel_feed.h"
#include "tests/support/record_text.h"

struct cel_fixture {
	struct record_text r;
	struct cel_conf conf; /* rules, to be changed before cel_fixture_reopen */
	struct conf_doc doc;  /* owns their texts */
	struct cel_feed feed;
	uint32_t max_open;
};

struct cel_fixture *cel_fixture_new(uint32_t max_open);
void cel_fixture_free(struct cel_fixture *f);

/** A new feed in the place of the one that is there; what was recorded stays. */
void cel_fixture_reopen(struct cel_fixture *f);
void cel_fixture_take(struct cel_fixture *f, const char *lines);
void cel_fixture_finish(struct cel_fixture *f);

/** What was recorded. */
const char *cel_fixture_text(struct cel_fixture *f);

/** Lines of many calls that meet in few channels, for what must hold whatever comes. */
void cel_fixture_generate(uint64_t seed, unsigned lines, struct buf *out);
