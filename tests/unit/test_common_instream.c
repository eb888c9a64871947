#include "common/instream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#include "tests/support/cases.h"
#include "tests/support/dice.h"
#include "tests/support/temp.h"

enum { PLAIN_BYTES = 300000, PACKED_MAX = 400000 };

/* Lines that do not compress away: what was packed is longer than one read of the file. */
struct sample {
	char plain[PLAIN_BYTES];
	uint8_t gzip[PACKED_MAX];
	size_t gzip_bytes;
	uint8_t zstd[PACKED_MAX];
	size_t zstd_bytes;
	struct temp temp;
};

static size_t pack_gzip(const void *in, size_t len, uint8_t *out, size_t size)
{
	z_stream z = { .next_out = out, .avail_out = (uInt)size };

	memcpy(&z.next_in, &in, sizeof(in)); /* zlib wants it without const */
	z.avail_in = (uInt)len;
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(deflateEnd(&z), Z_OK);
	return size - z.avail_out;
}

static size_t pack_zstd(const void *in, size_t len, uint8_t *out, size_t size)
{
	size_t n = ZSTD_compress(out, size, in, len, 3);

	assert_int_equal(ZSTD_isError(n), 0);
	return n;
}

static int make_sample(void **state)
{
	static struct sample s;
	struct dice dice = { 9 };

	for (size_t i = 0; i < PLAIN_BYTES; i++) {
		s.plain[i] = i % 60 == 59 ? '\n' : (char)('0' + dice_below(&dice, 64));
	}
	s.gzip_bytes = pack_gzip(s.plain, PLAIN_BYTES, s.gzip, PACKED_MAX);
	s.zstd_bytes = pack_zstd(s.plain, PLAIN_BYTES, s.zstd, PACKED_MAX);
	temp_open(&s.temp);
	*state = &s;
	return 0;
}

static int remove_sample(void **state)
{
	struct sample *s = *state;

	temp_remove(&s->temp);
	return 0;
}

static struct instream *open_bytes(struct sample *s, const void *data, size_t len)
{
	struct instream *in = NULL;
	struct fault fault;

	assert_int_equal(instream_open(&in, temp_file(&s->temp, "in", data, len), &fault), 0);
	return in;
}

/* Read all in steps; @return what the last call said, the bytes are in `out`. */
static ssize_t read_all(struct instream *in, char *out, size_t size, size_t step, size_t *got)
{
	ssize_t n;

	*got = 0;
	do {
		size_t want = size - *got < step ? size - *got : step;

		n = instream_read(in, out + *got, want);
		*got += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	return n;
}

static char out[2 * PLAIN_BYTES + 1];

static void reads_back(struct sample *s, const void *data, size_t len)
{
	static const size_t steps[] = { sizeof(out), 65536, 1000, 7 };

	for (size_t i = 0; i < 4; i++) {
		struct instream *in = open_bytes(s, data, len);
		size_t got;

		assert_int_equal(instream_size_bytes(in), len);
		assert_int_equal(read_all(in, out, sizeof(out), steps[i], &got), 0);
		assert_int_equal(got, PLAIN_BYTES);
		assert_memory_equal(out, s->plain, PLAIN_BYTES);
		assert_int_equal(instream_done_bytes(in), len);
		assert_int_equal(instream_read(in, out, 1), 0); /* the end stays */
		instream_close(in);
	}
}

static void plain_file_is_read_as_it_is(void **state)
{
	struct sample *s = *state;

	reads_back(s, s->plain, PLAIN_BYTES);
}

/* Before: every gzip file ended in -EBADMSG, as did every zstd file. */
static void gzip_file_is_unpacked(void **state)
{
	struct sample *s = *state;

	reads_back(s, s->gzip, s->gzip_bytes);
}

static void zstd_file_is_unpacked(void **state)
{
	struct sample *s = *state;

	reads_back(s, s->zstd, s->zstd_bytes);
}

/* cat a.gz b.gz; also an empty member in between, as logrotate leaves them */
static void gzip_members_are_read_one_after_the_other(void **state)
{
	struct sample *s = *state;
	static uint8_t joined[PACKED_MAX];
	size_t n = pack_gzip(s->plain, 100000, joined, PACKED_MAX);

	n += pack_gzip("", 0, joined + n, PACKED_MAX - n);
	n += pack_gzip(s->plain + 100000, PLAIN_BYTES - 100000, joined + n, PACKED_MAX - n);
	reads_back(s, joined, n);
}

static void zstd_frames_are_read_one_after_the_other(void **state)
{
	/* a skippable frame (RFC 8878 3.1.2): magic, length 4, "skip" */
	static const uint8_t skippable[] = {
		0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 's', 'k', 'i', 'p'
	};
	struct sample *s = *state;
	static uint8_t joined[PACKED_MAX];
	size_t n = pack_zstd(s->plain, 100000, joined, PACKED_MAX);

	memcpy(joined + n, skippable, sizeof(skippable));
	n += sizeof(skippable);
	n += pack_zstd(s->plain + 100000, PLAIN_BYTES - 100000, joined + n, PACKED_MAX - n);
	reads_back(s, joined, n);
}

static void empty_files_are_empty(void **state)
{
	struct sample *s = *state;
	uint8_t packed[64];
	size_t sizes[] = { 0, pack_gzip("", 0, packed, 32), pack_zstd("", 0, packed + 32, 32) };
	const uint8_t *at[] = { packed, packed, packed + 32 };

	for (size_t i = 0; i < 3; i++) {
		struct instream *in = open_bytes(s, at[i], sizes[i]);

		assert_int_equal(instream_read(in, out, sizeof(out)), 0);
		instream_close(in);
	}
}

/* What comes before the cut is handed out, then the damage is reported, and again when asked again.
 */
static void cut_at(struct sample *s, const uint8_t *data, size_t len)
{
	struct instream *in = open_bytes(s, data, len);
	size_t got;

	assert_int_equal(read_all(in, out, sizeof(out), 4096, &got), -EBADMSG);
	assert_true(got < PLAIN_BYTES);
	assert_memory_equal(out, s->plain, got);
	assert_int_equal(instream_read(in, out, 1), -EBADMSG);
	instream_close(in);
}

static void cut_gzip_file_is_damage_wherever_it_is_cut(void **state)
{
	struct sample *s = *state;

	for (size_t cut = 2; cut < s->gzip_bytes; cut += cut < 40 ? 1 : 9973) {
		cut_at(s, s->gzip, cut);
	}
}

static void gzip_file_without_its_whole_checksum_is_damage(void **state)
{
	struct sample *s = *state;

	for (size_t cut = 1; cut <= 8; cut++) {
		struct instream *in = open_bytes(s, s->gzip, s->gzip_bytes - cut);
		size_t got;

		assert_int_equal(read_all(in, out, sizeof(out), 4096, &got), -EBADMSG);
		assert_int_equal(got, PLAIN_BYTES);
		instream_close(in);
	}
}

static void cut_zstd_file_is_damage_wherever_it_is_cut(void **state)
{
	struct sample *s = *state;

	for (size_t cut = 4; cut < s->zstd_bytes; cut += cut < 40 ? 1 : 9973) {
		cut_at(s, s->zstd, cut);
	}
}

/* Before: what had been unpacked in the same call was thrown away. */
static void what_was_unpacked_before_a_bad_byte_is_handed_out(void **state)
{
	struct sample *s = *state;
	static uint8_t bad[PACKED_MAX];
	struct instream *in;
	size_t got;

	memcpy(bad, s->gzip, s->gzip_bytes);
	bad[s->gzip_bytes - 1000] ^= 0xff;
	bad[s->gzip_bytes - 999] ^= 0xff;
	in = open_bytes(s, bad, s->gzip_bytes);
	assert_int_equal(read_all(in, out, sizeof(out), sizeof(out), &got), -EBADMSG);
	assert_true(got > PLAIN_BYTES / 2);
	assert_memory_equal(out, s->plain, PLAIN_BYTES / 2);
	instream_close(in);
}

static void wrong_checksum_is_damage(void **state)
{
	struct sample *s = *state;
	static uint8_t bad[PACKED_MAX];
	struct instream *in;
	size_t got;

	memcpy(bad, s->gzip, s->gzip_bytes);
	bad[s->gzip_bytes - 8] ^= 1; /* RFC 1952 2.3.1: CRC32 and size are the last 8 bytes */
	in = open_bytes(s, bad, s->gzip_bytes);
	assert_int_equal(read_all(in, out, sizeof(out), 65536, &got), -EBADMSG);
	instream_close(in);
}

static const struct garbage_case {
	const char *name;
	uint8_t bytes[20];
	size_t len;
} garbage[] = {
	{ "gzip_magic_and_garbage", { 0x1f, 0x8b, 'n', 'o', 't', ' ', 'g', 'z', 'i', 'p' }, 10 },
	{ "gzip_of_an_unknown_method", { 0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 12 },
	{ "zstd_magic_and_garbage",
	  { 0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  10 },
	{ "gzip_and_garbage_behind",
	  { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
	  20 },
};

static void garbage_is_damage(void **state)
{
	static struct sample s;
	const struct garbage_case *c = *state;
	uint8_t bytes[24] = "....behind..............";
	struct instream *in;
	size_t got;

	memcpy(bytes, c->bytes, c->len);
	temp_open(&s.temp);
	in = open_bytes(&s, bytes, sizeof(bytes));
	assert_int_equal(read_all(in, out, sizeof(out), 100, &got), -EBADMSG);
	instream_close(in);
	temp_remove(&s.temp);
}

static const struct short_case {
	const char *name;
	const char *bytes;
	size_t len;
} short_files[] = {
	{ "one_byte_of_the_gzip_magic_is_text", "\x1f", 1 },
	{ "three_bytes_of_the_zstd_magic_are_text", "\x28\xb5\x2f", 3 },
	{ "text_is_text", "time,queue\n", 11 },
};

static void file_without_magic_is_plain(void **state)
{
	static struct sample s;
	const struct short_case *c = *state;
	struct instream *in;

	temp_open(&s.temp);
	in = open_bytes(&s, c->bytes, c->len);
	assert_int_equal(instream_read(in, out, sizeof(out)), c->len);
	assert_memory_equal(out, c->bytes, c->len);
	instream_close(in);
	temp_remove(&s.temp);
}

/* Before: the file decided how much memory its reader takes, up to libzstd's own limit of 128 MiB.
 */
static void zstd_window_above_32_mib_is_refused(void **state)
{
	struct sample *s = *state;
	static uint8_t packed[PACKED_MAX];
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	ZSTD_inBuffer nothing = { "", 0, 0 };
	ZSTD_outBuffer to = { packed, sizeof(packed), 0 };
	ZSTD_inBuffer all = { s->plain, PLAIN_BYTES, 0 };
	struct instream *in;
	size_t got;

	assert_int_equal(ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_windowLog, 26)), 0);
	(void)ZSTD_compressStream2(ctx, &to, &all,
	                           ZSTD_e_continue); /* size not known: no shrinking */
	assert_int_equal(ZSTD_compressStream2(ctx, &to, &nothing, ZSTD_e_end), 0);
	assert_int_equal(ZSTD_freeCCtx(ctx), 0);
	in = open_bytes(s, packed, to.pos);
	assert_int_equal(read_all(in, out, sizeof(out), 65536, &got), -EBADMSG);
	assert_int_equal(got, 0);
	instream_close(in);
}

static void bomb_unpacks_in_small_memory(void **state)
{
	struct sample *s = *state;
	static uint8_t zeros[1 << 20];
	static uint8_t packed[PACKED_MAX];
	struct instream *in;
	uint64_t sum = 0;
	ssize_t n;

	in = open_bytes(s, packed, pack_zstd(zeros, sizeof(zeros), packed, PACKED_MAX));
	while ((n = instream_read(in, out, 4096)) > 0) {
		sum += (uint64_t)n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(sum, sizeof(zeros));
	instream_close(in);
}

static void file_tells_its_name_and_age(void **state)
{
	struct sample *s = *state;
	struct timespec times[2] = { { 5, 0 }, { 1795323506, 123456789 } };
	const char *path = temp_text(&s->temp, "aged", "x");
	struct instream *in = NULL;

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(instream_open(&in, path, NULL), 0);
	assert_string_equal(instream_path(in), path);
	assert_int_equal(instream_mtime_us(in), INT64_C(1795323506123456));
	assert_int_equal(instream_read(in, out, 0), 0);
	instream_close(in);
}

static void refused(const char *path, int rc, const char *why)
{
	struct instream *in = NULL;
	struct fault fault;

	assert_int_equal(instream_open(&in, path, &fault), rc);
	assert_null(in);
	assert_int_equal(fault.code, rc);
	assert_memory_equal(fault.text, path, strlen(path));
	assert_non_null(strstr(fault.text, why));
}

static void missing_file_is_refused(void **state)
{
	struct sample *s = *state;

	refused(temp_path(&s->temp, "missing"), -ENOENT, "No such file");
}

static void fifo_and_folder_are_refused_without_waiting(void **state)
{
	struct sample *s = *state;
	const char *path = temp_path(&s->temp, "fifo");

	assert_int_equal(mkfifo(path, 0600), 0);
	refused(path, -EINVAL, "not a regular file");
	refused(s->temp.dir, -EINVAL, "not a regular file");
}

static void closing_nothing_is_allowed(void **state)
{
	(void)state;
	instream_close(NULL);
}

int main(void)
{
	static struct cases files;
	static struct cases c;

	cases_test(&files, plain_file_is_read_as_it_is);
	cases_test(&files, gzip_file_is_unpacked);
	cases_test(&files, zstd_file_is_unpacked);
	cases_test(&files, gzip_members_are_read_one_after_the_other);
	cases_test(&files, zstd_frames_are_read_one_after_the_other);
	cases_test(&files, empty_files_are_empty);
	cases_test(&files, cut_gzip_file_is_damage_wherever_it_is_cut);
	cases_test(&files, gzip_file_without_its_whole_checksum_is_damage);
	cases_test(&files, cut_zstd_file_is_damage_wherever_it_is_cut);
	cases_test(&files, what_was_unpacked_before_a_bad_byte_is_handed_out);
	cases_test(&files, wrong_checksum_is_damage);
	cases_test(&files, zstd_window_above_32_mib_is_refused);
	cases_test(&files, bomb_unpacks_in_small_memory);
	cases_test(&files, file_tells_its_name_and_age);
	cases_test(&files, missing_file_is_refused);
	cases_test(&files, fifo_and_folder_are_refused_without_waiting);
	cases_table(&c, garbage, garbage_is_damage);
	cases_table(&c, short_files, file_without_magic_is_plain);
	cases_test(&c, closing_nothing_is_allowed);
	return cases_run("instream_files", &files, make_sample, remove_sample) +
	       cases_run("instream", &c, NULL, NULL);
}
