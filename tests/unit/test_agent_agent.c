/* The agent's core with a source that does as it is told and a spool in memory: when it commits,
 * what it does when the spool refuses, and that a kill anywhere costs and doubles nothing. */
#include "agent/agent.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "proto/evidence.pb-c.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"
#include "tests/support/fake_env.h"
#include "tests/support/fake_source.h"

#define MS       INT64_C(1000)
#define SECOND   INT64_C(1000000)
#define INTERVAL 200
#define SEGMENT  "/spool/00000000000000000001.seg"

struct fixture {
	struct fake_env *fake;
	const struct env *env;
	const struct cxm_catalog *catalog;
	struct spool_options spool_options;
	struct spool *spool;
	struct agent_options options;
	struct agent *agent;
	struct fake_source_conf conf[2];
	struct fault fault;
	unsigned wakes;
	unsigned accepts;
};

static void on_wake(void *arg)
{
	((struct fixture *)arg)->wakes++;
}

static void on_accepted(void *arg)
{
	((struct fixture *)arg)->accepts++;
}

/* Spool and agent, with both sources where they left off. */
static void start(struct fixture *f)
{
	assert_int_equal(spool_open(&f->spool, f->env, &f->spool_options, &f->fault), 0);
	f->options.spool = f->spool;
	assert_int_equal(agent_new(&f->agent, &f->options), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
			agent_add(f->agent, &fake_source, f->conf[i].file, &f->conf[i], &f->fault),
			0);
	}
	assert_int_equal(agent_start(f->agent, &f->fault), 0);
}

static void end(struct fixture *f)
{
	agent_free(f->agent);
	spool_close(f->spool);
	f->agent = NULL;
	f->spool = NULL;
}

static int setup_stopped(void **state)
{
	static struct fixture f;
	static uint64_t seed = 50;

	log_open("test", (enum log_level) - 1); /* it will complain, rightly */
	f = (struct fixture){ .fake = fake_env_new(++seed) };
	f.env = fake_env_of(f.fake);
	f.catalog = product_catalog();
	f.spool_options = (struct spool_options){ "/spool", 1 << 26, 1 << 20 };
	f.options = (struct agent_options){ .env = f.env,
		                            .catalog = f.catalog,
		                            .host = "pbx1",
		                            .commit_interval_ms = INTERVAL,
		                            .arg = &f,
		                            .wake = on_wake,
		                            .accepted = on_accepted };
	f.conf[0].file = "/a";
	f.conf[1].file = "/b";
	*state = &f;
	return 0;
}

static int setup(void **state)
{
	(void)setup_stopped(state);
	start(*state);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	end(f);
	fake_env_free(f->fake);
	return 0;
}

/* Let time pass until the agent wants to be called, and call it. */
static void turn(struct fixture *f)
{
	int64_t due_us = agent_due_us(f->agent);

	assert_true(due_us != INT64_MAX);
	fake_env_advance(f->fake, due_us > env_mono_us(f->env) ? due_us - env_mono_us(f->env) : 0);
	agent_turn(f->agent);
}

static int64_t due_in_us(const struct fixture *f)
{
	return agent_due_us(f->agent) - env_mono_us(f->env);
}

static struct agent_status status_of(const struct fixture *f)
{
	struct agent_status status;

	agent_status(f->agent, &status);
	return status;
}

static uint64_t stored(const struct fixture *f)
{
	struct spool_status status;

	spool_status(f->spool, &status);
	return status.next_sequence - 1;
}

/* Every number of the first source from 1 to `last` lies in the spool exactly once, in order. */
static void assert_numbers(struct fixture *f, uint64_t last)
{
	uint64_t sequence = 1;
	uint64_t number = 0;
	struct spool_run run;

	while (spool_read(f->spool, sequence, 1 << 20, &run) == 1) {
		for (uint32_t i = 0; i < run.count; i++) {
			assert_int_equal(fake_source_number(f->catalog, &run.records), ++number);
		}
		sequence = run.first_sequence + run.count;
	}
	assert_int_equal(number, last);
}

/* ---- when it commits ---- */

static void an_idle_agent_wants_nothing(void **state)
{
	struct fixture *f = *state;

	assert_true(agent_due_us(f->agent) == INT64_MAX);
	assert_int_equal(f->wakes, 0);
}

static void a_record_is_accepted_after_the_interval(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fake_source_emit(f->conf[0].source, 1), 0);
	assert_int_equal(f->wakes, 1);
	assert_int_equal(due_in_us(f), INTERVAL * MS);
	fake_env_advance(f->fake, INTERVAL * MS - 1);
	agent_turn(f->agent);
	assert_int_equal(stored(f), 0);
	fake_env_advance(f->fake, 1);
	agent_turn(f->agent);
	assert_int_equal(stored(f), 1);
	assert_int_equal(f->accepts, 1);
	assert_int_equal(status_of(f).accepted, 1);
	assert_true(agent_due_us(f->agent) == INT64_MAX);
}

static void records_of_an_interval_share_an_entry(void **state)
{
	struct fixture *f = *state;
	unsigned syncs;

	(void)fake_source_emit(f->conf[0].source, 1);
	fake_env_advance(f->fake, 150 * MS);
	(void)fake_source_emit(f->conf[0].source, 500);
	assert_int_equal(due_in_us(f), 50 * MS);
	syncs = fake_env_calls(f->fake, FAKE_FDATASYNC);
	turn(f);
	assert_int_equal(stored(f), 501);
	assert_int_equal(fake_env_calls(f->fake, FAKE_FDATASYNC) - syncs, 1);
}

static void a_full_entry_does_not_wait(void **state)
{
	struct fixture *f = *state;

	while (status_of(f).pending_bytes < AGENT_COMMIT_BYTES) {
		(void)fake_source_emit(f->conf[0].source, 1);
	}
	assert_int_equal(f->wakes, 2);
	assert_true(due_in_us(f) <= 0);
	agent_turn(f->agent);
	assert_int_equal(stored(f), status_of(f).accepted);
	assert_int_equal(status_of(f).pending, 0);
}

static void positions_alone_are_stored_once_a_second(void **state)
{
	struct fixture *f = *state;
	unsigned syncs = fake_env_calls(f->fake, FAKE_FDATASYNC);

	fake_source_skip(f->conf[0].source, 5);
	turn(f); /* the first at once */
	fake_source_skip(f->conf[0].source, 5);
	fake_source_skip(f->conf[0].source, 5);
	assert_int_equal(due_in_us(f), SECOND);
	turn(f);
	assert_int_equal(fake_env_calls(f->fake, FAKE_FDATASYNC) - syncs, 2);
	assert_int_equal(f->accepts, 0); /* nothing to send */
	assert_int_equal(f->conf[0].source->safe, 15);
}

static void an_unmoved_source_costs_nothing(void **state)
{
	struct fixture *f = *state;
	struct spool_status before;
	struct spool_status after;

	spool_status(f->spool, &before);
	f->conf[0].source->env.touched(f->conf[0].source->env.agent);
	turn(f);
	spool_status(f->spool, &after);
	assert_int_equal(after.bytes, before.bytes);
}

static void sources_hear_what_is_safe_and_not_before(void **state)
{
	struct fixture *f = *state;

	(void)fake_source_emit(f->conf[0].source, 3);
	assert_int_equal(f->conf[0].source->safe, 0);
	turn(f);
	assert_int_equal(f->conf[0].source->safe, 3);
}

static void records_keep_the_order_of_emission(void **state)
{
	struct fixture *f = *state;
	struct spool_run run;

	(void)fake_source_emit(f->conf[0].source, 2);
	(void)fake_source_emit(f->conf[1].source, 1);
	(void)fake_source_emit(f->conf[0].source, 1);
	turn(f);
	assert_int_equal(spool_read(f->spool, 1, 1 << 20, &run), 1);
	assert_int_equal(fake_source_number(f->catalog, &run.records), 1);
	assert_int_equal(fake_source_number(f->catalog, &run.records), 2);
	assert_int_equal(fake_source_number(f->catalog, &run.records), 1);
	assert_int_equal(fake_source_number(f->catalog, &run.records), 3);
}

/* ---- records ---- */

static void a_record_too_big_is_refused_and_counted(void **state)
{
	static char text[CXM_RECORD_MAX_BYTES + 1];
	struct fixture *f = *state;
	Cxm__Gap gap = CXM__GAP__INIT;

	memset(text, 'x', sizeof(text) - 1);
	gap.host = text;
	gap.part = text;
	gap.source = CXM__SOURCE__SELF;
	gap.reason = CXM__GAP__REASON__MALFORMED;
	assert_int_equal(agent_emit(f->agent, &gap.base), -EMSGSIZE);
	assert_int_equal(status_of(f).refused, 1);
	assert_int_equal(status_of(f).pending, 0);
}

static void packed_records_are_taken_whole_and_one_by_one(void **state)
{
	static const uint8_t two[] = { 4, 0xc2, 1, 1, 'A', 4, 0xc2, 1, 1, 'B' };
	struct fixture *f = *state;
	const struct source_env *env = &f->conf[0].source->env;

	assert_int_equal(env->emit_packed(env->agent, two, 5), 0);
	assert_int_equal(env->emit_packed(env->agent, two, 4), -EMSGSIZE);
	assert_int_equal(env->emit_packed(env->agent, two, 10), -EMSGSIZE);
	assert_int_equal(env->emit_packed(env->agent, two, 0), -EMSGSIZE);
	turn(f);
	assert_int_equal(stored(f), 1);
	assert_int_equal(status_of(f).refused, 3);
}

/* ---- a spool that refuses ---- */

static void a_refusing_spool_pauses_the_sources(void **state)
{
	struct fixture *f = *state;

	fake_env_fail_always(f->fake, FAKE_PWRITE, ENOSPC);
	(void)fake_source_emit(f->conf[0].source, 3);
	turn(f);
	assert_true(status_of(f).blocked);
	assert_true(f->conf[0].source->paused);
	assert_true(f->conf[1].source->paused);
	assert_int_equal(status_of(f).pending, 3);
	assert_int_equal(f->conf[0].source->safe, 0);
	assert_int_equal(due_in_us(f), SECOND);
	turn(f);
	turn(f);
	assert_int_equal(f->conf[0].source->pauses, 1); /* told once */
	fake_env_fail_always(f->fake, FAKE_PWRITE, 0);
	turn(f);
	assert_false(status_of(f).blocked);
	assert_false(f->conf[0].source->paused);
	assert_int_equal(f->conf[0].source->safe, 3);
	assert_numbers(f, 3);
}

static void a_position_told_once_is_not_forgotten_when_the_spool_refuses(void **state)
{
	struct fixture *f = *state;
	struct cursor c;

	fake_env_fail_always(f->fake, FAKE_PWRITE, ENOSPC);
	(void)fake_source_emit(f->conf[0].source, 3);
	turn(f); /* the source has told its position and will not tell it again */
	fake_env_fail_always(f->fake, FAKE_PWRITE, 0);
	turn(f);
	c = spool_checkpoint(f->spool, "fake:/a");
	assert_int_equal(cursor_u64le(&c), 3);
}

static void an_acknowledgement_tries_again_at_once(void **state)
{
	struct fixture *f = *state;
	unsigned wakes;

	end(f);
	f->spool_options.max_bytes = 20000;
	start(f);
	while (!status_of(f).blocked) {
		(void)fake_source_emit(f->conf[0].source, 100);
		turn(f);
	}
	wakes = f->wakes;
	assert_int_equal(spool_ack(f->spool, stored(f)), 0);
	agent_on_acked(f->agent);
	assert_int_equal(f->wakes, wakes + 1);
	assert_int_equal(due_in_us(f), 0);
	agent_turn(f->agent);
	assert_false(status_of(f).blocked);
}

static void an_acknowledgement_in_good_times_changes_nothing(void **state)
{
	struct fixture *f = *state;

	agent_on_acked(f->agent);
	assert_int_equal(f->wakes, 0);
}

static void when_memory_is_full_too_the_loss_is_counted_as_a_gap(void **state)
{
	struct fixture *f = *state;
	const struct cxm_kind *kind = cxm_kind_of(f->catalog, &cxm__gap__descriptor);
	struct spool_run run;
	struct cxm_packed packed;
	struct arena arena;
	const Cxm__Gap *gap = NULL;
	int64_t from_us;
	uint64_t emitted;

	fake_env_fail_always(f->fake, FAKE_PWRITE, ENOSPC);
	while (fake_source_emit(f->conf[0].source, 1) == 0) {
	}
	from_us = env_wall_us(f->env);
	fake_env_advance(f->fake, SECOND);
	assert_int_equal(fake_source_emit(f->conf[0].source, 4), -ENOSPC);
	emitted = f->conf[0].source->position - 5;
	assert_int_equal(status_of(f).dropped, 5);
	fake_env_fail_always(f->fake, FAKE_PWRITE, 0);
	turn(f);
	turn(f);
	assert_int_equal(stored(f), emitted + 1);
	assert_int_equal(spool_read(f->spool, emitted + 1, 1 << 20, &run), 1);
	arena_init(&arena, 1 << 20);
	assert_int_equal(cxm_record_next(&run.records, &packed), 1);
	gap = (const Cxm__Gap *)(const void *)cxm_record_unpack(kind, packed.body, &arena);
	assert_int_equal(gap->reason, CXM__GAP__REASON__SPOOL_FULL);
	assert_int_equal(gap->source, CXM__SOURCE__SELF);
	assert_int_equal(gap->lost, 5);
	assert_int_equal(gap->at_us, from_us);
	assert_int_equal(gap->to_us, from_us + SECOND);
	assert_string_equal(gap->host, "pbx1");
	arena_free(&arena);
}

static void a_damaged_spool_is_told_as_a_gap(void **state)
{
	struct fixture *f = *state;
	const struct cxm_kind *kind = cxm_kind_of(f->catalog, &cxm__gap__descriptor);
	struct spool_run run;
	struct cxm_packed packed;
	struct arena arena;
	const Cxm__Gap *gap;

	for (int i = 0; i < 3; i++) {
		(void)fake_source_emit(f->conf[0].source, 2);
		turn(f);
	}
	end(f);
	/* the middle of the file is in the second of three equal entries */
	fake_env_flip(f->fake, SEGMENT, (size_t)fake_env_size(f->fake, SEGMENT) / 2, 1);
	log_set_level((enum log_level) - 1); /* it will say so, rightly */
	start(f);
	turn(f);
	assert_int_equal(spool_read(f->spool, 7, 1 << 20, &run), 1);
	arena_init(&arena, 1 << 20);
	assert_int_equal(cxm_record_next(&run.records, &packed), 1);
	gap = (const Cxm__Gap *)(const void *)cxm_record_unpack(kind, packed.body, &arena);
	assert_int_equal(gap->reason, CXM__GAP__REASON__SPOOL_DAMAGED);
	assert_int_equal(gap->lost, 2);
	assert_true(gap->to_us > gap->at_us);
	arena_free(&arena);
	assert_true(agent_due_us(f->agent) == INT64_MAX); /* told once */
}

static void a_state_too_long_to_store_does_not_stop_the_records(void **state)
{
	struct fixture *f = *state;
	struct cursor c;

	(void)fake_source_emit(f->conf[0].source, 1);
	turn(f);
	log_set_level((enum log_level) - 1);
	f->conf[0].source->state_pad = AGENT_CHECKPOINT_MAX;
	(void)fake_source_emit(f->conf[0].source, 1);
	turn(f);
	assert_int_equal(stored(f), 2);
	c = spool_checkpoint(f->spool, "fake:/a");
	assert_int_equal(cursor_u64le(&c), 1);
}

static void states_that_share_no_entry_are_stored_one_by_one(void **state)
{
	struct fixture *f = *state;
	struct cursor c;

	for (size_t i = 0; i < 2; i++) {
		f->conf[i].source->state_pad = AGENT_CHECKPOINT_MAX - 100;
		(void)fake_source_emit(f->conf[i].source, 5 + i);
	}
	while (status_of(f).pending_bytes < AGENT_COMMIT_BYTES) {
		(void)fake_source_emit(f->conf[0].source, 1);
	}
	turn(f);
	assert_int_equal(status_of(f).pending, 0);
	c = spool_checkpoint(f->spool, "fake:/a");
	assert_int_equal(cursor_u64le(&c), f->conf[0].source->position);
	c = spool_checkpoint(f->spool, "fake:/b");
	assert_int_equal(cursor_u64le(&c), 6);
}

/* ---- starting and stopping ---- */

static void a_source_goes_on_where_it_was(void **state)
{
	struct fixture *f = *state;

	(void)fake_source_emit(f->conf[0].source, 7);
	(void)fake_source_emit(f->conf[1].source, 9);
	turn(f);
	end(f);
	start(f);
	assert_int_equal(f->conf[0].source->position, 7);
	assert_int_equal(f->conf[1].source->position, 9);
}

static void a_source_that_cannot_be_opened_is_named(void **state)
{
	struct fixture *f = *state;
	struct fake_source_conf broken = { .file = "/c", .broken = true };

	assert_int_equal(agent_add(f->agent, &fake_source, "/c", &broken, &f->fault), -ENOENT);
	assert_string_equal(f->fault.text, "/c: broken on purpose");
	assert_int_equal(status_of(f).sources, 2);
}

static void stopping_accepts_what_sources_leave(void **state)
{
	struct fixture *f = *state;

	(void)fake_source_emit(f->conf[0].source, 3);
	f->conf[0].source->emit_on_stop = true;
	assert_int_equal(agent_stop(f->agent), 0);
	assert_true(f->conf[0].source->stopped);
	assert_true(f->conf[1].source->stopped);
	assert_numbers(f, 4);
}

static void stopping_with_a_refusing_spool_says_so(void **state)
{
	struct fixture *f = *state;

	(void)fake_source_emit(f->conf[0].source, 3);
	fake_env_fail_always(f->fake, FAKE_PWRITE, ENOSPC);
	log_set_level((enum log_level) - 1);
	assert_int_equal(agent_stop(f->agent), -ENOSPC);
	assert_false(f->conf[0].source->paused); /* stopped sources are left alone */
}

static void progress_is_asked_of_each_source(void **state)
{
	struct fixture *f = *state;
	struct source_progress progress;

	(void)fake_source_emit(f->conf[1].source, 3);
	assert_true(agent_progress(f->agent, 1, &progress));
	assert_string_equal(progress.what, "/b");
	assert_int_equal(progress.records, 3);
	assert_false(agent_progress(f->agent, 2, &progress));
}

/* ---- one shot ---- */

static void a_replay_is_finished_when_all_is_accepted(void **state)
{
	struct fixture *f = *state;

	f->options.one_shot = true;
	f->conf[0].amount = 5;
	start(f);
	assert_int_equal(status_of(f).done, 2);
	assert_false(agent_is_finished(f->agent));
	assert_true(due_in_us(f) <= 0); /* nothing more will come: no use waiting */
	agent_turn(f->agent);
	assert_true(agent_is_finished(f->agent));
	assert_int_equal(status_of(f).failed, 0);
	assert_numbers(f, 5);
}

static void a_failed_source_of_a_replay_is_counted_and_its_records_kept(void **state)
{
	struct fixture *f = *state;

	f->options.one_shot = true;
	f->conf[0].amount = 5;
	f->conf[0].fails = true;
	start(f);
	agent_turn(f->agent);
	assert_true(agent_is_finished(f->agent));
	assert_int_equal(status_of(f).failed, 1);
	assert_numbers(f, 5);
}

static void a_replay_stores_no_positions(void **state)
{
	struct fixture *f = *state;
	struct cursor c;

	f->options.one_shot = true;
	f->conf[0].amount = 5;
	start(f);
	agent_turn(f->agent);
	c = spool_checkpoint(f->spool, "fake:/a");
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(f->conf[0].source->safe, 5);
}

/* ---- kills and power cuts at random ---- */

static void trouble(struct fixture *f)
{
	static const struct {
		enum fake_call kind;
		int error;
	} troubles[] = {
		{ FAKE_PWRITE, ENOSPC }, { FAKE_PWRITE, EIO },   { FAKE_FDATASYNC, EIO },
		{ FAKE_RENAME, EIO },    { FAKE_SYNC_DIR, EIO }, { FAKE_OPEN, EMFILE },
		{ FAKE_UNLINK, EIO },
	};
	uint64_t i = fake_env_pick(f->fake, sizeof(troubles) / sizeof(troubles[0]));

	fake_env_fail(f->fake, troubles[i].kind, 1 + (unsigned)fake_env_pick(f->fake, 3),
	              troubles[i].error);
}

static void live(struct fixture *f)
{
	switch (fake_env_pick(f->fake, 8)) {
	case 0:
		fake_env_fail(f->fake, FAKE_OPEN, 0, 0); /* a start that fails is tried again */
		end(f);
		if (fake_env_pick(f->fake, 2) == 0) {
			fake_env_crash(f->fake);
		} else {
			fake_env_power_cut(f->fake);
		}
		start(f);
		break;
	case 1:
		trouble(f);
		break;
	case 2:
		fake_env_advance(f->fake, (int64_t)fake_env_pick(f->fake, 2 * SECOND));
		break;
	case 3:
	case 4:
		agent_turn(f->agent);
		break;
	default:
		(void)fake_source_emit(f->conf[0].source,
		                       f->conf[0].source->paused ? 0 : fake_env_pick(f->fake, 50));
	}
}

/* A source that goes on at its stored position emits again what was not accepted, and nothing
 * else: so in the end every number is there exactly once. */
static void a_kill_anywhere_costs_and_doubles_nothing(void **state)
{
	(void)state;
	for (int life = 0; life < 150; life++) {
		struct fixture *f;
		void *fixture = NULL;

		(void)setup(&fixture);
		f = fixture;
		f->spool_options.segment_bytes = 2000;
		for (int i = 0; i < 200; i++) {
			live(f);
		}
		fake_env_fail(f->fake, FAKE_OPEN, 0, 0);
		end(f);
		fake_env_power_cut(f->fake);
		start(f);
		(void)fake_source_emit(f->conf[0].source, 1);
		turn(f);
		assert_numbers(f, f->conf[0].source->position);
		(void)teardown(&fixture);
	}
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, an_idle_agent_wants_nothing, setup, teardown);
	cases_test_with(&c, a_record_is_accepted_after_the_interval, setup, teardown);
	cases_test_with(&c, records_of_an_interval_share_an_entry, setup, teardown);
	cases_test_with(&c, a_full_entry_does_not_wait, setup, teardown);
	cases_test_with(&c, positions_alone_are_stored_once_a_second, setup, teardown);
	cases_test_with(&c, an_unmoved_source_costs_nothing, setup, teardown);
	cases_test_with(&c, sources_hear_what_is_safe_and_not_before, setup, teardown);
	cases_test_with(&c, records_keep_the_order_of_emission, setup, teardown);
	cases_test_with(&c, a_record_too_big_is_refused_and_counted, setup, teardown);
	cases_test_with(&c, packed_records_are_taken_whole_and_one_by_one, setup, teardown);
	cases_test_with(&c, a_refusing_spool_pauses_the_sources, setup, teardown);
	cases_test_with(&c, a_position_told_once_is_not_forgotten_when_the_spool_refuses, setup,
	                teardown);
	cases_test_with(&c, an_acknowledgement_tries_again_at_once, setup, teardown);
	cases_test_with(&c, an_acknowledgement_in_good_times_changes_nothing, setup, teardown);
	cases_test_with(&c, when_memory_is_full_too_the_loss_is_counted_as_a_gap, setup, teardown);
	cases_test_with(&c, a_damaged_spool_is_told_as_a_gap, setup, teardown);
	cases_test_with(&c, a_state_too_long_to_store_does_not_stop_the_records, setup, teardown);
	cases_test_with(&c, states_that_share_no_entry_are_stored_one_by_one, setup, teardown);
	cases_test_with(&c, a_source_goes_on_where_it_was, setup, teardown);
	cases_test_with(&c, a_source_that_cannot_be_opened_is_named, setup, teardown);
	cases_test_with(&c, stopping_accepts_what_sources_leave, setup, teardown);
	cases_test_with(&c, stopping_with_a_refusing_spool_says_so, setup, teardown);
	cases_test_with(&c, progress_is_asked_of_each_source, setup, teardown);
	cases_test_with(&c, a_replay_is_finished_when_all_is_accepted, setup_stopped, teardown);
	cases_test_with(&c, a_failed_source_of_a_replay_is_counted_and_its_records_kept,
	                setup_stopped, teardown);
	cases_test_with(&c, a_replay_stores_no_positions, setup_stopped, teardown);
	cases_test(&c, a_kill_anywhere_costs_and_doubles_nothing);
	return cases_run("agent_agent", &c, NULL, NULL);
}
