/* What an expression means on one record: the reference for every store's translation. Follows the
 * three-valued logic of SQL (ISO 9075) and IEEE 754 arithmetic. */
#include <assert.h>
#include <math.h>

#include "proto/expr.h"

/* Operands that are held while others are worked out: one a pending operator, the one at
 * hand, and a place for what does not exist. */
#define HELD_MAX (EXPR_PENDING_MAX + 2)

struct value {
	bool known;
	double number;     /* of a number, a truth, a state */
	uint64_t identity; /* compared bit by bit */
	struct slice text;
};

static const struct value unknown;

const struct expr *expr_first(const struct expr *root)
{
	while (root->left != NULL) {
		root = root->left;
	}
	return root;
}

const struct expr *expr_after(const struct expr *e)
{
	const struct expr *up = e->up;

	return expr_is_binary(up) && up->left == e ? expr_first(up->right) : up;
}

static struct value truth(bool known, bool yes)
{
	return (struct value){ .known = known, .number = known && yes ? 1 : 0 };
}

static struct value arithmetic(const struct value *a, const struct value *b, double d)
{
	return a->known && b->known && !isnan(d) ? (struct value){ .known = true, .number = d }
	                                         : unknown;
}

static struct value value_of_field(const struct cxm_field *f, const ProtobufCMessage *m)
{
	struct cxm_value v = cxm_field_get(m, f);

	return (struct value){ .known = v.present,
		               .number = f->type == CXM_REAL ? v.d : (double)v.i,
		               .identity = (uint64_t)v.i,
		               .text = v.text };
}

static bool equal(enum expr_type type, const struct value *a, const struct value *b)
{
	switch (type) {
	case EXPR_IS_LABEL:
		return slice_eq(a->text, b->text);
	case EXPR_IS_IDENTITY:
		return a->identity == b->identity;
	case EXPR_IS_TRUTH:
	case EXPR_IS_NUMBER:
	case EXPR_IS_STATE:
		break;
	}
	return a->number == b->number;
}

static struct value in_list(const struct expr *e, const struct value *v)
{
	for (const struct expr *item = e->right; item != NULL; item = item->next) {
		struct value constant = { .number = item->number, .text = item->text };

		if (v->known && equal(e->left->type, v, &constant)) {
			return truth(true, true);
		}
	}
	return truth(v->known, false);
}

/* `and`, and by its mirror image `or`: one side that decides is enough. */
static struct value both(const struct value *a, const struct value *b, double decides)
{
	if ((a->known && a->number == decides) || (b->known && b->number == decides)) {
		return truth(true, decides != 0);
	}
	return truth(a->known && b->known, decides == 0);
}

static struct value divide(const struct value *a, const struct value *b)
{
	return b->known && b->number == 0 ? unknown : arithmetic(a, b, a->number / b->number);
}

/* One node, its operands worked out. */
static struct value apply(const struct expr *e, const struct value *a, const struct value *b,
                          const ProtobufCMessage *m)
{
	bool known = a->known && b->known;

	switch (e->op) {
	case EXPR_NUMBER:
		return (struct value){ .known = true, .number = e->number };
	case EXPR_TEXT:
		return (struct value){ .known = true, .text = e->text };
	case EXPR_FIELD:
		return value_of_field(e->field, m);
	case EXPR_KNOWN:
		return truth(true, cxm_field_get(m, e->field).present);
	case EXPR_OR:
		return both(a, b, 1);
	case EXPR_AND:
		return both(a, b, 0);
	case EXPR_NOT:
		return truth(a->known, a->number == 0);
	case EXPR_EQ:
		return truth(known, equal(e->left->type, a, b));
	case EXPR_NE:
		return truth(known, !equal(e->left->type, a, b));
	case EXPR_LT:
		return truth(known, a->number < b->number);
	case EXPR_LE:
		return truth(known, a->number <= b->number);
	case EXPR_GT:
		return truth(known, a->number > b->number);
	case EXPR_GE:
		return truth(known, a->number >= b->number);
	case EXPR_IN:
		return in_list(e, a);
	case EXPR_ADD:
		return arithmetic(a, b, a->number + b->number);
	case EXPR_SUB:
		return arithmetic(a, b, a->number - b->number);
	case EXPR_MUL:
		return arithmetic(a, b, a->number * b->number);
	case EXPR_DIV:
		return divide(a, b);
	case EXPR_NEG:
		break;
	}
	return arithmetic(a, a, 0 - a->number); /* so the negative of 0 is 0, as in SQL */
}

struct expr_result expr_eval(const struct expr *e, const ProtobufCMessage *m)
{
	struct value held[HELD_MAX] = { { 0 } };
	size_t n = 0;

	for (const struct expr *node = expr_first(e);; node = expr_after(node)) {
		size_t operands = (node->left != NULL) + (size_t)expr_is_binary(node);

		n -= operands;
		assert(n + 1 < HELD_MAX);
		held[n] = apply(node, &held[n], &held[n + 1], m);
		n++;
		if (node == e) {
			return (struct expr_result){ held[0].known,
				                     held[0].known ? held[0].number : 0 };
		}
	}
}
