#include "proto/expr_lex.h"

#include <ctype.h>

/* The longer ones first, so that < does not take what belongs to <=. */
static const struct symbol {
	struct slice text;
	enum expr_token_kind kind;
	enum expr_op op;
	const char *advice;
} symbols[] = {
	{ { "==", 2 }, EXPR_TOKEN_OPERATOR, EXPR_EQ, NULL },
	{ { "!=", 2 }, EXPR_TOKEN_OPERATOR, EXPR_NE, NULL },
	{ { "<=", 2 }, EXPR_TOKEN_OPERATOR, EXPR_LE, NULL },
	{ { ">=", 2 }, EXPR_TOKEN_OPERATOR, EXPR_GE, NULL },
	{ { "<>", 2 }, EXPR_TOKEN_BAD, EXPR_NE, "write != for not equal" },
	{ { "&&", 2 }, EXPR_TOKEN_BAD, EXPR_AND, "write and" },
	{ { "||", 2 }, EXPR_TOKEN_BAD, EXPR_OR, "write or" },
	{ { "<", 1 }, EXPR_TOKEN_OPERATOR, EXPR_LT, NULL },
	{ { ">", 1 }, EXPR_TOKEN_OPERATOR, EXPR_GT, NULL },
	{ { "+", 1 }, EXPR_TOKEN_OPERATOR, EXPR_ADD, NULL },
	{ { "-", 1 }, EXPR_TOKEN_OPERATOR, EXPR_SUB, NULL },
	{ { "*", 1 }, EXPR_TOKEN_OPERATOR, EXPR_MUL, NULL },
	{ { "/", 1 }, EXPR_TOKEN_OPERATOR, EXPR_DIV, NULL },
	{ { "(", 1 }, EXPR_TOKEN_OPEN, EXPR_FIELD, NULL },
	{ { ")", 1 }, EXPR_TOKEN_CLOSE, EXPR_FIELD, NULL },
	{ { ",", 1 }, EXPR_TOKEN_COMMA, EXPR_FIELD, NULL },
	{ { "=", 1 }, EXPR_TOKEN_BAD, EXPR_EQ, "write == to compare" },
	{ { "!", 1 }, EXPR_TOKEN_BAD, EXPR_NOT, "write not" },
	{ { "'", 1 }, EXPR_TOKEN_BAD, EXPR_TEXT, "put text in double quotes" },
};

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static struct expr_token lex_word(struct slice rest)
{
	struct expr_token token = { .kind = EXPR_TOKEN_WORD, .text = { rest.at, 0 } };

	while (token.text.len < rest.len && is_word_char(rest.at[token.text.len])) {
		token.text.len++;
	}
	if (slice_eq(token.text, SLICE("and"))) {
		token.kind = EXPR_TOKEN_OPERATOR;
		token.op = EXPR_AND;
	} else if (slice_eq(token.text, SLICE("or"))) {
		token.kind = EXPR_TOKEN_OPERATOR;
		token.op = EXPR_OR;
	} else if (slice_eq(token.text, SLICE("not"))) {
		token.kind = EXPR_TOKEN_OPERATOR;
		token.op = EXPR_NOT;
	}
	return token;
}

/* Digits, a fraction, an exponent; whatever letters follow at once belong to the mistake. */
static struct expr_token lex_number(struct slice rest)
{
	struct expr_token token = { .kind = EXPR_TOKEN_NUMBER, .text = { rest.at, 0 } };

	while (token.text.len < rest.len) {
		char c = rest.at[token.text.len];
		bool sign_of_exponent =
			(c == '+' || c == '-') && (rest.at[token.text.len - 1] | 0x20) == 'e';

		if (!is_word_char(c) && c != '.' && !sign_of_exponent) {
			break;
		}
		token.text.len++;
	}
	if (slice_double(token.text, false, &token.number) != 0) {
		token.kind = EXPR_TOKEN_BAD;
		token.advice = "a number is written like 20, 2.5 or 1e6, in the unit of its field";
	}
	return token;
}

static struct expr_token lex_text(struct slice rest)
{
	struct expr_token token = { .kind = EXPR_TOKEN_TEXT };
	size_t n = 1;

	while (n < rest.len && rest.at[n] != '"') {
		n += rest.at[n] == '\\' ? 2 : 1;
	}
	if (n >= rest.len) {
		token.kind = EXPR_TOKEN_BAD;
		token.text = rest;
		token.advice = "the closing \" is missing";
		return token;
	}
	token.text = (struct slice){ rest.at, n + 1 };
	for (size_t i = 1; i < n; i++) {
		if (rest.at[i] == '\\' && rest.at[++i] != '"' && rest.at[i] != '\\') {
			token.kind = EXPR_TOKEN_BAD;
			token.advice = "\\ stands only before \" and \\";
		}
	}
	if (n - 1 > CXM_LABEL_MAX_BYTES || !cxm_utf8_valid(token.text)) {
		token.kind = EXPR_TOKEN_BAD;
		token.advice = "text is UTF-8 and has at most 512 bytes";
	}
	return token;
}

static struct expr_token lex_symbol(struct slice rest)
{
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		const struct symbol *s = &symbols[i];

		if (slice_starts(rest, s->text)) {
			return (struct expr_token){
				s->kind, { rest.at, s->text.len }, s->op, 0, s->advice
			};
		}
	}
	return (struct expr_token){ .kind = EXPR_TOKEN_BAD,
		                    .text = { rest.at, 1 },
		                    .advice = "this sign has no meaning here" };
}

struct expr_token expr_lex(struct slice text, size_t *at)
{
	struct expr_token token = { .kind = EXPR_TOKEN_END };
	struct slice rest;

	while (*at < text.len && strchr(" \t\r\n", text.at[*at]) != NULL && text.at[*at] != '\0') {
		++*at;
	}
	rest = (struct slice){ text.at + *at, text.len - *at };
	if (rest.len == 0) {
		token.text = rest;
	} else if (isdigit((unsigned char)rest.at[0]) || rest.at[0] == '.') {
		token = lex_number(rest);
	} else if (is_word_char(rest.at[0])) {
		token = lex_word(rest);
	} else if (rest.at[0] == '"') {
		token = lex_text(rest);
	} else {
		token = lex_symbol(rest);
	}
	*at += token.text.len;
	return token;
}

struct slice expr_unquote(struct slice quoted, struct arena *arena)
{
	char *text = arena_alloc(arena, quoted.len);
	size_t n = 0;

	for (size_t i = 1; text != NULL && i + 1 < quoted.len; i++) {
		if (quoted.at[i] == '\\') {
			i++;
		}
		text[n++] = quoted.at[i];
	}
	return (struct slice){ text, n };
}
