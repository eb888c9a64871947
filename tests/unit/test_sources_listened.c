/* From when to when nobody listened, over the death of an agent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "agent/sources/listened.h"
#include "tests/support/fake_env.h"
#include "tests/support/loop_agent.h"

#define SECOND_US INT64_C(1000000)

struct stage {
	struct loop_agent agent;
	struct fake_env *env;
	struct listened listened;
	struct buf kept;
};

static int stage_open(void **state)
{
	static struct stage stage;
	struct stage *s = &stage;

	memset(s, 0, sizeof(*s));
	loop_agent_open(&s->agent);
	s->env = fake_env_new(1);
	s->agent.env.env = fake_env_of(s->env);
	buf_init(&s->kept, 100);
	assert_int_equal(listened_open(&s->listened, &s->agent.env), 0);
	*state = s;
	return 0;
}

static int stage_close(void **state)
{
	struct stage *s = *state;

	listened_close(&s->listened);
	buf_free(&s->kept);
	fake_env_free(s->env);
	loop_agent_close(&s->agent);
	return 0;
}

/* The agent dies and starts again with what it stored. */
static void start_again(struct stage *s)
{
	listened_close(&s->listened);
	s->agent.env.checkpoint = cursor_of(s->kept.data, s->kept.len);
	assert_int_equal(listened_open(&s->listened, &s->agent.env), 0);
	listened_begin(&s->listened, &s->agent.env, CXM__SOURCE__CAPTURE, "eth0");
}

static void a_first_start_has_missed_nothing(void **state)
{
	struct stage *s = *state;

	listened_begin(&s->listened, &s->agent.env, CXM__SOURCE__CAPTURE, "eth0");
	assert_int_equal(s->agent.w.n, 0);
}

static void the_next_start_says_from_when_to_when(void **state)
{
	struct stage *s = *state;
	int64_t last_us = env_wall_us(s->agent.env.env);
	const Cxm__Gap *gap;

	assert_int_equal(listened_checkpoint(&s->listened, &s->agent.env, &s->kept), 1);
	fake_env_advance(s->env, 90 * SECOND_US);
	start_again(s);
	assert_int_equal(s->agent.w.n, 1);
	gap = witness_gap(&s->agent.w, 0);
	assert_int_equal(gap->reason, CXM__GAP__REASON__SOURCE_DOWN);
	assert_int_equal(gap->source, CXM__SOURCE__CAPTURE);
	assert_string_equal(gap->part, "eth0");
	assert_string_equal(gap->host, "pbx1");
	assert_int_equal(gap->at_us, last_us);
	assert_int_equal(gap->to_us, last_us + 90 * SECOND_US);
	assert_int_equal(gap->seen_us, gap->to_us);
}

static void it_is_said_once(void **state)
{
	struct stage *s = *state;

	assert_int_equal(listened_checkpoint(&s->listened, &s->agent.env, &s->kept), 1);
	fake_env_advance(s->env, 90 * SECOND_US);
	start_again(s);
	listened_begin(&s->listened, &s->agent.env, CXM__SOURCE__CAPTURE, "eth0");
	assert_int_equal(s->agent.w.n, 1);
}

static void a_restart_within_a_second_is_no_gap(void **state)
{
	struct stage *s = *state;

	assert_int_equal(listened_checkpoint(&s->listened, &s->agent.env, &s->kept), 1);
	fake_env_advance(s->env, SECOND_US - 1);
	start_again(s);
	assert_int_equal(s->agent.w.n, 0);
}

static void a_clock_that_was_set_back_makes_no_gap(void **state)
{
	struct stage *s = *state;

	assert_int_equal(listened_checkpoint(&s->listened, &s->agent.env, &s->kept), 1);
	fake_env_advance(s->env, -90 * SECOND_US);
	start_again(s);
	assert_int_equal(s->agent.w.n, 0);
}

static void it_is_kept_once_a_second_however_often_it_is_asked(void **state)
{
	struct stage *s = *state;

	assert_int_equal(listened_checkpoint(&s->listened, &s->agent.env, &s->kept), 1);
	assert_int_equal(s->kept.len, LISTENED_BYTES);
	fake_env_advance(s->env, SECOND_US - 1);
	assert_int_equal(listened_checkpoint(&s->listened, &s->agent.env, &s->kept), 0);
	assert_int_equal(s->kept.len, LISTENED_BYTES);
	fake_env_advance(s->env, 1);
	buf_reset(&s->kept);
	assert_int_equal(listened_checkpoint(&s->listened, &s->agent.env, &s->kept), 1);
	assert_int_equal(s->kept.len, LISTENED_BYTES);
}

static void it_is_kept_again_after_the_clock_was_set_back(void **state)
{
	struct stage *s = *state;

	assert_int_equal(listened_checkpoint(&s->listened, &s->agent.env, &s->kept), 1);
	fake_env_advance(s->env, -3600 * SECOND_US);
	buf_reset(&s->kept);
	assert_int_equal(listened_checkpoint(&s->listened, &s->agent.env, &s->kept), 1);
}

static void what_is_no_checkpoint_is_as_none(void **state)
{
	struct stage *s = *state;

	buf_add_char(&s->kept, 7); /* of a version to come */
	buf_add_u64le(&s->kept, 1);
	fake_env_advance(s->env, 90 * SECOND_US);
	start_again(s);
	assert_int_equal(s->agent.w.n, 0);
	buf_reset(&s->kept);
	buf_add_char(&s->kept, 1); /* and its end is missing */
	start_again(s);
	assert_int_equal(s->agent.w.n, 0);
}

#define STAGED(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(a_first_start_has_missed_nothing),
		STAGED(the_next_start_says_from_when_to_when),
		STAGED(it_is_said_once),
		STAGED(a_restart_within_a_second_is_no_gap),
		STAGED(a_clock_that_was_set_back_makes_no_gap),
		STAGED(it_is_kept_once_a_second_however_often_it_is_asked),
		STAGED(it_is_kept_again_after_the_clock_was_set_back),
		STAGED(what_is_no_checkpoint_is_as_none),
	};

	return cmocka_run_group_tests_name("listened", tests, NULL, NULL);
}
