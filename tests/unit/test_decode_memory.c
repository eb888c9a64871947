/*
 * Without memory: the n-th allocation fails, for every n. Nothing crashes or leaks, and what goes
 * on is whole messages. Linked with calloc and realloc wrapped (Makefile): not by
 * tests/support/failing_alloc.h, because here all fail from one on, and the stage's own malloc must
 * not.
 */
#include "agent/decode/reasm.h"

#include "tests/support/cases.h"
#include "tests/support/tcp_stage.h"

static int allocations_left = -1; /* below zero: as many as one likes */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): names the linker makes */
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *at, size_t size);

static bool allowed(void)
{
	if (allocations_left == 0) {
		return false;
	}
	allocations_left -= allocations_left > 0;
	return true;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return allowed() ? __real_calloc(n, size) : NULL;
}

void *__wrap_realloc(void *at, size_t size)
{
	return allowed() ? __real_realloc(at, size) : NULL;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static void reassembly_of_datagrams_cannot_begin(void **state)
{
	(void)state;
	allocations_left = 0;
	struct reasm *r = reasm_new();

	allocations_left = -1;
	assert_null(r);
	reasm_free(NULL);
}

static void reassembly_of_streams_cannot_begin(void **state)
{
	static const struct siphash_key key = { 1, 2 };

	(void)state;
	for (int n = 0; n < 3; n++) { /* its own struct, cells and slots of its table */
		allocations_left = n;
		struct tcp *t = tcp_new(&key, NULL, NULL);

		allocations_left = -1;
		assert_null(t);
	}
}

static void message_that_finds_no_memory_is_counted(void **state)
{
	struct tcp_stage *s = *state;

	allocations_left = 0;
	tcp_stage_text(s, 1000, "BYE sip:a SIP/2.0\r\n");
	allocations_left = -1;
	tcp_stage_text(s, 1019, "l:0\r\n\r\nBYE sip:a SIP/2.0\r\nl:0\r\n\r\n");
	assert_int_equal(s->n, 1);
	assert_string_equal(s->texts[0], "BYE sip:a SIP/2.0\r\nl:0\r\n\r\n");
	assert_int_equal(tcp_counters(s->tcp)->overflows, 1);
}

static void message_that_cannot_grow_is_counted(void **state)
{
	struct tcp_stage *s = *state;
	static char text[20000];

	memset(text, 'x', sizeof(text));
	memcpy(text, "BYE sip:a SIP/2.0\r\nl:15000\r\n\r\n", 31);
	tcp_stage_bytes(s, 0, text, 4000);
	allocations_left = 0;
	tcp_stage_bytes(s, 4000, text + 4000, 4000);
	allocations_left = -1;
	tcp_stage_text(s, 8000, "BYE sip:a SIP/2.0\r\nl:0\r\n\r\n");
	assert_int_equal(s->n, 1);
	assert_string_equal(s->texts[0], "BYE sip:a SIP/2.0\r\nl:0\r\n\r\n");
	assert_int_equal(tcp_counters(s->tcp)->overflows, 1);
}

static void segment_behind_a_hole_that_finds_no_memory_is_counted(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_flags(s, 1000, PACKET_TCP_SYN);
	allocations_left = 0;
	tcp_stage_text(s, 1010, "SIP/2.0\r\nl:0\r\n\r\n");
	allocations_left = -1;
	tcp_stage_text(s, 1000, "BYE sip:a ");
	tcp_stage_text(s, 1026, "BYE sip:a SIP/2.0\r\nl:0\r\n\r\n");
	assert_int_equal(s->n, 1);
	assert_int_equal(tcp_counters(s->tcp)->overflows, 1);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, reassembly_of_datagrams_cannot_begin);
	cases_test(&c, reassembly_of_streams_cannot_begin);
	cases_test_with(&c, message_that_finds_no_memory_is_counted, tcp_stage_set_up,
	                tcp_stage_tear_down);
	cases_test_with(&c, message_that_cannot_grow_is_counted, tcp_stage_set_up,
	                tcp_stage_tear_down);
	cases_test_with(&c, segment_behind_a_hole_that_finds_no_memory_is_counted, tcp_stage_set_up,
	                tcp_stage_tear_down);
	return cases_run("decode/memory", &c, NULL, NULL);
}
