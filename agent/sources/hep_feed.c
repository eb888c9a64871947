/* From HEP3 messages to trackers; see the header. */
#include "agent/sources/hep_feed.h"

#include "agent/sources/calls_tally.h"

#include <inttypes.h>
#include <stdlib.h>

struct hep_feed {
	struct calls *calls; /* owned */
	struct observer *observer;
	const char *key;
	struct hep_counters counters;
	uint8_t unpacked[HEP_UNPACKED_MAX_BYTES];
};

static bool unpack(struct hep_feed *f, struct packet *p)
{
	int bytes = hep_inflate(p->payload, f->unpacked, sizeof(f->unpacked));

	if (bytes < 0) {
		f->counters.bad_packed++;
		return false;
	}
	p->payload = cursor_of(f->unpacked, (size_t)bytes);
	p->payload_bytes = (uint32_t)bytes;
	return true;
}

/* @return false when it is not the sender's own. */
static bool set_time(struct hep_feed *f, struct hep_message *m, int64_t now_ns)
{
	int64_t apart_ns = m->packet.at_ns - now_ns;

	if (!m->has_time || apart_ns > HEP_CLOCK_APART_NS || apart_ns < -HEP_CLOCK_APART_NS) {
		f->counters.bad_time++;
		m->packet.at_ns = now_ns;
		return false;
	}
	return true;
}

/* Asterisk and rtpengine say the Call-ID along with a report; where Asterisk has none, it says the
 * channel's name, which has a slash and is no contact. */
static uint64_t contact_of(const struct hep_feed *f, const struct hep_message *m)
{
	struct slice said = { (const char *)m->correlation.at, cursor_left(&m->correlation) };

	if (said.len == 0 || slice_find(said, '/') != NULL) {
		return 0;
	}
	return pseudonym_of(f->observer->pseudonym, CXM_CONTACT, said);
}

/* Some mirror the whole PUBLISH, some its body (heplify-server metric/prometheus.go reads both),
 * and probes give this type to their own statistics as JSON, which are not read. */
static void take_vq_report(struct hep_feed *f, const struct hep_message *m)
{
	struct slice text = { (const char *)m->packet.payload.at, cursor_left(&m->packet.payload) };

	if (slice_starts(text, SLICE("{"))) {
		f->counters.other++;
		return;
	}
	f->counters.vq++;
	if (slice_istarts(text, SLICE("VQ"))) {
		calls_vq_report(f->calls, &m->packet);
	} else {
		calls_sip(f->calls, &m->packet);
	}
}

static void take_rtcp(struct hep_feed *f, const struct hep_message *m, bool timed)
{
	const struct media_mirrored with = { contact_of(f, m), m->capture_id, timed };

	f->counters.rtcp++;
	f->counters.rtcp_bad += !calls_rtcp_json(f->calls, &m->packet, &with);
}

static void take(struct hep_feed *f, const struct hep_message *m, bool timed)
{
	switch (m->type) {
	case HEP_TYPE_SIP:
		f->counters.sip++;
		calls_sip(f->calls, &m->packet);
		break;
	case HEP_TYPE_RTCP_JSON:
		take_rtcp(f, m, timed);
		break;
	case HEP_TYPE_VQ_REPORT:
		take_vq_report(f, m);
		break;
	default:
		f->counters.other++;
		break;
	}
}

void hep_feed_message(struct hep_feed *f, struct cursor message, int64_t now_ns)
{
	struct hep_message m;
	enum hep_result rc = hep_decode(message, &m);
	bool timed;

	f->counters.messages[rc]++;
	if (rc != HEP_OK) {
		return;
	}
	f->counters.foreign += m.foreign;
	if (f->key != NULL && !hep_key_is(m.key, f->key)) {
		f->counters.bad_key++;
		return;
	}
	if (m.compressed && !unpack(f, &m.packet)) {
		return;
	}
	timed = set_time(f, &m, now_ns);
	take(f, &m, timed);
}

void hep_feed_tick(struct hep_feed *f, int64_t now_ns)
{
	calls_tick(f->calls, now_ns);
}

void hep_feed_finish(struct hep_feed *f)
{
	calls_finish(f->calls);
}

const struct hep_counters *hep_feed_counters(const struct hep_feed *f)
{
	return &f->counters;
}

void hep_feed_calls(const struct hep_feed *f, struct calls_counters *out)
{
	calls_counters(f->calls, out);
}

uint64_t hep_feed_rejected(const struct hep_feed *f)
{
	const struct hep_counters *n = &f->counters;
	uint64_t rejected = n->bad_key + n->bad_packed + n->rtcp_bad;
	struct calls_counters calls;

	for (int i = HEP_OK + 1; i < HEP_RESULTS; i++) {
		rejected += n->messages[i];
	}
	calls_counters(f->calls, &calls);
	rejected += calls.vq_bad;
	for (int i = SIP_OK + 1; i < SIP_RESULTS; i++) {
		rejected += calls.sip[i];
	}
	return rejected;
}

static void add_count(struct buf *out, const char *name, uint64_t n)
{
	if (n > 0) {
		buf_printf(out, " %s=%" PRIu64, name, n);
	}
}

void hep_feed_summary(const struct hep_feed *f, struct buf *out)
{
	const struct hep_counters *n = &f->counters;

	buf_printf(out, "messages=%" PRIu64, n->messages[HEP_OK]);
	for (int i = HEP_OK + 1; i < HEP_RESULTS; i++) {
		add_count(out, hep_result_name((enum hep_result)i), n->messages[i]);
	}
	add_count(out, "bad_key", n->bad_key);
	add_count(out, "bad_packed", n->bad_packed);
	add_count(out, "bad_time", n->bad_time);
	add_count(out, "rtcp_json", n->rtcp);
	add_count(out, "rtcp_json_bad", n->rtcp_bad);
	add_count(out, "vq_reports", n->vq);
	add_count(out, "other_types", n->other);
	add_count(out, "foreign_chunks", n->foreign);
	buf_add_text(out, "; ");
	calls_summary(f->calls, out);
}

struct hep_feed *hep_feed_new(const struct hep_feed_options *options)
{
	struct hep_feed *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		return NULL;
	}
	f->observer = options->calls.observer;
	f->key = options->key;
	f->calls = calls_new(&options->calls);
	if (f->calls == NULL) {
		hep_feed_free(f);
		return NULL;
	}
	return f;
}

void hep_feed_free(struct hep_feed *f)
{
	if (f != NULL) {
		calls_free(f->calls);
		free(f);
	}
}

void hep_feed_tally(const struct hep_feed *f, const struct source_tally *to)
{
	const struct hep_counters *n = &f->counters;
	struct calls_counters calls;

	source_tell(to, SOURCE_TAKEN, "hep_messages", n->messages[HEP_OK]);
	for (int i = HEP_OK + 1; i < HEP_RESULTS; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "hep_%s", hep_result_name((enum hep_result)i));
		source_tell(to, SOURCE_MALFORMED, name, n->messages[i]);
	}
	source_tell(to, SOURCE_MALFORMED, "hep_bad_key", n->bad_key);
	source_tell(to, SOURCE_MALFORMED, "hep_bad_packed", n->bad_packed);
	source_tell(to, SOURCE_MALFORMED, "hep_bad_time", n->bad_time);
	source_tell(to, SOURCE_MALFORMED, "rtcp_json_bad", n->rtcp_bad);
	source_tell(to, SOURCE_LOST, "hep_other_types", n->other);
	source_tell(to, SOURCE_LOST, "hep_foreign_chunks", n->foreign);
	calls_counters(f->calls, &calls);
	calls_tally(&calls, to);
}
