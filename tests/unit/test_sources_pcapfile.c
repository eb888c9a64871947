/* The capture file reader: every byte order and resolution, blocks it does not know, and damage at
 * every offset. */
#include "agent/sources/pcapfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cases.h"

#include "common/buf.h"

#define FILE_MAX       ((size_t)8 * 1024 * 1024)
#define SECOND         UINT32_C(1795323487)
#define AT_NS          (INT64_C(1795323487) * 1000000000 + 123456000)
#define ETHERNET       1
#define RAW_IP         101
#define BYTES_OF(text) (text), sizeof(text) - 1

/* ---- writing files ---- */

struct writer {
	struct buf out;
	bool big; /* endian */
};

static void add_u32(struct writer *w, uint32_t v)
{
	buf_add_u32le(&w->out, w->big ? __builtin_bswap32(v) : v);
}

static void add_u16(struct writer *w, uint16_t v)
{
	uint8_t bytes[2] = { (uint8_t)(w->big ? v >> 8 : v), (uint8_t)(w->big ? v : v >> 8) };

	buf_add(&w->out, bytes, 2);
}

static void add_padded(struct writer *w, const char *data, size_t len)
{
	buf_add(&w->out, data, len);
	buf_add(&w->out, "\0\0\0", (4 - len % 4) % 4);
}

static void classic_head(struct writer *w, uint32_t magic, uint32_t link)
{
	add_u32(w, magic);
	add_u16(w, 2); /* version 2.4 */
	add_u16(w, 4);
	add_u32(w, 0);
	add_u32(w, 0);
	add_u32(w, 65535);
	add_u32(w, link);
}

static void classic_packet(struct writer *w, uint32_t fraction, const char *data, size_t len)
{
	add_u32(w, SECOND);
	add_u32(w, fraction);
	add_u32(w, (uint32_t)len);
	add_u32(w, (uint32_t)len + 100);
	buf_add(&w->out, data, len);
}

static void ng_section(struct writer *w)
{
	add_u32(w, 0x0a0d0d0a);
	add_u32(w, 28);
	add_u32(w, 0x1a2b3c4d);
	add_u16(w, 1); /* version 1.0 */
	add_u16(w, 0);
	add_u32(w, UINT32_MAX); /* length of the section: not given */
	add_u32(w, UINT32_MAX);
	add_u32(w, 28);
}

/* With if_tsresol; 6 is the default, microseconds. */
static void ng_interface(struct writer *w, uint16_t link, uint32_t snap, const char *resolution)
{
	add_u32(w, 1);
	add_u32(w, 32);
	add_u16(w, link);
	add_u16(w, 0);
	add_u32(w, snap);
	add_u16(w, 9);
	add_u16(w, 1);
	add_padded(w, resolution, 1);
	add_u32(w, 0); /* opt_endofopt */
	add_u32(w, 32);
}

static void ng_packet(struct writer *w, uint32_t interface, uint64_t ticks, const char *data,
                      size_t len)
{
	uint32_t total = 32 + (uint32_t)(len + 3) / 4 * 4;

	add_u32(w, 6);
	add_u32(w, total);
	add_u32(w, interface);
	add_u32(w, (uint32_t)(ticks >> 32));
	add_u32(w, (uint32_t)ticks);
	add_u32(w, (uint32_t)len);
	add_u32(w, (uint32_t)len + 100);
	add_padded(w, data, len);
	add_u32(w, total);
}

static void ng_unknown(struct writer *w, uint32_t len)
{
	static const char zeros[4096];

	add_u32(w, 0x0bad);
	add_u32(w, len);
	for (uint32_t left = len - 12; left > 0;) {
		uint32_t n = left < sizeof(zeros) ? left : (uint32_t)sizeof(zeros);

		buf_add(&w->out, zeros, n);
		left -= n;
	}
	add_u32(w, len);
}

/* ---- reading them ---- */

struct memory {
	const uint8_t *at;
	size_t left;
	int failure; /* what a read at the end returns */
};

static ssize_t read_memory(void *arg, void *out, size_t len_bytes)
{
	struct memory *m = arg;
	size_t n = len_bytes < m->left ? len_bytes : m->left;

	if (n == 0 && len_bytes > 0) {
		return m->failure;
	}
	memcpy(out, m->at, n);
	m->at += n;
	m->left -= n;
	return (ssize_t)n;
}

struct result {
	int rc;
	unsigned n;
	struct frame last;
	char last_text[64]; /* what the last frame held */
	struct fault fault;
};

static struct result read_all_failing(const struct writer *w, size_t len, int failure)
{
	struct memory m = { w->out.data, len, failure };
	struct result r = { 0 };
	struct frame frames[7];
	struct pcapfile *f;
	int n;

	assert_false(w->out.failed);
	r.rc = pcapfile_open(&f, read_memory, &m, &r.fault);
	if (r.rc != 0) {
		return r;
	}
	while ((n = pcapfile_next(f, frames, COUNT(frames), &r.fault)) > 0) {
		size_t keep = frames[n - 1].len_bytes < sizeof(r.last_text) - 1
		                      ? frames[n - 1].len_bytes
		                      : sizeof(r.last_text) - 1;

		r.n += (unsigned)n;
		r.last = frames[n - 1];
		memset(r.last_text, 0, sizeof(r.last_text));
		memcpy(r.last_text, r.last.at, keep);
	}
	r.rc = n;
	pcapfile_close(f);
	return r;
}

static struct result read_all(const struct writer *w, size_t len)
{
	return read_all_failing(w, len, 0);
}

static struct result read_and_free(struct writer *w)
{
	struct result r = read_all(w, w->out.len);

	buf_free(&w->out);
	return r;
}

static struct writer begin(bool big)
{
	struct writer w = { .big = big };

	buf_init(&w.out, FILE_MAX);
	return w;
}

/* ---- classic ---- */

static const struct classic_case {
	const char *name;
	bool big;
	uint32_t magic;
	uint32_t fraction;
} classic_cases[] = {
	{ "microseconds_little_endian", false, 0xa1b2c3d4, 123456 },
	{ "microseconds_big_endian", true, 0xa1b2c3d4, 123456 },
	{ "nanoseconds_little_endian", false, 0xa1b23c4d, 123456000 },
	{ "nanoseconds_big_endian", true, 0xa1b23c4d, 123456000 },
};

static void classic_case_run(void **state)
{
	const struct classic_case *c = *state;
	struct writer w = begin(c->big);
	struct result r;

	classic_head(&w, c->magic, RAW_IP);
	for (unsigned i = 0; i < 20; i++) {
		classic_packet(&w, c->fraction, BYTES_OF("first"));
	}
	classic_packet(&w, c->fraction, BYTES_OF("second packet"));
	r = read_and_free(&w);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.n, 21);
	assert_string_equal(r.last_text, "second packet");
	assert_int_equal(r.last.len_bytes, 13);
	assert_int_equal(r.last.wire_bytes, 113);
	assert_int_equal(r.last.link, RAW_IP);
	assert_int_equal(r.last.at_ns, AT_NS);
}

static void a_file_longer_than_the_buffer_is_read_to_its_end(void **state)
{
	static const char packet[1500];
	struct writer w = begin(false);
	struct result r;

	(void)state;
	classic_head(&w, 0xa1b2c3d4, ETHERNET);
	for (unsigned i = 0; i < 2000; i++) {
		classic_packet(&w, i, packet, i % 1500);
	}
	classic_packet(&w, 0, BYTES_OF("the end"));
	r = read_and_free(&w);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.n, 2001);
	assert_string_equal(r.last_text, "the end");
}

static void a_file_without_packets_is_empty(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	classic_head(&w, 0xa1b2c3d4, ETHERNET);
	r = read_and_free(&w);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.n, 0);
}

static void the_bits_above_the_link_type_are_no_part_of_it(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	classic_head(&w, 0xa1b2c3d4, 0x24000000 | ETHERNET); /* frame check sequence of 4 bytes */
	classic_packet(&w, 0, BYTES_OF("x"));
	r = read_and_free(&w);
	assert_int_equal(r.last.link, ETHERNET);
}

static void a_fraction_of_more_than_a_second_is_no_time(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	classic_head(&w, 0xa1b2c3d4, ETHERNET);
	classic_packet(&w, 1000000, BYTES_OF("x"));
	r = read_and_free(&w);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.last.at_ns, -1);
}

static void e18_a_record_longer_than_any_is_damage(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	classic_head(&w, 0xa1b2c3d4, ETHERNET);
	classic_packet(&w, 0, BYTES_OF("good"));
	add_u32(&w, SECOND);
	add_u32(&w, 0);
	add_u32(&w, 262145);
	add_u32(&w, 262145);
	r = read_and_free(&w);
	assert_int_equal(r.rc, -EBADMSG);
	assert_int_equal(r.n, 1);
	assert_string_equal(r.fault.text, "a packet record of impossible length behind packet 1");
}

static void the_longest_record_is_read(void **state)
{
	static const char packet[PCAPFILE_FRAME_MAX_BYTES];
	struct writer w = begin(false);
	struct result r;

	(void)state;
	classic_head(&w, 0xa1b2c3d4, ETHERNET);
	for (unsigned i = 0; i < 5; i++) {
		classic_packet(&w, 0, packet, sizeof(packet));
	}
	r = read_and_free(&w);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.n, 5);
	assert_int_equal(r.last.len_bytes, PCAPFILE_FRAME_MAX_BYTES);
}

/* ---- pcapng ---- */

static const struct ng_case {
	const char *name;
	bool big;
	const char *resolution;
	uint64_t ticks;
	int64_t at_ns;
} ng_cases[] = {
	{ "ng_microseconds", false, "\x06", UINT64_C(1795323487123456), AT_NS },
	{ "ng_microseconds_big_endian", true, "\x06", UINT64_C(1795323487123456), AT_NS },
	{ "ng_nanoseconds", false, "\x09", UINT64_C(1795323487123456000), AT_NS },
	{ "ng_seconds", false, "\x00", SECOND, AT_NS / 1000000000 * 1000000000 },
	{ "ng_half_seconds_by_power_of_two", false, "\x81", SECOND *UINT64_C(2) + 1,
	  AT_NS / 1000000000 * 1000000000 + 500000000 },
	{ "ng_resolution_too_fine_to_count_in_is_no_time", false, "\x40", 1, -1 },
	{ "ng_time_beyond_2106_is_no_time", false, "\x06", UINT64_MAX, -1 },
};

static void ng_case_run(void **state)
{
	const struct ng_case *c = *state;
	struct writer w = begin(c->big);
	struct result r;

	ng_section(&w);
	ng_interface(&w, ETHERNET, 0, "\x06");
	ng_interface(&w, RAW_IP, 0, c->resolution);
	ng_packet(&w, 0, 1, BYTES_OF("first"));
	ng_packet(&w, 1, c->ticks, BYTES_OF("second packet"));
	r = read_and_free(&w);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.n, 2);
	assert_string_equal(r.last_text, "second packet");
	assert_int_equal(r.last.wire_bytes, 113);
	assert_int_equal(r.last.link, RAW_IP);
	assert_true(r.last.at_ns == c->at_ns);
}

static void a_second_section_has_its_own_order_and_interfaces(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	ng_section(&w);
	ng_interface(&w, ETHERNET, 0, "\x06");
	ng_packet(&w, 0, 1, BYTES_OF("first"));
	w.big = true;
	ng_section(&w);
	ng_interface(&w, RAW_IP, 0, "\x06");
	ng_packet(&w, 0, UINT64_C(1795323487123456), BYTES_OF("second"));
	r = read_and_free(&w);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.last.link, RAW_IP);
	assert_int_equal(r.last.at_ns, AT_NS);
}

static void blocks_it_does_not_know_are_skipped(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	ng_section(&w);
	ng_unknown(&w, 12);
	ng_interface(&w, ETHERNET, 0, "\x06");
	ng_packet(&w, 0, 1, BYTES_OF("first"));
	ng_unknown(&w, 2 * 1024 * 1024); /* longer than the buffer */
	ng_packet(&w, 0, 1, BYTES_OF("second"));
	r = read_and_free(&w);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.n, 2);
	assert_string_equal(r.last_text, "second");
}

static void a_simple_packet_is_cut_to_the_snap_length(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	ng_section(&w);
	ng_interface(&w, ETHERNET, 4, "\x06");
	add_u32(&w, 3);
	add_u32(&w, 20);
	add_u32(&w, 9000); /* on the wire */
	buf_add(&w.out, "abcd", 4);
	add_u32(&w, 20);
	r = read_and_free(&w);
	assert_int_equal(r.n, 1);
	assert_string_equal(r.last_text, "abcd");
	assert_int_equal(r.last.wire_bytes, 9000);
	assert_int_equal(r.last.at_ns, -1);
}

static void an_old_packet_block_is_read(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	ng_section(&w);
	ng_interface(&w, ETHERNET, 0, "\x06");
	add_u32(&w, 2);
	add_u32(&w, 36);
	add_u16(&w, 0); /* interface */
	add_u16(&w, 7); /* drops */
	add_u32(&w, (uint32_t)(UINT64_C(1795323487123456) >> 32));
	add_u32(&w, (uint32_t)UINT64_C(1795323487123456));
	add_u32(&w, 3);
	add_u32(&w, 3);
	add_padded(&w, "abc", 3);
	add_u32(&w, 36);
	r = read_and_free(&w);
	assert_int_equal(r.rc, 0);
	assert_string_equal(r.last_text, "abc");
	assert_int_equal(r.last.at_ns, AT_NS);
}

static void a_packet_of_an_unknown_interface_is_damage(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	ng_section(&w);
	ng_interface(&w, ETHERNET, 0, "\x06");
	ng_packet(&w, 1, 1, BYTES_OF("x"));
	r = read_and_free(&w);
	assert_int_equal(r.rc, -EBADMSG);
	assert_int_equal(r.n, 0);
}

static void e18_a_packet_longer_than_its_block_is_damage(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	ng_section(&w);
	ng_interface(&w, ETHERNET, 0, "\x06");
	ng_packet(&w, 0, 1, BYTES_OF("abcd"));
	w.out.data[28 + 32 + 20] = 200; /* its length */
	r = read_and_free(&w);
	assert_int_equal(r.rc, -EBADMSG);
}

static const uint32_t bad_block_lengths[] = { 0, 4, 8, 13, 0x7ffffffc, 0xfffffffc };

static void e18_a_block_of_impossible_length_is_damage(void **state)
{
	const uint32_t *len = *state;
	struct writer w = begin(false);
	struct result r;

	ng_section(&w);
	add_u32(&w, 6);
	add_u32(&w, *len);
	r = read_and_free(&w);
	assert_int_equal(r.rc, -EBADMSG);
}

/* Once it made the reader turn for ever. */
static void an_option_longer_than_its_block_is_ignored(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	ng_section(&w);
	ng_interface(&w, ETHERNET, 0, "\x06");
	w.out.data[28 + 18] = 200; /* length of its option */
	ng_packet(&w, 0, UINT64_C(1795323487123456), BYTES_OF("x"));
	r = read_and_free(&w);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.last.at_ns, AT_NS);
}

static void e18_too_many_interfaces_are_refused(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	ng_section(&w);
	for (unsigned i = 0; i <= PCAPFILE_INTERFACES_MAX; i++) {
		ng_interface(&w, ETHERNET, 0, "\x06");
	}
	r = read_and_free(&w);
	assert_int_equal(r.rc, -EBADMSG);
}

/* ---- damage ---- */

/* Cut after every byte: what is whole is read, the rest is reported, nothing is read past the end.
 */
static void assert_cut_anywhere(const struct writer *w, const size_t *ends, unsigned n_ends)
{
	for (size_t len = ends[0]; len < w->out.len; len++) {
		struct result r = read_all(w, len);
		unsigned whole = 0;

		while (whole + 1 < n_ends && ends[whole + 1] <= len) {
			whole++;
		}
		assert_int_equal(r.n, whole);
		assert_int_equal(r.rc, len == ends[whole] ? 0 : -EBADMSG);
	}
}

static void e18_a_classic_file_cut_anywhere_gives_what_is_whole(void **state)
{
	struct writer w = begin(false);
	size_t ends[4];

	(void)state;
	classic_head(&w, 0xa1b2c3d4, ETHERNET);
	ends[0] = w.out.len;
	for (unsigned i = 1; i < 4; i++) {
		classic_packet(&w, 0, BYTES_OF("a packet"));
		ends[i] = w.out.len;
	}
	assert_cut_anywhere(&w, ends, 4);
	buf_free(&w.out);
}

static void e18_a_pcapng_file_cut_anywhere_gives_what_is_whole(void **state)
{
	struct writer w = begin(true);
	size_t ends[4];

	(void)state;
	ng_section(&w);
	ng_interface(&w, ETHERNET, 0, "\x06");
	ends[0] = w.out.len;
	for (unsigned i = 1; i < 4; i++) {
		ng_packet(&w, 0, 1, BYTES_OF("a packet"));
		ends[i] = w.out.len;
	}
	assert_cut_anywhere(&w, ends, 4);
	buf_free(&w.out);
}

static void something_else_is_no_capture_file(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	buf_add_text(&w.out, "1795323487|NONE|NONE|NONE|QUEUESTART|\n");
	r = read_and_free(&w);
	assert_int_equal(r.rc, -EINVAL);
	assert_string_equal(r.fault.text, "not a capture file (pcap or pcapng)");
}

static void an_empty_file_is_no_capture_file(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	r = read_and_free(&w);
	assert_int_equal(r.rc, -EINVAL);
}

static void e18_damaged_compression_is_reported_behind_what_was_read(void **state)
{
	struct writer w = begin(false);
	struct result r;

	(void)state;
	classic_head(&w, 0xa1b2c3d4, ETHERNET);
	classic_packet(&w, 0, BYTES_OF("good"));
	r = read_all_failing(&w, w.out.len, -EBADMSG);
	assert_int_equal(r.rc, -EBADMSG);
	assert_int_equal(r.n, 1);
	assert_string_equal(r.fault.text, "cannot be read on behind packet 1: damaged compression");
	buf_free(&w.out);
}

int main(void)
{
	static const struct CMUnitTest singles[] = {
		cmocka_unit_test(a_file_longer_than_the_buffer_is_read_to_its_end),
		cmocka_unit_test(a_file_without_packets_is_empty),
		cmocka_unit_test(the_bits_above_the_link_type_are_no_part_of_it),
		cmocka_unit_test(a_fraction_of_more_than_a_second_is_no_time),
		cmocka_unit_test(e18_a_record_longer_than_any_is_damage),
		cmocka_unit_test(the_longest_record_is_read),
		cmocka_unit_test(a_second_section_has_its_own_order_and_interfaces),
		cmocka_unit_test(blocks_it_does_not_know_are_skipped),
		cmocka_unit_test(a_simple_packet_is_cut_to_the_snap_length),
		cmocka_unit_test(an_old_packet_block_is_read),
		cmocka_unit_test(a_packet_of_an_unknown_interface_is_damage),
		cmocka_unit_test(e18_a_packet_longer_than_its_block_is_damage),
		cmocka_unit_test(an_option_longer_than_its_block_is_ignored),
		cmocka_unit_test(e18_too_many_interfaces_are_refused),
		cmocka_unit_test(e18_a_classic_file_cut_anywhere_gives_what_is_whole),
		cmocka_unit_test(e18_a_pcapng_file_cut_anywhere_gives_what_is_whole),
		cmocka_unit_test(something_else_is_no_capture_file),
		cmocka_unit_test(an_empty_file_is_no_capture_file),
		cmocka_unit_test(e18_damaged_compression_is_reported_behind_what_was_read),
	};
	struct CMUnitTest tests[COUNT(singles) + COUNT(classic_cases) + COUNT(ng_cases) +
	                        COUNT(bad_block_lengths)];
	size_t n = COUNT(singles);

	memcpy(tests, singles, sizeof(singles));
	CASES_ADD(tests, n, classic_cases, classic_case_run);
	CASES_ADD(tests, n, ng_cases, ng_case_run);
	for (size_t i = 0; i < COUNT(bad_block_lengths); i++) {
		tests[n++] = case_test("e18_a_block_of_impossible_length_is_damage",
		                       e18_a_block_of_impossible_length_is_damage,
		                       &bad_block_lengths[i]);
	}
	return cmocka_run_group_tests_name("pcapfile", tests, NULL, NULL);
}
