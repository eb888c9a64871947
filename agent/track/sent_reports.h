/*
 * When sender reports went by, so that a report block that answers one gives the round trip (RFC
 * 3550 6.4.1), where reports are mirrored without the stream they belong to.
 *
 * The last report of each SSRC and mirror is kept: a block names the report it answers by the
 * middle of its NTP time stamp (LSR), and nothing but that very report is taken for it. Addresses
 * do not count, as a relay mirrors the two with different ones. A bounded table; the report that
 * went by the longest ago gives way, and then a round trip is not known. No allocation after
 * sent_reports_init; not thread safe; time is the mirror's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "agent/decode/rtcp.h"
#include "common/siphash.h"
#include "common/table.h"

struct sent_report;

TAILQ_HEAD(sent_report_list, sent_report);

struct sent_reports {
	struct siphash_key key; /* of the table */
	struct table table;
	struct sent_report *items;    /* owned; by slot */
	struct sent_report_list list; /* oldest first */
	uint64_t evicted;             /* forgotten early because the table was full */
};

/** @param capacity  SSRCs at once. @return 0 or -ENOMEM; deinit is due in any case. */
int sent_reports_init(struct sent_reports *t, const struct siphash_key *key, uint32_t capacity);
void sent_reports_deinit(struct sent_reports *t);

/**
 * A sender report went by; one without an NTP time stamp is not kept.
 * @param mirror  who saw it: another one's time says nothing about this one's.
 * @param at_ns   when it did.
 */
void sent_reports_add(struct sent_reports *t, const struct rtcp_sender *s, uint32_t mirror,
                      int64_t at_ns);

/**
 * The round trip between the mirror and the sender of a report block.
 * @return false when the report it answers is not known, or the times make no sense.
 */
bool sent_reports_answer(const struct sent_reports *t, const struct rtcp_block *b, uint32_t mirror,
                         int64_t at_ns, int64_t *round_trip_ns);

/** Forget what went by before. */
void sent_reports_forget(struct sent_reports *t, int64_t before_ns);
