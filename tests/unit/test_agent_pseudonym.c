/* The numbering plan, the hash against OpenSSL's own HMAC and RFC 4231, and the key file. Includes
 * the module to reach the bare HMAC, which has no other door. */
#include "agent/pseudonym.c"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tests/support/cases.h"
#include "tests/support/temp.h"

#define HEX_63 "00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1F"
#define HEX_64 "0" HEX_63

static const struct pseudonym_plan german = { "49", "00", "0" };
static const struct pseudonym_plan danish = { "45", "00", "" };
static const struct pseudonym_plan american = { "1", "011", "1" };
static const struct pseudonym_plan bare = { NULL, "00", "0" };

struct fixture {
	struct temp temp;
	struct pseudonym *p;
};

static void put_file(const char *path, const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct fault fault;

	assert_non_null(f);
	temp_open(&f->temp);
	put_file(temp_path(&f->temp, "site.key"), HEX_64 "\n", 65, 0600);
	assert_int_equal(pseudonym_open(&f->p, f->temp.path, &german, &fault), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	pseudonym_free(f->p);
	temp_remove(&f->temp);
	free(f);
	return 0;
}

/* ---- telephone numbers ---- */

static const struct number_case {
	const char *name;
	const struct pseudonym_plan *plan;
	const char *raw;
	const char *want;
} number_cases[] = {
	{ "plus_and_country_code", &german, "+49 30 1234", "49301234" },
	{ "sip_uri_with_national_number", &german, "sip:0301234@x;user=phone", "49301234" },
	{ "sips_uri_in_angle_brackets", &german, "\"Anna\" <sips:+49301234@x:5061>", "49301234" },
	{ "tel_uri_with_separators", &german, "tel:+49-(30)-12.34;ext=5", "49301234" },
	{ "uri_scheme_in_any_case", &german, "SIP:0301234@x", "49301234" },
	{ "escaped_plus", &german, "sip:%2b49301234@x", "49301234" },
	{ "international_prefix", &german, "0049301234", "49301234" },
	{ "international_prefix_of_another_country", &german, "0014155550100", "14155550100" },
	{ "national_prefix", &german, "0301234", "49301234" },
	{ "zero_in_brackets_behind_country_code", &german, "+49 (0) 30/1234", "49301234" },
	{ "zero_in_brackets_at_the_front_is_the_prefix", &german, "(0)30 1234", "49301234" },
	{ "extension_stays", &german, "2001", "2001" },
	{ "emergency_number_stays", &german, "112", "112" },
	{ "number_without_any_prefix_stays", &german, "49301234", "49301234" },
	{ "prefix_alone_stays", &german, "0", "0" },
	{ "international_prefix_alone_is_no_country_code", &german, "00", "490" },
	{ "blanks_around", &german, "  +49301234\t", "49301234" },
	{ "plan_without_national_prefix", &danish, "33123456", "4533123456" },
	{ "short_number_without_national_prefix_stays", &danish, "1813", "1813" },
	{ "american_ten_digits", &american, "(415) 555-0100", "14155550100" },
	{ "american_eleven_digits", &american, "1-415-555-0100", "14155550100" },
	{ "american_international", &american, "011 49 30 1234", "49301234" },
	{ "no_country_code_stays_as_dialled", &bare, "0301234", "0301234" },
	{ "no_country_code_loses_plus", &bare, "+49301234", "49301234" },
	{ "fifteen_digits", &german, "+123456789012345", "123456789012345" },
	{ "sixteen_digits_are_no_number", &german, "+1234567890123456", "" },
	{ "fifteen_national_digits_are_too_many", &german, "012345678901234", "" },
	{ "twenty_digits_are_no_number", &german, "12345678901234567890", "" },
	{ "letters_are_no_number", &german, "sip:anna@x", "" },
	{ "star_codes_are_no_number", &german, "*97", "" },
	{ "plus_inside_is_no_number", &german, "49+301234", "" },
	{ "sip_uri_without_user_is_no_number", &german, "sip:192.0.2.1:5060", "" },
	{ "nothing_is_no_number", &german, "", "" },
	{ "separators_alone_are_no_number", &german, " -/() ", "" },
};

static void number_case_run(void **state)
{
	const struct number_case *c = *state;
	char out[32];
	struct slice got = pseudonym_e164(c->plan, slice_of(c->raw), out);

	assert_int_equal(got.len, strlen(c->want));
	assert_memory_equal(got.len > 0 ? got.at : "", c->want, got.len);
}

static void numbers_of_every_length_stay_inside_their_buffer(void **state)
{
	char raw[256];
	char out[32];

	(void)state;
	memset(raw, '9', sizeof(raw));
	for (size_t n = 0; n <= sizeof(raw); n++) {
		struct slice got = pseudonym_e164(&danish, (struct slice){ raw, n }, out);

		assert_true(got.len <= E164_MAX_DIGITS);
	}
}

/* ---- the hash ---- */

/* RFC 4231, cases with keys of at most 32 bytes: HMAC pads keys with zeros, so a short key is this
 * long one. */
static const struct rfc_case {
	const char *name;
	uint8_t key[PSEUDONYM_KEY_BYTES];
	const char *data;
	uint8_t want[SHA256_DIGEST_LENGTH];
} rfc_cases[] = {
	{ "rfc_4231_case_1",
	  { 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11 },
	  "Hi There",
	  { 0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf,
	    0xce, 0xaf, 0x0b, 0xf1, 0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83,
	    0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c, 0x2e, 0x32, 0xcf, 0xf7 } },
	{ "rfc_4231_case_2",
	  { 'J', 'e', 'f', 'e' },
	  "what do ya want for nothing?",
	  { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
	    0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
	    0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43 } },
};

static void rfc_case_run(void **state)
{
	const struct rfc_case *c = *state;
	struct pseudonym p = { 0 };
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA256_CTX inner;

	begin_key(&inner, c->key, 0x36);
	begin_key(&p.outer, c->key, 0x5c);
	(void)SHA256_Update(&inner, c->data, strlen(c->data));
	finish(&p, &inner, digest);
	assert_memory_equal(digest, c->want, sizeof(digest));
}

static uint64_t openssl_hmac(const char *word, const char *text, size_t len)
{
	uint8_t key[PSEUDONYM_KEY_BYTES];
	uint8_t data[512];
	uint8_t digest[EVP_MAX_MD_SIZE];
	uint64_t value;

	for (size_t i = 0; i < sizeof(key); i++) {
		key[i] = (uint8_t)i;
	}
	for (size_t i = 0; word[i] != '\0'; i++) {
		data[i] = (uint8_t)word[i];
	}
	memcpy(data + strlen(word), text, len);
	assert_non_null(
		HMAC(EVP_sha256(), key, sizeof(key), data, strlen(word) + len, digest, NULL));
	memcpy(&value, digest, sizeof(value));
	return value;
}

static void every_length_equals_openssl(void **state)
{
	struct fixture *f = *state;
	char text[300];

	memset(text, 'x', sizeof(text));
	/* across the block borders of SHA-256 (55, 56, 64, 119, 120 bytes behind the key block) */
	for (size_t n = 1; n <= sizeof(text); n++) {
		assert_int_equal(pseudonym_of(f->p, CXM_CONTACT, (struct slice){ text, n }),
		                 openssl_hmac("contact:", text, n));
	}
}

static void every_domain_has_its_own_word(void **state)
{
	static const char *const words[] = { "contact:", "customer:", "staff:", "address:",
		                             "reference:" };
	struct fixture *f = *state;

	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(pseudonym_of(f->p, (enum cxm_domain)i, SLICE("anna")),
		                 openssl_hmac(words[i], "anna", 4));
	}
}

static void a_customer_is_hashed_as_e164_digits(void **state)
{
	static const char *const same[] = { "+49 30 1234", "0301234", "0049301234",
		                            "sip:0301234@pbx;user=phone" };
	struct fixture *f = *state;

	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pseudonym_of(f->p, CXM_CUSTOMER, slice_of(same[i])),
		                 openssl_hmac("customer:", "49301234", 8));
	}
}

static void a_customer_by_name_is_the_user_part(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pseudonym_of(f->p, CXM_CUSTOMER, SLICE("<sip:anna@x>;tag=1")),
	                 openssl_hmac("customer:", "anna", 4));
}

static void a_customer_id_that_is_no_uri_stays_whole(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pseudonym_of(f->p, CXM_CUSTOMER, SLICE("a;1@b")),
	                 openssl_hmac("customer:", "a;1@b", 5));
}

static void staff_numbers_stay_as_they_stand(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pseudonym_of(f->p, CXM_STAFF, SLICE(" 0301234 ")),
	                 openssl_hmac("staff:", "0301234", 7));
}

static const char *const nobodies[] = {
	"",          "  ",      "NONE",       "none",        "anonymous",
	"Anonymous", "unknown", "restricted", "unavailable", "sip:anonymous@anonymous.invalid",
};

static void nobody_has_no_pseudonym(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(nobodies) / sizeof(nobodies[0]); i++) {
		assert_int_equal(pseudonym_of(f->p, CXM_CUSTOMER, slice_of(nobodies[i])), 0);
	}
	assert_int_equal(pseudonym_of(f->p, CXM_CONTACT, (struct slice){ 0 }), 0);
	assert_int_not_equal(pseudonym_of(f->p, CXM_STAFF, SLICE("nonesuch")), 0);
}

static void the_table_key_is_the_same_after_a_restart(void **state)
{
	struct fixture *f = *state;
	struct pseudonym *again;
	struct siphash_key first = pseudonym_table_key(f->p);
	struct siphash_key second;

	assert_int_equal(pseudonym_open(&again, f->temp.path, &danish, NULL), 0);
	second = pseudonym_table_key(again);
	assert_memory_equal(&first, &second, sizeof(first));
	assert_int_not_equal(first.k0, first.k1);
	assert_int_not_equal(first.k0, pseudonym_of(f->p, CXM_CONTACT, SLICE("table")));
	pseudonym_free(again);
}

/* ---- the key file ---- */

static const struct key_case {
	const char *name;
	const char *text;
	mode_t mode;
	int want;
	const char *says;
} key_cases[] = {
	{ "key_without_line_feed", HEX_64, 0600, 0, "" },
	{ "key_with_line_feed", HEX_64 "\n", 0400, 0, "" },
	{ "key_one_digit_short", HEX_63, 0600, -EBADMSG, "64 hexadecimal digits" },
	{ "key_one_digit_long", HEX_64 "0", 0600, -EBADMSG, "64 hexadecimal digits" },
	{ "key_with_two_line_feeds", HEX_64 "\n\n", 0600, -EBADMSG, "64 hexadecimal digits" },
	{ "key_with_a_letter_too_far", "g" HEX_63, 0600, -EBADMSG, "64 hexadecimal digits" },
	{ "empty_key_file", "", 0600, -EBADMSG, "64 hexadecimal digits" },
	{ "key_writable_by_group", HEX_64 "\n", 0660, -EACCES, "chmod 600" },
	{ "key_readable_by_others", HEX_64 "\n", 0604, -EACCES, "chmod 600" },
};

static void key_case_run(void **state)
{
	const struct key_case *c = *state;
	struct temp temp;
	const char *path;
	struct pseudonym *p = NULL;
	struct fault fault = { 0 };

	temp_open(&temp);
	path = temp_path(&temp, "key");
	put_file(path, c->text, strlen(c->text), c->mode);
	assert_int_equal(pseudonym_open(&p, path, &german, &fault), c->want);
	assert_non_null(strstr(fault.text, c->says));
	pseudonym_free(p);
	temp_remove(&temp);
}

static void a_missing_key_says_how_to_make_one(void **state)
{
	struct pseudonym *p = NULL;
	struct fault fault = { 0 };

	(void)state;
	assert_int_equal(pseudonym_open(&p, "/nonexistent/key", &german, &fault), -ENOENT);
	assert_non_null(strstr(fault.text, "cxmeter-agent keygen /nonexistent/key"));
}

static void a_folder_is_no_key(void **state)
{
	struct pseudonym *p = NULL;
	struct fault fault = { 0 };

	(void)state;
	assert_int_equal(pseudonym_open(&p, "/tmp", &german, &fault), -EINVAL);
}

static void a_written_key_opens_and_is_never_overwritten(void **state)
{
	struct temp temp;
	const char *path;
	struct pseudonym *p = NULL;
	struct fault fault = { 0 };
	struct stat st;

	(void)state;
	temp_open(&temp);
	path = temp_path(&temp, "key");
	assert_int_equal(pseudonym_write_key(path, &fault), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(pseudonym_open(&p, path, &german, &fault), 0);
	assert_int_equal(pseudonym_write_key(path, &fault), -EEXIST);
	pseudonym_free(p);
	temp_remove(&temp);
}

static void two_written_keys_differ(void **state)
{
	struct temp temp;
	const char *path;
	uint64_t seen[2];

	(void)state;
	temp_open(&temp);
	path = temp_path(&temp, "key");
	for (size_t i = 0; i < 2; i++) {
		struct pseudonym *p = NULL;

		assert_int_equal(pseudonym_write_key(path, NULL), 0);
		assert_int_equal(pseudonym_open(&p, path, &german, NULL), 0);
		seen[i] = pseudonym_of(p, CXM_CONTACT, SLICE("x"));
		pseudonym_free(p);
		(void)unlink(path);
	}
	temp_remove(&temp);
	assert_int_not_equal(seen[0], seen[1]);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, numbers_of_every_length_stay_inside_their_buffer);
	cases_test_with(&c, every_length_equals_openssl, setup, teardown);
	cases_test_with(&c, every_domain_has_its_own_word, setup, teardown);
	cases_test_with(&c, staff_numbers_stay_as_they_stand, setup, teardown);
	cases_test_with(&c, the_table_key_is_the_same_after_a_restart, setup, teardown);
	cases_test_with(&c, a_customer_id_that_is_no_uri_stays_whole, setup, teardown);
	cases_test_with(&c, a_customer_by_name_is_the_user_part, setup, teardown);
	cases_test_with(&c, a_customer_is_hashed_as_e164_digits, setup, teardown);
	cases_test_with(&c, nobody_has_no_pseudonym, setup, teardown);
	cases_test(&c, a_missing_key_says_how_to_make_one);
	cases_test(&c, a_folder_is_no_key);
	cases_test(&c, a_written_key_opens_and_is_never_overwritten);
	cases_test(&c, two_written_keys_differ);
	cases_table(&c, number_cases, number_case_run);
	cases_table(&c, rfc_cases, rfc_case_run);
	cases_table(&c, key_cases, key_case_run);
	return cases_run("agent_pseudonym", &c, NULL, NULL);
}
