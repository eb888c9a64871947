/*
 * A store in memory that fails when it is told to. What put, watermark and zone promise
 * (include/cxmeter/store.h) holds here too: a group is stored whole or not at all, records at or
 * below the watermark are skipped, a hole is -ERANGE, and rows of one site with one natural key are
 * one row (the first; ranks are not looked at).
 *
 * put and the rest are called by one thread; everything below may be called by another at the same
 * time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cxmeter/store.h"

struct fake_store;

/** @param max_rows  more rows than this are -ENOSPC, as on a full disk. */
struct fake_store *fake_store_new(const struct cxm_catalog *catalog, uint32_t max_rows);
void fake_store_free(struct fake_store *fs);

/** As the collector sees it. */
struct store *fake_store_as_store(struct fake_store *fs);

/** Of the coming calls of put, the first `after` work as ever and the next `calls` fail with this
 * code and change nothing. */
void fake_store_fail(struct fake_store *fs, int rc, unsigned after, unsigned calls);

/** The next n calls of watermark fail. */
void fake_store_fail_watermark(struct fake_store *fs, int rc, unsigned calls);

/** While held, put waits before it does anything. */
void fake_store_hold(struct fake_store *fs, bool held);

/** Wait until a put is being held. */
void fake_store_wait_held(struct fake_store *fs);

/** Wait until put has been called n times in all. */
void fake_store_wait_puts(struct fake_store *fs, uint64_t n);

/** Rows there are. */
uint64_t fake_store_rows(struct fake_store *fs);

/** Calls of put so far, failed ones included; and of set_zone. */
uint64_t fake_store_puts(struct fake_store *fs);
uint64_t fake_store_zone_writes(struct fake_store *fs);

/** Watermark of an epoch; 0 when it has none. */
uint64_t fake_store_acked(struct fake_store *fs, const char *site, const char *agent,
                          uint64_t epoch);
