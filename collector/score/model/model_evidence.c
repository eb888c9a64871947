/* The evidence block of an indicator: which estimator, over which records, with which expressions.
 * Everything is checked against the records' descriptors and against what the estimator takes. */
#include "collector/score/model/model_load.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "collector/score/estimators/estimator.h"

#define TEXT_ITEM(name, field, help)                                                               \
	LOAD_ITEM(evidence_yaml, name, CONF_TEXT, field, false, 0, 0, help)
#define TERMS_ITEM(name, field, help)                                                              \
	LOAD_ITEM(evidence_yaml, name, CONF_TEXTS, field, false, 0, MODEL_TERMS_MAX, help)

/* in the order of enum model_take */
static const char *const take_names[] = { "min", "max", "sum", "latest", "count", NULL };

static const struct conf_item evidence_items[] = {
	TEXT_ITEM("method", method, "name of this way to compute it, where there are several"),
	TEXT_ITEM("estimator", estimator, "ratio, mean, quantile, ... (below)"),
	TEXT_ITEM("from", from, "kind of record"),
	TEXT_ITEM("of", of, "which of them count (expression; all when absent)"),
	TERMS_ITEM("good", good,
	           "ratio: numerator; kaplan_meier: the event (one expression, or a list that adds "
	           "up)"),
	TERMS_ITEM("per", per, "ratio: denominator (likewise; 1 a record when absent)"),
	TEXT_ITEM(
		"blank", blank,
		"ratio: records that do not say whether they are good; where none is good and half "
		"of all or more are such, nothing is assessed"),
	TERMS_ITEM("value", value,
	           "mean, quantile, kaplan_meier: what is measured (for mean also a list)"),
	{ "at", CONF_REAL, offsetof(struct evidence_yaml, at), false, 0, 1, NULL,
	  "quantile, kaplan_meier: which quantile, 0 to 1", NULL, NULL },
	{ "divisor", CONF_REAL, offsetof(struct evidence_yaml, divisor), false, 0, 0, "1",
	  "from the unit of value to that of the indicator: 1000 for ms to s", NULL, NULL },
	LOAD_NAMED(evidence_yaml, "interval", interval, false, NULL,
	           "how sure it is by this method, where that differs", loader_interval_names),
	LOAD_ITEM(evidence_yaml, "lookback_days", CONF_INT, lookback_days, false, 1, STATS_DAYS_MAX,
	          "days that count, up to the last of the window; the window when absent"),
	LOAD_ITEM(evidence_yaml, "settle_days", CONF_INT, settle_days, false, 1, STATS_DAYS_MAX,
	          "ratio: the newest days do not count, because what is waited for may yet come"),
	LOAD_PART(evidence_yaml, "relate", CONF_SECTION, relations[MODEL_RELATE], false, 0,
	          "rows of another kind that belong to a row", &relation_schema),
	LOAD_PART(evidence_yaml, "only", CONF_SECTION, relations[MODEL_ONLY], false, 0,
	          "rows without such a row do not count", &relation_schema),
	LOAD_PART(evidence_yaml, "except", CONF_SECTION, relations[MODEL_EXCEPT], false, 0,
	          "rows with such a row do not count", &relation_schema),
	LOAD_NAMED(evidence_yaml, "take", take, false, NULL,
	           "latest: min, max or sum over subjects; attestation: latest or count",
	           take_names),
	LOAD_ITEM(evidence_yaml, "newest_of", CONF_TEXTS, subject, false, 0, MODEL_KEYS_MAX,
	          "latest: fields that name a subject"),
	LOAD_PART(evidence_yaml, "population", CONF_SECTION, population, false, 0,
	          "members: who could be one", &members_schema),
	LOAD_PART(evidence_yaml, "with", CONF_SECTION, with, false, 0, "members: who is one",
	          &members_schema),
	LOAD_PART(evidence_yaml, "over", CONF_SECTION, over, false, 0, "quotient: the denominator",
	          &over_schema),
	TEXT_ITEM("by", by, "label or state by which explain breaks down"),
	TEXT_ITEM("counts", counts, "what the numerator counts, in words"),
	TEXT_ITEM("counts_de", counts_de, "the same in German"),
};
const struct conf_schema evidence_schema = LOAD_SCHEMA(evidence_items, evidence_yaml);

/* Make a node that is no list a list of itself. */
static int spread(struct loader *l, struct conf_node *n)
{
	struct conf_node *only;

	if (n->kind == CONF_LIST || conf_is_null(n)) {
		return 0;
	}
	only = loader_alloc(l, sizeof(*only));
	if (only == NULL) {
		return -ENOMEM;
	}
	*only = *n;
	only->key = n->kind == CONF_MAP ? n->key : NULL; /* for messages */
	only->next = NULL;
	n->kind = CONF_LIST;
	n->first = only;
	n->count = 1;
	return 0;
}

static bool any_of(const char *const *names, const char *name)
{
	while (*names != NULL && strcmp(*names, name) != 0) {
		names++;
	}
	return *names != NULL;
}

static int spread_block(struct loader *l, const struct conf_node *block)
{
	static const char *const lists[] = { "good", "per", "value", "newest_of", NULL };
	static const char *const relations[] = { "relate", "only", "except", NULL };
	int rc = 0;

	for (struct conf_node *n = block->kind == CONF_MAP ? block->first : NULL;
	     rc == 0 && n != NULL; n = n->next) {
		if (any_of(lists, n->key) && n->kind == CONF_SCALAR) {
			rc = spread(l, n);
		}
		if (!any_of(relations, n->key) || n->kind != CONF_MAP) {
			continue;
		}
		for (struct conf_node *k = n->first; rc == 0 && k != NULL; k = k->next) {
			rc = strcmp(k->key, "on") == 0 && k->kind == CONF_SCALAR ? spread(l, k) : 0;
		}
	}
	return rc;
}

int loader_spread_terms(struct loader *l, const struct conf_node *indicator)
{
	int rc = 0;

	if (indicator->kind != CONF_MAP) {
		return 0;
	}
	for (struct conf_node *n = indicator->first; rc == 0 && n != NULL; n = n->next) {
		if (strcmp(n->key, "evidence") != 0) {
			continue;
		}
		rc = n->kind == CONF_MAP ? spread(l, n) : 0;
		for (const struct conf_node *b = n->first; rc == 0 && b != NULL; b = b->next) {
			rc = spread_block(l, b);
		}
	}
	return rc;
}

int block_refuse(const struct block *c, const char *key, const char *why)
{
	const struct conf_node *at = conf_get(c->node, key);

	return conf_fail(LOADER_DOC(c->l), at != NULL ? at : c->node, c->l->fault, "%s", why);
}

void block_keep(const struct block *c, const char *key, const char *text)
{
	if (c->out->n_lines < MODEL_LINES_MAX) {
		c->out->lines[c->out->n_lines++] = (struct model_line){ key, text };
	}
}

const struct conf_node *block_at(const struct conf_node *node, const char *key)
{
	const struct conf_node *at = conf_get(node, key);

	return at != NULL ? at : node;
}

int block_parse(const struct block *c, const struct conf_node *at, const struct cxm_kind *kind,
                const char *text, enum expr_type want, const struct expr **out)
{
	struct fault why;
	int rc = expr_parse(out, kind, slice_of(text), want, &c->l->to->arena, &why);

	return rc == 0 ? 0 : conf_fail(LOADER_DOC(c->l), at, c->l->fault, "%s", why.text);
}

static int parse(const struct block *c, const char *key, const char *text, enum expr_type want,
                 const struct expr **out)
{
	block_keep(c, key, text);
	return block_parse(c, block_at(c->node, key), c->out->from, text, want, out);
}

static int parse_terms(const struct block *c, const char *key, const struct conf_list *in,
                       enum expr_type want, struct model_terms *out)
{
	const char *const *texts = in->items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < in->count; i++) {
		rc = parse(c, key, texts[i], want, &out->at[i]);
		out->n = i + 1;
	}
	return rc;
}

/* Parse what is put together from parts that were parsed on their own already: only its length or
 * depth can be wrong. Trees are not shared, so texts are put together and not nodes. */
static int parse_made(const struct block *c, enum expr_type want, const struct expr **out,
                      const struct buf *made)
{
	struct slice text = { (const char *)made->data, made->len };
	struct fault why;

	if (made->failed || text.len > EXPR_MAX_BYTES) {
		return block_refuse(c, "value", "together with `of` this is too long");
	}
	return expr_parse(out, c->out->from, text, want, &c->l->to->arena, &why) == 0
	               ? 0
	               : block_refuse(c, "value", why.text);
}

/*
 * A mean is over the rows that have the value: `of and value == value` counts no others, because
 * what is not known equals nothing. And it needs value * value for its spread. A sum of terms needs
 * neither: each row counts, a missing term adds nothing.
 */
static int complete_mean(const struct block *c, const struct evidence_yaml *in)
{
	const char *value = *(const char *const *)in->value.items;
	struct buf made;
	int rc;

	if (in->value.count != 1) {
		return 0;
	}
	buf_init(&made, (size_t)4 * EXPR_MAX_BYTES);
	buf_printf(&made, "(%s) * (%s)", value, value);
	rc = parse_made(c, EXPR_IS_NUMBER, &c->out->square, &made);
	buf_reset(&made);
	buf_printf(&made, in->of != NULL ? "(%s) and " : "%s", in->of != NULL ? in->of : "");
	buf_printf(&made, "(%s) == (%s)", value, value);
	rc = rc != 0 ? rc : parse_made(c, EXPR_IS_TRUTH, &c->out->of, &made);
	buf_free(&made);
	return rc;
}

static int check_keys(const struct block *c, const struct estimator *e)
{
	static const struct {
		const char *key;
		unsigned bit;
	} keys[] = {
		{ "from", ESTIMATOR_FROM },         { "of", ESTIMATOR_OF },
		{ "good", ESTIMATOR_GOOD },         { "per", ESTIMATOR_PER },
		{ "value", ESTIMATOR_VALUE },       { "at", ESTIMATOR_AT },
		{ "relate", ESTIMATOR_RELATE },     { "only", ESTIMATOR_RELATE },
		{ "except", ESTIMATOR_RELATE },     { "take", ESTIMATOR_TAKE },
		{ "newest_of", ESTIMATOR_SUBJECT }, { "population", ESTIMATOR_MEMBERS },
		{ "with", ESTIMATOR_MEMBERS },      { "over", ESTIMATOR_OVER },
	};

	for (size_t i = 0; i < N_OF(keys); i++) {
		bool there = !conf_is_null(conf_get(c->node, keys[i].key));

		if (there && (e->takes & keys[i].bit) == 0) {
			return conf_fail(LOADER_DOC(c->l), conf_get(c->node, keys[i].key),
			                 c->l->fault, "the estimator %s does not take this",
			                 e->name);
		}
		if (!there && (e->wants & keys[i].bit) != 0) {
			return conf_fail(LOADER_DOC(c->l), c->node, c->l->fault,
			                 "\"%s\" is missing: the estimator %s needs it",
			                 keys[i].key, e->name);
		}
	}
	return 0;
}

/* The kind of the rows: named in the block, or the estimator's own. */
static int read_from(const struct block *c, const struct evidence_yaml *in)
{
	const ProtobufCMessageDescriptor *own = c->out->estimator->reads[0].kind;

	if (in->from != NULL) {
		c->out->from = cxm_kind_named(c->l->catalog, slice_of(in->from));
	} else if (!conf_is_null(conf_get(c->node, "population"))) {
		c->out->from =
			in->population.from != NULL
				? cxm_kind_named(c->l->catalog, slice_of(in->population.from))
				: NULL;
	} else if (own != NULL && (c->out->estimator->wants & ESTIMATOR_FROM) == 0) {
		c->out->from = cxm_kind_of(c->l->catalog, own);
	}
	return c->out->from != NULL
	               ? 0
	               : block_refuse(c, "from",
	                              "expected a kind of record such as QueueContact, Dialog or "
	                              "MediaStream (proto/evidence.proto lists them)");
}

static int read_head(const struct block *c, const struct evidence_yaml *in)
{
	int rc;

	c->out->method = in->method != NULL ? in->method : "";
	c->out->estimator = in->estimator != NULL ? estimator_named(in->estimator) : NULL;
	if (c->out->estimator == NULL) {
		return conf_fail(LOADER_DOC(c->l),
		                 in->estimator != NULL ? conf_get(c->node, "estimator") : c->node,
		                 c->l->fault, "expected an estimator: %s", estimator_names());
	}
	rc = read_from(c, in);
	if (rc != 0) {
		return rc;
	}
	assert(c->out->from != NULL);
	block_keep(c, "estimator", in->estimator);
	block_keep(c, "from", c->out->from->name);
	return check_keys(c, c->out->estimator);
}

/* `good` of a block that relates: what it says of the relation is cut off first. */
static int read_good(const struct block *c, const struct evidence_yaml *in, enum expr_type want)
{
	char *const *texts = in->good.items;
	bool relates = !conf_is_null(conf_get(c->node, "relate"));

	if (!relates || in->good.count != 1) {
		return parse_terms(c, "good", &in->good, want, &c->out->good);
	}
	block_keep(c, "good", arena_text(&c->l->to->arena, texts[0], strlen(texts[0])));
	c->out->related = block_related(texts[0]);
	c->out->good.n = 1; /* with or without an expression of its own */
	if (c->out->lines[c->out->n_lines - 1].text == NULL) {
		return -ENOMEM;
	}
	return texts[0][0] == '\0' ? 0
	                           : block_parse(c, block_at(c->node, "good"), c->out->from,
	                                         texts[0], want, &c->out->good.at[0]);
}

static int read_value(const struct block *c, const struct evidence_yaml *in)
{
	const char *const *texts = in->value.items;

	if (in->value.count == 1 && strcmp(texts[0], "gap_ms") == 0 &&
	    !conf_is_null(conf_get(c->node, "relate"))) {
		block_keep(c, "value", texts[0]);
		c->out->gap = true;
		c->out->value.n = 1;
		return 0;
	}
	return parse_terms(c, "value", &in->value, EXPR_IS_NUMBER, &c->out->value);
}

/* Kinds of which only a share may have been kept say so in this field (proto/evidence.proto). */
static int read_share(const struct block *c)
{
	struct fault why;

	c->out->share = c->out->estimator->weighs
	                        ? cxm_field_named(c->out->from, SLICE("sampled_ppm"))
	                        : NULL;
	return c->out->share == NULL
	               ? 0
	               : expr_parse(&c->out->sampled, c->out->from, SLICE("known(sampled_ppm)"),
	                            EXPR_IS_NUMBER, &c->l->to->arena, &why);
}

static int read_expressions(const struct block *c, const struct evidence_yaml *in)
{
	const struct estimator *e = c->out->estimator;
	enum expr_type good;
	int rc = in->of != NULL ? parse(c, "of", in->of, EXPR_IS_TRUTH, &c->out->of) : 0;

	assert(e != NULL);
	good = e->by_value ? EXPR_IS_TRUTH : EXPR_IS_NUMBER;
	rc = rc != 0 ? rc : read_good(c, in, good);
	rc = rc != 0 ? rc : parse_terms(c, "per", &in->per, EXPR_IS_NUMBER, &c->out->per);
	rc = rc != 0 || in->blank == NULL
	             ? rc
	             : parse(c, "blank", in->blank, EXPR_IS_NUMBER, &c->out->blank);
	rc = rc != 0 ? rc : read_value(c, in);
	rc = rc != 0 ? rc : read_share(c);
	if (rc != 0) {
		return rc;
	}
	if ((e->wants & ESTIMATOR_GOOD) != 0 && c->out->good.n == 0) {
		return block_refuse(c, "good", "expected an expression, found an empty list");
	}
	if ((e->wants & ESTIMATOR_VALUE) != 0 && c->out->value.n == 0) {
		return block_refuse(c, "value", "expected an expression, found an empty list");
	}
	if ((e->by_value || e->one_value) && (c->out->value.n > 1 || c->out->good.n > 1)) {
		return block_refuse(c, c->out->value.n > 1 ? "value" : "good",
		                    "expected one expression, found a list");
	}
	return e == &estimator_mean && c->out->per.n == 0 ? complete_mean(c, in) : 0;
}

static int read_by(const struct block *c, const struct evidence_yaml *in)
{
	if (in->by == NULL) {
		return 0;
	}
	block_keep(c, "by", in->by);
	c->out->by = cxm_field_named(c->out->from, slice_of(in->by));
	if (c->out->by == NULL ||
	    (c->out->by->type != CXM_LABEL && c->out->by->type != CXM_STATE)) {
		return block_refuse(c, "by", "expected a label or a state of the record");
	}
	return 0;
}

static int read_rest(const struct block *c, const struct evidence_yaml *in)
{
	c->out->at = in->at;
	c->out->divisor = in->divisor;
	c->out->lookback_days = in->lookback_days;
	c->out->settle_days = in->settle_days;
	if (in->settle_days > 0 && c->out->estimator != &estimator_ratio) {
		return block_refuse(c, "settle_days", "only the estimator ratio takes this");
	}
	if (in->blank != NULL &&
	    (c->out->estimator != &estimator_ratio || !conf_is_null(conf_get(c->node, "relate")) ||
	     in->per.count > 0)) {
		return block_refuse(c, "blank",
		                    "only the estimator ratio without relate and per takes this");
	}
	c->out->counts = loader_text(in->counts, in->counts_de);
	for (size_t i = 0; in->take != NULL && take_names[i] != NULL; i++) {
		c->out->take =
			strcmp(in->take, take_names[i]) == 0 ? (enum model_take)i : c->out->take;
	}
	if (in->take != NULL) {
		block_keep(c, "take", in->take);
	}
	if ((c->out->estimator->wants & ESTIMATOR_AT) != 0 && !(in->at > 0 && in->at < 1)) {
		return block_refuse(c, "at", "expected a fraction between 0 and 1");
	}
	if (!(in->divisor > 0)) {
		return block_refuse(c, "divisor", "must be above 0");
	}
	return read_by(c, in);
}

/* What makes figures of a day kept in a cache those of this block: its words and numbers. */
static uint64_t hash_of(const struct model_evidence *e)
{
	struct buf text;
	uint64_t hash;

	buf_init(&text, (size_t)256 * 1024);
	buf_printf(&text, "%a %a %d %d", e->at, e->divisor, (int)e->take, (int)e->related);
	for (size_t i = 0; i < e->n_lines; i++) {
		buf_printf(&text, "\n%s: %s", e->lines[i].key, e->lines[i].text);
	}
	buf_add_char(&text, '\0');
	hash = text.failed ? 0 : stats_fnv1a((const char *)text.data);
	buf_free(&text);
	return hash;
}

static int check_interval(struct loader *l, const struct conf_node *indicator,
                          const struct block *c)
{
	const struct conf_node *at = conf_get(c->node, "interval");

	if ((c->out->estimator->intervals >> c->out->interval & 1U) != 0) {
		return 0;
	}
	at = at != NULL ? at : conf_get(indicator, "interval");
	return conf_fail(LOADER_DOC(l), at != NULL ? at : indicator, l->fault,
	                 "the estimator %s gives no %s interval", c->out->estimator->name,
	                 model_interval_name(c->out->interval));
}

int loader_evidence(struct loader *l, const struct conf_node *indicator, const struct conf_list *in,
                    struct model_indicator *out)
{
	const struct conf_node *list = conf_get(indicator, "evidence");
	const struct evidence_yaml *blocks = in->items;
	struct model_evidence *made;
	int rc = 0;

	if (conf_is_null(list) || in->count == 0) {
		return 0;
	}
	made = loader_alloc(l, in->count * sizeof(*made));
	if (made == NULL) {
		return -ENOMEM;
	}
	for (const struct conf_node *n = list->first; rc == 0 && n != NULL; n = n->next) {
		const struct evidence_yaml *yaml = &blocks[out->n_methods];
		struct block c = { l, n, &made[out->n_methods] };

		c.out->interval =
			yaml->interval != NULL ? loader_interval(yaml->interval) : out->interval;
		rc = read_head(&c, yaml);
		rc = rc != 0 ? rc : read_expressions(&c, yaml);
		rc = rc != 0 ? rc : read_rest(&c, yaml);
		rc = rc != 0 ? rc : block_reach(&c, yaml);
		rc = rc != 0 ? rc : check_interval(l, indicator, &c);
		c.out->hash = hash_of(c.out);
		out->n_methods++;
	}
	out->evidence = made;
	return rc;
}
