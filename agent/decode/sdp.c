/*
 * Session descriptions (RFC 8866).
 *
 * Owns nothing, allocates nothing. Lines are read one by one into the description; what holds for
 * the whole session (address, direction, keys) is kept until the first media line and then given to
 * each. A media line that is not RTP (fax, messages, presentation) is not listed.
 */
#include "agent/decode/sdp.h"

#include <errno.h>

#define DIRECTION_BYTES 8 /* of any of the four names */

/* What the lines so far said. */
struct reading {
	struct sdp *sdp;
	/* of the session: holds where a media section says nothing else */
	struct net_addr addr;
	bool has_addr;
	bool session_fingerprint;
	enum sdp_direction direction;
	/* of the media section */
	bool in_media;
	struct sdp_media *media; /* NULL while it is one that is not listed */
	bool mux;
	bool rtcp_said;
	bool fingerprint;
	bool crypto;
	bool secure_profile;
};

/* ---- payload types ---- */

bool sdp_static_format(uint8_t payload_type, struct sdp_format *out)
{
	/* RFC 3551 tables 4 (audio) and 5 (video); 1 and 2, reserved there, as RFC 1890 table 1 has
	 * them: Asterisk 22 sends one packet of type 1 when speech goes on after a pause */
	static const struct {
		struct slice encoding;
		uint32_t clock_hz;
		uint8_t channels;
	} table[] = {
		[0] = { { "PCMU", 4 }, 8000, 1 },   [1] = { { "1016", 4 }, 8000, 1 },
		[2] = { { "G721", 4 }, 8000, 1 },   [3] = { { "GSM", 3 }, 8000, 1 },
		[4] = { { "G723", 4 }, 8000, 1 },   [5] = { { "DVI4", 4 }, 8000, 1 },
		[6] = { { "DVI4", 4 }, 16000, 1 },  [7] = { { "LPC", 3 }, 8000, 1 },
		[8] = { { "PCMA", 4 }, 8000, 1 },   [9] = { { "G722", 4 }, 8000, 1 },
		[10] = { { "L16", 3 }, 44100, 2 },  [11] = { { "L16", 3 }, 44100, 1 },
		[12] = { { "QCELP", 5 }, 8000, 1 }, [13] = { { "CN", 2 }, 8000, 1 },
		[14] = { { "MPA", 3 }, 90000, 1 },  [15] = { { "G728", 4 }, 8000, 1 },
		[16] = { { "DVI4", 4 }, 11025, 1 }, [17] = { { "DVI4", 4 }, 22050, 1 },
		[18] = { { "G729", 4 }, 8000, 1 },  [25] = { { "CelB", 4 }, 90000, 1 },
		[26] = { { "JPEG", 4 }, 90000, 1 }, [28] = { { "nv", 2 }, 90000, 1 },
		[31] = { { "H261", 4 }, 90000, 1 }, [32] = { { "MPV", 3 }, 90000, 1 },
		[33] = { { "MP2T", 4 }, 90000, 1 }, [34] = { { "H263", 4 }, 90000, 1 },
	};

	if (payload_type >= sizeof(table) / sizeof(table[0]) || table[payload_type].clock_hz == 0) {
		return false;
	}
	*out = (struct sdp_format){ payload_type, table[payload_type].encoding,
		                    table[payload_type].clock_hz, table[payload_type].channels };
	return true;
}

static bool parse_u8(struct slice s, uint8_t max, uint8_t *out)
{
	uint64_t v;

	if (slice_u64(s, max, &v) != 0) {
		return false;
	}
	*out = (uint8_t)v;
	return true;
}

static bool parse_u16(struct slice s, uint16_t *out)
{
	uint64_t v;

	if (slice_u64(s, UINT16_MAX, &v) != 0) {
		return false;
	}
	*out = (uint16_t)v;
	return true;
}

/* ---- lines ---- */

/* "IN IP4 192.0.2.1/127" (RFC 8866 5.7); a domain name is no address, and is not asked for one. */
static bool parse_address(struct slice value, struct net_addr *out)
{
	struct slice network = slice_cut(&value, ' ');
	struct slice family = slice_cut(&value, ' ');
	struct slice address = slice_cut(&value, '/');

	if (!slice_ieq(network, SLICE("IN")) ||
	    (!slice_ieq(family, SLICE("IP4")) && !slice_ieq(family, SLICE("IP6")))) {
		return false;
	}
	address = slice_trim(address);
	return net_addr_parse(address.at, address.len, out) == 0;
}

static void read_connection(struct reading *r, struct slice value)
{
	struct net_addr addr = { 0, 0 };
	bool has_addr = parse_address(value, &addr);

	if (!r->in_media) {
		r->addr = addr;
		r->has_addr = has_addr;
	} else if (r->media != NULL) {
		r->media->addr = addr;
		r->media->has_addr = has_addr;
	}
}

static void read_formats(struct sdp_media *m, struct slice formats, bool *cut)
{
	m->n_formats = 0;
	while (formats.len > 0) {
		struct slice word = slice_trim(slice_cut(&formats, ' '));
		struct sdp_format f = { .channels = 1 };

		if (!parse_u8(word, 127, &f.payload_type)) {
			continue;
		}
		if (m->n_formats == SDP_FORMATS_MAX) {
			*cut = true;
			return;
		}
		(void)sdp_static_format(f.payload_type, &f);
		m->formats[m->n_formats++] = f;
	}
}

/* What the profile says of RTP; false when it is none. */
static bool parse_profile(struct slice profile, bool *secure, bool *dtls)
{
	*dtls = slice_istarts(profile, SLICE("UDP/TLS/"));
	if (*dtls) {
		profile.at += sizeof("UDP/TLS/") - 1;
		profile.len -= sizeof("UDP/TLS/") - 1;
	}
	*secure = slice_ieq(profile, SLICE("RTP/SAVP")) || slice_ieq(profile, SLICE("RTP/SAVPF"));
	return *secure || (!*dtls && (slice_ieq(profile, SLICE("RTP/AVP")) ||
	                              slice_ieq(profile, SLICE("RTP/AVPF"))));
}

/* Everything that could come later in the section is known: settle what depends on it. */
static void finish_media(struct reading *r)
{
	struct sdp_media *m = r->media;

	if (m == NULL) {
		return;
	}
	if (m->security == SDP_PLAIN && (r->fingerprint || r->session_fingerprint) && !r->crypto) {
		m->security = SDP_DTLS;
	} else if (m->security == SDP_PLAIN && (r->crypto || r->secure_profile)) {
		m->security =
			SDP_SDES; /* or keys in the signalling by other means: MIKEY, RFC 4567 */
	}
	if (!r->rtcp_said) {
		m->rtcp_addr = m->addr;
		m->rtcp_port = r->mux || m->port == 0 || m->port == UINT16_MAX
		                       ? m->port
		                       : (uint16_t)(m->port + 1);
	}
	r->media = NULL;
}

/* "audio 49170/2 RTP/AVP 0 8 101" (RFC 8866 5.14) */
static void read_media(struct reading *r, struct slice value)
{
	struct slice kind = slice_cut(&value, ' ');
	struct slice ports = slice_cut(&value, ' ');
	struct slice profile = slice_cut(&value, ' ');
	bool audio = slice_ieq(kind, SLICE("audio"));
	bool dtls;
	uint16_t port;
	struct sdp_media *m;

	finish_media(r);
	r->in_media = true;
	r->mux = false;
	r->rtcp_said = false;
	r->fingerprint = false;
	r->crypto = false;
	if ((!audio && !slice_ieq(kind, SLICE("video"))) ||
	    !parse_u16(slice_cut(&ports, '/'), &port) ||
	    !parse_profile(slice_trim(profile), &r->secure_profile, &dtls)) {
		return;
	}
	if (r->sdp->n_media == SDP_MEDIA_MAX) {
		r->sdp->cut = true;
		return;
	}
	m = &r->sdp->media[r->sdp->n_media++];
	m->audio = audio;
	m->addr = r->addr;
	m->has_addr = r->has_addr;
	m->port = port;
	m->rtcp_port = 0;
	m->rtcp_addr = (struct net_addr){ 0, 0 };
	m->direction = r->direction;
	m->security = dtls ? SDP_DTLS : SDP_PLAIN;
	m->ptime_ms = 0;
	read_formats(m, value, &r->sdp->cut);
	r->media = m;
}

/* "96 opus/48000/2" (RFC 8866 6.6) */
static void read_rtpmap(struct sdp_media *m, struct slice value)
{
	struct slice encoding;
	struct slice clock;
	uint64_t clock_hz;
	uint8_t type;

	if (!parse_u8(slice_cut(&value, ' '), 127, &type)) {
		return;
	}
	value = slice_trim(value);
	encoding = slice_cut(&value, '/');
	clock = slice_cut(&value, '/');
	if (encoding.len == 0 || slice_u64(clock, UINT32_MAX, &clock_hz) != 0) {
		return;
	}
	for (unsigned i = 0; i < m->n_formats; i++) {
		struct sdp_format *f = &m->formats[i];

		if (f->payload_type == type) {
			f->encoding = encoding;
			f->clock_hz = (uint32_t)clock_hz;
			f->channels = 1;
			(void)parse_u8(value, UINT8_MAX, &f->channels);
		}
	}
}

/* "53020" or "53020 IN IP4 192.0.2.1" (RFC 3605 2.1) */
static void read_rtcp(struct reading *r, struct slice value)
{
	struct slice port = slice_cut(&value, ' ');
	uint16_t number;

	if (!parse_u16(port, &number)) {
		return;
	}
	r->rtcp_said = true;
	r->media->rtcp_port = number;
	if (!parse_address(value, &r->media->rtcp_addr)) {
		r->media->rtcp_addr = r->media->addr;
	}
}

static bool parse_direction(struct slice name, enum sdp_direction *out)
{
	static const struct slice names[] = {
		[SDP_SENDRECV] = { "sendrecv", 8 },
		[SDP_SENDONLY] = { "sendonly", 8 },
		[SDP_RECVONLY] = { "recvonly", 8 },
		[SDP_INACTIVE] = { "inactive", 8 },
	};

	for (unsigned i = 0; name.len == DIRECTION_BYTES && i < sizeof(names) / sizeof(names[0]);
	     i++) {
		if (slice_ieq(name, names[i])) {
			*out = (enum sdp_direction)i;
			return true;
		}
	}
	return false;
}

static void read_session_attribute(struct reading *r, struct slice name)
{
	if (slice_ieq(name, SLICE("fingerprint"))) {
		r->session_fingerprint = true;
	} else {
		(void)parse_direction(name, &r->direction);
	}
}

static void read_attribute(struct reading *r, struct slice value)
{
	struct slice name = slice_cut(&value, ':');

	if (!r->in_media) {
		read_session_attribute(r, name);
		return;
	}
	if (r->media == NULL || parse_direction(name, &r->media->direction)) {
		return;
	}
	if (slice_ieq(name, SLICE("rtpmap"))) {
		read_rtpmap(r->media, value);
	} else if (slice_ieq(name, SLICE("ptime"))) {
		(void)parse_u16(slice_trim(value), &r->media->ptime_ms);
	} else if (slice_ieq(name, SLICE("rtcp"))) {
		read_rtcp(r, value);
	} else if (slice_ieq(name, SLICE("rtcp-mux"))) {
		r->mux = true;
	} else if (slice_ieq(name, SLICE("crypto"))) {
		r->crypto = true;
	} else if (slice_ieq(name, SLICE("fingerprint"))) {
		r->fingerprint = true;
	}
}

static bool is_unspecified(const struct sdp_media *m)
{
	return m->has_addr &&
	       (net_addr_eq(m->addr, net_addr_v4(0)) || (m->addr.high == 0 && m->addr.low == 0));
}

/* RFC 3264 8.4; a refused stream (port 0) is neither held nor talking. */
static bool is_on_hold(const struct sdp *sdp)
{
	unsigned held = 0;

	for (unsigned i = 0; i < sdp->n_media; i++) {
		const struct sdp_media *m = &sdp->media[i];

		if (!m->audio || m->port == 0) {
			continue;
		}
		if (m->direction != SDP_SENDONLY && m->direction != SDP_INACTIVE &&
		    !is_unspecified(m)) {
			return false;
		}
		held++;
	}
	return held > 0;
}

int sdp_parse(struct slice body, struct sdp *out)
{
	struct reading r = { .sdp = out, .direction = SDP_SENDRECV };

	out->n_media = 0;
	out->on_hold = false;
	out->cut = false;
	if (!slice_starts(body, SLICE("v="))) {
		return -EBADMSG;
	}
	while (body.len > 0) {
		struct slice line = slice_trim(slice_cut(&body, '\n'));

		if (line.len < 2 || line.at[1] != '=') {
			continue;
		}
		struct slice value = { line.at + 2, line.len - 2 };

		if (line.at[0] == 'c') {
			read_connection(&r, value);
		} else if (line.at[0] == 'm') {
			read_media(&r, value);
		} else if (line.at[0] == 'a') {
			read_attribute(&r, value);
		}
	}
	finish_media(&r);
	out->on_hold = is_on_hold(out);
	return 0;
}
