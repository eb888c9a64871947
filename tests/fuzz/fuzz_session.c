/*
 * A collector's session with bytes from an agent that holds a good certificate and means ill.
 *
 * The first byte seeds how the stream is cut and how the store answers; the rest is the stream.
 * Whatever comes: no frame is handed out that does not hold what it says, no sequence goes back, no
 * more is in flight than the window allows, and what the session says can be read.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "collector/ingest/session.h"
#include "cxmeter/frame.h"
#include "cxmeter/record.h"

#define WINDOW 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct play {
	struct session session;
	struct session_tools tools;
	struct arena arena;
	uint32_t dice;
	int64_t now_us;
	uint64_t pending[WINDOW]; /* last sequences handed out, oldest first */
	unsigned n_pending;
};

static uint32_t roll(struct play *p, uint32_t sides)
{
	p->dice = p->dice * 1664525 + 1013904223; /* Numerical Recipes' generator */
	return (p->dice >> 8) % sides;
}

static void take_output(struct play *p)
{
	struct cursor out = session_output(&p->session, p->now_us);
	size_t n = 0;

	while (cursor_left(&out) > 0) {
		Cxm__Frame *frame;

		assert(cxm_frame_ready(out.at, cursor_left(&out), &n) == 1);
		arena_reset(&p->arena);
		frame = cxm_frame_unpack(out.at + FRAME_HEAD_BYTES, n, &p->arena);
		assert(frame != NULL && frame->body_case != CXM__FRAME__BODY__NOT_SET);
		session_sent(&p->session, FRAME_HEAD_BYTES + n, p->now_us);
		out = session_output(&p->session, p->now_us);
	}
}

static void keep_batch(struct play *p, const struct session_batch *batch)
{
	struct cursor c = batch->records;
	struct cxm_packed record;
	uint32_t n = 0;

	while (cxm_record_next(&c, &record) == 1) {
		n++;
	}
	assert(n == batch->count && n > 0);
	assert(batch->first_sequence > batch->lost);
	assert(p->n_pending < WINDOW);
	p->pending[p->n_pending++] = batch->first_sequence + batch->count - 1;
}

static void answer(struct play *p)
{
	if (p->session.state == SESSION_ASKING) {
		session_welcome(&p->session,
		                roll(p, 8) == 0 ? UINT64_MAX : p->session.hello.first_sequence - 1,
		                p->now_us);
	} else if (roll(p, 32) == 0) {
		session_refuse(&p->session, CXM__REFUSE__CODE__OVERLOADED, 1000, "later");
	} else if (p->n_pending > 0) {
		session_stored(&p->session, p->pending[0]);
		p->n_pending--;
		memmove(p->pending, p->pending + 1, p->n_pending * sizeof(p->pending[0]));
	}
}

/* @return false: it is over. */
static bool go_on(struct play *p)
{
	struct session_work work;

	for (;;) {
		uint64_t next = p->session.next;

		switch (session_step(&p->session, &p->tools, p->now_us, &work)) {
		case SESSION_READ:
			return true;
		case SESSION_ASK:
			assert(p->session.state == SESSION_ASKING);
			break;
		case SESSION_STORE:
			keep_batch(p, &work.batch);
			assert(p->session.next >= next);
			break;
		case SESSION_ANSWER:
			answer(p);
			break;
		case SESSION_CLOSE:
			assert(p->session.state == SESSION_ENDED && p->session.why[0] != '\0');
			return false;
		}
		assert(p->session.in_flight <= WINDOW);
		assert(p->tools.arena.used_bytes <= FRAME_ARENA_MAX_BYTES);
		take_output(p);
	}
}

static void play(struct play *p, const uint8_t *data, size_t size)
{
	while (size > 0 && go_on(p)) {
		size_t room;
		uint8_t *to = session_room(&p->session, &room);
		size_t n = 1 + roll(p, roll(p, 4) == 0 ? 7 : 4096);

		assert(to != NULL && room > 0);
		n = n < room ? n : room;
		n = n < size ? n : size;
		memcpy(to, data, n);
		session_filled(&p->session, n, p->now_us);
		data += n;
		size -= n;
		p->now_us += roll(p, 1000000);
		session_tick(&p->session, roll(p, 8) != 0, p->now_us);
	}
	(void)go_on(p);
	take_output(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct session_limits limits = { WINDOW, 15000 };
	struct play p = { .dice = size > 0 ? data[0] : 0 };

	session_init(&p.session, &limits, 0);
	session_tools_init(&p.tools);
	arena_init(&p.arena, FRAME_ARENA_MAX_BYTES);
	if (size > 0) {
		play(&p, data + 1, size - 1);
	}
	session_free(&p.session);
	session_tools_free(&p.tools);
	arena_free(&p.arena);
	return 0;
}
