/*
 * HMAC-SHA256 (RFC 2104) with everything that does not depend on the text computed once.
 *
 * The two key blocks and "domain:" are hashed when the key is opened; a call copies the states and
 * hashes the rest, which for a number or a Call-ID is two compressions. The states are as good as
 * the key, so they live in a page that no core dump contains.
 */
#include "agent/pseudonym.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* OpenSSL 3 calls these functions deprecated, but its EVP functions cannot copy a hash state
 * without allocating, which costs four times the hash itself. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "common/env.h"
#include "common/secret.h"

#define KEY_HEX_BYTES   ((size_t)2 * PSEUDONYM_KEY_BYTES)
#define N_DOMAINS       5
#define E164_MAX_DIGITS 15 /* ITU-T E.164, section 6.2.1 */
#define NATIONAL_MIN_DIGITS                                                                        \
	7                  /* shorter is an extension or a service number where no prefix tells */
#define NANP_DIGITS     10 /* country code 1: area code and number, always */
#define PLAN_PART_BYTES 8

struct pseudonym {
	SHA256_CTX inner[N_DOMAINS]; /* key block and "domain:" are in */
	SHA256_CTX outer;            /* key block is in */
	struct siphash_key table_key;
	struct pseudonym_plan plan; /* points below */
	char country_code[PLAN_PART_BYTES];
	char international_prefix[PLAN_PART_BYTES];
	char national_prefix[PLAN_PART_BYTES];
};

static const char *const domain_words[N_DOMAINS] = {
	[CXM_CONTACT] = "contact:", [CXM_CUSTOMER] = "customer:",   [CXM_STAFF] = "staff:",
	[CXM_ADDRESS] = "address:", [CXM_REFERENCE] = "reference:",
};

/* ---- the keyed hash ---- */

static void finish(const struct pseudonym *p, SHA256_CTX *inner, uint8_t out[SHA256_DIGEST_LENGTH])
{
	SHA256_CTX outer = p->outer;

	(void)SHA256_Final(out, inner); /* these three cannot fail */
	(void)SHA256_Update(&outer, out, SHA256_DIGEST_LENGTH);
	(void)SHA256_Final(out, &outer);
}

static void begin_key(SHA256_CTX *state, const uint8_t key[PSEUDONYM_KEY_BYTES], uint8_t pad)
{
	uint8_t block[SHA256_CBLOCK];

	for (size_t i = 0; i < sizeof(block); i++) {
		block[i] = (uint8_t)((i < PSEUDONYM_KEY_BYTES ? key[i] : 0) ^ pad);
	}
	(void)SHA256_Init(state);
	(void)SHA256_Update(state, block, sizeof(block));
	explicit_bzero(block, sizeof(block));
}

static void set_key(struct pseudonym *p, const uint8_t key[PSEUDONYM_KEY_BYTES])
{
	static const char table_word[] = "table";
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA256_CTX inner;

	begin_key(&inner, key, 0x36); /* ipad and opad, RFC 2104 section 2 */
	begin_key(&p->outer, key, 0x5c);
	for (size_t i = 0; i < N_DOMAINS; i++) {
		p->inner[i] = inner;
		(void)SHA256_Update(&p->inner[i], domain_words[i], strlen(domain_words[i]));
	}
	/* no domain word begins like this, so no pseudonym tells anything about it */
	(void)SHA256_Update(&inner, table_word, sizeof(table_word) - 1);
	finish(p, &inner, digest);
	memcpy(&p->table_key, digest, sizeof(p->table_key));
	explicit_bzero(digest, sizeof(digest));
	explicit_bzero(&inner, sizeof(inner));
}

/* ---- telephone numbers ---- */

/* "<sip:0301234@x;user=phone>" -> "0301234". Text that is no SIP or tel URI stays whole; a SIP URI
 * without a user names a host, nobody. */
static struct slice user_part(struct slice raw)
{
	struct slice s = slice_trim(raw);
	const char *open = s.len > 0 ? memchr(s.at, '<', s.len) : NULL;
	bool sip;

	if (open != NULL) {
		s.len -= (size_t)(open + 1 - s.at);
		s.at = open + 1;
		s = slice_cut(&s, '>');
	}
	if (s.len == 0 || (s.at[0] >= '0' && s.at[0] <= '9')) {
		return s; /* most callers, before three comparisons by locale */
	}
	sip = slice_istarts(s, SLICE("sip:")) || slice_istarts(s, SLICE("sips:"));
	if (!sip && !slice_istarts(s, SLICE("tel:"))) {
		return s;
	}
	if (sip && memchr(s.at, '@', s.len) == NULL) {
		return (struct slice){ s.at, 0 };
	}
	(void)slice_cut(&s, ':');
	s = slice_cut(&s, '@');
	return slice_cut(&s, ';');
}

static bool is_separator(char c)
{
	return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')';
}

/* Digits without separators; their number, or 0 when there is anything else, or too many. */
static size_t take_digits(struct slice s, bool international, char out[E164_MAX_DIGITS + 5])
{
	const size_t max = E164_MAX_DIGITS + 4; /* room for an international prefix */
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		bool digit = s.at[i] >= '0' && s.at[i] <= '9';

		if (international && n > 0 && s.len - i >= 3 && memcmp(s.at + i, "(0)", 3) == 0) {
			i += 2;
			continue;
		}
		if (digit && n < max) {
			out[n++] = s.at[i];
		} else if (digit || !is_separator(s.at[i])) {
			return 0;
		}
	}
	return n;
}

/* How many leading digits give way to the country code: none, those of a prefix; -1: the number
 * stays as it is. */
static int national_part(const struct pseudonym_plan *plan, struct slice digits)
{
	const char *prefix = plan->national_prefix != NULL ? plan->national_prefix : "";

	if (strcmp(plan->country_code, "1") == 0 && digits.len == NANP_DIGITS) {
		return 0;
	}
	if (prefix[0] == '\0') {
		return digits.len >= NATIONAL_MIN_DIGITS ? 0 : -1;
	}
	return slice_starts(digits, slice_of(prefix)) && digits.len > strlen(prefix)
	               ? (int)strlen(prefix)
	               : -1;
}

static struct slice without_front(struct slice s, size_t n)
{
	return n > 0 ? (struct slice){ s.at + n, s.len - n } : s;
}

static bool has_plus(struct slice *s)
{
	size_t n = slice_starts(*s, SLICE("+"))      ? 1
	           : slice_istarts(*s, SLICE("%2B")) ? 3 /* RFC 3986, section 2.1 */
	                                             : 0;

	*s = without_front(*s, n);
	return n > 0;
}

static struct slice put_number(const char *country_code, struct slice digits, char out[32])
{
	struct slice code = slice_of(country_code);

	if (code.len + digits.len > E164_MAX_DIGITS) {
		return (struct slice){ out, 0 };
	}
	memcpy(out, code.at, code.len);
	memcpy(out + code.len, digits.at, digits.len);
	return (struct slice){ out, code.len + digits.len };
}

static struct slice number_of(const struct pseudonym_plan *plan, struct slice s, char out[32])
{
	char text[E164_MAX_DIGITS + 5];
	bool plus = has_plus(&s);
	struct slice digits = { text, take_digits(s, plus, text) };
	struct slice prefix;
	int cut;

	if (plus || plan->country_code == NULL || digits.len == 0) {
		return put_number("", digits, out);
	}
	prefix = slice_of(plan->international_prefix);
	if (prefix.len > 0 && slice_starts(digits, prefix) && digits.len > prefix.len) {
		return put_number("", without_front(digits, prefix.len), out);
	}
	cut = national_part(plan, digits);
	if (cut < 0) {
		return put_number("", digits, out);
	}
	return put_number(plan->country_code, without_front(digits, (size_t)cut), out);
}

struct slice pseudonym_e164(const struct pseudonym_plan *plan, struct slice raw, char out[32])
{
	return number_of(plan, user_part(raw), out);
}

/* ---- pseudonyms ---- */

static bool is_nobody(struct slice s)
{
	static const struct slice words[] = {
		{ "NONE", 4 },        { "anonymous", 9 },    { "unknown", 7 },
		{ "restricted", 10 }, { "unavailable", 11 },
	};

	if (s.len == 0 || (s.at[0] >= '0' && s.at[0] <= '9')) {
		return s.len == 0;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (slice_ieq(s, words[i])) {
			return true;
		}
	}
	return false;
}

uint64_t pseudonym_of(const struct pseudonym *p, enum cxm_domain domain, struct slice raw)
{
	struct slice text = slice_trim(raw);
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA256_CTX inner;
	uint64_t value;
	char number[32];

	if (domain == CXM_CUSTOMER) {
		struct slice user = user_part(text);
		struct slice e164 = number_of(&p->plan, user, number);

		text = e164.len > 0 ? e164 : user.len > 0 ? user : text;
	}
	if (is_nobody(text)) {
		return 0;
	}
	inner = p->inner[domain];
	(void)SHA256_Update(&inner, text.at, text.len);
	finish(p, &inner, digest);
	memcpy(&value, digest, sizeof(value));
	return value != 0 ? value : 1; /* 0 says: nobody */
}

struct siphash_key pseudonym_table_key(const struct pseudonym *p)
{
	return p->table_key;
}

/* ---- the key file ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_key(const char *text, size_t len, uint8_t key[PSEUDONYM_KEY_BYTES])
{
	if (len > KEY_HEX_BYTES && text[len - 1] == '\n') {
		len--;
	}
	if (len != KEY_HEX_BYTES) {
		return -EBADMSG;
	}
	for (size_t i = 0; i < PSEUDONYM_KEY_BYTES; i++) {
		int high = hex_value(text[2 * i]);
		int low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0) {
			return -EBADMSG;
		}
		key[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int read_key(const char *path, uint8_t key[PSEUDONYM_KEY_BYTES], struct fault *fault)
{
	const struct env *e = &env_system;
	char text[KEY_HEX_BYTES + 2]; /* and a line feed, and one that would be too many */
	struct stat st;
	ssize_t n = 0;
	int fd = e->open(e->arg, path, O_RDONLY | O_NONBLOCK, 0); /* a secret may be mounted as a
	                                                             symbolic link */
	int rc;

	if (fd < 0) {
		return fault_set(
			fault, fd, "%s: cannot open the site key: %s%s%s", path, strerror(-fd),
			fd == -ENOENT ? ": copy it from another host of this site, or make "
					"the first one with cxmeter-agent keygen "
				      : "",
			fd == -ENOENT ? path : "");
	}
	rc = e->fstat(e->arg, fd, &st);
	rc = rc == 0 ? secret_check(path, "site key", &st, fault) : rc;
	if (rc == 0) {
		n = env_pread_all(e, fd, text, sizeof(text), 0);
		rc = n < 0 ? (int)n : parse_key(text, (size_t)n, key);
		if (rc != 0) {
			(void)fault_set(fault, rc,
			                "%s: the site key must be %zu hexadecimal digits and "
			                "nothing else",
			                path, KEY_HEX_BYTES);
		}
	}
	explicit_bzero(text, sizeof(text));
	(void)e->close(e->arg, fd);
	return rc;
}

static const char *copy_part(char to[PLAN_PART_BYTES], const char *from)
{
	if (from == NULL) {
		return NULL;
	}
	(void)snprintf(to, PLAN_PART_BYTES, "%s", from);
	return to;
}

static struct pseudonym *new_page(void)
{
	struct pseudonym *p =
		mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		return NULL;
	}
	/* best effort: neither into a core dump nor, where the limits allow it, onto swap */
	(void)madvise(p, sizeof(*p), MADV_DONTDUMP);
	(void)mlock(p, sizeof(*p));
	return p;
}

int pseudonym_open(struct pseudonym **out, const char *key_path, const struct pseudonym_plan *plan,
                   struct fault *fault)
{
	uint8_t key[PSEUDONYM_KEY_BYTES] = { 0 };
	struct pseudonym *p;
	int rc = read_key(key_path, key, fault);

	if (rc != 0) {
		return rc;
	}
	p = new_page();
	if (p == NULL) {
		rc = fault_set(fault, -ENOMEM, "out of memory");
	} else {
		set_key(p, key);
		p->plan.country_code = copy_part(p->country_code, plan->country_code);
		p->plan.international_prefix =
			copy_part(p->international_prefix, plan->international_prefix);
		p->plan.national_prefix = copy_part(p->national_prefix, plan->national_prefix);
		*out = p;
	}
	explicit_bzero(key, sizeof(key));
	return rc;
}

void pseudonym_free(struct pseudonym *p)
{
	if (p != NULL) {
		explicit_bzero(p, sizeof(*p));
		(void)munmap(p, sizeof(*p));
	}
}

static int write_durably(const char *path, int fd, const void *data, size_t len)
{
	const struct env *e = &env_system;
	const char *slash = strrchr(path, '/');
	char folder[4096];
	int n = snprintf(folder, sizeof(folder), "%.*s",
	                 slash != NULL ? (int)(slash - path + 1) : 1, slash != NULL ? path : ".");
	int rc = n > 0 && (size_t)n < sizeof(folder) ? 0 : -ENAMETOOLONG;

	if (rc == 0) {
		rc = env_pwrite_all(e, fd, data, len, 0);
	}
	if (rc == 0) {
		rc = e->fdatasync(e->arg, fd);
	}
	return rc == 0 ? e->sync_dir(e->arg, folder) : rc;
}

int pseudonym_write_key(const char *path, struct fault *fault)
{
	static const char digits[] = "0123456789abcdef";
	const struct env *e = &env_system;
	uint8_t key[PSEUDONYM_KEY_BYTES];
	char text[KEY_HEX_BYTES + 1];
	int rc = e->random(e->arg, key, sizeof(key));
	int fd = rc == 0 ? e->open(e->arg, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600)
	                 : rc;

	if (fd < 0) {
		return fault_set(
			fault, fd, "%s: cannot make the site key: %s%s", path, strerror(-fd),
			fd == -EEXIST ? " (a key in use must never change: pseudonyms would "
					"no longer match)"
				      : "");
	}
	for (size_t i = 0; i < sizeof(key); i++) {
		text[2 * i] = digits[key[i] >> 4];
		text[2 * i + 1] = digits[key[i] & 15];
	}
	text[KEY_HEX_BYTES] = '\n';
	rc = write_durably(path, fd, text, sizeof(text));
	explicit_bzero(key, sizeof(key));
	explicit_bzero(text, sizeof(text));
	(void)e->close(e->arg, fd);
	if (rc != 0) {
		(void)e->unlink(e->arg, path);
		return fault_set(fault, rc, "%s: cannot write the site key: %s", path,
		                 strerror(-rc));
	}
	return 0;
}
