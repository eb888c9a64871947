#include "agent/track/sip_tls.h"

/* RFC 8446 4, 5.1 */
#define RECORD_FIRST     20 /* change_cipher_spec */
#define RECORD_HANDSHAKE 22
#define RECORD_LAST      23             /* application_data */
#define RECORD_MAX_BYTES (16384 + 2048) /* with what TLS 1.2 may add (RFC 5246 6.2.3) */
#define CLIENT_HELLO     1

static bool is_port(const struct sip_tls *s, const struct packet *p)
{
	for (size_t i = 0; i < s->n_ports; i++) {
		if (p->src_port == s->ports[i] || p->dst_port == s->ports[i]) {
			return true;
		}
	}
	return false;
}

void sip_tls_segment(struct sip_tls *s, const struct packet *p)
{
	struct cursor c = p->payload;
	uint8_t type = cursor_u8(&c);
	uint8_t major = cursor_u8(&c);
	uint16_t bytes;

	cursor_skip(&c, 1);
	bytes = cursor_u16be(&c);
	if (c.bad || type < RECORD_FIRST || type > RECORD_LAST || major != 3 || bytes == 0 ||
	    bytes > RECORD_MAX_BYTES || !is_port(s, p)) {
		return;
	}
	s->records++;
	s->connections += type == RECORD_HANDSHAKE && cursor_u8(&c) == CLIENT_HELLO;
}

void sip_tls_watch(struct sip_tls *s, const struct observer *o, int64_t now_ns, bool at_end)
{
	struct gap gap = {
		.reason = CXM__GAP__REASON__ENCRYPTED,
		.part = "sip",
		.to_ns = now_ns,
		.detail = "SIP inside TLS: its calls are seen by the sources hep, ami or cel",
	};

	if (!at_end && now_ns < s->next_ns && s->next_ns - now_ns <= SIP_TLS_INTERVAL_NS) {
		return;
	}
	s->next_ns = now_ns + SIP_TLS_INTERVAL_NS;
	gap_watch(&s->watch, o, &gap, s->records, at_end);
}
