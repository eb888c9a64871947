/*
 * Parts of days that have been gathered before: which of them still rest on the evidence as it is
 * now. Private to the scoring engine.
 *
 * A part is stale as soon as one row has been stored or replaced on a day that its block reads.
 * What has changed is read once, before anything is gathered: so what comes in meanwhile makes the
 * part stale for the next one, and never hides. A part is of the sources it was computed by
 * (score_form.h, made by the build): another program never believes it.
 */
#pragma once

#include "collector/score/evidence/gather.h"
#include "cxmeter/cache.h"

#define PARTS_CHANGES_MAX ((size_t)1024 * 1024) /* kinds times days that are looked at */

struct parts {
	struct cache *cache; /* borrowed */
	const char *site;    /* borrowed, like the zone */
	const char *timezone;
	uint64_t born;
	struct store_change *list; /* owned; by kind and day; rows added up from the kind's first */
	size_t n;
	size_t cap;
};

/** Learn what has changed around a window. @return 1; 0 when nothing can be kept (no cache, or the
 * store keeps no count): use none then; -errno, explained. Close also on failure. */
int parts_open(struct parts *p, struct cache *cache, const struct tally_source *from,
               struct fault *fault);
void parts_close(struct parts *p);

/** Open, and let `from` use them where that can be told from what is stale. @return 0 or -errno,
 * explained. Done with them also on failure. */
int parts_use(struct parts *p, struct cache *cache, struct tally_source *from, struct fault *fault);

/** Write what was kept, and close. What cannot be written is computed again next time. */
void parts_done(struct parts *p);

/** How often rows of a kind with at_us in these UTC days, both included, have changed. */
uint64_t parts_changes(const struct parts *p, const struct cxm_kind *kind, int32_t from_day,
                       int32_t to_day);

/** Under what something is kept: `hash` of its definition, and of this program. */
struct cache_key parts_key(const struct parts *p, uint64_t hash);

/** What a day of a block rests on, or several, as one number. */
uint64_t parts_signature(const struct parts *p, const struct model_evidence *e, int64_t from_us,
                         int64_t to_us);

/** Fill the days whose parts are kept and not stale. @param have  one a day, set where it was. */
int parts_load(const struct parts *p, const struct gather *g, bool *have);

/** Keep the days that are not in `have`; the tallies are sorted. What cannot be kept is not. */
void parts_keep(const struct parts *p, const struct gather *g, const bool *have);
