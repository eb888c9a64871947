#include "tests/support/fake_source.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/unconst.h"
#include "proto/evidence.pb-c.h"

#define AT(member) offsetof(struct fake_source_conf, member)

static const struct conf_item items[] = {
	{ .name = "file", .type = CONF_PATH, .offset = AT(file), .help = "names the instance" },
	{ .name = "files", .type = CONF_TEXTS, .offset = AT(files), .help = "a hundred each" },
	{ .name = "amount",
	  .type = CONF_INT,
	  .offset = AT(amount),
	  .def = "0",
	  .help = "numbers to emit" },
	{ .name = "broken", .type = CONF_BOOL, .offset = AT(broken), .help = "cannot be opened" },
	{ .name = "fails", .type = CONF_BOOL, .offset = AT(fails), .help = "ends with a failure" },
	{ .name = "terminated",
	  .type = CONF_BOOL,
	  .offset = AT(terminated),
	  .help = "SIGTERM comes while it is opened" },
};

static const struct conf_schema schema = { items, sizeof(items) / sizeof(items[0]),
	                                   sizeof(struct fake_source_conf), CONF_NO_LINE };

static bool has_file(const struct fake_source_conf *c, const char *name)
{
	const char *const *files = c->files.items;

	for (size_t i = 0; i < c->files.count; i++) {
		if (strcmp(files[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static int fake_check(const void *conf, struct fault *fault)
{
	const struct fake_source_conf *c = conf;

	return c->broken || has_file(c, "broken")
	               ? fault_set(fault, -ENOENT, "%s: broken on purpose",
	                           c->file != NULL ? c->file : "broken")
	               : 0;
}

static int fake_open(struct source **out, const struct source_env *env, struct fault *fault)
{
	/* the agent hands it out to be read; the test's handle is in it */
	struct fake_source_conf *conf = unconst(env->conf);
	struct cursor checkpoint = env->checkpoint;
	struct source *s;
	int rc = fake_check(conf, fault);

	if (rc != 0) {
		return rc;
	}
	if (conf->terminated) {
		assert_int_equal(raise(SIGTERM), 0);
	}
	s = calloc(1, sizeof(*s));
	assert_non_null(s);
	s->env = *env;
	s->conf = conf;
	s->position = cursor_left(&checkpoint) > 0 ? cursor_u64le(&checkpoint) : 0;
	s->told = s->position;
	conf->source = s;
	*out = s;
	return 0;
}

static int fake_start(struct source *s)
{
	uint64_t amount = (uint64_t)s->conf->amount + 100 * s->conf->files.count;
	bool fails = s->conf->fails || has_file(s->conf, "fails");

	s->started = true;
	(void)fake_source_emit(s, amount > s->position ? amount - s->position : 0);
	if (s->env.one_shot) {
		s->env.done(s->env.agent, s, fails ? -EIO : 0);
	}
	return 0;
}

static void fake_pause(struct source *s)
{
	assert_false(s->paused);
	s->paused = true;
	s->pauses++;
}

static void fake_resume(struct source *s)
{
	assert_true(s->paused);
	s->paused = false;
	s->resumes++;
}

static int fake_checkpoint(struct source *s, struct buf *out)
{
	static const char pad[4096];

	if (s->told == s->position) {
		return 0;
	}
	s->told = s->position;
	buf_add_u64le(out, s->position);
	for (size_t left = s->state_pad; left > 0;
	     left -= left < sizeof(pad) ? left : sizeof(pad)) {
		buf_add(out, pad, left < sizeof(pad) ? left : sizeof(pad));
	}
	return 1;
}

static void fake_committed(struct source *s)
{
	s->safe = s->told;
}

static void fake_progress(const struct source *s, struct source_progress *out)
{
	*out = (struct source_progress){ .what = s->conf->file,
		                         .done = s->position,
		                         .all = (uint64_t)s->conf->amount,
		                         .records = s->position };
}

static void fake_counters(const struct source *s, const struct source_tally *to)
{
	source_tell(to, SOURCE_TAKEN, "numbers", s->position);
	source_tell(to, SOURCE_MALFORMED, "odd", 0);
	source_tell(to, SOURCE_LOST, "skipped", 0);
}

static void fake_stop(struct source *s)
{
	s->stopped = true;
	if (s->emit_on_stop) {
		(void)fake_source_emit(s, 1);
	}
}

static void fake_close(struct source *s)
{
	if (s != NULL) {
		s->conf->source = NULL;
		free(s);
	}
}

const struct source_ops fake_source = {
	.name = "fake",
	.schema = &schema,
	.check = fake_check,
	.open = fake_open,
	.start = fake_start,
	.pause = fake_pause,
	.resume = fake_resume,
	.checkpoint = fake_checkpoint,
	.committed = fake_committed,
	.progress = fake_progress,
	.counters = fake_counters,
	.stop = fake_stop,
	.close = fake_close,
};

int fake_source_emit(struct source *s, uint64_t n)
{
	const char *part = s->conf->file != NULL ? s->conf->file : "files";
	int rc = 0;

	for (uint64_t i = 0; i < n; i++) {
		Cxm__Gap gap = CXM__GAP__INIT;

		gap.at_us = (int64_t)s->position + 1; /* natural keys differ */
		gap.source = CXM__SOURCE__QUEUE_LOG;
		gap.host = unconst(s->env.host);
		gap.reason = CXM__GAP__REASON__MALFORMED;
		gap.part = unconst(part);
		gap.has_lost = 1;
		gap.lost = ++s->position;
		rc = s->env.emit(s->env.agent, &gap.base);
	}
	return rc;
}

void fake_source_skip(struct source *s, uint64_t n)
{
	s->position += n;
	s->env.touched(s->env.agent);
}

uint64_t fake_source_number(const struct cxm_catalog *catalog, struct cursor *records)
{
	const struct cxm_kind *kind = cxm_kind_of(catalog, &cxm__gap__descriptor);
	struct cxm_packed packed;
	const Cxm__Gap *gap;
	struct arena arena;
	uint64_t number;

	arena_init(&arena, 1 << 20);
	assert_int_equal(cxm_record_next(records, &packed), 1);
	assert_int_equal(packed.number, kind->number);
	gap = (const Cxm__Gap *)(const void *)cxm_record_unpack(kind, packed.body, &arena);
	assert_non_null(gap);
	number = gap->lost;
	arena_free(&arena);
	return number;
}
