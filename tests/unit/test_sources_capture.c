/* The capture source as the agent sees it: files in, records out, in one thread and another. */
#include "agent/sources/capture.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/frames.h"
#include "tests/support/loop_agent.h"
#include "tests/support/tally.h"
#include "tests/support/temp.h"

#define CALLS      10   /* in the file of most tests: a dialog each, no answer */
#define MANY_CALLS 9000 /* more records than the ring holds */

struct stage {
	struct loop_agent agent;
	struct frames f;
	struct temp temp;
	char paths[3][256];
	const char *list[3];
	struct capture_conf conf;
	struct source *source;
	struct fault fault;
};

static const struct talk there = { 0x0a000001, 0x0a000002, 5060, 5060 };

static void invite(struct frames *f, unsigned n)
{
	frames_sip(f, n, &there,
	           "INVITE sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"
	           "From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: %u\r\nCSeq: 1 INVITE\r\n"
	           "Content-Length: 0\r\n\r\n",
	           n);
}

static int stage_open(void **state)
{
	static struct stage stage;
	struct stage *s = &stage;

	memset(s, 0, sizeof(*s));
	loop_agent_open(&s->agent);
	frames_open(&s->f);
	temp_open(&s->temp);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(s->paths[i], sizeof(s->paths[i]), "%.127s/%zu.pcap", s->temp.dir, i);
		s->list[i] = s->paths[i];
	}
	s->conf = (struct capture_conf){
		.files = { s->list, 1 },
		.snaplen_bytes = 65535,
		.buffer_bytes = 1 << 20,
		.max_streams = 64,
		.max_dialogs = DIALOGS,
		.stream_idle_ms = 30000,
		.dialog_idle_ms = 14400000,
		.sample_rate = 1,
	};
	s->agent.env.conf = &s->conf;
	*state = s;
	return 0;
}

static int stage_close(void **state)
{
	struct stage *s = *state;

	source_capture.close(s->source);
	temp_remove(&s->temp);
	frames_close(&s->f);
	loop_agent_close(&s->agent);
	return 0;
}

static void write_calls(struct stage *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		invite(&s->f, i);
	}
	frames_write(&s->f, 0, s->f.n, s->paths[0]);
}

static void open_and_start(struct stage *s)
{
	assert_int_equal(source_capture.open(&s->source, &s->agent.env, &s->fault), 0);
	assert_int_equal(source_capture.start(s->source), 0);
}

static void open_and_run(struct stage *s)
{
	open_and_start(s);
	loop_agent_run(&s->agent);
}

static void cut_file(const char *path, off_t by)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - by), 0);
}

static void a_file_becomes_records_and_then_it_is_done(void **state)
{
	struct stage *s = *state;
	struct source_progress p;
	struct tally t;

	write_calls(s, CALLS);
	open_and_run(s);
	assert_int_equal(s->agent.w.n, CALLS);
	assert_int_equal(s->agent.done_calls, 1);
	assert_int_equal(s->agent.done_rc, 0);
	source_capture.progress(s->source, &p);
	assert_string_equal(p.what, "0.pcap");
	assert_int_equal(p.done, p.all);
	assert_int_equal(p.records, CALLS);
	assert_int_equal(p.rejected, 0);
	tally_of(&t, &source_capture, s->source);
	assert_int_equal(tally_count(&t, SOURCE_TAKEN, "dialogs"), CALLS);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "sip_bad_header"), 0);
	assert_int_equal(tally_count(&t, SOURCE_LOST, "packets_dropped_by_kernel"), 0);
}

static void rotated_files_are_one_capture(void **state)
{
	const struct talk rtp = { 0x0a000001, 0x0a000002, 4000, 5000 };
	struct stage *s = *state;

	for (uint16_t n = 1; n <= 90; n++) {
		frames_rtp(&s->f, n * INT64_C(20), &rtp, 1, n);
	}
	frames_write(&s->f, 0, 31, s->paths[0]);
	frames_write(&s->f, 31, 60, s->paths[1]);
	frames_write(&s->f, 60, 90, s->paths[2]);
	s->conf.files.count = 3;
	open_and_run(s);
	assert_int_equal(s->agent.w.n, 1);
	assert_int_equal(witness_stream(&s->agent.w, 0)->packets, 90);
	assert_int_equal(witness_stream(&s->agent.w, 0)->lost, 0);
}

static void rotated_files_are_read_in_the_order_of_their_first_packets(void **state)
{
	const struct talk rtp = { 0x0a000001, 0x0a000002, 4000, 5000 };
	struct stage *s = *state;

	for (uint16_t n = 1; n <= 90; n++) {
		frames_rtp(&s->f, n * INT64_C(20), &rtp, 1, n);
	}
	frames_write(&s->f, 60, 90, s->paths[0]);
	frames_write(&s->f, 0, 31, s->paths[1]);
	frames_write(&s->f, 31, 60, s->paths[2]);
	s->conf.files.count = 3;
	open_and_run(s);
	assert_int_equal(s->agent.w.n, 1);
	assert_int_equal(witness_stream(&s->agent.w, 0)->packets, 90);
	assert_int_equal(witness_stream(&s->agent.w, 0)->reordered, 0);
}

static void a_part_that_is_given_twice_is_read_once(void **state)
{
	const struct talk rtp = { 0x0a000001, 0x0a000002, 4000, 5000 };
	struct stage *s = *state;
	struct source_progress p;

	for (uint16_t n = 1; n <= 400; n++) {
		frames_rtp(&s->f, n * INT64_C(20), &rtp, 1, n);
	}
	frames_write(&s->f, 0, 150, s->paths[0]);
	frames_write(&s->f, 150, 300, s->paths[1]); /* copied while it was still written */
	frames_write(&s->f, 150, 400, s->paths[2]);
	s->conf.files.count = 3;
	open_and_run(s);
	assert_int_equal(s->agent.w.n, 1);
	assert_int_equal(witness_stream(&s->agent.w, 0)->packets, 400);
	source_capture.progress(s->source, &p);
	assert_int_equal(p.done, p.all);
}

static void a_filter_chooses_the_packets(void **state)
{
	const struct talk rtp = { 0x0a000001, 0x0a000002, 4000, 5000 };
	struct stage *s = *state;

	for (uint16_t n = 1; n <= 9; n++) {
		frames_rtp(&s->f, n * INT64_C(20), &rtp, 1, n);
	}
	write_calls(s, CALLS);
	s->conf.filter = "udp port 4000";
	open_and_run(s);
	assert_int_equal(s->agent.w.n, 1);
	assert_int_equal(witness_stream(&s->agent.w, 0)->packets, 9);
}

static void e18_a_cut_file_gives_what_is_whole_and_fails(void **state)
{
	struct stage *s = *state;
	const Cxm__Gap *g;
	struct tally t;

	write_calls(s, CALLS);
	cut_file(s->paths[0], 1);
	open_and_run(s);
	tally_of(&t, &source_capture, s->source);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "damaged_file"), 1);
	assert_int_equal(witness_count(&s->agent.w, &cxm__dialog__descriptor), CALLS - 1);
	assert_int_equal(s->agent.done_rc, -EBADMSG);
	g = witness_gap(&s->agent.w, 0);
	assert_int_equal(g->reason, CXM__GAP__REASON__MALFORMED);
	assert_string_equal(g->part, "0.pcap");
	assert_int_equal(g->at_us, FRAMES_START_NS / 1000 + INT64_C(1000) * (CALLS - 2));
}

static void a_missing_file_does_not_stop_the_next_one(void **state)
{
	struct stage *s = *state;

	write_calls(s, CALLS);
	frames_write(&s->f, 0, 3, s->paths[2]);
	s->conf.files.count = 3;
	open_and_run(s);
	assert_int_equal(s->agent.w.n, CALLS); /* the third file repeats three of the first */
	assert_int_equal(s->agent.done_rc, -EBADMSG);
}

static void a_paused_source_emits_nothing_until_it_is_resumed(void **state)
{
	struct stage *s = *state;

	write_calls(s, MANY_CALLS);
	s->conf.max_dialogs = 16; /* records come while the file is read, not at its end */
	assert_int_equal(source_capture.open(&s->source, &s->agent.env, &s->fault), 0);
	source_capture.pause(s->source);
	assert_int_equal(source_capture.start(s->source), 0);
	(void)event_base_loop(s->agent.env.base, EVLOOP_NONBLOCK);
	assert_int_equal(s->agent.w.n, 0);
	source_capture.resume(s->source);
	loop_agent_run(&s->agent);
	assert_int_equal(witness_count(&s->agent.w, &cxm__dialog__descriptor), MANY_CALLS);
	assert_int_equal(s->agent.done_rc, 0);
}

/* Nobody drains while the thread reads to the end: it has to wait, and nothing is lost. */
static void a_file_waits_while_the_ring_is_full(void **state)
{
	struct stage *s = *state;

	write_calls(s, MANY_CALLS);
	open_and_start(s);
	loop_agent_run(&s->agent);
	assert_int_equal(s->agent.w.n, MANY_CALLS);
}

static void stop_reports_what_is_open(void **state)
{
	struct stage *s = *state;
	struct source_progress p = { 0 };

	write_calls(s, CALLS);
	assert_int_equal(source_capture.open(&s->source, &s->agent.env, &s->fault), 0);
	source_capture.pause(s->source); /* it reads one batch, and nothing has ended by then */
	assert_int_equal(source_capture.start(s->source), 0);
	while (p.done == 0) {
		(void)sched_yield();
		source_capture.progress(s->source, &p);
	}
	assert_int_equal(s->agent.w.n, 0);
	source_capture.stop(s->source);
	assert_int_equal(s->agent.w.n, CALLS);
	assert_int_equal(witness_dialog(&s->agent.w, 0)->end, CXM__DIALOG__END__CUT);
	assert_int_equal(s->agent.done_calls, 0);
}

static void closing_without_starting_is_fine(void **state)
{
	struct stage *s = *state;

	write_calls(s, CALLS);
	assert_int_equal(source_capture.open(&s->source, &s->agent.env, &s->fault), 0);
}

static void a_configured_file_is_never_done(void **state)
{
	struct stage *s = *state;

	s->agent.env.one_shot = false;
	s->agent.stop_at = CALLS;
	write_calls(s, CALLS);
	open_and_run(s);
	source_capture.stop(s->source);
	assert_int_equal(s->agent.w.n, CALLS);
	assert_int_equal(s->agent.done_calls, 0);
}

static void there_is_no_checkpoint(void **state)
{
	struct stage *s = *state;
	struct buf out;

	buf_init(&out, 100);
	write_calls(s, CALLS);
	open_and_run(s);
	assert_int_equal(source_capture.checkpoint(s->source, &out), 0);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

/* ---- refusals ---- */

static void a_file_that_is_not_there_is_refused(void **state)
{
	struct stage *s = *state;

	assert_int_equal(source_capture.check(&s->conf, &s->fault), -ENOENT);
	assert_non_null(strstr(s->fault.text, "0.pcap: cannot open: No such file"));
	assert_int_equal(source_capture.open(&s->source, &s->agent.env, &s->fault), -ENOENT);
}

static void a_file_that_is_no_capture_is_refused(void **state)
{
	struct stage *s = *state;
	FILE *file = fopen(s->paths[0], "w");

	assert_non_null(file);
	assert_true(fputs("1795323487|NONE|NONE|NONE|QUEUESTART|\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(source_capture.check(&s->conf, &s->fault), -EINVAL);
	assert_non_null(strstr(s->fault.text, "0.pcap: not a capture file (pcap or pcapng)"));
}

static void a_link_type_nobody_understands_is_refused(void **state)
{
	struct stage *s = *state;
	FILE *file;

	write_calls(s, 1);
	file = fopen(s->paths[0], "r+b");
	assert_non_null(file);
	assert_int_equal(fseek(file, 20, SEEK_SET), 0);
	assert_int_equal(fputc(105, file), 105); /* IEEE 802.11 */
	assert_int_equal(fclose(file), 0);
	assert_int_equal(source_capture.check(&s->conf, &s->fault), -EINVAL);
	assert_non_null(strstr(s->fault.text, "frames of link type 802.11 are not understood"));
}

static void a_filter_that_does_not_compile_is_refused(void **state)
{
	struct stage *s = *state;

	write_calls(s, 1);
	s->conf.filter = "udp prt 5060";
	assert_int_equal(source_capture.check(&s->conf, &s->fault), -EINVAL);
	assert_non_null(strstr(s->fault.text, "filter \"udp prt 5060\""));
}

static void a_good_file_passes_the_check(void **state)
{
	struct stage *s = *state;

	write_calls(s, CALLS);
	assert_int_equal(source_capture.check(&s->conf, &s->fault), 0);
}

#define STAGED(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(a_file_becomes_records_and_then_it_is_done),
		STAGED(rotated_files_are_one_capture),
		STAGED(rotated_files_are_read_in_the_order_of_their_first_packets),
		STAGED(a_part_that_is_given_twice_is_read_once),
		STAGED(a_filter_chooses_the_packets),
		STAGED(e18_a_cut_file_gives_what_is_whole_and_fails),
		STAGED(a_missing_file_does_not_stop_the_next_one),
		STAGED(a_paused_source_emits_nothing_until_it_is_resumed),
		STAGED(a_file_waits_while_the_ring_is_full),
		STAGED(stop_reports_what_is_open),
		STAGED(closing_without_starting_is_fine),
		STAGED(a_configured_file_is_never_done),
		STAGED(there_is_no_checkpoint),
		STAGED(a_file_that_is_not_there_is_refused),
		STAGED(a_file_that_is_no_capture_is_refused),
		STAGED(a_link_type_nobody_understands_is_refused),
		STAGED(a_filter_that_does_not_compile_is_refused),
		STAGED(a_good_file_passes_the_check),
	};

	return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
