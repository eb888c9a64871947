#include "tests/support/session_world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cxmeter/frame.h"

struct play *play_new(void)
{
	static const struct session_limits limits = { PLAY_WINDOW, PLAY_HEARTBEAT_MS };
	struct play *p = calloc(1, sizeof(*p));

	assert(p != NULL);
	session_init(&p->session, &limits, 0);
	session_tools_init(&p->tools);
	buf_init(&p->bytes, (size_t)8 * 1024 * 1024);
	arena_init(&p->arena, FRAME_ARENA_MAX_BYTES);
	return p;
}

void play_free(struct play *p)
{
	session_free(&p->session);
	session_tools_free(&p->tools);
	buf_free(&p->bytes);
	arena_free(&p->arena);
	free(p);
}

void play_feed(struct play *p, const void *data, size_t len_bytes, int64_t now_us)
{
	const uint8_t *at = data;

	while (len_bytes > 0) {
		size_t room = 0;
		uint8_t *to = session_room(&p->session, &room);
		size_t n = room < len_bytes ? room : len_bytes;

		assert(to != NULL && n > 0);
		memcpy(to, at, n);
		session_filled(&p->session, n, now_us);
		at += n;
		len_bytes -= n;
	}
}

enum session_want play_step(struct play *p, int64_t now_us)
{
	return session_step(&p->session, &p->tools, now_us, &p->work);
}

enum session_want play_after(struct play *p)
{
	play_feed(p, p->bytes.data, p->bytes.len, 0);
	buf_reset(&p->bytes);
	return play_step(p, 0);
}

const Cxm__Frame *play_said(struct play *p)
{
	struct cursor out = session_output(&p->session, 0);
	const Cxm__Frame *frame;
	size_t n = 0;
	int ready = cxm_frame_ready(out.at, cursor_left(&out), &n);

	assert(ready == 1);
	arena_reset(&p->arena);
	frame = cxm_frame_unpack(out.at + FRAME_HEAD_BYTES, n, &p->arena);
	assert(frame != NULL);
	session_sent(&p->session, FRAME_HEAD_BYTES + n, 0);
	return frame;
}

bool play_silent(struct play *p)
{
	struct cursor out = session_output(&p->session, 0);

	return cursor_left(&out) == 0;
}

bool play_refused(struct play *p, Cxm__Refuse__Code code)
{
	const Cxm__Frame *frame;

	if (play_step(p, 0) != SESSION_CLOSE || p->session.end != SESSION_REFUSED) {
		return false;
	}
	frame = play_said(p);
	return frame->body_case == CXM__FRAME__BODY_REFUSE && frame->refuse->code == code &&
	       frame->refuse->text != NULL && frame->refuse->text[0] != '\0';
}

void play_add_hello(struct play *p, uint64_t first, uint64_t next)
{
	wire_add_hello(&p->bytes,
	               &(struct wire_hello){
			       .epoch = PLAY_EPOCH, .instance = 7, .first = first, .next = next });
}

void play_run_from(struct play *p, uint64_t acked)
{
	enum session_want want;
	const Cxm__Frame *frame;

	play_add_hello(p, 1, 1000000);
	want = play_after(p);
	assert(want == SESSION_ASK);
	session_welcome(&p->session, acked, 0);
	frame = play_said(p);
	assert(frame->body_case == CXM__FRAME__BODY_WELCOME);
}
