/* A share of the calls is followed: whole calls with their media, the same on every host. */
#include "agent/track/calls.h"

#include <stdio.h>
#include <string.h>

#include "agent/track/sampling.h"
#include "tests/support/cases.h"
#include "tests/support/frames.h"
#include "tests/support/witness.h"

#define CALLS  400
#define PHONES 0x0a000000 /* 10.0.0.x and so on, one for each call */
#define PBX    0x0b000001

struct stage {
	struct witness w;
	struct frames f;
	struct sampling sampling;
	struct calls *calls;
	struct calls_counters n;
};

static const struct sip_queue_options no_queues;

static void stage_begin(struct stage *s, double rate, const struct sip_queue_options *queue)
{
	const struct calls_options options = {
		.observer = &s->w.observer,
		.sip_ports = { CALLS_SIP_PORT },
		.n_sip_ports = 1,
		.max_streams = 2048,
		.max_dialogs = 2048,
		.stream_idle_ns = CALLS_STREAM_IDLE_NS,
		.dialog_idle_ns = CALLS_DIALOG_IDLE_NS,
		.queue = *queue,
	};

	witness_open(&s->w);
	frames_open(&s->f);
	sampling_init(&s->sampling, rate, 0);
	s->w.observer.sampling = &s->sampling;
	s->calls = calls_new(&options);
}

/* Follow what was made up to here; then more can be made. */
static void flush(struct stage *s)
{
	calls_frames(s->calls, s->f.list, s->f.n);
	frames_close(&s->f);
	frames_open(&s->f);
}

static void stage_end(struct stage *s)
{
	flush(s);
	calls_finish(s->calls);
	calls_counters(s->calls, &s->n);
}

static void stage_close(struct stage *s)
{
	calls_free(s->calls);
	frames_close(&s->f);
	witness_close(&s->w);
}

/* ---- traffic ---- */

static struct talk towards(uint32_t call, uint16_t from_port, uint16_t to_port)
{
	return (struct talk){ PHONES + call, PBX, from_port, to_port };
}

static struct talk backwards(uint32_t call, uint16_t from_port, uint16_t to_port)
{
	return (struct talk){ PBX, PHONES + call, from_port, to_port };
}

static uint16_t pbx_port(uint32_t call)
{
	return (uint16_t)(20000 + 2 * call);
}

#define HEADS                                                                                      \
	"Via: SIP/2.0/UDP x;branch=z9hG4bK%s%u\r\nFrom: <sip:a@x>;tag=f%u\r\n"                     \
	"Call-ID: call-%u\r\n"
#define MEDIA(addr, port)                                                                          \
	"Content-Type: application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 x\r\ns=-\r\nc=IN IP4 " addr    \
	"\r\nt=0 0\r\nm=audio " port " RTP/AVP 0\r\n"

static void invite(struct stage *s, int64_t at_ms, uint32_t call)
{
	struct talk t = towards(call, 5060, 5060);

	frames_sip(&s->f, at_ms, &t,
	           "INVITE sip:queue@y SIP/2.0\r\n" HEADS "To: <sip:queue@y>\r\n"
	           "CSeq: 1 INVITE\r\n" MEDIA("10.0.%u.%u", "4000"),
	           "i", call, call, call, call >> 8, call & 0xff);
}

static void answer(struct stage *s, int64_t at_ms, uint32_t call)
{
	struct talk t = backwards(call, 5060, 5060);

	frames_sip(&s->f, at_ms, &t,
	           "SIP/2.0 200 OK\r\n" HEADS "To: <sip:queue@y>;tag=t\r\n"
	           "CSeq: 1 INVITE\r\n" MEDIA("11.0.0.1", "%u"),
	           "i", call, call, call, pbx_port(call));
}

static void bye(struct stage *s, int64_t at_ms, uint32_t call)
{
	struct talk t = towards(call, 5060, 5060);
	struct talk back = backwards(call, 5060, 5060);

	frames_sip(&s->f, at_ms, &t,
	           "BYE sip:queue@y SIP/2.0\r\n" HEADS "To: <sip:queue@y>;tag=t\r\n"
	           "CSeq: 2 BYE\r\n\r\n",
	           "b", call, call, call);
	frames_sip(&s->f, at_ms + 1, &back,
	           "SIP/2.0 200 OK\r\n" HEADS "To: <sip:queue@y>;tag=t\r\n"
	           "CSeq: 2 BYE\r\n\r\n",
	           "b", call, call, call);
}

/* Both directions of a call's media. */
static void talk_on(struct stage *s, int64_t at_ms, uint32_t call, uint16_t from, uint16_t to)
{
	struct talk there = towards(call, 4000, pbx_port(call));
	struct talk back = backwards(call, pbx_port(call), 4000);

	for (uint16_t i = from; i < to; i++) {
		frames_rtp(&s->f, at_ms + INT64_C(20) * i, &there, call * 2 + 1, i);
		frames_rtp(&s->f, at_ms + INT64_C(20) * i, &back, call * 2 + 2, i);
	}
}

static void all_calls(struct stage *s)
{
	for (uint32_t call = 0; call < CALLS; call++) {
		int64_t at_ms = INT64_C(1000) * call;

		invite(s, at_ms, call);
		answer(s, at_ms + 100, call);
		talk_on(s, at_ms + 100, call, 0, 8);
		bye(s, at_ms + 500, call);
	}
}

static uint64_t contact_of(const struct stage *s, uint32_t call)
{
	char id[32];

	(void)snprintf(id, sizeof(id), "call-%u", call);
	return pseudonym_of(s->w.observer.pseudonym, CXM_CONTACT, slice_of(id));
}

static unsigned streams_of(const struct stage *s, uint64_t contact)
{
	unsigned n = 0;

	for (size_t i = 0; witness_stream(&s->w, i) != NULL; i++) {
		n += witness_stream(&s->w, i)->contact == contact;
	}
	return n;
}

static size_t count(const struct stage *s, const ProtobufCMessageDescriptor *kind)
{
	return witness_count(&s->w, kind);
}

/* The first call that a share takes, or the first that it does not. */
static uint32_t first_call(const struct stage *s, bool followed)
{
	uint32_t call = 0;
	char id[32];

	do {
		call++;
		(void)snprintf(id, sizeof(id), "call-%u", call);
	} while (sampling_takes(&s->sampling, siphash13(&s->w.observer.key, id, strlen(id))) !=
	         followed);
	return call;
}

static struct stage stage;
static struct stage other;

/* ---- whole calls ---- */

static void about_the_share_of_calls_is_told_of_and_each_tells_it(void **state)
{
	size_t n;

	(void)state;
	stage_begin(&stage, 0.5, &no_queues);
	all_calls(&stage);
	stage_end(&stage);
	n = count(&stage, &cxm__dialog__descriptor);
	assert_in_range(n, 160, 240); /* four standard deviations */
	assert_int_equal(n, CALLS - stage.n.dialogs.left_out);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(witness_dialog(&stage.w, i)->sampled_ppm, 500000);
	}
	stage_close(&stage);
}

static void both_streams_of_a_followed_call_are_told_of_and_no_others(void **state)
{
	size_t n;

	(void)state;
	stage_begin(&stage, 0.5, &no_queues);
	all_calls(&stage);
	stage_end(&stage);
	n = count(&stage, &cxm__dialog__descriptor);
	assert_int_equal(count(&stage, &cxm__media_stream__descriptor), 2 * n);
	assert_int_equal(stage.n.media.left_out, 2 * (CALLS - n));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(streams_of(&stage, witness_dialog(&stage.w, i)->contact), 2);
	}
	for (size_t i = 0; i < 2 * n; i++) {
		assert_int_equal(witness_stream(&stage.w, i)->sampled_ppm, 500000);
		assert_int_equal(witness_stream(&stage.w, i)->packets, 8);
	}
	stage_close(&stage);
}

static void two_hosts_of_a_site_follow_the_same_calls(void **state)
{
	(void)state;
	stage_begin(&stage, 0.3, &no_queues);
	stage_begin(&other, 0.3, &no_queues);
	other.w.observer.host = "elsewhere";
	all_calls(&stage);
	all_calls(&other);
	stage_end(&stage);
	stage_end(&other);
	assert_int_equal(stage.w.n, other.w.n);
	assert_true(stage.w.n > 0);
	for (size_t i = 0; witness_dialog(&stage.w, i) != NULL; i++) {
		assert_true(witness_dialog(&stage.w, i)->contact ==
		            witness_dialog(&other.w, i)->contact);
	}
	stage_close(&stage);
	stage_close(&other);
}

static void another_site_follows_others(void **state)
{
	uint64_t same = 0;

	(void)state;
	stage_begin(&stage, 0.3, &no_queues);
	stage_begin(&other, 0.3, &no_queues);
	other.w.observer.key.k0++;
	for (uint32_t call = 0; call < CALLS; call++) {
		char id[32];
		int len = snprintf(id, sizeof(id), "call-%u", call);
		uint64_t here = siphash13(&stage.w.observer.key, id, (size_t)len);
		uint64_t there = siphash13(&other.w.observer.key, id, (size_t)len);

		same += sampling_takes(&stage.sampling, here) &&
		        sampling_takes(&other.sampling, there);
	}
	assert_in_range(same, 16, 56); /* 0.09 of 400, not 0.3 of them */
	stage_end(&stage);
	stage_end(&other);
	stage_close(&stage);
	stage_close(&other);
}

static void where_every_call_is_followed_no_record_has_a_share(void **state)
{
	(void)state;
	stage_begin(&stage, 1, &no_queues);
	all_calls(&stage);
	stage_end(&stage);
	assert_int_equal(count(&stage, &cxm__dialog__descriptor), CALLS);
	assert_int_equal(count(&stage, &cxm__media_stream__descriptor), 2 * CALLS);
	assert_false(witness_dialog(&stage.w, 0)->has_sampled_ppm);
	assert_false(witness_stream(&stage.w, 0)->has_sampled_ppm);
	stage_close(&stage);
}

/* ---- a share that changes in mid-call ---- */

static void a_followed_call_is_followed_to_its_end(void **state)
{
	uint32_t call;

	(void)state;
	stage_begin(&stage, 0.5, &no_queues);
	call = first_call(&stage, true);
	invite(&stage, 0, call);
	flush(&stage);
	stage.sampling.share_ppm = 1;
	answer(&stage, 100, call); /* its media begin now */
	talk_on(&stage, 100, call, 0, 8);
	bye(&stage, 500, call);
	stage_end(&stage);
	assert_int_equal(witness_dialog(&stage.w, 0)->sampled_ppm, 500000);
	assert_int_equal(witness_dialog(&stage.w, 0)->end, CXM__DIALOG__END__BYE);
	assert_int_equal(streams_of(&stage, contact_of(&stage, call)), 2);
	assert_int_equal(witness_stream(&stage.w, 0)->sampled_ppm, 500000);
	stage_close(&stage);
}

static void a_call_that_was_left_out_stays_so(void **state)
{
	uint32_t call;

	(void)state;
	stage_begin(&stage, 0.5, &no_queues);
	call = first_call(&stage, false);
	invite(&stage, 0, call);
	flush(&stage);
	stage.sampling.share_ppm = SAMPLING_ALL;
	invite(&stage, 500, call); /* a retransmission does not begin it anew */
	answer(&stage, 600, call);
	talk_on(&stage, 600, call, 0, 8);
	bye(&stage, 900, call);
	stage_end(&stage);
	assert_int_equal(stage.w.n, 0);
	stage_close(&stage);
}

/* ---- media before SDP, and without any ---- */

static void early_media_of_a_followed_call_are_its_streams(void **state)
{
	uint32_t call;

	(void)state;
	stage_begin(&stage, 0.5, &no_queues);
	call = first_call(&stage, true);
	talk_on(&stage, 0, call, 0, 2);
	invite(&stage, 50, call);
	answer(&stage, 60, call);
	talk_on(&stage, 0, call, 4, 100);
	bye(&stage, 3000, call);
	stage_end(&stage);
	assert_int_equal(streams_of(&stage, contact_of(&stage, call)), 2);
	stage_close(&stage);
}

static void early_media_of_a_call_that_is_left_out_are_none(void **state)
{
	uint32_t call;

	(void)state;
	stage_begin(&stage, 0.5, &no_queues);
	call = first_call(&stage, false);
	talk_on(&stage, 0, call, 0, 2);
	invite(&stage, 50, call);
	answer(&stage, 60, call);
	talk_on(&stage, 0, call, 4, 100);
	bye(&stage, 3000, call);
	stage_end(&stage);
	assert_int_equal(stage.w.n, 0);
	stage_close(&stage);
}

static void media_without_a_call_are_followed_in_both_directions_or_in_none(void **state)
{
	size_t n;

	(void)state;
	stage_begin(&stage, 0.5, &no_queues);
	for (uint32_t call = 0; call < CALLS; call++) {
		talk_on(&stage, INT64_C(100) * call, call, 0, 8);
	}
	stage_end(&stage);
	n = count(&stage, &cxm__media_stream__descriptor);
	assert_in_range(n, 320, 480);
	for (size_t i = 0; i < n; i += 2) { /* told in the order of their first packets */
		assert_int_equal(witness_stream(&stage.w, i)->src_port,
		                 witness_stream(&stage.w, i + 1)->dst_port);
		assert_int_equal(witness_stream(&stage.w, i)->sampled_ppm, 500000);
	}
	stage_close(&stage);
}

/* ---- tables ---- */

static void streams_that_are_left_out_end_when_they_fall_silent(void **state)
{
	uint32_t call;

	(void)state;
	stage_begin(&stage, 0.5, &no_queues);
	call = first_call(&stage, false);
	invite(&stage, 0, call);
	answer(&stage, 10, call);
	talk_on(&stage, 20, call, 0, 8);
	bye(&stage, 500, call);
	flush(&stage);
	calls_tick(stage.calls, FRAMES_START_NS + INT64_C(1000000000));
	calls_tick(stage.calls, FRAMES_START_NS + INT64_C(40000000000));
	invite(&stage, 41000, call); /* the same names, ports and SSRC once more */
	stage.sampling.share_ppm = SAMPLING_ALL;
	answer(&stage, 41010, call);
	talk_on(&stage, 41020, call, 8, 16);
	stage_end(&stage);
	assert_int_equal(streams_of(&stage, contact_of(&stage, call)), 2);
	stage_close(&stage);
}

/* A contact of a queue has other calls to agents: a share of them would tie nothing. */
static void contacts_of_queues_are_told_of_all_calls(void **state)
{
	static const char *const queues[] = { "sip:queue@*" };
	const struct sip_queue_options queue = { .queues = queues, .n_queues = 1 };
	uint64_t contact;
	uint32_t call;
	const Cxm__QueueContact *told = NULL;

	(void)state;
	stage_begin(&stage, 0.5, &queue);
	call = first_call(&stage, false);
	contact = contact_of(&stage, call);
	invite(&stage, 0, call);
	answer(&stage, 10, call);
	bye(&stage, 500, call);
	stage_end(&stage);
	assert_int_equal(stage.w.n, 1);
	assert_ptr_equal(stage.w.records[0]->descriptor, &cxm__queue_contact__descriptor);
	told = (const Cxm__QueueContact *)stage.w.records[0];
	assert_true(told->contact == contact);
	stage_close(&stage);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, about_the_share_of_calls_is_told_of_and_each_tells_it);
	cases_test(&c, both_streams_of_a_followed_call_are_told_of_and_no_others);
	cases_test(&c, two_hosts_of_a_site_follow_the_same_calls);
	cases_test(&c, another_site_follows_others);
	cases_test(&c, where_every_call_is_followed_no_record_has_a_share);
	cases_test(&c, a_followed_call_is_followed_to_its_end);
	cases_test(&c, a_call_that_was_left_out_stays_so);
	cases_test(&c, early_media_of_a_followed_call_are_its_streams);
	cases_test(&c, early_media_of_a_call_that_is_left_out_are_none);
	cases_test(&c, media_without_a_call_are_followed_in_both_directions_or_in_none);
	cases_test(&c, streams_that_are_left_out_end_when_they_fall_silent);
	cases_test(&c, contacts_of_queues_are_told_of_all_calls);
	return cases_run("track_calls_sampling", &c, NULL, NULL);
}
