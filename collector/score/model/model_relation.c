/* What an evidence block says of other kinds than its own: relations, members, denominators; and
 * which kinds the block reads in the end. Checked against the records' descriptors. */
#include "collector/score/model/model_load.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "collector/score/estimators/estimator.h"

#define DAY_US                      (INT64_C(86400) * 1000000)
#define REACH_DAYS                  90 /* when a time is not at_us and the block says nothing */
#define GAP_MAX_MS                  (INT64_C(400) * 86400 * 1000)
#define TEXT(of, name, field, help) LOAD_ITEM(of, name, CONF_TEXT, field, false, 0, 0, help)

static const struct conf_item relation_items[] = {
	TEXT(relation_yaml, "to", to, "the other kind"),
	TEXT(relation_yaml, "of", of, "which of its rows count (expression over it)"),
	LOAD_ITEM(relation_yaml, "on", CONF_TEXTS, on, false, 0, MODEL_KEYS_MAX,
	          "fields that must be equal: contact, or \"agent = coach\" where they differ in "
	          "name"),
	TEXT(relation_yaml, "since", since, "time of the row, at_us when absent"),
	TEXT(relation_yaml, "time", time, "time of the other row, at_us when absent"),
	LOAD_ITEM(relation_yaml, "from_ms", CONF_INT, from_ms, false, -GAP_MAX_MS, GAP_MAX_MS,
	          "the other row comes not sooner than this after the row (negative: before)"),
	LOAD_ITEM(relation_yaml, "within_ms", CONF_INT, within_ms, false, -GAP_MAX_MS, GAP_MAX_MS,
	          "and not later than this"),
	LOAD_ITEM(relation_yaml, "reach_days", CONF_INT, reach_days, false, 0, STATS_DAYS_MAX,
	          "how far at_us may lie from since or time; 90 when one of them is given"),
	TEXT(relation_yaml, "differs", differs, "a field that must not be equal"),
};
const struct conf_schema relation_schema = LOAD_SCHEMA(relation_items, relation_yaml);

static const struct conf_item members_items[] = {
	TEXT(members_yaml, "from", from, "kind of record"),
	TEXT(members_yaml, "on", on, "who: an identity or a label"),
	TEXT(members_yaml, "of", of, "which rows count"),
	TEXT(members_yaml, "sum", sum, "what is added up; rows are counted when absent"),
	TEXT(members_yaml, "per", per, "and divided by this sum"),
	{ "at_least", CONF_REAL, offsetof(struct members_yaml, at_least), false, 0, 0, "1",
	  "so much makes a member", NULL, NULL },
};
const struct conf_schema members_schema = LOAD_SCHEMA(members_items, members_yaml);

static const struct conf_item over_items[] = {
	TEXT(over_yaml, "from", from, "kind of record"),
	TEXT(over_yaml, "of", of, "which rows count"),
	TEXT(over_yaml, "value", value, "what is added up; 1 a record when absent"),
};
const struct conf_schema over_schema = LOAD_SCHEMA(over_items, over_yaml);

/* ---- good: ... and not related ---- */

static size_t trimmed(char *text, size_t len)
{
	while (len > 0 && isspace((unsigned char)text[len - 1])) {
		len--;
	}
	text[len] = '\0';
	return len;
}

/* Cut a word off the end. */
static bool cut(char *text, const char *word)
{
	size_t len = trimmed(text, strlen(text));
	size_t n = strlen(word);

	if (len < n || strcmp(text + len - n, word) != 0 ||
	    (len > n && !isspace((unsigned char)text[len - n - 1]) && text[len - n - 1] != ')')) {
		return false;
	}
	(void)trimmed(text, len - n);
	return true;
}

enum model_related block_related(char *text)
{
	enum model_related related = MODEL_IS_RELATED;

	if (!cut(text, "related")) {
		return MODEL_ANY_RELATED;
	}
	if (cut(text, "not")) {
		related = MODEL_NOT_RELATED;
	}
	(void)cut(text, "and");
	return related;
}

/* ---- relations ---- */

static const struct cxm_kind *kind_of(const struct block *c, const struct conf_node *node,
                                      const char *key, const char *name)
{
	const struct cxm_kind *kind =
		name != NULL ? cxm_kind_named(c->l->catalog, slice_of(name)) : NULL;
	const struct conf_node *at = conf_get(node, key);

	if (kind == NULL) {
		(void)conf_fail(LOADER_DOC(c->l), at != NULL ? at : node, c->l->fault,
		                "expected \"%s\": a kind of record (proto/evidence.proto lists "
		                "them)",
		                key);
	}
	return kind;
}

static int field_of(const struct block *c, const struct conf_node *node,
                    const struct cxm_kind *kind, struct slice name, const struct cxm_field **out)
{
	*out = cxm_field_named(kind, name);
	return *out != NULL
	               ? 0
	               : conf_fail(LOADER_DOC(c->l), node, c->l->fault, "%s has no field \"%.*s\"",
	                           kind->name, (int)name.len, name.at);
}

static int time_of(const struct block *c, const struct conf_node *node, const char *key,
                   const struct cxm_kind *kind, const char *name, const struct cxm_field **out)
{
	int rc;

	if (name == NULL) {
		return 0;
	}
	rc = field_of(c, conf_get(node, key), kind, slice_of(name), out);
	assert(rc != 0 || *out != NULL);
	if (rc == 0 && (*out)->unit != CXM_TIME) {
		rc = conf_fail(LOADER_DOC(c->l), conf_get(node, key), c->l->fault,
		               "%s is no point in time", name);
	}
	*out = rc == 0 && *out != kind->at ? *out : NULL;
	return rc;
}

/* "contact" or "agent = coach". */
static int pair_of(const struct block *c, const struct conf_node *at, const char *text,
                   const struct cxm_kind *to, const struct cxm_field **left,
                   const struct cxm_field **right)
{
	const char *equals = strchr(text, '=');
	struct slice a = slice_trim(equals != NULL ? (struct slice){ text, (size_t)(equals - text) }
	                                           : slice_of(text));
	struct slice b = equals != NULL ? slice_trim(slice_of(equals + 1)) : a;
	int rc = field_of(c, at, c->out->from, a, left);

	rc = rc != 0 ? rc : field_of(c, at, to, b, right);
	if (rc != 0) {
		return rc;
	}
	assert(*left != NULL && *right != NULL);
	if ((*left)->type != (*right)->type || (*left)->type == CXM_REAL ||
	    (*left)->type == CXM_BYTES ||
	    ((*left)->type == CXM_IDENTITY && (*left)->domain != (*right)->domain)) {
		return conf_fail(LOADER_DOC(c->l), at, c->l->fault,
		                 "%s of %s and %s of %s are not of the same sort", (*left)->name,
		                 c->out->from->name, (*right)->name, to->name);
	}
	return 0;
}

/* Keep every key of a section as it stands, for explain and for the hash. */
static int keep_section(const struct block *c, const char *name, const struct conf_node *node)
{
	struct buf text;
	char *kept;

	buf_init(&text, (size_t)16 * 1024);
	for (const struct conf_node *n = node->first; n != NULL; n = n->next) {
		buf_printf(&text, "%s%s: ", n == node->first ? "" : "; ", n->key);
		if (n->kind == CONF_SCALAR) {
			buf_add_text(&text, n->text);
		}
		for (const struct conf_node *k = n->first; k != NULL; k = k->next) {
			buf_printf(&text, "%s%s", k == n->first ? "" : ", ",
			           k->text != NULL ? k->text : "");
		}
	}
	kept = text.failed ? NULL : arena_text(&c->l->to->arena, (const char *)text.data, text.len);
	buf_free(&text);
	if (kept == NULL) {
		return fault_set(c->l->fault, -ENOMEM, "out of memory");
	}
	block_keep(c, name, kept);
	return 0;
}

/* Rows for which it is known whether `of` holds: `x or not x` is unknown exactly where x is. */
static int read_told(const struct block *c, const struct conf_node *node, const char *of,
                     struct model_relation *out)
{
	char text[2 * EXPR_MAX_BYTES];
	int n = snprintf(text, sizeof(text), "(%s) or not (%s)", of, of);

	if (n < 0 || (size_t)n > EXPR_MAX_BYTES) {
		return conf_fail(LOADER_DOC(c->l), conf_get(node, "of"), c->l->fault,
		                 "longer than %d bytes", EXPR_MAX_BYTES / 2 - 8);
	}
	return block_parse(c, block_at(node, "of"), out->to, text, EXPR_IS_TRUTH, &out->told);
}

static int read_keys(const struct block *c, const struct conf_node *node,
                     const struct relation_yaml *in, struct model_relation *out)
{
	const char *const *texts = in->on.items;
	const struct conf_node *at = conf_get(node, "on");
	int rc = 0;

	if (in->on.count == 0) {
		return conf_fail(LOADER_DOC(c->l), node, c->l->fault,
		                 "expected \"on\": the field that both have");
	}
	for (size_t i = 0; rc == 0 && i < in->on.count; i++) {
		rc = pair_of(c, at, texts[i], out->to, &out->left[i], &out->right[i]);
		out->n_keys = i + 1;
	}
	if (rc == 0 && in->differs != NULL) {
		rc = pair_of(c, conf_get(node, "differs"), in->differs, out->to, &out->differs_left,
		             &out->differs_right);
	}
	return rc;
}

static int read_relation(const struct block *c, const char *name, const struct relation_yaml *in,
                         struct model_relation *out)
{
	const struct conf_node *node = conf_get(c->node, name);
	bool other_time;
	int rc;

	if (conf_is_null(node)) {
		return 0;
	}
	out->to = kind_of(c, node, "to", in->to);
	if (out->to == NULL) {
		return -EINVAL;
	}
	if (in->within_ms < in->from_ms) {
		return conf_fail(LOADER_DOC(c->l), node, c->l->fault,
		                 "within_ms (%lld) is below from_ms (%lld)",
		                 (long long)in->within_ms, (long long)in->from_ms);
	}
	rc = keep_section(c, name, node);
	rc = rc != 0 ? rc : read_keys(c, node, in, out);
	if (rc == 0 && in->of != NULL) {
		rc = block_parse(c, block_at(node, "of"), out->to, in->of, EXPR_IS_TRUTH, &out->of);
		rc = rc != 0 ? rc : read_told(c, node, in->of, out);
	}
	rc = rc != 0 ? rc : time_of(c, node, "since", c->out->from, in->since, &out->since);
	rc = rc != 0 ? rc : time_of(c, node, "time", out->to, in->time, &out->time);
	out->from_us = in->from_ms * 1000;
	out->within_us = in->within_ms * 1000;
	other_time = out->since != NULL || out->time != NULL;
	out->reach_us = (in->reach_days > 0 ? in->reach_days
	                 : other_time       ? REACH_DAYS
	                                    : 0) *
	                DAY_US;
	return rc;
}

/* ---- members, over, newest_of ---- */

static int read_members(const struct block *c, const char *name, const struct members_yaml *in,
                        struct model_members *out)
{
	const struct conf_node *node = conf_get(c->node, name);
	int rc;

	if (conf_is_null(node)) {
		return 0;
	}
	out->from = kind_of(c, node, "from", in->from);
	if (out->from == NULL) {
		return -EINVAL;
	}
	rc = keep_section(c, name, node);
	rc = rc != 0 ? rc
	             : field_of(c, node, out->from, slice_of(in->on != NULL ? in->on : ""),
	                        &out->on);
	if (rc == 0 && out->on->type != CXM_IDENTITY && out->on->type != CXM_LABEL) {
		rc = conf_fail(LOADER_DOC(c->l), conf_get(node, "on"), c->l->fault,
		               "%s is neither an identity nor a label", in->on);
	}
	if (rc == 0 && in->of != NULL) {
		rc = block_parse(c, block_at(node, "of"), out->from, in->of, EXPR_IS_TRUTH,
		                 &out->of);
	}
	if (rc == 0 && in->sum != NULL) {
		rc = block_parse(c, block_at(node, "sum"), out->from, in->sum, EXPR_IS_NUMBER,
		                 &out->sum);
	}
	if (rc == 0 && in->per != NULL) {
		rc = block_parse(c, block_at(node, "per"), out->from, in->per, EXPR_IS_NUMBER,
		                 &out->per);
	}
	out->at_least = in->at_least;
	return rc;
}

static int read_over(const struct block *c, const struct over_yaml *in)
{
	const struct conf_node *node = conf_get(c->node, "over");
	int rc;

	if (conf_is_null(node)) {
		return 0;
	}
	c->out->over = kind_of(c, node, "from", in->from);
	if (c->out->over == NULL) {
		return -EINVAL;
	}
	rc = keep_section(c, "over", node);
	if (rc == 0 && in->of != NULL) {
		rc = block_parse(c, block_at(node, "of"), c->out->over, in->of, EXPR_IS_TRUTH,
		                 &c->out->over_of);
	}
	if (rc == 0 && in->value != NULL) {
		rc = block_parse(c, block_at(node, "value"), c->out->over, in->value,
		                 EXPR_IS_NUMBER, &c->out->over_value);
	}
	return rc;
}

static int read_subject(const struct block *c, const struct evidence_yaml *in)
{
	const char *const *names = in->subject.items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < in->subject.count; i++) {
		rc = field_of(c, conf_get(c->node, "newest_of"), c->out->from, slice_of(names[i]),
		              &c->out->subject[i]);
		block_keep(c, "newest_of", names[i]);
		c->out->n_subject = i + 1;
	}
	return rc;
}

/* ---- what is read ---- */

static int add_read(const struct block *c, const struct model_read *read)
{
	struct model_evidence *e = c->out;

	for (size_t i = 0; i < e->n_reads; i++) {
		struct model_read *have = &e->reads[i];

		if (have->kind == read->kind) {
			have->before_us = read->before_us > have->before_us ? read->before_us
			                                                    : have->before_us;
			have->after_us =
				read->after_us > have->after_us ? read->after_us : have->after_us;
			have->needed |= read->needed;
			return 0;
		}
	}
	if (e->n_reads == MODEL_READS_MAX) {
		return conf_fail(LOADER_DOC(c->l), c->node, c->l->fault,
		                 "reads more than %d kinds of record", MODEL_READS_MAX);
	}
	e->reads[e->n_reads++] = *read;
	return 0;
}

static int add_relation_read(const struct block *c, enum model_relation_role role)
{
	const struct model_relation *r = &c->out->relations[role];
	struct model_read read = { .kind = r->to };

	if (r->to == NULL) {
		return 0;
	}
	read.before_us = (r->from_us < 0 ? -r->from_us : 0) + r->reach_us;
	read.after_us =
		(r->within_us > 0 ? r->within_us : 0) + (r->since != NULL ? r->reach_us : 0);
	/* of its own kind: rows that say whether `of` holds, if it says anything */
	read.needed = r->to != c->out->from ? role != MODEL_EXCEPT
	                                    : role == MODEL_RELATE && r->told != NULL;
	return add_read(c, &read);
}

static int add_reads(const struct block *c)
{
	const struct model_evidence *e = c->out;
	const struct estimator_read *own = e->estimator->reads;
	int rc = add_read(c, &(struct model_read){ .kind = e->from });

	for (size_t i = 0; rc == 0 && i < MODEL_READS_MAX && own[i].kind != NULL; i++) {
		struct model_read read = { .kind = cxm_kind_of(c->l->catalog, own[i].kind),
			                   .before_us = own[i].before_days * DAY_US,
			                   .after_us = own[i].after_days * DAY_US,
			                   .needed = own[i].needed };

		rc = read.kind != NULL ? add_read(c, &read)
		                       : block_refuse(c, "estimator",
		                                      "it reads a kind that these records do not "
		                                      "have");
	}
	for (size_t i = 0; rc == 0 && i < MODEL_RELATIONS; i++) {
		rc = add_relation_read(c, (enum model_relation_role)i);
	}
	if (rc == 0 && e->population.from != NULL) {
		rc = add_read(c,
		              &(struct model_read){ .kind = e->population.from, .needed = true });
	}
	if (rc == 0 && e->with.from != NULL) {
		rc = add_read(c, &(struct model_read){ .kind = e->with.from, .needed = true });
	}
	if (rc == 0 && e->over != NULL) {
		rc = add_read(c, &(struct model_read){ .kind = e->over, .needed = true });
	}
	return rc;
}

static bool in_parentheses(const char *text)
{
	size_t depth = 0;

	for (size_t i = 0; text[i] != '\0'; i++) {
		depth += text[i] == '(';
		depth -= text[i] == ')' && depth > 0;
		if (depth == 0) {
			return i > 0 && text[i + 1] == '\0';
		}
	}
	return false;
}

/* `a or b and related` would mean something else in the language than what is done here. */
static int check_or(const struct block *c, const struct evidence_yaml *in)
{
	const struct expr *good = c->out->good.at[0];
	const char *const *texts = in->good.items;

	if (c->out->related != MODEL_ANY_RELATED && good != NULL && good->op == EXPR_OR &&
	    !in_parentheses(texts[0])) {
		return block_refuse(c, "good",
		                    "put what stands before \"and related\" into "
		                    "parentheses");
	}
	return 0;
}

int block_reach(const struct block *c, const struct evidence_yaml *in)
{
	static const char *const names[] = { "relate", "only", "except" };
	int rc = check_or(c, in);

	for (size_t i = 0; rc == 0 && i < MODEL_RELATIONS; i++) {
		rc = read_relation(c, names[i], &in->relations[i], &c->out->relations[i]);
	}
	rc = rc != 0 ? rc : read_members(c, "population", &in->population, &c->out->population);
	rc = rc != 0 ? rc : read_members(c, "with", &in->with, &c->out->with);
	rc = rc != 0 ? rc : read_over(c, &in->over);
	rc = rc != 0 ? rc : read_subject(c, in);
	return rc != 0 ? rc : add_reads(c);
}
