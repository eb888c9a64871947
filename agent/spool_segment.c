#include "agent/spool_segment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/crc32c.h"
#include "cxmeter/record.h"

#define HEAD_MAGIC       UINT64_C(0x6c6f6f70736d7863) /* "cxmspool" */
#define HEAD_BLOCK_BYTES (SEGMENT_HEAD_BYTES / 2)
#define ENTRY_MAGIC      UINT32_C(0x21e4cc1d) /* not text, not a varint a packed record begins with */
#define ENTRY_HEAD_BYTES 12                   /* magic, length of the body, checksum */
#define ENTRY_BODY_MIN   28
#define SOURCE_NAME_MAX  1024

/* One read finds a small entry whole; a large one costs a second. */
#define FIRST_READ_BYTES ((size_t)4096)
#define SEARCH_BYTES     ((size_t)64 * 1024)
/* What is stepped over where the disk cannot be read: its usual sector. */
#define UNREADABLE_BYTES 4096

void segment_name(uint64_t first_sequence, char out[SEGMENT_NAME_BYTES])
{
	(void)snprintf(out, SEGMENT_NAME_BYTES, "%020" PRIu64 SEGMENT_SUFFIX, first_sequence);
}

bool segment_name_parse(const char *name, uint64_t *first_sequence)
{
	struct slice s = slice_of(name);

	return s.len == SEGMENT_NAME_BYTES - 1 && strcmp(name + 20, SEGMENT_SUFFIX) == 0 &&
	       slice_u64((struct slice){ name, 20 }, SEGMENT_SEQUENCE_MAX, first_sequence) == 0 &&
	       *first_sequence > 0;
}

/* ---- head ---- */

void segment_head_add(struct buf *out, const struct segment_head *head)
{
	for (int i = 0; i < 2; i++) {
		size_t from = out->len;

		buf_add_u64le(out, HEAD_MAGIC);
		buf_add_u32le(out, SEGMENT_VERSION);
		buf_add_u32le(out, head->salt);
		buf_add_u64le(out, head->epoch);
		buf_add_u64le(out, head->first_sequence);
		buf_add_u32le(out, 0);
		buf_add_u32le(out, out->failed ? 0 : crc32c(0, out->data + from, out->len - from));
	}
}

static int parse_head_block(struct cursor block, struct segment_head *out)
{
	uint32_t crc = crc32c(0, block.at, HEAD_BLOCK_BYTES - 4);
	uint64_t magic = cursor_u64le(&block);
	uint32_t version = cursor_u32le(&block);

	out->salt = cursor_u32le(&block);
	out->epoch = cursor_u64le(&block);
	out->first_sequence = cursor_u64le(&block);
	cursor_skip(&block, 4);
	if (cursor_u32le(&block) != crc || magic != HEAD_MAGIC || out->first_sequence == 0) {
		return -EBADMSG;
	}
	return version == SEGMENT_VERSION ? 0 : -EPROTONOSUPPORT;
}

int segment_head_parse(const void *data, size_t len_bytes, struct segment_head *out)
{
	struct cursor c = cursor_of(data, len_bytes);
	int rc = -EBADMSG;

	for (int i = 0; rc == -EBADMSG && i < 2; i++) {
		struct cursor block = cursor_sub(&c, HEAD_BLOCK_BYTES);

		rc = block.bad ? -EBADMSG : parse_head_block(block, out);
	}
	return rc;
}

/* ---- entries ---- */

size_t segment_entry_bytes(const struct spool_entry *entry)
{
	size_t sum = ENTRY_HEAD_BYTES + ENTRY_BODY_MIN;

	if (entry->n_checkpoints > SPOOL_SOURCES_MAX ||
	    cursor_left(&entry->records) > SPOOL_ENTRY_MAX_BYTES) {
		return SIZE_MAX;
	}
	sum += cursor_left(&entry->records);
	for (size_t i = 0; i < entry->n_checkpoints; i++) {
		size_t name = strlen(entry->checkpoints[i].source);
		size_t state = cursor_left(&entry->checkpoints[i].state);

		if (name == 0 || name > SOURCE_NAME_MAX || state > SPOOL_ENTRY_MAX_BYTES) {
			return SIZE_MAX;
		}
		sum += 8 + name + state;
	}
	return sum <= SPOOL_ENTRY_MAX_BYTES ? sum : SIZE_MAX;
}

int segment_entry_add(struct buf *out, uint32_t salt, uint64_t first_sequence, int64_t written_us,
                      const struct spool_entry *entry)
{
	size_t records = cursor_left(&entry->records);
	size_t bytes = segment_entry_bytes(entry);
	size_t body = bytes - ENTRY_HEAD_BYTES;
	size_t from = out->len;
	uint32_t crc;

	if (bytes == SIZE_MAX || buf_reserve(out, bytes) == NULL) {
		out->failed = false;
		return -EMSGSIZE;
	}
	buf_add_u32le(out, ENTRY_MAGIC);
	buf_add_u32le(out, (uint32_t)body);
	buf_add_u32le(out, 0);
	buf_add_u64le(out, first_sequence);
	buf_add_u64le(out, (uint64_t)written_us);
	buf_add_u32le(out, entry->count);
	buf_add_u32le(out, (uint32_t)entry->n_checkpoints);
	buf_add_u32le(out, (uint32_t)records);
	for (size_t i = 0; i < entry->n_checkpoints; i++) {
		const struct spool_checkpoint *c = &entry->checkpoints[i];

		buf_add_u32le(out, (uint32_t)strlen(c->source));
		buf_add_u32le(out, (uint32_t)cursor_left(&c->state));
		buf_add_text(out, c->source);
		buf_add(out, c->state.at, cursor_left(&c->state));
	}
	buf_add(out, entry->records.at, records);
	crc = crc32c(salt, out->data + from + 4, 4);
	crc = crc32c(crc, out->data + from + ENTRY_HEAD_BYTES, body);
	memcpy(out->data + from + 8, &crc, sizeof(crc));
	return 0;
}

int segment_checkpoint_next(struct cursor *c, struct slice *source, struct cursor *state)
{
	uint32_t name_len;
	uint32_t state_len;
	struct cursor name;

	if (cursor_left(c) == 0) {
		return 0;
	}
	name_len = cursor_u32le(c);
	state_len = cursor_u32le(c);
	name = cursor_sub(c, name_len);
	*state = cursor_sub(c, state_len);
	*source = (struct slice){ (const char *)name.at, cursor_left(&name) };
	return !c->bad && name_len > 0 && name_len <= SOURCE_NAME_MAX &&
	                       memchr(source->at, '\0', source->len) == NULL
	               ? 1
	               : 0;
}

static bool checkpoints_agree(struct cursor c, uint32_t count)
{
	struct slice source;
	struct cursor state;
	uint32_t n = 0;

	while (segment_checkpoint_next(&c, &source, &state) == 1) {
		n++;
	}
	return !c.bad && cursor_left(&c) == 0 && n == count;
}

static bool records_agree(struct cursor c, uint32_t count)
{
	struct cxm_packed record;
	uint32_t n = 0;
	int rc;

	while ((rc = cxm_record_next(&c, &record)) == 1) {
		n++;
	}
	return rc == 0 && n == count;
}

/* The body of an entry whose checksum is right; false when it contradicts itself. */
static bool parse_body(struct cursor body, struct segment_entry *out)
{
	uint32_t records;

	out->first_sequence = cursor_u64le(&body);
	out->written_us = (int64_t)cursor_u64le(&body);
	out->count = cursor_u32le(&body);
	out->n_checkpoints = cursor_u32le(&body);
	records = cursor_u32le(&body);
	if (body.bad || records > cursor_left(&body) || out->first_sequence == 0 ||
	    out->first_sequence > SEGMENT_SEQUENCE_MAX - out->count) {
		return false;
	}
	out->checkpoints = cursor_sub(&body, cursor_left(&body) - records);
	out->records = body;
	return checkpoints_agree(out->checkpoints, out->n_checkpoints) &&
	       records_agree(out->records, out->count);
}

/* ---- scanning ---- */

void segment_scan_init(struct segment_scan *scan, const struct env *env)
{
	*scan = (struct segment_scan){ .env = env, .fd = -1 };
	buf_init(&scan->window, SPOOL_ENTRY_MAX_BYTES + ENTRY_HEAD_BYTES);
}

void segment_scan_begin(struct segment_scan *scan, int fd, uint32_t salt, int64_t end_bytes)
{
	scan->fd = fd;
	scan->salt = salt;
	scan->at_bytes = SEGMENT_HEAD_BYTES;
	scan->end_bytes = end_bytes;
	scan->tries = 0;
}

void segment_scan_free(struct segment_scan *scan)
{
	buf_free(&scan->window);
}

/* Fill the window with n bytes at `at`, n being inside the segment. @return bytes, -errno. */
static ssize_t fill_window(struct segment_scan *scan, int64_t at, size_t n)
{
	uint8_t *to;
	ssize_t got;

	buf_reset(&scan->window);
	to = buf_reserve(&scan->window, n);
	if (to == NULL) {
		return -ENOMEM;
	}
	got = env_pread_all(scan->env, scan->fd, to, n, (off_t)at);
	buf_commit(&scan->window, got > 0 ? (size_t)got : 0);
	return got;
}

static size_t left_of(const struct segment_scan *scan, int64_t at, size_t most)
{
	int64_t left = scan->end_bytes - at;

	return left <= 0 ? 0 : (uint64_t)left < most ? (size_t)left : most;
}

/* Is there a whole entry at `at`? @return its length, 0 when not, -errno. */
static ssize_t try_entry(struct segment_scan *scan, int64_t at, struct segment_entry *entry)
{
	ssize_t got = fill_window(scan, at, left_of(scan, at, FIRST_READ_BYTES));
	struct cursor c = cursor_of(scan->window.data, scan->window.len);
	uint32_t magic = cursor_u32le(&c);
	uint32_t body = cursor_u32le(&c);
	uint32_t stored = cursor_u32le(&c);
	size_t all = ENTRY_HEAD_BYTES + (size_t)body;
	uint32_t crc;

	if (got < 0) {
		return got;
	}
	/* the length is believed only as far as the file goes: nothing is allocated for more */
	if (c.bad || magic != ENTRY_MAGIC || body < ENTRY_BODY_MIN ||
	    body > SPOOL_ENTRY_MAX_BYTES || left_of(scan, at, all) < all) {
		return 0;
	}
	if (all > scan->window.len) {
		got = fill_window(scan, at, all);
		if (got < (ssize_t)all) {
			return got < 0 ? got : 0;
		}
	}
	crc = crc32c(scan->salt, scan->window.data + 4, 4);
	crc = crc32c(crc, scan->window.data + ENTRY_HEAD_BYTES, body);
	if (crc != stored ||
	    !parse_body(cursor_of(scan->window.data + ENTRY_HEAD_BYTES, body), entry)) {
		return 0;
	}
	return (ssize_t)all;
}

/* Where the next entry may begin, at `at` or behind; the end when nowhere. */
static int64_t find_magic(struct segment_scan *scan, int64_t at)
{
	const uint32_t magic = ENTRY_MAGIC;

	while (at < scan->end_bytes) {
		ssize_t got = fill_window(scan, at, left_of(scan, at, SEARCH_BYTES));
		const uint8_t *data = scan->window.data;
		const uint8_t *hit;

		if (got < 0) {
			at += UNREADABLE_BYTES;
			continue;
		}
		hit = got > 0 ? memmem(data, (size_t)got, &magic, sizeof(magic)) : NULL;
		if (hit != NULL) {
			return at + (hit - data);
		}
		if (got < (ssize_t)sizeof(magic) || at + got >= scan->end_bytes) {
			break;
		}
		at += got - (ssize_t)(sizeof(magic) - 1); /* it may lie across the border */
	}
	return scan->end_bytes;
}

int segment_scan_next(struct segment_scan *scan, struct segment_entry *entry, int64_t *skipped)
{
	int64_t from = scan->at_bytes;
	int64_t at = from;

	*skipped = 0;
	while (at < scan->end_bytes) {
		ssize_t n = try_entry(scan, at, entry);

		if (n < 0 && n != -EIO) {
			return (int)n;
		}
		if (n > 0) {
			*skipped = at - from;
			scan->at_bytes = at + n;
			return 1;
		}
		if (++scan->tries > SEGMENT_TRIES_MAX) {
			break;
		}
		at = find_magic(scan, at + 1);
	}
	*skipped = scan->end_bytes > from ? scan->end_bytes - from : 0;
	scan->at_bytes = scan->end_bytes;
	return 0;
}
