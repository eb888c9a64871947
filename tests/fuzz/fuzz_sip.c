/* One SIP message as a datagram, and the same bytes as the front of a stream. */
#include <stdlib.h>

#include "agent/decode/sdp.h"
#include "agent/decode/sip.h"

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

static void check(const struct sip_msg *m, struct slice message)
{
	const struct slice parts[] = { m->method_name,  m->uri,           m->call_id,
		                       m->from,         m->from_tag,      sip_user(m->from),
		                       m->to,           m->to_tag,        sip_user(m->to),
		                       m->branch,       m->via_transport, m->contact,
		                       m->content_type, m->body,          m->refer_to,
		                       m->rack };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		expect_within(parts[i], message);
	}
	expect(m->call_id.len > 0 && m->method_name.len > 0);
	expect(m->request ? m->status == 0 : m->status >= 100 && m->status <= 699);
	expect(!m->has_content_length || m->body.len <= m->content_length);
	expect_within(sdp_of_body(m->content_type, m->body), m->body);
}

static void check_frame(struct slice stream)
{
	bool no_length;
	size_t bytes = 0;
	int rc = sip_frame(stream, &bytes, &no_length);

	expect(rc <= 1);
	expect(rc == 0 ? bytes > stream.len : bytes > 0 && bytes <= stream.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = { (const char *)data, size };
	struct sip_msg m;

	if (sip_parse(s, &m) == SIP_OK) {
		check(&m, s);
	}
	check_frame(s);
	expect(sip_head_end(s, 0) <= size);
	(void)sip_looks_like(s);
	return 0;
}
