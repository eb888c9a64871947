/*
 * The model's small language over the fields of one kind of record: which rows count, which are
 * good, what is measured.
 *
 *   states      outcome in (answered, timed_out) and not (outcome == abandoned and wait_ms < 5000)
 *   numbers     (wait_ms + talk_ms) / 1000 >= 20
 *   labels      codec == "PCMU", language_wanted == language_given
 *   truths      recorded and not task_completed
 *   presence    known(tier)
 *   identities  from_agent != to_agent
 *
 * Operators by binding, loosest first: or; and; not; == != < <= > >= in; + -; * /; unary minus;
 * (...). No calls but known(field). Names and types are checked against the record's descriptor
 * when an expression is parsed: a number is compared with a number, a label with a label or quoted
 * text (byte by byte), a state on the left with one of its own names, an identity with another one
 * that is a hash of the same thing.
 *
 * What is not known never counts. A field that a row does not have is unknown; so is every number
 * and every comparison made from it, and a division by zero, and inf - inf. The logic is that of
 * SQL: `not` of unknown is unknown, `and` with a false side is false, `or` with a true side is
 * true, all else with an unknown side is unknown. A row counts only where the whole is true. So
 * neither `wait_ms < 5000` nor `not (wait_ms < 5000)` counts a row without wait_ms; say
 * `not known(wait_ms) or ...` where it should.
 *
 * Numbers are IEEE 754 doubles: exact for whole numbers up to 2^53.
 */
#pragma once

#include "common/arena.h"
#include "common/fault.h"
#include "cxmeter/record.h"

#define EXPR_MAX_BYTES 1024

/* ( and not and unary minus inside one another. SQLite's parser has room for 100 symbols (lemon's
 * YYSTACKDEPTH) and a level takes up to five: value + value * ( */
#define EXPR_DEPTH_MAX 12

/* Operators that can wait for their right side at once: at each depth what opened it and one each
 * of or, and, a comparison, a sum, a product. */
#define EXPR_PENDING_MAX ((EXPR_DEPTH_MAX + 1) * 6)

enum expr_op {
	EXPR_NUMBER, /* constant */
	EXPR_TEXT,   /* constant, for labels */
	EXPR_FIELD,
	EXPR_KNOWN, /* field is present */
	EXPR_OR,
	EXPR_AND,
	EXPR_NOT,
	EXPR_EQ,
	EXPR_NE,
	EXPR_LT,
	EXPR_LE,
	EXPR_GT,
	EXPR_GE,
	EXPR_IN, /* left in the chain of constants linked by `next` from right */
	EXPR_ADD,
	EXPR_SUB,
	EXPR_MUL,
	EXPR_DIV,
	EXPR_NEG,
};

enum expr_type { EXPR_IS_TRUTH, EXPR_IS_NUMBER, EXPR_IS_LABEL, EXPR_IS_STATE, EXPR_IS_IDENTITY };

struct expr {
	enum expr_op op;
	enum expr_type type;
	double number;                 /* EXPR_NUMBER; a state's constant is its value */
	struct slice text;             /* EXPR_TEXT */
	const struct cxm_field *field; /* EXPR_FIELD, EXPR_KNOWN */
	const struct expr *left;       /* also the operand of a prefix operator */
	const struct expr *right;
	const struct expr *next; /* in an EXPR_IN list */
	const struct expr *up;   /* the operator this is an operand of; NULL at the root */
};

/**
 * Parse one expression of the wanted type (EXPR_IS_TRUTH or EXPR_IS_NUMBER; a truth where a number
 * is wanted counts 1 or 0, and nothing when it is unknown). Nodes and texts live in the arena; the
 * kind must outlive them.
 * @return 0; -EINVAL, explained with the column (counted in characters, from 1) and what was
 * expected; -ENOMEM.
 */
int expr_parse(const struct expr **out, const struct cxm_kind *kind, struct slice text,
               enum expr_type want, struct arena *arena, struct fault *fault);

struct expr_result {
	bool known;    /* false: unknown, and `number` is 0 */
	double number; /* truth: 1 or 0 */
};

/** Evaluate a parsed expression, or a part of one that is a number or a truth, on one record of its
 * kind: the meaning that every store's translation must match. */
struct expr_result expr_eval(const struct expr *e, const ProtobufCMessage *m);

/**
 * Walk a tree without recursion, operands before their operator, left before right; the list of an
 * EXPR_IN is not visited. Begin with expr_first; the node that follows `e` is expr_after, until the
 * root has been seen.
 */
const struct expr *expr_first(const struct expr *root);
const struct expr *expr_after(const struct expr *e);

/** How tightly an operator binds, from 1 (or) to 7 (unary minus); the parts that are no operators
 * bind tightest. */
int expr_binding(enum expr_op op);

/** True for an operator with a subtree on its right. */
static inline bool expr_is_binary(const struct expr *e)
{
	return e->right != NULL && e->op != EXPR_IN;
}
