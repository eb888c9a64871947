/* Reading capture files; see the header. */
#include "agent/sources/pcapfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cursor.h"

#define BUFFER_BYTES       ((size_t)512 * 1024) /* holds any record, and many usual ones */
#define CLASSIC_HEAD_BYTES 24
#define RECORD_HEAD_BYTES  16
#define BLOCK_MIN_BYTES    12
#define NS_PER_S           INT64_C(1000000000)
#define AT_S_MAX           (INT64_C(1) << 32) /* the year 2106; beyond it the clock was wrong */

/* magic numbers as read little endian */
#define MAGIC_US         0xa1b2c3d4
#define MAGIC_US_SWAPPED 0xd4c3b2a1
#define MAGIC_NS         0xa1b23c4d
#define MAGIC_NS_SWAPPED 0x4d3cb2a1
#define BLOCK_SECTION    0x0a0d0d0a /* the same in both orders */
#define ORDER_MAGIC      0x1a2b3c4d

#define BLOCK_INTERFACE  1
#define BLOCK_OLD_PACKET 2
#define BLOCK_SIMPLE     3
#define BLOCK_ENHANCED   6
#define OPTION_TSRESOL   9
#define OPTION_TSOFFSET  14

enum step { STEP_FRAME, STEP_SKIPPED, STEP_MORE };

struct interface {
	int32_t link;
	uint32_t snap_bytes;  /* 0: no limit */
	uint64_t ticks_per_s; /* 0: a resolution we cannot count in */
	int64_t offset_s;
};

struct pcapfile {
	pcapfile_read_fn read;
	void *arg;
	size_t at; /* next byte to read in `buffer` */
	size_t len;
	uint64_t skip_bytes;  /* of a block that is not read */
	uint64_t frames;      /* so far, for messages */
	uint32_t fraction_ns; /* of a classic file: unit of the fraction in its time stamps */
	bool at_end;
	bool ng;
	bool swapped; /* big endian */
	int broken;   /* what the next call returns */
	struct fault fault;
	uint32_t n_interfaces;
	struct interface interfaces[PCAPFILE_INTERFACES_MAX];
	uint8_t buffer[BUFFER_BYTES];
};

static uint32_t u32(const struct pcapfile *f, struct cursor *c)
{
	return f->swapped ? cursor_u32be(c) : cursor_u32le(c);
}

static uint16_t u16(const struct pcapfile *f, struct cursor *c)
{
	uint16_t v = cursor_u16be(c);

	return f->swapped ? v : (uint16_t)(v << 8 | v >> 8);
}

static struct cursor rest(const struct pcapfile *f)
{
	return cursor_of(f->buffer + f->at, f->len - f->at);
}

static int damage(struct pcapfile *f, const char *what)
{
	return fault_set(&f->fault, -EBADMSG, "%s behind packet %" PRIu64, what, f->frames);
}

/* ---- classic ---- */

static inline int64_t at_ns_of(int64_t s, uint64_t ns)
{
	return s >= 0 && s < AT_S_MAX && ns < (uint64_t)NS_PER_S ? s * NS_PER_S + (int64_t)ns : -1;
}

/* Every packet of a classic file passes here, so its head is read as a whole. */
static int classic_next(struct pcapfile *f, struct frame *out)
{
	struct cursor c = rest(f);
	const uint8_t *at = cursor_take(&c, RECORD_HEAD_BYTES);
	uint32_t head[RECORD_HEAD_BYTES /
	              4]; /* seconds, fraction, length here, length on the wire */

	if (at == NULL) {
		return STEP_MORE;
	}
	memcpy(head, at, sizeof(head));
	for (size_t i = 0; f->swapped && i < sizeof(head) / sizeof(head[0]); i++) {
		head[i] = __builtin_bswap32(head[i]);
	}
	if (head[2] > PCAPFILE_FRAME_MAX_BYTES) {
		return damage(f, "a packet record of impossible length");
	}
	out->at = cursor_take(&c, head[2]);
	if (out->at == NULL) {
		return STEP_MORE;
	}
	out->len_bytes = head[2];
	out->wire_bytes = head[3];
	out->link = f->interfaces[0].link;
	out->at_ns = at_ns_of(head[0], (uint64_t)head[1] * f->fraction_ns);
	f->at += RECORD_HEAD_BYTES + head[2];
	return STEP_FRAME;
}

static int classic_head(struct pcapfile *f, uint32_t magic)
{
	struct cursor c = rest(f);

	f->swapped = magic == MAGIC_US_SWAPPED || magic == MAGIC_NS_SWAPPED;
	cursor_skip(&c, CLASSIC_HEAD_BYTES - 4); /* magic, version, zone, accuracy, snap length */
	f->interfaces[0].link =
		(int32_t)(u32(f, &c) & 0xffff); /* above: of a frame check sequence */
	f->fraction_ns = magic == MAGIC_NS || magic == MAGIC_NS_SWAPPED ? 1 : 1000;
	f->at += CLASSIC_HEAD_BYTES;
	return c.bad ? -EINVAL : 0;
}

/* ---- pcapng ---- */

/* The resolution of time stamps: a power of ten, or of two with the highest bit set. */
static uint64_t ticks_of(uint8_t resolution)
{
	uint64_t ticks = 1;

	if ((resolution & 0x80) != 0) {
		return (resolution & 0x7f) < 63 ? UINT64_C(1) << (resolution & 0x7f) : 0;
	}
	for (uint8_t i = 0; i < resolution && i < 20; i++) {
		ticks *= 10;
	}
	return resolution < 19 ? ticks : 0;
}

static void read_options(const struct pcapfile *f, struct cursor c, struct interface *to)
{
	while (cursor_left(&c) >= 4) {
		uint16_t code = u16(f, &c);
		uint16_t len = u16(f, &c);
		struct cursor value = cursor_sub(&c, len);

		cursor_skip(&c, (4 - len % 4) % 4);
		if (code == OPTION_TSRESOL && len == 1) {
			to->ticks_per_s = ticks_of(cursor_u8(&value));
		} else if (code == OPTION_TSOFFSET && len == 8) {
			uint32_t first = u32(f, &value);
			uint32_t second = u32(f, &value);

			to->offset_s = (int64_t)(f->swapped ? (uint64_t)first << 32 | second
			                                    : (uint64_t)second << 32 | first);
		}
	}
}

static int read_interface(struct pcapfile *f, struct cursor c)
{
	struct interface *to = &f->interfaces[f->n_interfaces];

	if (f->n_interfaces == PCAPFILE_INTERFACES_MAX) {
		return damage(f, "too many interfaces in one section");
	}
	*to = (struct interface){ .ticks_per_s = 1000000 };
	to->link = u16(f, &c);
	cursor_skip(&c, 2);
	to->snap_bytes = u32(f, &c);
	if (c.bad) {
		return damage(f, "an interface block that is too short");
	}
	read_options(f, c, to);
	f->n_interfaces++;
	return STEP_SKIPPED;
}

static int64_t ng_at_ns(const struct interface *from, uint32_t high, uint32_t low)
{
	uint64_t ticks = (uint64_t)high << 32 | low;
	uint64_t s;
	uint64_t part;

	if (from->ticks_per_s == 0) {
		return -1;
	}
	s = ticks / from->ticks_per_s;
	part = (uint64_t)((unsigned __int128)(ticks % from->ticks_per_s) * (uint64_t)NS_PER_S /
	                  from->ticks_per_s);
	if (s >= (uint64_t)AT_S_MAX || from->offset_s >= AT_S_MAX || from->offset_s <= -AT_S_MAX) {
		return -1;
	}
	return at_ns_of((int64_t)s + from->offset_s, part);
}

/* The three kinds of packet blocks, behind their common head. */
static int read_packet(struct pcapfile *f, uint32_t type, struct cursor c, struct frame *out)
{
	uint32_t id = 0;
	uint32_t high = 0;
	uint32_t low = 0;
	uint32_t len = 0;

	if (type == BLOCK_ENHANCED) {
		id = u32(f, &c);
	} else if (type == BLOCK_OLD_PACKET) {
		id = u16(f, &c);
		cursor_skip(&c, 2);
	}
	if (type != BLOCK_SIMPLE) {
		high = u32(f, &c);
		low = u32(f, &c);
		len = u32(f, &c);
	}
	out->wire_bytes = u32(f, &c);
	if (c.bad || id >= f->n_interfaces) {
		return damage(f, "a packet block of an interface that was not described");
	}
	if (type == BLOCK_SIMPLE) {
		uint32_t snap = f->interfaces[0].snap_bytes;

		len = snap != 0 && snap < out->wire_bytes ? snap : out->wire_bytes;
	}
	out->at = cursor_take(&c, len);
	if (out->at == NULL) {
		return damage(f, "a packet block that is too short for its packet");
	}
	out->len_bytes = len;
	out->link = f->interfaces[id].link;
	out->at_ns = type == BLOCK_SIMPLE ? -1 : ng_at_ns(&f->interfaces[id], high, low);
	return STEP_FRAME;
}

static int read_section(struct pcapfile *f, struct cursor c)
{
	uint32_t order = cursor_u32le(&c);

	if (order != ORDER_MAGIC && order != __builtin_bswap32(ORDER_MAGIC)) {
		return damage(f, "a section of unknown byte order");
	}
	f->swapped = order != ORDER_MAGIC;
	f->n_interfaces = 0;
	return STEP_SKIPPED;
}

static bool is_read(uint32_t type)
{
	return type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_OLD_PACKET ||
	       type == BLOCK_SIMPLE || type == BLOCK_ENHANCED;
}

static int read_block(struct pcapfile *f, uint32_t type, struct cursor body, struct frame *out)
{
	if (type == BLOCK_SECTION) {
		return read_section(f, body);
	}
	if (type == BLOCK_INTERFACE) {
		return read_interface(f, body);
	}
	return read_packet(f, type, body, out);
}

/* A section says in which order its own length is written. */
static void learn_order(struct pcapfile *f, struct cursor c)
{
	cursor_skip(&c, 8);
	f->swapped = cursor_u32le(&c) == __builtin_bswap32(ORDER_MAGIC);
}

static int ng_next(struct pcapfile *f, struct frame *out)
{
	struct cursor c = rest(f);
	struct cursor body;
	uint32_t type = u32(f, &c);
	uint32_t len;
	int rc;

	if (cursor_left(&c) < 8) {
		return STEP_MORE;
	}
	if (type == BLOCK_SECTION) {
		learn_order(f, rest(f));
	}
	len = u32(f, &c);
	if (len < BLOCK_MIN_BYTES || len % 4 != 0) {
		return damage(f, "a block of impossible length");
	}
	if (!is_read(type)) {
		f->skip_bytes = len;
		return STEP_SKIPPED;
	}
	if (len > BUFFER_BYTES) {
		return damage(f, "a block of impossible length");
	}
	body = cursor_sub(&c, len - BLOCK_MIN_BYTES);
	(void)u32(f, &c); /* the length again */
	if (c.bad) {
		return STEP_MORE;
	}
	rc = read_block(f, type, body, out);
	f->at += rc >= 0 ? len : 0;
	return rc;
}

/* ---- the file ---- */

/* More bytes behind those that are left, which move to the front. 1, 0 at the end, -errno. */
static int refill(struct pcapfile *f)
{
	ssize_t n;

	memmove(f->buffer, f->buffer + f->at, f->len - f->at);
	f->len -= f->at;
	f->at = 0;
	if (f->at_end) {
		return 0;
	}
	n = f->read(f->arg, f->buffer + f->len, BUFFER_BYTES - f->len);
	if (n < 0) {
		return fault_set(&f->fault, (int)n,
		                 "cannot be read on behind packet %" PRIu64 ": %s", f->frames,
		                 n == -EBADMSG ? "damaged compression" : strerror((int)-n));
	}
	f->at_end = n == 0;
	f->len += (size_t)n;
	return n > 0;
}

static int skip(struct pcapfile *f)
{
	while (f->skip_bytes > 0) {
		size_t have = f->len - f->at;
		size_t n = f->skip_bytes < have ? (size_t)f->skip_bytes : have;

		f->at += n;
		f->skip_bytes -= n;
		if (f->skip_bytes > 0) {
			int rc = refill(f);

			if (rc <= 0) {
				return rc < 0 ? rc : damage(f, "cut in the middle of a block");
			}
		}
	}
	return STEP_SKIPPED;
}

/* One frame, one block that is none, or STEP_MORE. */
static int next(struct pcapfile *f, struct frame *out)
{
	int rc = f->ng ? ng_next(f, out) : classic_next(f, out);

	f->frames += rc == STEP_FRAME;
	return rc;
}

static int more(struct pcapfile *f)
{
	int rc = refill(f);

	if (rc == 0 && f->len > 0) {
		return damage(f, "cut in the middle of a record");
	}
	return rc;
}

int pcapfile_next(struct pcapfile *f, struct frame *frames, int max, struct fault *fault)
{
	int n = 0;
	int rc = f->broken;

	while (rc >= 0 && n < max) {
		if (f->skip_bytes > 0 && n > 0 && f->skip_bytes > f->len - f->at) {
			break; /* skipping would move the frames that are out */
		}
		rc = f->skip_bytes > 0 ? skip(f) : next(f, &frames[n]);
		n += rc == STEP_FRAME;
		if (rc == STEP_MORE) {
			if (n > 0) {
				break;
			}
			rc = more(f);
			if (rc == 0) {
				return 0;
			}
		}
	}
	if (rc < 0) {
		f->broken = rc;
		if (n == 0) {
			return fault_set(fault, rc, "%s", f->fault.text);
		}
	}
	return n;
}

static int read_head(struct pcapfile *f)
{
	int rc = refill(f);
	struct cursor c = rest(f);
	uint32_t magic = cursor_u32le(&c);

	if (rc < 0) {
		return rc;
	}
	if (magic == MAGIC_US || magic == MAGIC_US_SWAPPED || magic == MAGIC_NS ||
	    magic == MAGIC_NS_SWAPPED) {
		rc = classic_head(f, magic);
	} else {
		f->ng = magic == BLOCK_SECTION;
		rc = f->ng ? 0 : -EINVAL;
	}
	return rc == 0 ? 0 : fault_set(&f->fault, rc, "not a capture file (pcap or pcapng)");
}

int pcapfile_open(struct pcapfile **out, pcapfile_read_fn read, void *arg, struct fault *fault)
{
	struct pcapfile *f = malloc(sizeof(*f)); /* the buffer need not be cleared */
	int rc;

	if (f == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	memset(f, 0, offsetof(struct pcapfile, buffer));
	f->read = read;
	f->arg = arg;
	rc = read_head(f);
	if (rc != 0) {
		(void)fault_set(fault, rc, "%s", f->fault.text);
		free(f);
		return rc;
	}
	*out = f;
	return 0;
}

void pcapfile_close(struct pcapfile *f)
{
	free(f);
}
