/* Session reports of RFC 6035; see the header. Phones differ in case, blanks and in what they leave
 * out: all but the addresses is optional. */
#include "agent/decode/vq_report.h"

#include <errno.h>

#define R_MAX   12000 /* hundredths; wideband R goes to 129 (ITU-T G.107.1) */
#define MOS_MAX 500
#define PERCENT 10000
#define MS_MAX  65535

/* "4.2" as 420: at most `max`, else -1. */
static int32_t hundredths(struct slice text, int64_t max)
{
	struct slice whole = slice_cut(&text, '.');
	uint64_t units = 0;
	uint64_t part = 0;
	int64_t value;

	if (slice_u64(whole, MS_MAX, &units) != 0) {
		return -1;
	}
	text.len = text.len < 2 ? text.len : 2;
	if (text.len > 0 && slice_u64(text, 99, &part) != 0) {
		return -1;
	}
	value = (int64_t)(units * 100 + (text.len == 1 ? part * 10 : part));
	return value <= max ? (int32_t)value : -1;
}

static int32_t whole_ms(struct slice text)
{
	struct slice whole = slice_cut(&text, '.');
	uint64_t ms = 0;

	return slice_u64(whole, MS_MAX, &ms) == 0 ? (int32_t)ms : -1;
}

/* The next "NAME=value" of a line; quoted values may hold blanks. */
static bool next_pair(struct slice *line, struct slice *name, struct slice *value)
{
	struct slice rest = slice_trim(*line);

	if (rest.len == 0) {
		return false;
	}
	*name = slice_trim(slice_cut(&rest, '='));
	rest = slice_trim(rest);
	if (rest.len > 0 && rest.at[0] == '"') {
		rest = (struct slice){ rest.at + 1, rest.len - 1 };
		*value = slice_cut(&rest, '"');
	} else {
		*value = slice_cut(&rest, ' ');
	}
	*line = rest;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal, with 0x or, with many phones, without (RFC 6035 4.4: SSRC in hex). */
static bool parse_ssrc(struct slice text, uint32_t *out)
{
	uint32_t value = 0;

	if (slice_istarts(text, SLICE("0x"))) {
		text = (struct slice){ text.at + 2, text.len - 2 };
	}
	if (text.len == 0 || text.len > 8) {
		return false;
	}
	for (size_t i = 0; i < text.len; i++) {
		int digit = hex_digit(text.at[i]);

		if (digit < 0) {
			return false;
		}
		value = value << 4 | (uint32_t)digit;
	}
	*out = value;
	return true;
}

struct end {
	struct net_addr addr;
	uint16_t port;
	uint32_t ssrc;
	bool has_addr;
	bool has_ssrc;
};

/* "IP=10.10.1.100 PORT=5000 SSRC=0x2468abcd" */
static struct end read_end(struct slice line)
{
	struct end end = { 0 };
	struct slice name;
	struct slice value;

	while (next_pair(&line, &name, &value)) {
		uint64_t port = 0;

		if (slice_ieq(name, SLICE("IP"))) {
			end.has_addr = net_addr_parse(value.at, value.len, &end.addr) == 0;
		} else if (slice_ieq(name, SLICE("PORT")) &&
		           slice_u64(value, UINT16_MAX, &port) == 0) {
			end.port = (uint16_t)port;
		} else if (slice_ieq(name, SLICE("SSRC"))) {
			end.has_ssrc = parse_ssrc(value, &end.ssrc);
		}
	}
	return end;
}

static void take_metric(struct vq_report *r, struct slice name, struct slice value)
{
	const struct {
		struct slice name;
		int32_t *to;
		int64_t max; /* 0: whole milliseconds */
	} metrics[] = {
		{ SLICE("NLR"), &r->loss_percent, PERCENT },
		{ SLICE("JDR"), &r->discard_percent, PERCENT },
		{ SLICE("RLQ"), &r->r_lq, R_MAX },
		{ SLICE("RCQ"), &r->r_cq, R_MAX },
		{ SLICE("MOSLQ"), &r->mos_lq, MOS_MAX },
		{ SLICE("MOSCQ"), &r->mos_cq, MOS_MAX },
		{ SLICE("RTD"), &r->round_trip_ms, 0 },
		{ SLICE("IAJ"), &r->jitter_ms, 0 },
	};

	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		if (slice_ieq(name, metrics[i].name)) {
			*metrics[i].to = metrics[i].max > 0 ? hundredths(value, metrics[i].max)
			                                    : whole_ms(value);
			return;
		}
	}
	if (slice_ieq(name, SLICE("START"))) {
		r->start = value;
	} else if (slice_ieq(name, SLICE("STOP"))) {
		r->stop = value;
	} else if (slice_ieq(name, SLICE("PD"))) {
		r->codec = value;
	}
}

static void take_metrics(struct vq_report *r, struct slice line)
{
	struct slice name;
	struct slice value;

	while (next_pair(&line, &name, &value)) {
		take_metric(r, name, value);
	}
}

struct ends {
	struct end local;
	struct end remote;
};

/* @return false where the other side's metrics begin. */
static bool take_line(struct vq_report *r, struct ends *ends, struct slice line)
{
	struct slice name = slice_trim(slice_cut(&line, ':'));

	line = slice_trim(line);
	if (slice_ieq(name, SLICE("RemoteMetrics"))) {
		return false;
	}
	if (slice_ieq(name, SLICE("CallID"))) {
		r->call_id = line;
	} else if (slice_ieq(name, SLICE("LocalAddr"))) {
		ends->local = read_end(line);
	} else if (slice_ieq(name, SLICE("RemoteAddr"))) {
		ends->remote = read_end(line);
	} else {
		take_metrics(r, line);
	}
	return true;
}

bool vq_report_is(struct slice content_type)
{
	return slice_ieq(slice_trim(slice_cut(&content_type, ';')), SLICE("application/vq-rtcpxr"));
}

/* "VQSessionReport: CallTerm"; the word may be missing. Interval and alert reports come during the
 * call (RFC 6035 4.6.1). */
static bool read_kind(struct slice line, struct vq_report *out)
{
	struct slice name = slice_trim(slice_cut(&line, ':'));

	out->final = slice_ieq(name, SLICE("VQSessionReport"));
	return out->final || slice_ieq(name, SLICE("VQIntervalReport")) ||
	       slice_ieq(name, SLICE("VQAlertReport"));
}

int vq_report_parse(struct slice body, struct vq_report *out)
{
	struct ends ends = { 0 };
	bool more = true;

	*out = (struct vq_report){
		.loss_percent = -1,
		.discard_percent = -1,
		.r_lq = -1,
		.r_cq = -1,
		.mos_lq = -1,
		.mos_cq = -1,
		.round_trip_ms = -1,
		.jitter_ms = -1,
	};
	if (!read_kind(slice_cut(&body, '\n'), out)) {
		return -EBADMSG;
	}
	for (unsigned n = 0; more && body.len > 0 && n < VQ_REPORT_LINES_MAX; n++) {
		more = take_line(out, &ends, slice_cut(&body, '\n'));
	}
	if (!ends.local.has_addr || !ends.remote.has_addr) {
		return -EBADMSG;
	}
	out->local = ends.local.addr;
	out->local_port = ends.local.port;
	out->remote = ends.remote.addr;
	out->remote_port = ends.remote.port;
	out->ssrc = ends.remote.ssrc;
	out->has_ssrc = ends.remote.has_ssrc;
	return 0;
}
