#include "common/crc32c.c" /* the path without the instruction has no other door */

#include "tests/support/cases.h"
#include "tests/support/dice.h"

/* RFC 3720, appendix B.4 (bytes there are in the order they are sent), and the check value of
 * https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-32-iscsi */
static const struct vector {
	const char *name;
	uint8_t in[48];
	size_t len;
	uint32_t want;
} vectors[] = {
	{ "rfc3720_32_bytes_of_zeros", { 0 }, 32, 0x8a9136aa },
	{ "rfc3720_32_bytes_of_ones",
	  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  32,
	  0x62a8ab43 },
	{ "rfc3720_32_incrementing_bytes",
	  { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
	    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 },
	  32,
	  0x46dd794e },
	{ "rfc3720_32_decrementing_bytes",
	  { 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
	    15, 14, 13, 12, 11, 10, 9,  8,  7,  6,  5,  4,  3,  2,  1,  0 },
	  32,
	  0x113fdb5c },
	{ "rfc3720_iscsi_read_command",
	  { 0x01, 0xc0, 0, 0, 0, 0, 0,    0, 0,    0, 0, 0,    0, 0, 0, 0,
	    0x14, 0,    0, 0, 0, 0, 0x04, 0, 0,    0, 0, 0x14, 0, 0, 0, 0x18,
	    0x28, 0,    0, 0, 0, 0, 0,    0, 0x02, 0, 0, 0,    0, 0, 0, 0 },
	  48,
	  0xd9963a56 },
	{ "check_value_123456789", { '1', '2', '3', '4', '5', '6', '7', '8', '9' }, 9, 0xe3069283 },
	{ "nothing", { 0 }, 0, 0 },
};

static void sum_is_that_of_the_standard(void **state)
{
	const struct vector *v = *state;

	assert_int_equal(crc32c(0, v->in, v->len), v->want);
}

static void sum_without_the_instruction_is_that_of_the_standard(void **state)
{
	const struct vector *v = *state;

	assert_int_equal(~by_bit(~UINT32_C(0), v->in, v->len), v->want);
}

static void both_paths_agree_at_every_length_and_alignment(void **state)
{
	struct dice dice = { 3 };
	uint8_t in[100];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++) {
		in[i] = (uint8_t)dice_next(&dice);
	}
	for (size_t from = 0; from < 9; from++) {
		for (size_t n = 0; from + n <= sizeof(in); n++) {
			assert_int_equal(crc32c(77, in + from, n), ~by_bit(~77U, in + from, n));
		}
	}
}

static void sum_can_be_continued(void **state)
{
	static const char text[] = "The quick brown fox jumps over the lazy dog";

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		assert_int_equal(crc32c(crc32c(0, text, n), text + n, sizeof(text) - n),
		                 crc32c(0, text, sizeof(text)));
	}
}

int main(void)
{
	static struct cases c;

	cases_table(&c, vectors, sum_is_that_of_the_standard);
	cases_table(&c, vectors, sum_without_the_instruction_is_that_of_the_standard);
	cases_test(&c, both_paths_agree_at_every_length_and_alignment);
	cases_test(&c, sum_can_be_continued);
	return cases_run("crc32c", &c, NULL, NULL);
}
