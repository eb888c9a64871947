/*
 * Our recording of a real contact centre (tests/data/run1) through the whole path: streams equal
 * Wireshark's, dialogs equal the truth the recording was made with.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/slice.h"
#include "tests/support/replayed.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define CAPTURE     "tests/data/run1/calls.pcap.zst"
#define STREAMS     "tests/data/run1/rtp_streams.json" /* tshark -z rtp,streams */
#define TLS_CALLERS "127.0.0.21"
#define TRUTH       "tests/data/run1/truth.json"
#define JITTER_JUMP_MS                                                                             \
	1000 /* where the timestamps jump, Wireshark's jitter is that of the jump (trap 20) */

struct recording {
	struct replayed r;
	json_t *streams;
	json_t *truth;
};

static int open_recording(void **state)
{
	static struct recording rec;
	const char *path = CAPTURE;

	replayed_open(&rec.r, &path, 1);
	rec.streams = json_load_file(STREAMS, 0, NULL);
	rec.truth = json_load_file(TRUTH, 0, NULL);
	assert_non_null(rec.streams);
	assert_non_null(rec.truth);
	*state = &rec;
	return 0;
}

static int close_recording(void **state)
{
	struct recording *rec = *state;

	json_decref(rec->streams);
	json_decref(rec->truth);
	replayed_close(&rec->r);
	return 0;
}

static uint64_t address(const struct recording *rec, const char *text)
{
	return pseudonym_of(rec->r.w.pseudonym, CXM_ADDRESS, slice_of(text));
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static bool is_stream(const struct recording *rec, const Cxm__MediaStream *r, const json_t *want)
{
	return r->ssrc == strtoul(text_of(want, "ssrc"), NULL, 16) &&
	       r->src_port == (uint32_t)number_of(want, "sport") &&
	       r->dst_port == (uint32_t)number_of(want, "dport") &&
	       r->src_addr == address(rec, text_of(want, "src")) &&
	       r->dst_addr == address(rec, text_of(want, "dst"));
}

/* The one record of a stream Wireshark saw. */
static const Cxm__MediaStream *find_stream(const struct recording *rec, const json_t *want)
{
	const Cxm__MediaStream *found = NULL;

	for (size_t i = 0; i < rec->r.w.n; i++) {
		const ProtobufCMessage *m = rec->r.w.records[i];
		const Cxm__MediaStream *r = (const void *)m;

		if (m->descriptor == &cxm__media_stream__descriptor && is_stream(rec, r, want)) {
			assert_null(found);
			found = r;
		}
	}
	assert_non_null(found);
	return found;
}

/* Nothing announces the SRTP of the calls over TLS. Three of them come to a port on which a call in
 * clear had ended; Wireshark, which never forgets an SDP, takes their 12 streams for that call's.
 */
static bool is_tls_call(const struct recording *rec, const Cxm__MediaStream *r)
{
	return r->src_addr == address(rec, TLS_CALLERS) || r->dst_addr == address(rec, TLS_CALLERS);
}

static void every_stream_of_wireshark_has_its_packets_and_loss(void **state)
{
	const struct recording *rec = *state;
	const json_t *want;
	size_t i;

	assert_int_equal(json_array_size(rec->streams), 1759);
	json_array_foreach(rec->streams, i, want)
	{
		const Cxm__MediaStream *r = find_stream(rec, want);

		assert_int_equal(r->signalled, !is_tls_call(rec, r));
		assert_int_equal(r->has_contact, r->signalled);
		assert_int_equal(r->packets, number_of(want, "packets"));
		assert_int_equal(r->lost, number_of(want, "lost"));
		assert_string_equal(r->codec, "PCMU");
	}
}

static void every_mean_jitter_is_wiresharks_within_a_percent(void **state)
{
	const struct recording *rec = *state;
	const json_t *want;
	unsigned compared = 0;
	size_t i;

	json_array_foreach(rec->streams, i, want)
	{
		double mean_us = 1000 * json_number_value(json_object_get(want, "mean_jitter"));
		double max_ms = json_number_value(json_object_get(want, "max_jitter"));
		const Cxm__MediaStream *r = find_stream(rec, want);

		if (max_ms < JITTER_JUMP_MS) {
			assert_true(fabs(r->jitter_mean_us - mean_us) <= fmax(0.01 * mean_us, 1.1));
			assert_true(fabs(r->jitter_max_us - 1000 * max_ms) <=
			            fmax(10 * max_ms, 1.1));
			compared++;
		}
	}
	assert_int_equal(compared, 1752);
}

static void a_jump_of_the_timestamps_is_not_jitter(void **state)
{
	const struct recording *rec = *state;

	for (size_t i = 0; i < witness_count(&rec->r.w, &cxm__media_stream__descriptor); i++) {
		assert_true(witness_stream(&rec->r.w, i)->jitter_max_us < 10000000);
	}
}

static void encrypted_calls_are_found_by_their_packets(void **state)
{
	const struct recording *rec = *state;
	size_t all = witness_count(&rec->r.w, &cxm__media_stream__descriptor);
	size_t guessed = 0;

	for (size_t i = 0; i < all; i++) {
		const Cxm__MediaStream *r = witness_stream(&rec->r.w, i);

		assert_int_equal(r->signalled, !is_tls_call(rec, r));
		guessed += !r->signalled;
	}
	assert_int_equal(all, 1787);   /* as many as tshark finds with its heuristic on */
	assert_int_equal(guessed, 40); /* 10 calls, 3 streams there and 1 back */
	assert_int_equal(rec->r.counters.rtp, 715742);
}

static void nothing_in_the_recording_is_malformed(void **state)
{
	const struct recording *rec = *state;

	assert_int_equal(rec->r.rc, 0);
	assert_int_equal(rec->r.counters.frames, 729115);
	assert_int_equal(rec->r.counters.sip[SIP_OK], 5777);
	for (int i = SIP_NOT_SIP; i < SIP_RESULTS; i++) {
		assert_int_equal(rec->r.counters.sip[i], 0);
	}
	for (int i = PACKET_OTHER + 1; i < PACKET_RESULTS; i++) {
		assert_int_equal(rec->r.counters.decoded[i], 0);
	}
	assert_int_equal(rec->r.counters.dialogs.unknown, 0);
	assert_int_equal(rec->r.counters.dialogs.repeated, 0);
}

static const struct leg {
	const char *name; /* in truth.json */
	const char *src;
	const char *dst;
} legs[] = {
	{ "caller->cc", "127.0.0.40", "127.0.0.10" },
	{ "cc->agent", "127.0.0.10", "127.0.0.20" },
	{ "scanner->cc", "127.0.0.66", "127.0.0.10" },
};

static size_t count_dialogs(const struct recording *rec, const struct leg *leg, uint32_t status)
{
	size_t all = witness_count(&rec->r.w, &cxm__dialog__descriptor);
	size_t count = 0;

	for (size_t i = 0; i < all; i++) {
		const Cxm__Dialog *r = witness_dialog(&rec->r.w, i);

		count += r->src_addr == address(rec, leg->src) &&
		         r->dst_addr == address(rec, leg->dst) &&
		         (status == 0 || r->final_status == status);
	}
	return count;
}

static void every_leg_has_the_truths_dialogs_and_final_codes(void **state)
{
	const struct recording *rec = *state;
	json_t *truth = json_object_get(json_object_get(rec->truth, "sip"), "invite_dialogs");
	size_t all = 0;

	for (size_t i = 0; i < COUNT(legs); i++) {
		json_t *want = json_object_get(truth, legs[i].name);
		const char *code;
		json_t *n;

		assert_int_equal(count_dialogs(rec, &legs[i], 0), number_of(want, "calls"));
		all += count_dialogs(rec, &legs[i], 0);
		json_object_foreach(json_object_get(want, "final_codes"), code, n)
		{
			assert_int_equal(
				count_dialogs(rec, &legs[i], (uint32_t)strtoul(code, NULL, 10)),
				json_integer_value(n));
		}
	}
	assert_int_equal(all, 809);
	assert_int_equal(witness_count(&rec->r.w, &cxm__dialog__descriptor), 809);
}

static size_t count_ends(const struct recording *rec, Cxm__Dialog__End end)
{
	size_t all = witness_count(&rec->r.w, &cxm__dialog__descriptor);
	size_t count = 0;

	for (size_t i = 0; i < all; i++) {
		count += witness_dialog(&rec->r.w, i)->end == end;
	}
	return count;
}

/* 688 BYE and 108 CANCEL were sent; 99 of the cancelled got their 487, the others had been answered
 * or refused. */
static void every_dialog_has_an_end_and_a_reason(void **state)
{
	const struct recording *rec = *state;

	assert_int_equal(count_ends(rec, CXM__DIALOG__END__BYE), 688);
	assert_int_equal(count_ends(rec, CXM__DIALOG__END__CANCELLED), 99);
	assert_int_equal(count_ends(rec, CXM__DIALOG__END__REJECTED), 22);
	assert_int_equal(count_ends(rec, CXM__DIALOG__END__CUT), 0);
	assert_int_equal(count_ends(rec, CXM__DIALOG__END__TIMED_OUT), 0);
}

/* An answered call to an agent plays in both directions: each of its streams carries the dialog's
 * contact. */
static void streams_and_dialogs_share_their_contact(void **state)
{
	const struct recording *rec = *state;
	size_t n_streams = witness_count(&rec->r.w, &cxm__media_stream__descriptor);
	size_t n_dialogs = witness_count(&rec->r.w, &cxm__dialog__descriptor);

	for (size_t i = 0; i < n_streams; i++) {
		const Cxm__MediaStream *stream = witness_stream(&rec->r.w, i);
		size_t owners = 0;

		for (size_t k = 0; k < n_dialogs; k++) {
			owners += witness_dialog(&rec->r.w, k)->contact == stream->contact;
		}
		assert_int_equal(owners, stream->signalled);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_stream_of_wireshark_has_its_packets_and_loss),
		cmocka_unit_test(every_mean_jitter_is_wiresharks_within_a_percent),
		cmocka_unit_test(a_jump_of_the_timestamps_is_not_jitter),
		cmocka_unit_test(encrypted_calls_are_found_by_their_packets),
		cmocka_unit_test(nothing_in_the_recording_is_malformed),
		cmocka_unit_test(every_leg_has_the_truths_dialogs_and_final_codes),
		cmocka_unit_test(every_dialog_has_an_end_and_a_reason),
		cmocka_unit_test(streams_and_dialogs_share_their_contact),
	};

	return cmocka_run_group_tests_name("recording", tests, open_recording, close_recording);
}
