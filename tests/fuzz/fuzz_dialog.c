/*
 * A sequence of SIP messages: 2 bytes, of which the lower 15 bits are the length and the highest
 * says that a minute passed, then the text. Small tables, so that they fill.
 */
#include "agent/track/dialog.h"
#include "tests/fuzz/observe.h"

#define DIALOGS_HERE 4
#define STEP_NS      INT64_C(100000000)
#define MINUTE_NS    INT64_C(60000000000)

static void say(struct dialogs *d, struct slice text, int64_t at_ns)
{
	static struct sdp sdp;
	struct packet p = { .at_ns = at_ns, .src = net_addr_v4(1), .dst = net_addr_v4(2) };
	struct dialog_names names;
	struct dialog_ref ref;
	struct sip_msg msg;
	struct slice body;
	bool described;

	if (sip_parse(text, &msg) != SIP_OK) {
		return;
	}
	body = sdp_of_body(msg.content_type, msg.body);
	described = body.len > 0 && sdp_parse(body, &sdp) == 0;
	names = dialogs_names(d, &msg);
	ref = dialogs_message(d, &p, &msg, &names, described ? &sdp : NULL);
	if (ref.describes != (described && ref.dialog != 0) || dialogs_open(d) > DIALOGS_HERE) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dialogs_options options = { .observer = observe(),
		                           .max_dialogs = DIALOGS_HERE,
		                           .idle_ns = 10 * MINUTE_NS };
	struct dialogs *d = dialogs_new(&options);
	struct cursor c = cursor_of(data, size);
	int64_t at_ns = INT64_C(1795323487000000000);

	while (cursor_left(&c) > 2) {
		uint16_t head = cursor_u16be(&c);
		size_t len = head & 0x7fff;
		struct slice text = { (const char *)c.at,
			              len < cursor_left(&c) ? len : cursor_left(&c) };

		cursor_skip(&c, text.len);
		at_ns += head >> 15 != 0 ? MINUTE_NS : STEP_NS;
		say(d, text, at_ns);
		dialogs_tick(d, at_ns);
	}
	dialogs_finish(d);
	if (dialogs_open(d) != 0 || dialogs_counters(d)->records < dialogs_counters(d)->dialogs) {
		abort(); /* every attempt is reported at least once */
	}
	dialogs_free(d);
	return 0;
}
