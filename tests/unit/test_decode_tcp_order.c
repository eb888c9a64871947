/*
 * However a byte stream is cut into segments, put out of order and sent again: the messages that
 * come are those that were sent. Within what a flow may hold: a hole has at most 4 KiB behind it
 * and there are at most eight.
 */
#include <stdio.h>

#include "tests/support/cases.h"
#include "tests/support/dice.h"
#include "tests/support/tcp_stage.h"

#define STREAM_MAX_BYTES   32768
#define MESSAGES_MAX       32
#define SEGMENTS_MAX       8192
#define BLOCK_MAX_SEGMENTS 6
#define ROUNDS             300

struct segment {
	uint32_t from;
	uint32_t len;
};

struct stream {
	char bytes[STREAM_MAX_BYTES];
	uint32_t len;
	struct segment messages[MESSAGES_MAX];
	size_t n_messages;
	struct segment segments[SEGMENTS_MAX];
	size_t n_segments;
};

static void add_bytes(struct stream *t, const char *bytes, size_t n)
{
	assert_in_range(t->len + n, 0, STREAM_MAX_BYTES);
	memcpy(t->bytes + t->len, bytes, n);
	t->len += (uint32_t)n;
}

/* A request or a response with or without a body, whose bytes may look like anything. */
static void add_message(struct stream *t, struct dice *dice)
{
	static const char *const starts[] = { "INVITE sip:a@b SIP/2.0\r\n", "SIP/2.0 200 OK\n",
		                              "BYE tel:110 SIP/2.0\r\nX: y\r\n z\r\n" };
	static const char alphabet[] =
		"SIP/2.0 \r\n\r\nBYE sip:a SIP/2.0\r\nl:0\r\n\r\nv=0\x80\x00";
	size_t body_bytes = dice_below(dice, 4) > 0 ? dice_below(dice, 900) : 0;
	const char *start = starts[dice_below(dice, 3)];
	uint32_t from = t->len;
	char line[64];

	add_bytes(t, start, strlen(start));
	(void)snprintf(line, sizeof(line), "Content-Length: %zu\r\n\r\n", body_bytes);
	add_bytes(t, line, strlen(line));
	for (size_t i = 0; i < body_bytes; i++) {
		add_bytes(t, &alphabet[dice_below(dice, sizeof(alphabet))], 1);
	}
	t->messages[t->n_messages++] = (struct segment){ from, t->len - from };
	for (uint64_t i = dice_below(dice, 3); i > 0; i--) {
		add_bytes(t, "\r\n", 2); /* keep-alive */
	}
}

static void cut_into_segments(struct stream *t, struct dice *dice)
{
	uint32_t most = 1 + (uint32_t)dice_below(dice, 650);

	t->n_segments = 0;
	for (uint32_t from = 0; from < t->len;) {
		uint32_t len = 1 + (uint32_t)dice_below(dice, most);

		len = len < t->len - from ? len : t->len - from;
		t->segments[t->n_segments++] = (struct segment){ from, len };
		from += len;
	}
}

static void make_stream(struct stream *t, struct dice *dice)
{
	t->len = 0;
	t->n_messages = 0;
	for (uint64_t n = 1 + dice_below(dice, MESSAGES_MAX - 1); n > 0; n--) {
		add_message(t, dice);
	}
	cut_into_segments(t, dice);
}

static void shuffle(struct segment *segments, size_t n, struct dice *dice)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = dice_below(dice, i);
		struct segment kept = segments[i - 1];

		segments[i - 1] = segments[k];
		segments[k] = kept;
	}
}

/* Send a block of segments in any order, and now and then bytes that were sent before it: from
 * anywhere in the past and, as what is there wins, with anything in them. */
static void send_block(struct tcp_stage *s, const struct stream *t, struct segment *block, size_t n,
                       struct dice *dice)
{
	static char junk[512];
	uint32_t sent = block[0].from;
	uint32_t base = s->next.tcp_sequence;

	shuffle(block, n, dice);
	for (size_t i = 0; i < n; i++) {
		tcp_stage_bytes(s, base + block[i].from, t->bytes + block[i].from, block[i].len);
		if (sent > 0 && dice_below(dice, 2) == 0) {
			uint32_t back = 1 + (uint32_t)dice_below(dice, sent < 512 ? sent : 512);

			memset(junk, 'S', sizeof(junk));
			tcp_stage_bytes(s, base + sent - back, junk, back);
		}
		if (dice_below(dice, 4) == 0) {
			size_t k = dice_below(dice, i + 1);

			tcp_stage_bytes(s, base + block[k].from, t->bytes + block[k].from,
			                block[k].len);
		}
	}
}

static void assert_all_came(const struct tcp_stage *s, const struct stream *t)
{
	assert_int_equal(s->n, t->n_messages);
	for (size_t i = 0; i < s->n; i++) {
		assert_int_equal(s->lens[i], t->messages[i].len);
		assert_memory_equal(s->texts[i], t->bytes + t->messages[i].from, s->lens[i]);
	}
	assert_int_equal(tcp_counters(s->tcp)->holes, 0);
	assert_int_equal(tcp_counters(s->tcp)->resyncs, 0);
	assert_int_equal(tcp_counters(s->tcp)->overflows, 0);
}

/* One connection: `first` segments in their order, the rest in blocks out of order. */
static void send_stream(struct tcp_stage *s, struct stream *t, size_t first, struct dice *dice)
{
	uint32_t base = s->next.tcp_sequence;

	for (size_t i = 0; i < first && i < t->n_segments; i++) {
		tcp_stage_bytes(s, base + t->segments[i].from, t->bytes + t->segments[i].from,
		                t->segments[i].len);
	}
	for (size_t i = first; i < t->n_segments;) {
		size_t n = 1 + dice_below(dice, BLOCK_MAX_SEGMENTS);

		n = n < t->n_segments - i ? n : t->n_segments - i;
		send_block(s, t, &t->segments[i], n, dice);
		i += n;
	}
}

static void whole_stream_in_one_segment_comes_as_it_was_sent(void **state)
{
	static struct stream t;

	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct dice dice = { seed };
		void *stage;

		make_stream(&t, &dice);
		assert_int_equal(tcp_stage_set_up(&stage), 0);
		tcp_stage_bytes(stage, (uint32_t)dice_next(&dice), t.bytes, t.len);
		assert_all_came(stage, &t);
		assert_int_equal(tcp_stage_tear_down(&stage), 0);
	}
}

static void stream_with_a_syn_comes_as_it_was_sent(void **state)
{
	static struct stream t;

	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct dice dice = { seed };
		void *stage;
		struct tcp_stage *s;

		make_stream(&t, &dice);
		assert_int_equal(tcp_stage_set_up(&stage), 0);
		s = stage;
		s->next.tcp_sequence = (uint32_t)dice_next(&dice);
		tcp_stage_flags(s, s->next.tcp_sequence, PACKET_TCP_SYN);
		send_stream(s, &t, 0, &dice);
		assert_all_came(s, &t);
		assert_int_equal(tcp_stage_tear_down(&stage), 0);
	}
}

static void stream_joined_at_its_first_segment_comes_as_it_was_sent(void **state)
{
	static struct stream t;

	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct dice dice = { seed };
		void *stage;
		struct tcp_stage *s;

		make_stream(&t, &dice);
		assert_int_equal(tcp_stage_set_up(&stage), 0);
		s = stage;
		s->next.tcp_sequence = UINT32_MAX - (uint32_t)dice_below(&dice, 2000); /* wraps */
		send_stream(s, &t, 1, &dice);
		assert_all_came(s, &t);
		assert_int_equal(tcp_stage_tear_down(&stage), 0);
	}
}

/* When segments are lost, what comes is still messages that were sent, in their order. */
static void lost_segments_cost_messages_and_invent_none(void **state)
{
	static struct stream t;

	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct dice dice = { seed };
		void *stage;
		struct tcp_stage *s;

		t.len = 0;
		t.n_messages = 0;
		for (int i = 0; i < 30; i++) {
			char text[128];
			int n = snprintf(
				text, sizeof(text),
				"INFO sip:a SIP/2.0\r\nX: %d\r\nl:20\r\n\r\nbody of 20 bytes.\r\n!",
				i);

			t.messages[t.n_messages++] = (struct segment){ t.len, (uint32_t)n };
			add_bytes(&t, text, (size_t)n);
		}
		cut_into_segments(&t, &dice);
		assert_int_equal(tcp_stage_set_up(&stage), 0);
		s = stage;
		tcp_stage_flags(s, 0, PACKET_TCP_SYN);
		for (size_t i = 0; i < t.n_segments; i++) {
			s->next.at_ns += INT64_C(300000000);
			if (dice_below(&dice, 10) > 0) {
				tcp_stage_bytes(s, t.segments[i].from, t.bytes + t.segments[i].from,
				                t.segments[i].len);
			}
			tcp_tick(s->tcp, s->next.at_ns);
		}
		for (size_t got = 0, sent = 0; got < s->n; got++, sent++) {
			while (sent < t.n_messages &&
			       memcmp(s->texts[got], t.bytes + t.messages[sent].from,
			              t.messages[sent].len) != 0) {
				sent++;
			}
			assert_in_range(sent, 0, t.n_messages - 1);
			assert_int_equal(s->lens[got], t.messages[sent].len);
		}
		assert_int_equal(tcp_stage_tear_down(&stage), 0);
	}
}

int main(void)
{
	static struct cases c;

	cases_test(&c, whole_stream_in_one_segment_comes_as_it_was_sent);
	cases_test(&c, stream_with_a_syn_comes_as_it_was_sent);
	cases_test(&c, stream_joined_at_its_first_segment_comes_as_it_was_sent);
	cases_test(&c, lost_segments_cost_messages_and_invent_none);
	return cases_run("decode/tcp/order", &c, NULL, NULL);
}
