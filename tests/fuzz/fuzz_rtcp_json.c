/* One RTCP report as JSON. */
#include "agent/decode/rtcp_json.h"
#include "agent/track/quality.h"
#include "tests/fuzz/observe.h"

#define AT_NS INT64_C(1795323487000000000)

static const struct quality_who who = { .clock_hz = 8000, .timed = true };

static void on_sender(void *arg, const struct rtcp_sender *s)
{
	quality_sender(arg, s, 0, AT_NS - 1000000000);
}

static void on_block(void *arg, const struct rtcp_block *b)
{
	quality_block(arg, &who, b, AT_NS);
}

static void on_voip(void *arg, const struct rtcp_voip *v)
{
	quality_voip(arg, &who, v, AT_NS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct quality *q = quality_new(observe(), 4);
	const struct rtcp_handler handler = {
		.arg = q, .sender = on_sender, .block = on_block, .voip = on_voip
	};

	(void)rtcp_json_walk((struct slice){ (const char *)data, size }, &handler);
	quality_finish(q);
	quality_free(q);
	return 0;
}
