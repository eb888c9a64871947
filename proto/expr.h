/*
 * The model's small language over the fields of one kind of record: which rows count, which are
 * good, what is measured.
 *
 *   answered and timed_out are states:  outcome in (answered, timed_out) and not (outcome ==
 * abandoned and wait_ms < 5000) numbers:  wait_ms / 1000      labels:  codec == "PCMU" presence:
 * known(tier)
 *
 * Operators by binding: or; and; not; == != < <= > >= in; + -; * /; unary minus; (...). No calls
 * but known(field). Names and types are checked against the record's descriptor when it is parsed.
 * A field that a row does not have makes every comparison on it false and every number from it
 * absent: what is not known never counts. Division by zero is absent.
 */
#pragma once

#include "common/arena.h"
#include "common/fault.h"
#include "cxmeter/record.h"

#define EXPR_MAX_BYTES 1024
#define EXPR_DEPTH_MAX 24

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
	const struct expr *left;
	const struct expr *right;
	const struct expr *next; /* in an EXPR_IN list */
};

/**
 * Parse one expression of the wanted type (EXPR_IS_TRUTH or EXPR_IS_NUMBER; a truth where a number
 * is wanted counts 1 or 0). Nodes live in the arena.
 * @return 0 or -EINVAL, explained with the column and what was expected.
 */
int expr_parse(const struct expr **out, const struct cxm_kind *kind, struct slice text,
               enum expr_type want, struct arena *arena, struct fault *fault);

/** Evaluate on one record: the meaning every store's translation must match. `known` is false for
 * an absent number. */
struct expr_result {
	bool known;
	double number; /* truth: 1 or 0 */
};
struct expr_result expr_eval(const struct expr *e, const ProtobufCMessage *m);
