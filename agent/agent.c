#include "agent/agent.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/unconst.h"
#include "proto/evidence.pb-c.h"

#define PART          "agent"
#define SAME_BLOCK_US (INT64_C(60) * 1000000)
#define NAME_MAX_SIZE (AGENT_INSTANCE_MAX_BYTES + 64)

struct entry_source {
	struct agent *agent;
	const struct source_ops *ops;
	struct source *source; /* owned; NULL: not open */
	struct source_env env; /* the source may keep pointing here */
	char name[NAME_MAX_SIZE];
	struct buf state; /* its position, when `dirty`: not yet in the spool */
	bool dirty;
	bool done;
};

struct agent {
	struct agent_options options;
	struct entry_source *sources[AGENT_SOURCES_MAX]; /* owned */
	size_t n_sources;
	struct buf pending;
	uint32_t n_pending;
	int64_t pending_since_us;
	size_t commit_bytes;
	bool urgent; /* enough for an entry */
	int64_t committed_us;
	int64_t retry_us;
	bool touched;
	bool blocked;
	bool stopped;
	int block_code;
	int64_t block_told_us;
	bool block_told;
	struct buf scratch;
	uint64_t damage_told; /* damaged places of the spool that are reported */
	uint64_t lost_told;
	int64_t drop_from_us; /* of the records dropped since the last Gap */
	int64_t drop_to_us;
	uint64_t drop_count;
	struct agent_status status;
};

/* ---- taking records ---- */

static void wake(struct agent *a)
{
	if (a->options.wake != NULL) {
		a->options.wake(a->options.arg);
	}
}

static int drop(struct agent *a)
{
	int64_t now_us = env_wall_us(a->options.env);

	a->drop_from_us = a->drop_count == 0 ? now_us : a->drop_from_us;
	a->drop_to_us = now_us;
	a->drop_count++;
	a->status.dropped++;
	return -ENOSPC;
}

static void note_pending(struct agent *a)
{
	a->n_pending++;
	if (a->n_pending == 1) {
		a->pending_since_us = env_mono_us(a->options.env);
		wake(a);
	}
	if (a->pending.len >= a->commit_bytes && !a->urgent) {
		a->urgent = true;
		wake(a);
	}
}

int agent_emit(struct agent *a, const ProtobufCMessage *m)
{
	const struct cxm_kind *kind = cxm_kind_of(a->options.catalog, m->descriptor);

	assert(kind != NULL);
	if (a->pending.len >= AGENT_PENDING_MAX_BYTES) {
		return drop(a);
	}
	if (cxm_record_append(kind, m, &a->pending) != 0) {
		a->status.refused++;
		return -EMSGSIZE;
	}
	note_pending(a);
	return 0;
}

static int on_emit(void *arg, const ProtobufCMessage *m)
{
	return agent_emit(((struct entry_source *)arg)->agent, m);
}

static int on_emit_packed(void *arg, const void *data, size_t len_bytes)
{
	struct agent *a = ((struct entry_source *)arg)->agent;
	struct cursor c = cursor_of(data, len_bytes);
	struct cxm_packed packed;

	if (a->pending.len >= AGENT_PENDING_MAX_BYTES) {
		return drop(a);
	}
	/* the spool counts records: exactly one, whole */
	if (cxm_record_next(&c, &packed) != 1 || cursor_left(&c) != 0) {
		a->status.refused++;
		return -EMSGSIZE;
	}
	buf_add(&a->pending, data, len_bytes);
	if (a->pending.failed) {
		a->pending.failed = false;
		return drop(a);
	}
	note_pending(a);
	return 0;
}

static void on_touched(void *arg)
{
	struct agent *a = ((struct entry_source *)arg)->agent;

	if (!a->touched) {
		a->touched = true;
		wake(a);
	}
}

static void on_done(void *arg, struct source *s, int rc)
{
	struct entry_source *e = arg;

	(void)s;
	if (!e->done) {
		e->done = true;
		e->agent->status.done++;
		e->agent->status.failed += rc != 0 ? 1 : 0;
		wake(e->agent);
	}
}

/* ---- what the agent says about itself ---- */

static void emit_gap(struct agent *a, Cxm__Gap__Reason reason, const char *part, int64_t from_us,
                     int64_t to_us, uint64_t lost)
{
	Cxm__Gap gap = CXM__GAP__INIT;

	gap.at_us = from_us;
	gap.source = CXM__SOURCE__SELF;
	gap.host = unconst(a->options.host);
	gap.reason = reason;
	gap.part = unconst(part);
	gap.has_seen_us = 1;
	gap.seen_us = env_wall_us(a->options.env);
	gap.has_to_us = 1;
	gap.to_us = to_us;
	gap.has_lost = lost > 0;
	gap.lost = lost;
	(void)agent_emit(a, &gap.base);
}

/* Places of the spool that recovery or the reader found damaged. */
static void tell_damage(struct agent *a)
{
	struct spool_status spool;
	uint64_t lost;
	int64_t from_us;

	spool_status(a->options.spool, &spool);
	if (spool.damaged_entries == a->damage_told) {
		return;
	}
	lost = spool.lost_records - a->lost_told;
	from_us = spool.damage_from_us != 0 ? spool.damage_from_us : spool.damage_to_us;
	log_err(PART,
	        "the spool is damaged in %" PRIu64 " places, %" PRIu64
	        " records are lost; copies are in its *.bad files",
	        spool.damaged_entries - a->damage_told, lost);
	a->damage_told = spool.damaged_entries;
	a->lost_told = spool.lost_records;
	emit_gap(a, CXM__GAP__REASON__SPOOL_DAMAGED, "spool", from_us, spool.damage_to_us, lost);
}

static void tell_dropped(struct agent *a)
{
	uint64_t count = a->drop_count;

	if (count > 0) {
		log_err(PART, "the spool was full: %" PRIu64 " records are lost", count);
		a->drop_count = 0;
		emit_gap(a, CXM__GAP__REASON__SPOOL_FULL, "pending", a->drop_from_us, a->drop_to_us,
		         count);
	}
}

/* ---- back-pressure ---- */

static const char *block_reason(int code)
{
	switch (code) {
	case -EDQUOT:
		return "the spool has reached its quota: waiting until the collector has taken "
		       "some";
	case -ENOSPC:
		return "the disk of the spool is full: free some space";
	default:
		return strerror(-code);
	}
}

/* At its quota a spool refuses and takes in turn with every acknowledgement: one line a minute. */
static void tell_block(struct agent *a, int code, int64_t now_us)
{
	if (a->block_code != code || now_us - a->block_told_us >= SAME_BLOCK_US) {
		log_warn(PART, "%s; sources are paused", block_reason(code));
		a->block_code = code;
		a->block_told_us = now_us;
		a->block_told = true;
	}
}

static void block(struct agent *a, int code)
{
	int64_t now_us = env_mono_us(a->options.env);

	a->retry_us = now_us + AGENT_RETRY_INTERVAL_US;
	tell_block(a, code, now_us);
	if (a->blocked) {
		return;
	}
	a->blocked = true;
	for (size_t i = 0; i < a->n_sources && !a->stopped; i++) {
		a->sources[i]->ops->pause(a->sources[i]->source);
	}
}

static void unblock(struct agent *a)
{
	if (!a->blocked) {
		return;
	}
	a->blocked = false;
	if (a->block_told) {
		log_info(PART, "the spool takes records again");
	}
	a->block_told = false;
	for (size_t i = 0; i < a->n_sources && !a->stopped; i++) {
		a->sources[i]->ops->resume(a->sources[i]->source);
	}
}

/* ---- committing ---- */

static void swap(struct buf *x, struct buf *y)
{
	struct buf z = *x;

	*x = *y;
	*y = z;
}

/* A source says once that it has moved; what it said stays here until it is in the spool. */
static void ask_position(struct agent *a, struct entry_source *e)
{
	int rc;

	buf_reset(&a->scratch);
	rc = e->ops->checkpoint(e->source, &a->scratch);
	if (rc != 1 || a->options.one_shot) {
		return;
	}
	if (a->scratch.failed) {
		log_err(PART,
		        "%s: its state is longer than %zu bytes and is not stored: after a restart "
		        "it will read again what it has read since",
		        e->name, AGENT_CHECKPOINT_MAX);
		return;
	}
	swap(&e->state, &a->scratch);
	e->dirty = true;
}

static size_t collect_positions(struct agent *a, struct spool_checkpoint *out)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n_sources; i++) {
		struct entry_source *e = a->sources[i];

		ask_position(a, e);
		if (e->dirty) {
			out[n++] = (struct spool_checkpoint){ e->name, cursor_of(e->state.data,
				                                                 e->state.len) };
		}
	}
	return n;
}

static void after_commit(struct agent *a)
{
	for (size_t i = 0; i < a->n_sources; i++) {
		struct entry_source *e = a->sources[i];

		e->dirty = false;
		if (e->ops->committed != NULL) {
			e->ops->committed(e->source);
		}
	}
	unblock(a);
	tell_dropped(a);
	tell_damage(a);
}

/* One entry of all that is pending and these positions. */
static int put(struct agent *a, const struct spool_checkpoint *checkpoints, size_t n)
{
	const struct spool_entry entry = {
		.records = cursor_of(a->pending.data, a->pending.len),
		.count = a->n_pending,
		.checkpoints = checkpoints,
		.n_checkpoints = n,
	};
	int rc = entry.count > 0 || n > 0 ? spool_append(a->options.spool, &entry) : 0;

	if (rc == 0) {
		a->status.accepted += a->n_pending;
		a->n_pending = 0;
		a->urgent = false;
		buf_reset(&a->pending);
	}
	return rc;
}

static int put_all(struct agent *a)
{
	struct spool_checkpoint checkpoints[AGENT_SOURCES_MAX];
	size_t n = collect_positions(a, checkpoints);
	int rc = put(a, checkpoints, n);

	if (rc != -EMSGSIZE) {
		return rc;
	}
	/* More than an entry holds: the records first, the positions one by one. A crash in between
	 * means reading twice, which natural keys undo. */
	rc = put(a, NULL, 0);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = put(a, &checkpoints[i], 1);
	}
	return rc;
}

static int commit(struct agent *a)
{
	uint64_t before = a->status.accepted;
	int rc = put_all(a);

	if (a->status.accepted > before && a->options.accepted != NULL) {
		a->options.accepted(a->options.arg);
	}
	if (rc != 0) {
		block(a, rc);
		return rc;
	}
	a->touched = false;
	a->committed_us = env_mono_us(a->options.env);
	after_commit(a);
	return 0;
}

int64_t agent_due_us(const struct agent *a)
{
	bool all_done = a->options.one_shot && a->status.done == a->n_sources;
	int64_t due_us = INT64_MAX;

	if (a->blocked) {
		return a->retry_us;
	}
	if (a->touched) {
		due_us = a->committed_us + AGENT_TOUCH_INTERVAL_US;
	}
	if (a->n_pending > 0) {
		int64_t since_us = a->pending_since_us;

		due_us = a->urgent || all_done ? since_us
		                               : since_us + a->options.commit_interval_ms * 1000;
	}
	return due_us;
}

void agent_turn(struct agent *a)
{
	if (env_mono_us(a->options.env) >= agent_due_us(a)) {
		(void)commit(a); /* a failure blocks, and is tried again */
	}
}

void agent_on_acked(struct agent *a)
{
	if (a->blocked) {
		a->retry_us = env_mono_us(a->options.env);
		wake(a);
	}
}

/* ---- life ---- */

int agent_new(struct agent **out, const struct agent_options *options)
{
	struct agent *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		return -ENOMEM;
	}
	a->options = *options;
	a->commit_bytes = options->one_shot ? AGENT_COMMIT_BULK_BYTES : AGENT_COMMIT_BYTES;
	buf_init(&a->pending, AGENT_PENDING_MAX_BYTES + 2 * CXM_RECORD_MAX_BYTES);
	buf_init(&a->scratch, AGENT_CHECKPOINT_MAX);
	a->committed_us = env_mono_us(options->env) - AGENT_TOUCH_INTERVAL_US;
	*out = a;
	return 0;
}

int agent_add(struct agent *a, const struct source_ops *ops, const char *instance, const void *conf,
              struct fault *fault)
{
	struct entry_source *e;
	int rc;

	if (a->n_sources == AGENT_SOURCES_MAX) {
		return fault_set(fault, -E2BIG, "more than %d sources", AGENT_SOURCES_MAX);
	}
	e = calloc(1, sizeof(*e));
	if (e == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	e->agent = a;
	e->ops = ops;
	(void)snprintf(e->name, sizeof(e->name), "%s:%.*s", ops->name, AGENT_INSTANCE_MAX_BYTES,
	               instance);
	buf_init(&e->state, AGENT_CHECKPOINT_MAX);
	e->env = (struct source_env){
		.base = a->options.base,
		.env = a->options.env,
		.catalog = a->options.catalog,
		.pseudonym = a->options.pseudonym,
		.host = a->options.host,
		.conf = conf,
		.checkpoint = a->options.one_shot ? cursor_of(NULL, 0)
		                                  : spool_checkpoint(a->options.spool, e->name),
		.one_shot = a->options.one_shot,
		.agent = e,
		.emit = on_emit,
		.emit_packed = on_emit_packed,
		.touched = on_touched,
		.done = on_done,
	};
	rc = ops->open(&e->source, &e->env, fault);
	e->env.checkpoint = cursor_of(NULL, 0); /* borrowed for open only */
	if (rc != 0) {
		buf_free(&e->state);
		free(e);
		return rc;
	}
	a->sources[a->n_sources++] = e;
	a->status.sources++;
	return 0;
}

int agent_start(struct agent *a, struct fault *fault)
{
	tell_damage(a);
	for (size_t i = 0; i < a->n_sources; i++) {
		struct entry_source *e = a->sources[i];
		int rc = e->ops->start(e->source);

		if (rc != 0) {
			return fault_set(fault, rc, "%s: cannot start: %s", e->name, strerror(-rc));
		}
		if (a->blocked) {
			e->ops->pause(e->source);
		}
	}
	return 0;
}

bool agent_is_finished(const struct agent *a)
{
	return a->status.done == a->n_sources && a->n_pending == 0;
}

int agent_stop(struct agent *a)
{
	int rc;

	a->stopped = true;
	for (size_t i = 0; i < a->n_sources; i++) {
		a->sources[i]->ops->stop(a->sources[i]->source);
	}
	rc = commit(a);
	if (rc == 0 && a->n_pending > 0) {
		rc = commit(a); /* a Gap that the first one brought to light */
	}
	if (rc != 0 && a->n_pending > 0) {
		log_err(PART,
		        "%" PRIu32 " records could not be accepted: logs and dropped files will be "
		        "read again, packets are lost",
		        a->n_pending);
	}
	return rc;
}

void agent_status(const struct agent *a, struct agent_status *out)
{
	*out = a->status;
	out->blocked = a->blocked;
	out->pending = a->n_pending;
	out->pending_bytes = a->pending.len;
}

bool agent_progress(const struct agent *a, size_t i, struct source_progress *out)
{
	if (i >= a->n_sources) {
		return false;
	}
	*out = (struct source_progress){ 0 };
	if (a->sources[i]->ops->progress != NULL) {
		a->sources[i]->ops->progress(a->sources[i]->source, out);
	}
	return true;
}

bool agent_counters(const struct agent *a, size_t i, const struct source_tally *to)
{
	if (i >= a->n_sources) {
		return false;
	}
	if (a->sources[i]->ops->counters != NULL) {
		a->sources[i]->ops->counters(a->sources[i]->source, to);
	}
	return true;
}

void agent_free(struct agent *a)
{
	if (a == NULL) {
		return;
	}
	for (size_t i = 0; i < a->n_sources; i++) {
		a->sources[i]->ops->close(a->sources[i]->source);
		buf_free(&a->sources[i]->state);
		free(a->sources[i]);
	}
	buf_free(&a->pending);
	buf_free(&a->scratch);
	free(a);
}
