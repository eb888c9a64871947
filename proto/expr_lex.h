/* The words of the expression language: cuts text into tokens, knows no fields and no types. */
#pragma once

#include "proto/expr.h"

enum expr_token_kind {
	EXPR_TOKEN_END,
	EXPR_TOKEN_NUMBER,
	EXPR_TOKEN_TEXT,
	EXPR_TOKEN_WORD,     /* a field, a state's name, known, in */
	EXPR_TOKEN_OPERATOR, /* also and, or, not */
	EXPR_TOKEN_OPEN,
	EXPR_TOKEN_CLOSE,
	EXPR_TOKEN_COMMA,
	EXPR_TOKEN_BAD,
};

struct expr_token {
	enum expr_token_kind kind;
	struct slice text; /* as written, quotes included; borrowed */
	enum expr_op op;   /* of an operator; a minus is EXPR_SUB, whichever it will be */
	double number;
	const char *advice; /* of a bad one */
};

/** Take the token at `*at` and move behind it. */
struct expr_token expr_lex(struct slice text, size_t *at);

/** The content of a text token: quotes off, \" and \\ undone. Copied into the arena; `at` is NULL
 * without memory. */
struct slice expr_unquote(struct slice quoted, struct arena *arena);
