/* The lines of a SIP message: the start line, and header fields by name. Used within this folder
 * only. */
#pragma once

#include "agent/decode/sip.h"

/* The fields that are looked at. Those before SINGLES may stand once only. */
enum sip_field {
	SIP_FIELD_CALL_ID,
	SIP_FIELD_CSEQ,
	SIP_FIELD_FROM,
	SIP_FIELD_TO,
	SIP_FIELD_CONTENT_LENGTH,
	SIP_FIELD_SINGLES,
	SIP_FIELD_VIA = SIP_FIELD_SINGLES,
	SIP_FIELD_CONTACT,
	SIP_FIELD_CONTENT_TYPE,
	SIP_FIELD_REQUIRE,
	SIP_FIELD_AUTHORIZATION,
	SIP_FIELD_PROXY_AUTHORIZATION,
	SIP_FIELD_USER_TO_USER,
	SIP_FIELD_REPLACES,
	SIP_FIELD_REFER_TO,
	SIP_FIELD_RACK,
	SIP_FIELDS,
	SIP_FIELD_UNKNOWN = SIP_FIELDS,
};

/** How many bytes of line ends come first. Before a start line they mean nothing (RFC 3261 7.5); on
 * streams they keep the way open. */
size_t sip_line_leading_ends(struct slice s);

/** Parse a request or status line into `out`: request, method_name and uri, or status. */
enum sip_result sip_line_start(struct slice line, struct sip_msg *out);

/** Could a start line begin like this? Asked of one that is not all there. */
bool sip_line_may_start(struct slice s);

enum sip_method sip_line_method(struct slice name);

/** Take one header field with its continuation lines (RFC 3261 7.3.1), without its line end. An
 * empty one is the blank line. @return false when its end is not there. */
bool sip_line_field(struct slice *rest, struct slice *field);

/** Which field is this the name of, in long or compact form? @param name  not empty. */
enum sip_field sip_line_name(struct slice name);
