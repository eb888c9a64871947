/*
 * Bytes from a collector. The input is a list of steps: a byte n below 200 hands over the next n
 * bytes, any other lets 1 to 56 seconds pass and the session do what is due. Whatever comes, the
 * session sends well-formed frames only, acknowledges nothing it did not send, and wants to be
 * woken at a time that comes.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/uplink_session.h"
#include "cxmeter/frame.h"
#include "tests/support/fake_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORDS 20
#define ROOM    ((size_t)64 * 1024)

static void must(bool holds)
{
	if (!holds) {
		abort();
	}
}

struct world {
	struct fake_env *fake;
	struct spool *spool;
	struct uplink_session *session;
	struct arena arena;
	uint64_t sent; /* highest number */
};

static void on_acked(void *arg, uint64_t sequence)
{
	(void)arg;
	must(sequence <= RECORDS);
}

static void check_sent(struct world *w)
{
	struct buf *out = uplink_session_out(w->session);
	size_t n;

	while (cxm_frame_ready(out->data, out->len, &n) == 1) {
		Cxm__Frame *frame;

		arena_reset(&w->arena);
		frame = cxm_frame_unpack(out->data + FRAME_HEAD_BYTES, n, &w->arena);
		must(frame != NULL);
		must(frame->body_case == CXM__FRAME__BODY_HELLO ||
		     frame->body_case == CXM__FRAME__BODY_BATCH);
		buf_drop_front(out, FRAME_HEAD_BYTES + n);
	}
	must(out->len == 0);
}

static void play(struct world *w, struct cursor c)
{
	enum uplink_verdict verdict = UPLINK_FINE;

	while (cursor_left(&c) > 0 && verdict == UPLINK_FINE) {
		size_t n = cursor_u8(&c);

		if (n < 200) {
			n = n < cursor_left(&c) ? n : cursor_left(&c);
			verdict = uplink_session_take(w->session, cursor_take(&c, n), n);
		} else {
			fake_env_advance(w->fake, ((int64_t)n - 199) * 1000000);
			verdict = uplink_session_step(w->session, ROOM);
			must(verdict != UPLINK_FINE ||
			     uplink_session_due_us(w->session) > env_mono_us(fake_env_of(w->fake)));
		}
		check_sent(w);
	}
	must(verdict == UPLINK_FINE || uplink_session_view(w->session)->why[0] != '\0');
	must(strpbrk(uplink_session_view(w->session)->why, "\n\r\033") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const sources[] = { "queue_log", NULL };
	static const uint8_t record[] = { 4, 0xc2, 1, 1, 'A' };
	const struct spool_options options = { "/s", 1 << 20, 1 << 16 };
	const struct uplink_session_options session = {
		.timezone = "UTC", .sources = sources, .instance = 1, .compress = true
	};
	struct spool_entry entry = { .records = cursor_of(record, sizeof(record)), .count = 1 };
	struct world w = { .fake = fake_env_new(1) };

	must(spool_open(&w.spool, fake_env_of(w.fake), &options, NULL) == 0);
	for (int i = 0; i < RECORDS; i++) {
		must(spool_append(w.spool, &entry) == 0);
	}
	must(uplink_session_new(&w.session, fake_env_of(w.fake), w.spool, &session, on_acked, &w) ==
	     0);
	arena_init(&w.arena, FRAME_ARENA_MAX_BYTES);
	uplink_session_begin(w.session);
	check_sent(&w);
	play(&w, cursor_of(data, size));
	arena_free(&w.arena);
	uplink_session_free(w.session);
	spool_close(w.spool);
	fake_env_free(w.fake);
	return 0;
}
