#include "collector/ingest/commit.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/when.h"

/* An agent can cause these as often as it connects. Used by the writer's thread only. */
static struct log_limit zone_limit;

/* Failures that come from what a batch says, and would come again; all others are the store's. */
static bool is_about_a_batch(int rc)
{
	return rc == -ERANGE || rc == -EINVAL || rc == -EBADMSG || rc == -EMSGSIZE;
}

static struct store_batch as_batch(const struct job *job)
{
	return (struct store_batch){
		.site = job->identity.site,
		.agent = job->identity.agent,
		.epoch = job->epoch,
		.first_sequence = job->first_sequence,
		.lost = job->lost,
		.count = job->count,
		.records = cursor_of(job->records, job->records_bytes),
	};
}

static void done(struct job *job)
{
	job->outcome = JOB_DONE;
	job->acked = job->first_sequence + job->count - 1;
}

static int put(struct store *st, const struct store_batch *batches, size_t n,
               struct store_counts *counts, struct fault *fault)
{
	struct store_counts now = { 0 };
	int rc = st->ops->put(st, batches, n, &now, fault);

	if (rc == 0) {
		counts->stored += now.stored;
		counts->known += now.known;
		counts->replaced += now.replaced;
		counts->quarantined += now.quarantined;
	}
	return rc;
}

/* Behind a batch of the same connection that was refused, nothing can follow. */
static bool follows_a_refused(struct job *const *jobs, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (jobs[k]->owner == jobs[i]->owner &&
		    (jobs[k]->outcome == JOB_HOLE || jobs[k]->outcome == JOB_BROKEN)) {
			return true;
		}
	}
	return false;
}

/* `jobs` are all open batches. */
static int one_by_one(struct store *st, struct job *const *jobs, size_t n,
                      struct store_counts *counts, struct fault *fault)
{
	for (size_t i = 0; i < n; i++) {
		struct store_batch batch = as_batch(jobs[i]);
		int rc;

		if (follows_a_refused(jobs, i)) {
			jobs[i]->outcome = JOB_HOLE;
			continue;
		}
		rc = put(st, &batch, 1, counts, fault);
		if (rc == 0) {
			done(jobs[i]);
		} else if (is_about_a_batch(rc)) {
			jobs[i]->outcome = rc == -ERANGE ? JOB_HOLE : JOB_BROKEN;
		} else {
			return rc;
		}
	}
	return 0;
}

int commit_batches(struct store *st, struct job *const *jobs, size_t n, struct store_counts *counts,
                   struct fault *fault)
{
	struct store_batch batches[COMMIT_BATCHES_MAX];
	struct job *open[COMMIT_BATCHES_MAX];
	size_t n_open = 0;
	int rc;

	assert(n <= COMMIT_BATCHES_MAX);
	for (size_t i = 0; i < n; i++) {
		if (jobs[i]->kind == JOB_BATCH && jobs[i]->outcome == JOB_OPEN) {
			batches[n_open] = as_batch(jobs[i]);
			open[n_open++] = jobs[i];
		}
	}
	if (n_open == 0) {
		return 0;
	}
	rc = put(st, batches, n_open, counts, fault);
	if (is_about_a_batch(rc)) {
		return one_by_one(st, open, n_open, counts, fault);
	}
	for (size_t i = 0; i < n_open && rc == 0; i++) {
		done(open[i]);
	}
	return rc;
}

/* A zone is written only when it is news: a thousand agents that reconnect cost no transaction. A
 * failure costs the score a default, not the agent its session, so it is only said. */
static void keep_zone(struct store *st, const struct job *job)
{
	char known[SESSION_TEXT_SIZE] = "";
	struct fault fault = { 0 };
	int rc;

	if (job->timezone[0] == '\0') {
		return;
	}
	if (!when_zone_known(job->timezone)) {
		log_limited(&zone_limit, LOG_LEVEL_WARN, "store",
		            "%s/%s: time zone \"%s\" is not known here: not kept",
		            job->identity.site, job->identity.agent, job->timezone);
		return;
	}
	rc = st->ops->zone(st, job->identity.site, known, sizeof(known), &fault);
	if (rc == 0 && strcmp(known, job->timezone) == 0) {
		return;
	}
	if (rc == 0) {
		rc = st->ops->set_zone(st, job->identity.site, job->timezone, &fault);
	}
	if (rc != 0) {
		log_limited(&zone_limit, LOG_LEVEL_WARN, "store",
		            "cannot keep the time zone of %s: %s", job->identity.site, fault.text);
	} else if (known[0] != '\0') {
		log_limited(&zone_limit, LOG_LEVEL_WARN, "store",
		            "%s: time zone changed from %s to %s, said by %s", job->identity.site,
		            known, job->timezone, job->identity.agent);
	}
}

int commit_hello(struct store *st, struct job *job, struct fault *fault)
{
	int rc = st->ops->claim(st, job->identity.site, job->simulated, fault);

	if (rc == -EPERM) {
		job->outcome = JOB_OTHER_KIND;
		return 0;
	}
	if (rc != 0) {
		return rc;
	}
	rc = st->ops->watermark(st, job->identity.site, job->identity.agent, job->epoch,
	                        job->first_sequence, &job->acked, fault);
	if (rc != 0) {
		return rc;
	}
	keep_zone(st, job);
	job->outcome = JOB_DONE;
	return 0;
}
