/* Messages cut out of the bytes of connections; who gives way when there are too many. */
#include "agent/sources/hep_stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/cases.h"
#include "tests/support/fake_env.h"
#include "tests/support/hep_bytes.h"

#define GOT_MAX 16

struct stage {
	struct event_base *base;
	struct fake_env *env;
	struct hep_streams *streams;
	int ends[HEP_STREAMS_MAX + 4]; /* the senders' */
	size_t n_ends;
	size_t got[GOT_MAX]; /* lengths of messages */
	size_t n;
};

static void on_message(void *arg, struct cursor message)
{
	struct stage *s = arg;

	assert_true(s->n < GOT_MAX);
	assert_memory_equal(message.at, "HEP3", 4);
	s->got[s->n++] = cursor_left(&message);
}

static int set_up(void **state)
{
	static struct stage stage;
	struct stage *s = &stage;

	*s = (struct stage){ .base = event_base_new(), .env = fake_env_new(1) };
	assert_non_null(s->base);
	s->streams = hep_streams_new(s->base, fake_env_of(s->env), on_message, s);
	assert_non_null(s->streams);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *s = *state;

	hep_streams_free(s->streams);
	for (size_t i = 0; i < s->n_ends; i++) {
		(void)close(s->ends[i]);
	}
	event_base_free(s->base);
	fake_env_free(s->env);
	return 0;
}

/* @return the sender's end. */
static int join(struct stage *s)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	hep_streams_accept(s->streams, fds[0]);
	s->ends[s->n_ends++] = fds[1];
	return fds[1];
}

static void turn(struct stage *s)
{
	assert_true(event_base_loop(s->base, EVLOOP_NONBLOCK) >= 0);
}

static void give(struct stage *s, int fd, const void *bytes, size_t len)
{
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
	turn(s);
}

static bool is_open(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) != 0;
}

/* Messages of the lengths given, one behind the other. */
static size_t fill(uint8_t *out, const size_t *payloads, size_t n)
{
	static struct hep_bytes b;
	static char text[1024];
	size_t used = 0;

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < n; i++) {
		hep_bytes_begin(&b);
		hep_bytes_chunk(&b, 0, 15, text, payloads[i]);
		memcpy(out + used, b.at, b.len);
		used += b.len;
	}
	return used;
}

static void messages_in_one_piece_are_told_apart(void **state)
{
	static const size_t payloads[] = { 10, 0, 300 };
	struct stage *s = *state;
	uint8_t bytes[1024];
	int fd = join(s);

	give(s, fd, bytes, fill(bytes, payloads, COUNT(payloads)));
	assert_int_equal(s->n, 3);
	assert_int_equal(s->got[0], 6 + 6 + 10);
	assert_int_equal(s->got[1], 6 + 6);
	assert_int_equal(s->got[2], 6 + 6 + 300);
	assert_true(is_open(fd));
}

/* Wherever two messages are cut in two, the same come out. */
static void any_cut_gives_the_same_messages(void **state)
{
	static const size_t payloads[] = { 10, 30 };
	struct stage *s = *state;
	uint8_t bytes[256];
	size_t len = fill(bytes, payloads, COUNT(payloads));
	int fd = join(s);

	for (size_t at = 1; at < len; at++) {
		s->n = 0;
		give(s, fd, bytes, at);
		give(s, fd, bytes + at, len - at);
		assert_int_equal(s->n, 2);
		assert_int_equal(s->got[0], 22);
		assert_int_equal(s->got[1], 42);
	}
	assert_int_equal(hep_streams_counters(s->streams)->desynced, 0);
}

static void what_is_no_hep_behind_a_message_ends_the_connection(void **state)
{
	static const size_t payloads[] = { 10 };
	struct stage *s = *state;
	uint8_t bytes[256];
	size_t len = fill(bytes, payloads, COUNT(payloads));
	int fd = join(s);

	memcpy(bytes + len, "GET /", 5);
	give(s, fd, bytes, len + 5);
	assert_int_equal(s->n, 1);
	assert_int_equal(hep_streams_counters(s->streams)->desynced, 1);
	assert_false(is_open(fd));
}

static void an_end_within_a_message_is_counted(void **state)
{
	static const size_t payloads[] = { 10, 10 };
	struct stage *s = *state;
	uint8_t bytes[256];
	size_t len = fill(bytes, payloads, COUNT(payloads));
	int whole = join(s);
	int half = join(s);

	give(s, whole, bytes, len);
	give(s, half, bytes, len - 1);
	assert_int_equal(shutdown(whole, SHUT_WR), 0);
	assert_int_equal(shutdown(half, SHUT_WR), 0);
	turn(s);
	assert_int_equal(s->n, 3);
	assert_int_equal(hep_streams_counters(s->streams)->cut, 1);
	assert_int_equal(hep_streams_counters(s->streams)->desynced, 0);
}

/* What the one before left behind is none of the next one's. */
static void a_place_that_is_used_again_begins_anew(void **state)
{
	static const size_t payloads[] = { 10 };
	struct stage *s = *state;
	uint8_t bytes[256];
	size_t len = fill(bytes, payloads, COUNT(payloads));
	int first = join(s);

	give(s, first, bytes, len - 1);
	assert_int_equal(shutdown(first, SHUT_WR), 0);
	turn(s);
	give(s, join(s), bytes, len);
	assert_int_equal(s->n, 1);
	assert_int_equal(hep_streams_counters(s->streams)->desynced, 0);
}

static void one_too_many_is_refused_while_all_speak(void **state)
{
	struct stage *s = *state;
	int last;

	for (size_t i = 0; i < HEP_STREAMS_MAX; i++) {
		(void)join(s);
	}
	fake_env_advance(s->env, HEP_STREAM_IDLE_US - 1);
	last = join(s);
	assert_int_equal(hep_streams_counters(s->streams)->accepted, HEP_STREAMS_MAX);
	assert_int_equal(hep_streams_counters(s->streams)->refused, 1);
	assert_int_equal(hep_streams_counters(s->streams)->evicted, 0);
	assert_false(is_open(last));
}

static void the_one_silent_the_longest_gives_way(void **state)
{
	static const size_t payloads[] = { 10 };
	struct stage *s = *state;
	uint8_t bytes[256];
	size_t len = fill(bytes, payloads, COUNT(payloads));

	for (size_t i = 0; i < HEP_STREAMS_MAX; i++) {
		(void)join(s);
	}
	for (size_t i = 0; i < HEP_STREAMS_MAX; i++) {
		fake_env_advance(s->env, 1);
		s->n = 0;
		give(s, s->ends[i], bytes, len);
	}
	s->n = 0;
	give(s, s->ends[0], bytes, len);
	fake_env_advance(s->env, HEP_STREAM_IDLE_US);
	give(s, join(s), bytes, len);
	assert_int_equal(hep_streams_counters(s->streams)->evicted, 1);
	assert_int_equal(hep_streams_counters(s->streams)->refused, 0);
	assert_true(is_open(s->ends[0]));
	assert_false(is_open(s->ends[1]));
	assert_true(is_open(s->ends[2]));
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, messages_in_one_piece_are_told_apart, set_up, tear_down);
	cases_test_with(&c, any_cut_gives_the_same_messages, set_up, tear_down);
	cases_test_with(&c, what_is_no_hep_behind_a_message_ends_the_connection, set_up, tear_down);
	cases_test_with(&c, an_end_within_a_message_is_counted, set_up, tear_down);
	cases_test_with(&c, a_place_that_is_used_again_begins_anew, set_up, tear_down);
	cases_test_with(&c, one_too_many_is_refused_while_all_speak, set_up, tear_down);
	cases_test_with(&c, the_one_silent_the_longest_gives_way, set_up, tear_down);
	return cases_run("sources/hep_stream", &c, NULL, NULL);
}
