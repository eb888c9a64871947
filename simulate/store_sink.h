/* A made-up site straight into a store: the same records, without the way through files and agent.
 */
#pragma once

#include "cxmeter/store.h"
#include "simulate/site.h"

struct sim_store_sink {
	struct sim_sink sink;
	struct store *store;
	const struct cxm_catalog *catalog;
	const char *site;
	int64_t seen_us; /* of what other tools wrote */
	struct buf records;
	uint32_t count;
	uint64_t next_sequence;
};

/** The site is claimed as simulated. Free it with sim_store_sink_free, also after a failure.
 * @return 0 or what the store returned. */
int sim_store_sink_init(struct sim_store_sink *s, struct store *st,
                        const struct cxm_catalog *catalog, const struct sim_plan *plan,
                        struct fault *fault);

/** Put what has been told and not put yet. @return 0 or what the store returned. */
int sim_store_sink_flush(struct sim_store_sink *s, struct fault *fault);
void sim_store_sink_free(struct sim_store_sink *s);
