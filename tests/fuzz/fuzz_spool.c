/*
 * Recovery and reading of whatever lies in a spool's directory.
 *
 * First byte even: the rest is a segment file as it stands. Odd: the rest is entry bodies, each
 * behind its length (2 bytes), put into a segment with right checksums, so that what is behind the
 * checksum is reached too. Whatever it is, the spool must open, read to its end, take new records
 * and find them again.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/spool.h"
#include "agent/spool_segment.h"
#include "common/crc32c.h"
#include "tests/support/fake_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DIR       "/s"
#define SALT      1
#define FILE_MAX  ((size_t)1 << 20)
#define READS_MAX 100000

static void must(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void add_entry(struct buf *out, uint32_t magic, struct cursor body)
{
	uint32_t len = (uint32_t)cursor_left(&body);
	uint32_t crc = crc32c(SALT, &len, sizeof(len));

	buf_add_u32le(out, magic);
	buf_add_u32le(out, len);
	buf_add_u32le(out, crc32c(crc, body.at, len));
	buf_add(out, body.at, len);
}

static void write_bodies(struct buf *out, struct cursor c)
{
	const struct segment_head head = { .epoch = 7, .first_sequence = 1, .salt = SALT };
	struct spool_entry empty = { 0 };
	struct buf one;
	uint32_t magic;

	buf_init(&one, 1000);
	must(segment_entry_add(&one, SALT, 1, 1, &empty) == 0);
	memcpy(&magic, one.data, sizeof(magic)); /* only the module knows it */
	buf_free(&one);
	segment_head_add(out, &head);
	while (cursor_left(&c) > 2) {
		size_t n = cursor_u16be(&c);

		add_entry(out, magic, cursor_sub(&c, n < cursor_left(&c) ? n : cursor_left(&c)));
	}
}

/* Read to the end; returns the number behind the last record. */
static uint64_t read_all(struct spool *s, size_t max_bytes)
{
	struct spool_status status;
	struct spool_run run;
	uint64_t sequence;
	int rc = 1;

	spool_status(s, &status);
	sequence = status.first_sequence;
	for (int i = 0; rc == 1 && i < READS_MAX; i++) {
		rc = spool_read(s, sequence, max_bytes, &run);
		if (rc == 1) {
			must(run.count > 0 && run.first_sequence == sequence + run.lost);
			sequence = run.first_sequence + run.count;
			must(sequence <= status.next_sequence);
		}
	}
	must(rc == 0);
	return sequence;
}

static struct spool *open_spool(struct fake_env *fake)
{
	const struct spool_options options = { DIR, INT64_C(1) << 30, 1 << 20 };
	struct spool *s = NULL;
	struct fault fault;
	int rc = spool_open(&s, fake_env_of(fake), &options, &fault);

	must(rc == 0 || rc == -EPROTONOSUPPORT);
	return s;
}

static void live(struct fake_env *fake)
{
	/* 4 bytes: field 24 (a Gap), 1 byte */
	static const uint8_t record[] = { 4, 0xc2, 1, 1, 'A' };
	struct spool_entry entry = { .records = cursor_of(record, sizeof(record)), .count = 1 };
	struct spool *s = open_spool(fake);
	struct spool_status status;
	struct spool_run run;
	uint64_t next;

	if (s == NULL) {
		return;
	}
	(void)read_all(s, 100);
	spool_status(s, &status);
	next = status.next_sequence;
	must(spool_append(s, &entry) == 0);
	must(spool_read(s, next, 1000, &run) == 1 && run.count == 1 && run.lost == 0);
	must(read_all(s, 100000) == next + 1);
	spool_close(s);
	s = open_spool(fake);
	must(s != NULL && read_all(s, 1000) == next + 1);
	must(spool_ack(s, next) == 0);
	spool_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fake_env *fake;
	struct buf file;

	if (size == 0 || size > FILE_MAX) {
		return 0;
	}
	fake = fake_env_new(1);
	buf_init(&file, 2 * FILE_MAX + 100);
	if (data[0] % 2 == 0) {
		buf_add(&file, data + 1, size - 1);
	} else {
		write_bodies(&file, cursor_of(data + 1, size - 1));
	}
	fake_env_put(fake, DIR "/00000000000000000001.seg", file.data, file.len);
	live(fake);
	buf_free(&file);
	fake_env_free(fake);
	return 0;
}
