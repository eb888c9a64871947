/*
 * SIP messages (RFC 3261), as much of them as measuring needs. Text in, slices out; nothing is
 * copied or allocated.
 *
 * Lenient where the field is (LF line ends, compact names, folded lines, case), strict where it
 * protects: every length is bounded, a message without the fields that identify it is refused. RFC
 * 4475 is the test.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

#define SIP_MESSAGE_MAX_BYTES 65535
#define SIP_HEADERS_MAX       512

enum sip_method {
	SIP_OTHER,
	SIP_INVITE,
	SIP_ACK,
	SIP_BYE,
	SIP_CANCEL,
	SIP_REGISTER,
	SIP_OPTIONS,
	SIP_PRACK,
	SIP_SUBSCRIBE,
	SIP_NOTIFY,
	SIP_PUBLISH,
	SIP_INFO,
	SIP_REFER,
	SIP_MESSAGE,
	SIP_UPDATE,
};

struct sip_msg {
	bool request;
	enum sip_method method; /* of a request; of a response the method in its CSeq */
	struct slice method_name;
	struct slice uri; /* of a request */
	unsigned status;  /* of a response, 100 to 699 */
	struct slice call_id;
	struct slice from; /* whole header value */
	struct slice from_tag;
	struct slice to;
	struct slice to_tag;
	struct slice branch;        /* of the topmost Via */
	struct slice via_transport; /* "UDP", "TLS" ... of the topmost Via */
	uint32_t cseq;
	struct slice contact;
	struct slice content_type;
	struct slice body; /* limited to Content-Length where there is one; when the capture cut it,
	                      the whole lines that are left */
	bool has_content_length;
	uint32_t content_length;
	bool has_credentials; /* Authorization or Proxy-Authorization */
	bool has_uui;         /* User-to-User, RFC 7433 */
	bool has_replaces;    /* Replaces, RFC 3891 */
	bool siprec;          /* Require: siprec, or a Content-Type of rs-metadata (RFC 7866) */
	struct slice refer_to;
	struct slice rack;
	struct slice fields; /* all header fields as they stand, with the blank line */
};

enum sip_result {
	SIP_OK,
	SIP_NOT_SIP, /* the first line is none of SIP's */
	SIP_BAD_START_LINE,
	SIP_BAD_STATUS,
	SIP_BAD_HEADER, /* a line without colon, NUL bytes in one, or two different Call-ID, From or
	                 * To
	                 */
	SIP_BAD_CSEQ,
	SIP_BAD_CONTENT_LENGTH,
	SIP_MISSING_FIELD, /* Call-ID, CSeq, From or To */
	SIP_TOO_MANY_HEADERS,
	SIP_TOO_LONG,
	SIP_CUT, /* headers end before the blank line (snap length, truncation) */
	SIP_RESULTS,
};

/** Is this the beginning of a SIP message? Looks at the first bytes only: a status line, or a
 * method and the scheme of a URI. */
bool sip_looks_like(struct slice s);

/** Parse one datagram or framed message. Slices borrow from it. A second message behind the body is
 * ignored. What `out` holds is complete on SIP_OK only. */
enum sip_result sip_parse(struct slice message, struct sip_msg *out);

/** The first value of any header field; empty when it is not there. Looks through all of them: for
 * fields that few messages are asked for. */
struct slice sip_header(const struct sip_msg *msg, struct slice name);

/** User part of the URI in a From or To value, as it stands (escapes and all), whatever a quoted
 * name holds; empty when there is none. */
struct slice sip_user(struct slice address);

/**
 * Where does the message at the front of a byte stream end?
 * @return 1 when it is all there, 0 when more must come, -EBADMSG when this is no SIP message,
 * -EMSGSIZE when it is one longer than SIP_MESSAGE_MAX_BYTES.
 * @param bytes  1: of the message, with line ends before it; 0: how many the stream must hold at
 * least before it is worth asking again; negative: how many to skip before asking again.
 * @param no_length  set when there was no Content-Length (taken as 0, RFC 3261 18.3 demands it on
 * streams).
 */
int sip_frame(struct slice stream, size_t *bytes, bool *no_length);

/** Where do the headers of the message at the front end: one past the blank line, or 0 when it is
 * not there. @param from  that many bytes were searched before, in vain. */
size_t sip_head_end(struct slice stream, size_t from);

const char *sip_result_name(enum sip_result r);
