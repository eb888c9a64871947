/*
 * Any bytes as what an event socket says: through framing, facts and all trackers, whole and in two
 * parts; the same records must come out, every one must pack, and the state must load again.
 *
 * The first byte says where the parts meet.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sources/esl_talk.h"
#include "tests/support/catalog.h"
#include "tests/support/fs_said.h"
#include "tests/support/site_key.h"

#define PACKED_MAX ((size_t)64 * 1024 * 1024)
#define NOW_US     INT64_C(1700000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct side {
	struct cc_contact *contact;
	struct cc_agent *agent;
	struct fs_call *call;
	struct fs_visit *visit;
	struct esl_talk *talk;
	struct buf packed;
};

static struct pseudonym *pseudonym;

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void pack(void *arg, const ProtobufCMessage *m)
{
	struct side *s = arg;

	require(cxm_record_append(cxm_kind_of(product_catalog(), m->descriptor), m, &s->packed) ==
	        0);
}

static int swallow(void *arg, const void *data, size_t len_bytes)
{
	(void)arg;
	require(len_bytes > 2 && memcmp((const char *)data + len_bytes - 2, "\n\n", 2) == 0 &&
	        memchr(data, '\n', len_bytes) == (const char *)data + len_bytes - 2);
	return 0;
}

static void on_settled(void *arg)
{
	(void)arg;
}

static void on_drop(void *arg, const char *why, int64_t least_ms)
{
	(void)arg;
	(void)why;
	(void)least_ms;
}

static void open_side(struct side *s)
{
	const struct emit emit = { pack, s };
	const struct cc_contact_options contact = {
		pseudonym,           "pbx1",  CXM__SOURCE__ESL,
		CC_CONTACT_OPEN_MIN, 1000000, "sofia/external/*"
	};
	const struct fs_call_options call = { pseudonym, "pbx1", "sofia/external/*",
		                              CXM__SOURCE__ESL, FS_CALL_OPEN_MIN };
	const struct fs_visit_options visit = {
		pseudonym,         "pbx1", "sofia/external/*", &fs_said_rules, CXM__SOURCE__ESL,
		FS_VISIT_OPEN_MIN, 1000000
	};
	const struct esl_talk_calls calls = { s, swallow, on_settled, on_drop };
	struct esl_talk_options talk = {
		.password = "ClueCon", .host = "pbx1", .look_us = 60000000, .emit = emit
	};

	buf_init(&s->packed, PACKED_MAX);
	require(cc_contact_new(&s->contact, &contact, &emit) == 0);
	require(cc_agent_new(&s->agent, pseudonym, "pbx1", &emit) == 0);
	require(fs_call_new(&s->call, &call, &emit) == 0);
	require(fs_visit_new(&s->visit, &visit, &emit) == 0);
	talk.contact = s->contact;
	talk.agent = s->agent;
	talk.call = s->call;
	talk.visit = s->visit;
	talk.executes = true;
	require(esl_talk_new(&s->talk, &talk, &calls) == 0);
	esl_talk_begin(s->talk);
}

static void close_side(struct side *s)
{
	cc_contact_free(s->contact);
	cc_agent_free(s->agent);
	fs_call_free(s->call);
	fs_visit_free(s->visit);
	esl_talk_free(s->talk);
	buf_free(&s->packed);
}

static void settle(struct side *s)
{
	int64_t later_us = NOW_US + 10000000;

	cc_contact_tick(s->contact, later_us);
	cc_agent_tick(s->agent, later_us);
	fs_call_tick(s->call, later_us);
	fs_visit_tick(s->visit, later_us);
}

/* What was saved must be what is loaded. */
static void check_state(struct side *s)
{
	struct side twin;
	struct buf first;
	struct buf second;
	struct cursor in;

	open_side(&twin);
	buf_init(&first, PACKED_MAX);
	buf_init(&second, PACKED_MAX);
	cc_contact_save(s->contact, &first);
	cc_agent_save(s->agent, &first);
	fs_call_save(s->call, &first);
	fs_visit_settle(s->visit);
	fs_visit_save(s->visit, &first);
	in = cursor_of(first.data, first.len);
	require(cc_contact_load(twin.contact, &in) == 0 && cc_agent_load(twin.agent, &in) == 0 &&
	        fs_call_load(twin.call, &in) == 0 && fs_visit_load(twin.visit, &in) == 0 &&
	        cursor_left(&in) == 0);
	cc_contact_save(twin.contact, &second);
	cc_agent_save(twin.agent, &second);
	fs_call_save(twin.call, &second);
	fs_visit_save(twin.visit, &second);
	require(first.len == second.len);
	buf_free(&first);
	buf_free(&second);
	close_side(&twin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct side whole;
	struct side parts;
	struct slice in;
	size_t at;

	if (size < 2) {
		return 0;
	}
	if (pseudonym == NULL) {
		static const struct pseudonym_plan plan = { "49", "00", "0" };

		pseudonym = site_key_open(&plan);
	}
	open_side(&whole);
	open_side(&parts);
	in = (struct slice){ (const char *)data + 1, size - 1 };
	at = data[0] * in.len / 256;
	(void)esl_talk_take(whole.talk, in, NOW_US);
	at = esl_talk_take(parts.talk, (struct slice){ in.at, at }, NOW_US);
	(void)esl_talk_take(parts.talk, (struct slice){ in.at + at, in.len - at }, NOW_US);
	fs_visit_settle(parts.visit); /* as the look at the state does */
	check_state(&whole);
	settle(&whole);
	settle(&parts);
	require(whole.packed.len == parts.packed.len &&
	        (whole.packed.len == 0 ||
	         memcmp(whole.packed.data, parts.packed.data, whole.packed.len) == 0));
	close_side(&whole);
	close_side(&parts);
	return 0;
}
