/* A content type on the first line and a body behind it; and all of it as a description. */
#include <stdlib.h>

#include "agent/decode/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void expect_within(struct slice part, struct slice whole)
{
	expect(part.len == 0 ||
	       (part.at >= whole.at && part.at + part.len <= whole.at + whole.len));
}

static void check_media(const struct sdp_media *m, struct slice body)
{
	expect(m->n_formats <= SDP_FORMATS_MAX);
	expect(m->direction <= SDP_INACTIVE && m->security <= SDP_DTLS);
	expect(m->has_addr || (m->addr.high == 0 && m->addr.low == 0));
	for (unsigned i = 0; i < m->n_formats; i++) {
		struct sdp_format known;

		expect(m->formats[i].payload_type <= 127);
		if (!sdp_static_format(m->formats[i].payload_type, &known) ||
		    !slice_eq(m->formats[i].encoding, known.encoding)) {
			expect_within(m->formats[i].encoding, body);
		}
	}
}

static void check(struct slice body)
{
	static struct sdp sdp;

	if (sdp_parse(body, &sdp) != 0) {
		return;
	}
	expect(sdp.n_media <= SDP_MEDIA_MAX);
	for (unsigned i = 0; i < sdp.n_media; i++) {
		check_media(&sdp.media[i], body);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = { (const char *)data, size };
	struct slice body = all;
	struct slice type = slice_cut(&body, '\n');
	struct slice found = sdp_of_body(type, body);

	expect_within(found, body);
	check(found);
	check(all);
	return 0;
}
