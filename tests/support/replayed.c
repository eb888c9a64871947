#include "tests/support/replayed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/sources/capture_input.h"

static int replay(struct calls *c, const char *path, const char *filter)
{
	struct capture_input *in = calloc(1, sizeof(*in));
	const struct frame *frames;
	struct fault fault;
	int n;

	assert_non_null(in);
	n = capture_input_file(in, path, filter, &fault);
	if (n != 0) {
		print_error("%s\n", fault.text);
	}
	assert_int_equal(n, 0);
	while ((n = capture_input_next(in, &frames, &fault)) > 0) {
		calls_frames(c, frames, (size_t)n);
	}
	capture_input_close(in);
	free(in);
	return n;
}

static void open_filtered(struct replayed *r, const char *const *paths, size_t n,
                          const char *filter)
{
	struct calls_options options = {
		.observer = &r->w.observer,
		.sip_ports = { CALLS_SIP_PORT },
		.n_sip_ports = 1,
		.max_streams = MEDIA_STREAMS,
		.max_dialogs = DIALOGS,
		.stream_idle_ns = CALLS_STREAM_IDLE_NS,
		.dialog_idle_ns = CALLS_DIALOG_IDLE_NS,
	};
	struct calls *c;

	witness_open(&r->w);
	c = calls_new(&options);
	assert_non_null(c);
	r->rc = 0;
	for (size_t i = 0; i < n; i++) {
		int rc = replay(c, paths[i], filter);

		r->rc = r->rc != 0 ? r->rc : rc;
	}
	calls_finish(c);
	calls_counters(c, &r->counters);
	calls_free(c);
}

void replayed_open(struct replayed *r, const char *const *paths, size_t n)
{
	open_filtered(r, paths, n, NULL);
}

void replayed_open_tap(struct replayed *r, const char *path, const char *filter)
{
	open_filtered(r, &path, 1, filter);
}

void replayed_close(struct replayed *r)
{
	witness_close(&r->w);
}
