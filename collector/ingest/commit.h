/*
 * What the writer does with jobs, apart from its thread and its queue: many batches in one
 * transaction, and when that fails because of one of them, finding out which.
 */
#pragma once

#include <stddef.h>

#include "collector/ingest/mailbox.h"
#include "common/fault.h"
#include "cxmeter/store.h"

#define COMMIT_BATCHES_MAX 64
#define COMMIT_BYTES_MAX   ((size_t)4 * 1024 * 1024)

/**
 * Store the batches among n <= COMMIT_BATCHES_MAX jobs that are still open, in their order.
 * @param counts  what the store did is added to it.
 * @return 0: every one has its outcome; -errno: the store cannot write now, those still open are
 * unchanged and can be tried again.
 */
int commit_batches(struct store *st, struct job *const *jobs, size_t n, struct store_counts *counts,
                   struct fault *fault);

/** Answer one hello: remember the site's time zone, look up the watermark. @return as above. */
int commit_hello(struct store *st, struct job *job, struct fault *fault);
