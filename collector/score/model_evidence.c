/* The evidence block of an indicator: which estimator, over which records, with which expressions.
 * Everything is checked against the records' descriptors and against what the estimator takes. */
#include "collector/score/model_load.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "collector/score/estimators/estimator.h"

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))
#define TEXT_ITEM(name, field, help)                                                               \
	LOAD_ITEM(evidence_yaml, name, CONF_TEXT, field, false, 0, 0, help)
#define TERMS_ITEM(name, field, help)                                                              \
	LOAD_ITEM(evidence_yaml, name, CONF_TEXTS, field, false, 0, MODEL_TERMS_MAX, help)

static const struct conf_item evidence_items[] = {
	TEXT_ITEM("estimator", estimator, "ratio, mean, quantile or kaplan_meier"),
	TEXT_ITEM("from", from, "kind of record"),
	TEXT_ITEM("of", of, "which of them count (expression; all when absent)"),
	TERMS_ITEM("good", good,
	           "ratio: numerator; kaplan_meier: the event (one expression, or a list that adds "
	           "up)"),
	TERMS_ITEM("per", per, "ratio: denominator (likewise; 1 a record when absent)"),
	TERMS_ITEM("value", value,
	           "mean, quantile, kaplan_meier: what is measured (for mean also a list)"),
	{ "at", CONF_REAL, offsetof(struct evidence_yaml, at), false, 0, 1, NULL,
	  "quantile, kaplan_meier: which quantile, 0 to 1", NULL, NULL },
	{ "divisor", CONF_REAL, offsetof(struct evidence_yaml, divisor), false, 0, 0, "1",
	  "from the unit of value to that of the indicator: 1000 for ms to s", NULL, NULL },
	TEXT_ITEM("by", by, "label or state by which explain breaks down"),
	TEXT_ITEM("counts", counts, "what the numerator counts, in words"),
	TEXT_ITEM("counts_de", counts_de, "the same in German"),
};
const struct conf_schema evidence_schema = LOAD_SCHEMA(evidence_items, evidence_yaml);

int loader_spread_terms(struct loader *l, const struct conf_node *indicator)
{
	static const char *const keys[] = { "good", "per", "value" };
	const struct conf_node *block = conf_get(indicator, "evidence");

	if (block == NULL || block->kind != CONF_MAP) {
		return 0;
	}
	for (struct conf_node *n = block->first; n != NULL; n = n->next) {
		struct conf_node *only;
		bool terms = false;

		for (size_t i = 0; i < N_OF(keys); i++) {
			terms |= strcmp(n->key, keys[i]) == 0;
		}
		if (!terms || n->kind != CONF_SCALAR || conf_is_null(n)) {
			continue;
		}
		only = loader_alloc(l, sizeof(*only));
		if (only == NULL) {
			return -ENOMEM;
		}
		*only = *n;
		only->key = NULL;
		only->next = NULL;
		n->kind = CONF_LIST;
		n->first = only;
		n->count = 1;
	}
	return 0;
}

struct context {
	struct loader *l;
	const struct conf_node *block;
	struct model_evidence *out;
};

static int refuse(const struct context *c, const char *key, const char *why)
{
	const struct conf_node *at = conf_get(c->block, key);

	return conf_fail(LOADER_DOC(c->l), at != NULL ? at : c->block, c->l->fault, "%s", why);
}

/* Remember the text for explain. */
static void keep_line(const struct context *c, const char *key, const char *text)
{
	if (c->out->n_lines < MODEL_LINES_MAX) {
		c->out->lines[c->out->n_lines++] = (struct model_line){ key, text };
	}
}

static int parse(const struct context *c, const char *key, const char *text, enum expr_type want,
                 const struct expr **out)
{
	struct fault why;
	int rc = expr_parse(out, c->out->from, slice_of(text), want, &c->l->to->arena, &why);

	keep_line(c, key, text);
	return rc == 0 ? 0 : refuse(c, key, why.text);
}

static int parse_terms(const struct context *c, const char *key, const struct conf_list *in,
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
static int parse_made(const struct context *c, enum expr_type want, const struct expr **out,
                      const struct buf *made)
{
	struct slice text = { (const char *)made->data, made->len };
	struct fault why;

	if (made->failed || text.len > EXPR_MAX_BYTES) {
		return refuse(c, "value", "together with `of` this is too long");
	}
	return expr_parse(out, c->out->from, text, want, &c->l->to->arena, &why) == 0
	               ? 0
	               : refuse(c, "value", why.text);
}

/*
 * A mean is over the rows that have the value: `of and value == value` counts no others, because
 * what is not known equals nothing. And it needs value * value for its spread. A sum of terms needs
 * neither: each row counts, a missing term adds nothing.
 */
static int complete_mean(const struct context *c, const struct evidence_yaml *in)
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

static int check_keys(const struct context *c, const struct estimator *e)
{
	static const struct {
		const char *key;
		unsigned bit;
	} keys[] = {
		{ "good", ESTIMATOR_GOOD },
		{ "per", ESTIMATOR_PER },
		{ "value", ESTIMATOR_VALUE },
		{ "at", ESTIMATOR_AT },
	};

	for (size_t i = 0; i < N_OF(keys); i++) {
		bool there = !conf_is_null(conf_get(c->block, keys[i].key));

		if (there && (e->takes & keys[i].bit) == 0) {
			return conf_fail(LOADER_DOC(c->l), conf_get(c->block, keys[i].key),
			                 c->l->fault, "the estimator %s does not take this",
			                 e->name);
		}
		if (!there && (e->wants & keys[i].bit) != 0) {
			return conf_fail(LOADER_DOC(c->l), c->block, c->l->fault,
			                 "\"%s\" is missing: the estimator %s needs it",
			                 keys[i].key, e->name);
		}
	}
	return 0;
}

static int read_head(const struct context *c, const struct evidence_yaml *in)
{
	c->out->estimator = in->estimator != NULL ? estimator_named(in->estimator) : NULL;
	if (c->out->estimator == NULL) {
		(void)conf_fail(LOADER_DOC(c->l),
		                in->estimator != NULL ? conf_get(c->block, "estimator") : c->block,
		                c->l->fault, "expected an estimator: %s", estimator_names());
		return -EINVAL;
	}
	c->out->from = in->from != NULL ? cxm_kind_named(c->l->catalog, slice_of(in->from)) : NULL;
	if (c->out->from == NULL) {
		return refuse(c, "from",
		              "expected a kind of record such as QueueContact, Dialog or "
		              "MediaStream (proto/evidence.proto lists them)");
	}
	keep_line(c, "estimator", in->estimator);
	keep_line(c, "from", c->out->from->name);
	return check_keys(c, c->out->estimator);
}

static int read_expressions(const struct context *c, const struct evidence_yaml *in)
{
	const struct estimator *e = c->out->estimator;
	enum expr_type good = e->by_value ? EXPR_IS_TRUTH : EXPR_IS_NUMBER;
	int rc = in->of != NULL ? parse(c, "of", in->of, EXPR_IS_TRUTH, &c->out->of) : 0;

	rc = rc != 0 ? rc : parse_terms(c, "good", &in->good, good, &c->out->good);
	rc = rc != 0 ? rc : parse_terms(c, "per", &in->per, EXPR_IS_NUMBER, &c->out->per);
	rc = rc != 0 ? rc : parse_terms(c, "value", &in->value, EXPR_IS_NUMBER, &c->out->value);
	if (rc != 0) {
		return rc;
	}
	if ((e->wants & ESTIMATOR_GOOD) != 0 && c->out->good.n == 0) {
		return refuse(c, "good", "expected an expression, found an empty list");
	}
	if ((e->wants & ESTIMATOR_VALUE) != 0 && c->out->value.n == 0) {
		return refuse(c, "value", "expected an expression, found an empty list");
	}
	if (e->by_value && (c->out->value.n > 1 || c->out->good.n > 1)) {
		return refuse(c, c->out->value.n > 1 ? "value" : "good",
		              "expected one expression, found a list");
	}
	return e == &estimator_mean ? complete_mean(c, in) : 0;
}

static int read_rest(const struct context *c, const struct evidence_yaml *in)
{
	c->out->at = in->at;
	c->out->divisor = in->divisor;
	c->out->counts = loader_text(in->counts, in->counts_de);
	if ((c->out->estimator->wants & ESTIMATOR_AT) != 0 && !(in->at > 0 && in->at < 1)) {
		return refuse(c, "at", "expected a fraction between 0 and 1");
	}
	if (!(in->divisor > 0)) {
		return refuse(c, "divisor", "must be above 0");
	}
	if (in->by == NULL) {
		return 0;
	}
	keep_line(c, "by", in->by);
	c->out->by = cxm_field_named(c->out->from, slice_of(in->by));
	if (c->out->by == NULL ||
	    (c->out->by->type != CXM_LABEL && c->out->by->type != CXM_STATE)) {
		return refuse(c, "by", "expected a label or a state of the record");
	}
	return 0;
}

int loader_evidence(struct loader *l, const struct conf_node *indicator,
                    const struct evidence_yaml *in, struct model_indicator *out)
{
	struct context c = { l, conf_get(indicator, "evidence"), NULL };
	int rc;

	if (conf_is_null(c.block)) {
		return 0;
	}
	c.out = loader_alloc(l, sizeof(*c.out));
	if (c.out == NULL) {
		return -ENOMEM;
	}
	rc = read_head(&c, in);
	rc = rc != 0 ? rc : read_expressions(&c, in);
	rc = rc != 0 ? rc : read_rest(&c, in);
	if (rc == 0 && (c.out->estimator->intervals >> out->interval & 1U) == 0) {
		const struct conf_node *at = conf_get(indicator, "interval");

		rc = conf_fail(LOADER_DOC(l), at != NULL ? at : indicator, l->fault,
		               "the estimator %s gives no %s interval", c.out->estimator->name,
		               model_interval_name(out->interval));
	}
	out->evidence = c.out;
	return rc;
}
