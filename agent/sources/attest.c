/* Signed statements; see attest.h. What is said of one never repeats its signer or its text. */
#include "agent/sources/attest.h"

#include <errno.h>
#include <string.h>

#include "common/conf.h"
#include "common/keyring.h"
#include "common/when.h"

#define SHA256_DIGITS       64
#define SIGNATURE_MAX_BYTES ((size_t)8 * 1024) /* kept in the record, which has 16 KiB */

struct statement {
	const char *indicator;
	const char *text;
	double value;
	bool has_value;
	bool not_applicable;
	const char *signer;
	const char *signer_role;
	const char *date;
	const char *expires;
	const char *document_sha256;
	int64_t functions;
	int64_t decisions;
};

#define COUNT_NONE "-1" /* a count that is not told */
#define COUNT_MAX  1000000

#define ITEM(key, type_, field, ...)                                                               \
	{                                                                                          \
		.name = (key), .type = (type_), .offset = offsetof(struct statement, field),       \
		__VA_ARGS__                                                                        \
	}

static const struct conf_item items[] = {
	ITEM("indicator", CONF_TEXT, indicator, .required = true, .help = "what it is about"),
	ITEM("statement", CONF_TEXT, text, .required = true, .help = "what is stated"),
	ITEM("value", CONF_REAL, value, .help = "the figure"),
	ITEM("not_applicable", CONF_BOOL, not_applicable, .def = "false",
	     .help = "there is nothing to measure"),
	ITEM("signer", CONF_TEXT, signer, .required = true, .help = "who signs"),
	ITEM("signer_role", CONF_TEXT, signer_role, .required = true, .help = "as what"),
	ITEM("date", CONF_TEXT, date, .required = true, .help = "when, such as 2026-11-20"),
	ITEM("expires", CONF_TEXT, expires, .required = true,
	     .help = "until when it holds, at most 365 days later"),
	ITEM("document_sha256", CONF_TEXT, document_sha256, .required = true,
	     .help = "SHA-256 of the document, 64 hexadecimal digits"),
	ITEM("functions", CONF_INT, functions, .min = -1, .max = COUNT_MAX, .def = COUNT_NONE,
	     .help = "how many functions of the company took part"),
	ITEM("decisions", CONF_INT, decisions, .min = -1, .max = COUNT_MAX, .def = COUNT_NONE,
	     .help = "how many were taken"),
};
static const struct conf_schema schema = { items, sizeof(items) / sizeof(items[0]),
	                                   sizeof(struct statement), CONF_NO_LINE };

static bool ends(struct slice name, struct slice suffix)
{
	return name.len > suffix.len &&
	       slice_ieq((struct slice){ name.at + name.len - suffix.len, suffix.len }, suffix);
}

bool attest_name(const char *name)
{
	const struct slice kind = SLICE("attestation");
	struct slice s = slice_of(name);

	return slice_istarts(s, kind) && s.len > kind.len &&
	       strchr("-_. ", s.at[kind.len]) != NULL &&
	       (ends(s, SLICE(".yaml")) || ends(s, SLICE(".yml")) || ends(s, SLICE(".json")));
}

/* conf's own words may repeat what stands there, so only the line of a failure is told. */
static int refuse(const struct conf_doc *doc, const char *key, const char *why, struct fault *fault)
{
	const struct conf_node *node = conf_get(doc->root, key);

	return fault_set(fault, -EINVAL, "%s:%u: %s: %s", doc->path, node != NULL ? node->line : 1,
	                 key, why);
}

static const struct conf_item *item_named(const char *name)
{
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (strcmp(items[i].name, name) == 0) {
			return &items[i];
		}
	}
	return NULL;
}

/* What conf_bind would stop at, in words that repeat nothing of the file. */
static int explain(const struct conf_doc *doc, struct fault *fault)
{
	if (doc->root->kind != CONF_MAP) {
		return fault_set(fault, -EINVAL, "%s:1: not a statement: expected keys with values",
		                 doc->path);
	}
	for (const struct conf_node *n = doc->root->first; n != NULL; n = n->next) {
		if (item_named(n->key) == NULL) {
			return fault_set(fault, -EINVAL,
			                 "%s:%u: a key that no statement has; known are indicator, "
			                 "statement, value, not_applicable, signer, signer_role, "
			                 "date, expires, document_sha256, functions, decisions",
			                 doc->path, n->line);
		}
	}
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (items[i].required && conf_is_null(conf_get(doc->root, items[i].name))) {
			return refuse(doc, items[i].name, "is missing", fault);
		}
	}
	return fault_set(fault, -EINVAL,
	                 "%s: value must be a number, functions and decisions counts, "
	                 "not_applicable yes or no, and the rest a line of text each",
	                 doc->path);
}

static int bind(struct conf_doc *doc, struct statement *st, struct fault *fault)
{
	if (conf_bind(doc, doc->root, &schema, st, NULL) != 0) {
		return explain(doc, fault);
	}
	st->has_value = !conf_is_null(conf_get(doc->root, "value"));
	if (st->has_value == st->not_applicable) {
		return fault_set(fault, -EINVAL, "%s: exactly one of value and not_applicable: yes",
		                 doc->path);
	}
	return 0;
}

static int put_text(struct arena *arena, const char *key, const char *text, char **out,
                    const struct conf_doc *doc, struct fault *fault)
{
	size_t len = strlen(text);

	if (len > CXM_LABEL_MAX_BYTES) {
		return refuse(doc, key, "is longer than 512 bytes", fault);
	}
	*out = arena_text(arena, text, len);
	return *out != NULL ? 0 : fault_set(fault, -ENOMEM, "out of memory");
}

static int put_texts(const struct statement *st, struct arena *arena, Cxm__Attestation *att,
                     const struct conf_doc *doc, struct fault *fault)
{
	int rc = put_text(arena, "indicator", st->indicator, &att->indicator, doc, fault);

	if (rc == 0) {
		rc = put_text(arena, "statement", st->text, &att->statement, doc, fault);
	}
	if (rc == 0) {
		rc = put_text(arena, "signer_role", st->signer_role, &att->signer_role, doc, fault);
	}
	if (rc == 0) {
		rc = put_text(arena, "document_sha256", st->document_sha256, &att->document_sha256,
		              doc, fault);
	}
	return rc;
}

static int put_dates(const struct statement *st, Cxm__Attestation *att, const struct conf_doc *doc,
                     struct fault *fault)
{
	if (when_parse(slice_of(st->date), &att->at_us) != 0) {
		return refuse(doc, "date", "expected a date such as 2026-11-20", fault);
	}
	if (when_parse(slice_of(st->expires), &att->expires_us) != 0) {
		return refuse(doc, "expires", "expected a date such as 2027-11-20", fault);
	}
	att->has_expires_us = 1;
	if (att->expires_us <= att->at_us) {
		return refuse(doc, "expires", "it expires before it begins", fault);
	}
	if (when_day_of(att->expires_us) - when_day_of(att->at_us) > ATTEST_DAYS_MAX) {
		return refuse(doc, "expires", "more than 365 days after its date", fault);
	}
	return 0;
}

static void put_counts(const struct statement *st, Cxm__Attestation *att)
{
	att->has_value = st->has_value;
	att->value = st->value;
	att->has_not_applicable = st->not_applicable;
	att->not_applicable = st->not_applicable;
	att->has_functions = st->functions >= 0;
	att->functions = st->functions >= 0 ? (uint32_t)st->functions : 0;
	att->has_decisions = st->decisions >= 0;
	att->decisions = st->decisions >= 0 ? (uint32_t)st->decisions : 0;
}

static bool is_sha256(const char *text)
{
	return text != NULL && strlen(text) == SHA256_DIGITS &&
	       strspn(text, "0123456789abcdefABCDEF") == SHA256_DIGITS;
}

static int fill(const struct attest_input *in, const struct conf_doc *doc,
                const struct statement *st, struct arena *arena, Cxm__Attestation *att,
                struct fault *fault)
{
	int rc = put_texts(st, arena, att, doc, fault);

	if (rc == 0 && !is_sha256(st->document_sha256)) {
		rc = refuse(doc, "document_sha256", "expected 64 hexadecimal digits (sha256sum)",
		            fault);
	}
	if (rc == 0) {
		rc = put_dates(st, att, doc, fault);
	}
	if (rc != 0) {
		return rc;
	}
	put_counts(st, att);
	att->source = CXM__SOURCE__DROPBOX;
	att->host = arena_text(arena, in->host, strlen(in->host));
	att->signer = in->pseudonym != NULL
	                      ? pseudonym_of(in->pseudonym, CXM_STAFF, slice_of(st->signer))
	                      : 1;
	att->has_seen_us = 1;
	att->seen_us = in->seen_us;
	if (att->signer == 0 || slice_trim(slice_of(st->signer)).len == 0) {
		return refuse(doc, "signer", "names nobody", fault);
	}
	return att->host != NULL ? 0 : fault_set(fault, -ENOMEM, "out of memory");
}

static Cxm__Attestation__Signature look(const struct attest_input *in, const struct statement *st,
                                        int64_t at_us, struct fault *note)
{
	struct keyring *ring = NULL;
	enum keyring_verdict verdict;

	if (in->signature.at == NULL) {
		(void)fault_set(note, -ENOENT, "there is no signature beside it (%s%s)", in->name,
		                ATTEST_SUFFIX);
		return CXM__ATTESTATION__SIGNATURE__UNSIGNED;
	}
	if (in->keys == NULL) {
		(void)fault_set(note, -ENOENT, "no `attestation_keys` are configured");
		return CXM__ATTESTATION__SIGNATURE__UNTRUSTED;
	}
	if (keyring_open(&ring, in->keys, note) != 0) {
		return CXM__ATTESTATION__SIGNATURE__UNTRUSTED;
	}
	verdict = keyring_verify(ring, in->text, in->signature, slice_of(st->signer),
	                         at_us / WHEN_US_PER_S, note);
	keyring_free(ring);
	return verdict == KEYRING_VERIFIED ? CXM__ATTESTATION__SIGNATURE__VERIFIED
	       : verdict == KEYRING_WRONG  ? CXM__ATTESTATION__SIGNATURE__WRONG
	                                   : CXM__ATTESTATION__SIGNATURE__UNTRUSTED;
}

/* What the dates alone say; the day that is scored decides (attestation_counts). */
static void note_dates(const Cxm__Attestation *att, struct fault *note)
{
	int32_t seen = when_day_of(att->seen_us);

	if (when_day_of(att->at_us) > seen) {
		(void)fault_set(note, -EINVAL, "it is dated in the future");
	} else if (when_day_of(att->expires_us) <= seen) {
		(void)fault_set(note, -EINVAL, "it has expired");
	}
}

static int put_signature(const struct attest_input *in, struct arena *arena, Cxm__Attestation *att)
{
	char *copy;

	if (in->signature.at == NULL || in->signature.len > SIGNATURE_MAX_BYTES) {
		return 0;
	}
	copy = arena_text(arena, in->signature.at, in->signature.len);
	if (copy == NULL) {
		return -ENOMEM;
	}
	att->has_signature = 1;
	att->signature = (ProtobufCBinaryData){ in->signature.len, (uint8_t *)copy };
	return 0;
}

static int read_statement(const struct attest_input *in, struct conf_doc *doc, struct arena *arena,
                          Cxm__Attestation **out, struct fault *note, struct fault *fault)
{
	Cxm__Attestation *att = arena_alloc(arena, sizeof(*att));
	struct statement st = { 0 };
	int rc;

	if (att == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	rc = bind(doc, &st, fault);
	if (rc != 0) {
		return rc;
	}
	cxm__attestation__init(att);
	rc = fill(in, doc, &st, arena, att, fault);
	if (rc != 0) {
		return rc;
	}
	att->has_signed_ = 1;
	att->signed_ = look(in, &st, att->at_us, note);
	if (att->signed_ == CXM__ATTESTATION__SIGNATURE__VERIFIED) {
		note_dates(att, note);
	}
	*out = att;
	return put_signature(in, arena, att) == 0 ? 0 : fault_set(fault, -ENOMEM, "out of memory");
}

int attest_read(const struct attest_input *in, struct arena *arena, Cxm__Attestation **out,
                struct fault *note, struct fault *fault)
{
	struct conf_doc doc;
	int rc;

	*note = (struct fault){ 0 };
	if (!cxm_utf8_valid(in->text)) {
		return fault_set(fault, -EINVAL, "%s:1: not UTF-8", in->name);
	}
	rc = conf_parse(&doc, in->name, in->text.at, in->text.len, fault);
	if (rc != 0) {
		return rc;
	}
	rc = read_statement(in, &doc, arena, out, note, fault);
	conf_free(&doc);
	return rc;
}
