/* Expressions from text to a checked tree: operator precedence parsing on two bounded stacks, so
 * that no input makes it recurse. Knows the fields of one kind; evaluates nothing. */
#include "proto/expr.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "proto/expr_lex.h"

#define EXCERPT_MAX_BYTES 48 /* of the expression, in a message */
#define NAMES_MAX_BYTES   320

/* A finished part of the expression and where it stands. */
struct operand {
	struct expr *node;
	size_t from;
	size_t to;
};

/* An operator that waits for its right side, or an open parenthesis. */
struct pending {
	enum expr_op op;
	bool open;
	size_t from;
};

struct parser {
	const struct cxm_kind *kind;
	struct slice text;
	struct arena *arena;
	struct fault *fault;
	size_t at;               /* behind the token */
	size_t from;             /* where the token begins */
	struct expr_token token; /* in hand */
	bool want_operand;
	bool done;
	size_t depth;
	struct pending pending[EXPR_PENDING_MAX];
	size_t n_pending;
	struct operand operands[EXPR_PENDING_MAX + 1];
	size_t n_operands;
};

/* ---- saying what is wrong ---- */

/* Columns as an editor counts them: characters, from 1. */
static size_t column_of(const struct parser *p, size_t at)
{
	size_t column = 1;

	for (size_t i = 0; i < at && i < p->text.len; i++) {
		column += ((unsigned char)p->text.at[i] & 0xc0) != 0x80;
	}
	return column;
}

/* A piece of the expression for a message: in quotes, cut, printable. */
static const char *excerpt(struct slice s, char out[EXCERPT_MAX_BYTES + 8])
{
	size_t n = s.len < EXCERPT_MAX_BYTES ? s.len : EXCERPT_MAX_BYTES;
	bool readable;

	while (n > 0 && n < s.len && ((unsigned char)s.at[n] & 0xc0) == 0x80) {
		n--; /* do not cut a character in two */
	}
	readable = cxm_utf8_valid((struct slice){ s.at, n });
	(void)snprintf(out, EXCERPT_MAX_BYTES + 8, "\"%.*s\"%s", (int)n, s.at,
	               n < s.len ? "..." : "");
	for (char *c = out; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f || (!readable && (*c & 0x80) != 0)) {
			*c = '?';
		}
	}
	return out;
}

static int fail_expected(struct parser *p, const char *what)
{
	char found[EXCERPT_MAX_BYTES + 8];

	if (p->token.kind == EXPR_TOKEN_BAD) {
		return fault_set(p->fault, -EINVAL, "column %zu: %s: %s", column_of(p, p->from),
		                 excerpt(p->token.text, found), p->token.advice);
	}
	return fault_set(
		p->fault, -EINVAL, "column %zu: expected %s, found %s", column_of(p, p->from), what,
		p->token.kind == EXPR_TOKEN_END ? "the end" : excerpt(p->token.text, found));
}

static void add_name(char out[NAMES_MAX_BYTES], const char *name)
{
	size_t used = strlen(out);

	if (used + strlen(name) + sizeof(",  ...") <= NAMES_MAX_BYTES) {
		(void)snprintf(out + used, NAMES_MAX_BYTES - used, "%s%s", used > 0 ? ", " : "",
		               name);
	} else if (used > 0 && out[used - 1] != '.') {
		(void)snprintf(out + used, NAMES_MAX_BYTES - used, " ...");
	}
}

static int fail_field(struct parser *p)
{
	char names[NAMES_MAX_BYTES] = "";
	char found[EXCERPT_MAX_BYTES + 8];

	for (size_t i = 0; i < p->kind->n_fields; i++) {
		add_name(names, p->kind->fields[i].name);
	}
	return fault_set(p->fault, -EINVAL, "column %zu: %s has no field %s; it has %s",
	                 column_of(p, p->from), p->kind->name, excerpt(p->token.text, found),
	                 names);
}

static int fail_state(struct parser *p, const struct cxm_field *f)
{
	const ProtobufCEnumDescriptor *e = f->pb->descriptor;
	char names[NAMES_MAX_BYTES] = "";
	char what[NAMES_MAX_BYTES + 128];
	char name[64];

	for (unsigned i = 0; i < e->n_values; i++) {
		add_name(names, cxm_state_name(f, e->values[i].value, name, sizeof(name)));
	}
	(void)snprintf(what, sizeof(what), "a state of %s without quotes (%s)", f->name, names);
	return fail_expected(p, what);
}

static const char *type_name(enum expr_type type)
{
	switch (type) {
	case EXPR_IS_TRUTH:
		return "true or false";
	case EXPR_IS_NUMBER:
		return "a number";
	case EXPR_IS_LABEL:
		return "text";
	case EXPR_IS_STATE:
		return "a state";
	case EXPR_IS_IDENTITY:
		break;
	}
	return "an identity";
}

static struct slice source_of(const struct parser *p, const struct operand *o)
{
	return (struct slice){ p->text.at + o->from, o->to - o->from };
}

static int fail_type(struct parser *p, const struct operand *o, const char *wanted)
{
	char text[EXCERPT_MAX_BYTES + 8];

	return fault_set(p->fault, -EINVAL, "column %zu: expected %s; %s is %s",
	                 column_of(p, o->from), wanted, excerpt(source_of(p, o), text),
	                 type_name(o->node->type));
}

/* ---- nodes ---- */

static int no_memory(struct parser *p)
{
	return fault_set(p->fault, -ENOMEM, "out of memory");
}

static struct expr *new_node(struct parser *p, enum expr_op op, enum expr_type type)
{
	struct expr *node = arena_alloc(p->arena, sizeof(*node));

	if (node != NULL) {
		node->op = op;
		node->type = type;
	}
	return node;
}

static void push_operand(struct parser *p, struct expr *node, size_t from)
{
	assert(p->n_operands < EXPR_PENDING_MAX + 1);
	p->operands[p->n_operands++] = (struct operand){ node, from, p->at };
	p->want_operand = false;
}

/* What of `wanted` a token can be: a number with its minus, quoted text, a name of the state
 * `field`. NULL when there is none of it or no memory; *rc says which. */
static struct expr *constant(struct parser *p, enum expr_type wanted, const struct cxm_field *field,
                             int *rc)
{
	bool negative = wanted == EXPR_IS_NUMBER && p->token.kind == EXPR_TOKEN_OPERATOR &&
	                p->token.op == EXPR_SUB;
	struct expr *node;
	int64_t state = 0;

	*rc = 0;
	if (negative) {
		p->token = expr_lex(p->text, &p->at);
	}
	if (wanted == EXPR_IS_STATE && (p->token.kind != EXPR_TOKEN_WORD ||
	                                cxm_state_value(field, p->token.text, &state) != 0)) {
		*rc = fail_state(p, field);
	} else if (wanted == EXPR_IS_NUMBER && p->token.kind != EXPR_TOKEN_NUMBER) {
		*rc = fail_expected(p, "a number");
	} else if (wanted == EXPR_IS_LABEL && p->token.kind != EXPR_TOKEN_TEXT) {
		*rc = fail_expected(p, "text in double quotes");
	}
	if (*rc != 0) {
		return NULL;
	}
	node = new_node(p, wanted == EXPR_IS_LABEL ? EXPR_TEXT : EXPR_NUMBER, wanted);
	if (node != NULL && wanted == EXPR_IS_LABEL) {
		node->text = expr_unquote(p->token.text, p->arena);
	} else if (node != NULL && wanted == EXPR_IS_STATE) {
		node->number = (double)state;
	} else if (node != NULL) {
		node->number = negative ? -p->token.number : p->token.number;
	}
	if (node == NULL || (wanted == EXPR_IS_LABEL && node->text.at == NULL)) {
		*rc = no_memory(p);
		return NULL;
	}
	return node;
}

static enum expr_type type_of_field(const struct cxm_field *f)
{
	switch (f->type) {
	case CXM_BOOL:
		return EXPR_IS_TRUTH;
	case CXM_LABEL:
		return EXPR_IS_LABEL;
	case CXM_STATE:
		return EXPR_IS_STATE;
	case CXM_IDENTITY:
		return EXPR_IS_IDENTITY;
	case CXM_INT:
	case CXM_REAL:
	case CXM_BYTES:
		break;
	}
	return EXPR_IS_NUMBER;
}

static int field_operand(struct parser *p)
{
	const struct cxm_field *f = cxm_field_named(p->kind, p->token.text);
	struct expr *node;

	if (f == NULL) {
		return fail_field(p);
	}
	if (f->type == CXM_BYTES) {
		return fault_set(p->fault, -EINVAL, "column %zu: of %s only known(%s) can be asked",
		                 column_of(p, p->from), f->name, f->name);
	}
	node = new_node(p, EXPR_FIELD, type_of_field(f));
	if (node == NULL) {
		return no_memory(p);
	}
	node->field = f;
	push_operand(p, node, p->from);
	return 0;
}

static void take_token(struct parser *p)
{
	p->token = expr_lex(p->text, &p->at);
	p->from = p->at - p->token.text.len;
}

static int known_operand(struct parser *p)
{
	const struct cxm_field *f;
	size_t from = p->from;
	struct expr *node;

	take_token(p);
	if (p->token.kind != EXPR_TOKEN_OPEN) {
		return fail_expected(p, "( as in known(field)");
	}
	take_token(p);
	if (p->token.kind != EXPR_TOKEN_WORD) {
		return fail_expected(p, "a field as in known(field)");
	}
	f = cxm_field_named(p->kind, p->token.text);
	if (f == NULL) {
		return fail_field(p);
	}
	take_token(p);
	if (p->token.kind != EXPR_TOKEN_CLOSE) {
		return fail_expected(p, ") as in known(field)");
	}
	node = new_node(p, EXPR_KNOWN, EXPR_IS_TRUTH);
	if (node == NULL) {
		return no_memory(p);
	}
	node->field = f;
	push_operand(p, node, from);
	return 0;
}

/* ---- operators ---- */

int expr_binding(enum expr_op op)
{
	switch (op) {
	case EXPR_OR:
		return 1;
	case EXPR_AND:
		return 2;
	case EXPR_NOT:
		return 3;
	case EXPR_EQ:
	case EXPR_NE:
	case EXPR_LT:
	case EXPR_LE:
	case EXPR_GT:
	case EXPR_GE:
	case EXPR_IN:
		return 4;
	case EXPR_ADD:
	case EXPR_SUB:
		return 5;
	case EXPR_MUL:
	case EXPR_DIV:
		return 6;
	case EXPR_NEG:
		return 7;
	case EXPR_NUMBER:
	case EXPR_TEXT:
	case EXPR_FIELD:
	case EXPR_KNOWN:
		break;
	}
	return 8;
}

static int push_pending(struct parser *p, enum expr_op op, bool open)
{
	if (open || op == EXPR_NOT || op == EXPR_NEG) {
		if (p->depth == EXPR_DEPTH_MAX) {
			return fault_set(p->fault, -EINVAL, "column %zu: nested deeper than %d",
			                 column_of(p, p->from), EXPR_DEPTH_MAX);
		}
		p->depth++;
	}
	assert(p->n_pending < EXPR_PENDING_MAX);
	p->pending[p->n_pending++] = (struct pending){ op, open, p->from };
	p->want_operand = true;
	return 0;
}

static int check_equal(struct parser *p, const struct operand *left, const struct operand *right)
{
	char text[2][EXCERPT_MAX_BYTES + 8];
	const char *why = "they can never be equal";

	if (left->node->type == EXPR_IS_TRUTH) {
		return fault_set(p->fault, -EINVAL,
		                 "column %zu: %s is true or false by itself: write it, or not and "
		                 "it",
		                 column_of(p, left->from), excerpt(source_of(p, left), text[0]));
	}
	if (left->node->type == right->node->type) {
		if (left->node->type != EXPR_IS_IDENTITY ||
		    left->node->field->domain == right->node->field->domain) {
			return 0;
		}
		why = "they are hashes of different things and never equal";
	}
	return fault_set(p->fault, -EINVAL, "column %zu: %s is %s and %s is %s: %s",
	                 column_of(p, left->from), excerpt(source_of(p, left), text[0]),
	                 type_name(left->node->type), excerpt(source_of(p, right), text[1]),
	                 type_name(right->node->type), why);
}

static int check_operands(struct parser *p, enum expr_op op, const struct operand *left,
                          const struct operand *right)
{
	bool logic = op == EXPR_OR || op == EXPR_AND || op == EXPR_NOT;
	enum expr_type wanted = logic ? EXPR_IS_TRUTH : EXPR_IS_NUMBER;

	if (op == EXPR_EQ || op == EXPR_NE) {
		return check_equal(p, left, right);
	}
	if (left->node->type != wanted) {
		return fail_type(p, left, type_name(wanted));
	}
	return right == NULL || right->node->type == wanted
	               ? 0
	               : fail_type(p, right, type_name(wanted));
}

/* Give the innermost pending operator its operands. */
static int reduce(struct parser *p)
{
	struct pending top = p->pending[--p->n_pending];
	bool prefix = top.op == EXPR_NOT || top.op == EXPR_NEG;
	struct operand *left = &p->operands[p->n_operands - (prefix ? 1 : 2)];
	struct operand *right = prefix ? NULL : left + 1;
	bool sums = expr_binding(top.op) >= expr_binding(EXPR_ADD);
	struct expr *node;
	int rc;

	rc = check_operands(p, top.op, left, right);
	if (rc != 0) {
		return rc;
	}
	node = new_node(p, top.op, sums ? EXPR_IS_NUMBER : EXPR_IS_TRUTH);
	if (node == NULL) {
		return no_memory(p);
	}
	node->left = left->node;
	left->node->up = node;
	if (prefix) {
		left->from = top.from;
		p->depth--;
	} else {
		node->right = right->node;
		right->node->up = node;
		left->to = right->to;
		p->n_operands--;
	}
	left->node = node;
	return 0;
}

/* Finish every pending operator that binds at least as tightly. */
static int reduce_down_to(struct parser *p, int least)
{
	int rc = 0;

	while (rc == 0 && p->n_pending > 0 && !p->pending[p->n_pending - 1].open &&
	       expr_binding(p->pending[p->n_pending - 1].op) >= least) {
		rc = reduce(p);
	}
	return rc;
}

/* The field that a state's name at this place would belong to. */
static const struct cxm_field *compared_state(const struct parser *p)
{
	const struct pending *top = p->n_pending > 0 ? &p->pending[p->n_pending - 1] : NULL;
	const struct expr *left;

	if (top == NULL || top->open || (top->op != EXPR_EQ && top->op != EXPR_NE)) {
		return NULL;
	}
	left = p->operands[p->n_operands - 1].node;
	return left->type == EXPR_IS_STATE ? left->field : NULL;
}

static int constant_operand(struct parser *p, enum expr_type type, const struct cxm_field *f)
{
	int rc;
	struct expr *node = constant(p, type, f, &rc);

	if (node != NULL) {
		push_operand(p, node, p->from);
	}
	return rc;
}

static int operand(struct parser *p)
{
	static const char what[] = "a field, a number, text in quotes, known(field), not, - or (";
	const struct cxm_field *state = compared_state(p);

	if (state != NULL) {
		return constant_operand(p, EXPR_IS_STATE, state);
	}
	switch (p->token.kind) {
	case EXPR_TOKEN_NUMBER:
		return constant_operand(p, EXPR_IS_NUMBER, NULL);
	case EXPR_TOKEN_TEXT:
		return constant_operand(p, EXPR_IS_LABEL, NULL);
	case EXPR_TOKEN_WORD:
		return slice_eq(p->token.text, SLICE("known")) ? known_operand(p)
		                                               : field_operand(p);
	case EXPR_TOKEN_OPEN:
		return push_pending(p, EXPR_FIELD, true);
	case EXPR_TOKEN_OPERATOR:
		if (p->token.op == EXPR_NOT) {
			return push_pending(p, EXPR_NOT, false);
		}
		return p->token.op == EXPR_SUB ? push_pending(p, EXPR_NEG, false)
		                               : fail_expected(p, what);
	case EXPR_TOKEN_END:
	case EXPR_TOKEN_CLOSE:
	case EXPR_TOKEN_COMMA:
	case EXPR_TOKEN_BAD:
		break;
	}
	return fail_expected(p, what);
}

/* `in (a, b, c)` behind an operand: binds like a comparison and is finished at once. */
static int in_list(struct parser *p)
{
	const struct expr **tail;
	struct operand *left;
	struct expr *node;
	int rc = reduce_down_to(p, expr_binding(EXPR_IN));

	left = &p->operands[p->n_operands - 1];
	if (rc == 0 &&
	    (left->node->type == EXPR_IS_TRUTH || left->node->type == EXPR_IS_IDENTITY)) {
		rc = fail_type(p, left, "a number, text or a state before in");
	}
	if (rc != 0) {
		return rc;
	}
	node = new_node(p, EXPR_IN, EXPR_IS_TRUTH);
	if (node == NULL) {
		return no_memory(p);
	}
	take_token(p);
	if (p->token.kind != EXPR_TOKEN_OPEN) {
		return fail_expected(p, "( and a list after in");
	}
	tail = &node->right;
	do {
		struct expr *item;

		take_token(p);
		item = constant(p, left->node->type, left->node->field, &rc);
		if (item == NULL) {
			return rc;
		}
		*tail = item;
		tail = &item->next;
		take_token(p);
	} while (p->token.kind == EXPR_TOKEN_COMMA);
	if (p->token.kind != EXPR_TOKEN_CLOSE) {
		return fail_expected(p, ", or ) in a list");
	}
	node->left = left->node;
	left->node->up = node;
	*left = (struct operand){ node, left->from, p->at };
	return 0;
}

static int close_parenthesis(struct parser *p)
{
	struct operand *inner;
	int rc = reduce_down_to(p, 0);

	if (rc != 0) {
		return rc;
	}
	if (p->n_pending == 0) {
		return fault_set(p->fault, -EINVAL, "column %zu: this ) closes nothing",
		                 column_of(p, p->from));
	}
	inner = &p->operands[p->n_operands - 1];
	inner->from = p->pending[--p->n_pending].from;
	inner->to = p->at;
	p->depth--;
	return 0;
}

static int end_of_text(struct parser *p)
{
	int rc = reduce_down_to(p, 0);

	if (rc == 0 && p->n_pending > 0) {
		return fault_set(p->fault, -EINVAL, "column %zu: this ( is never closed",
		                 column_of(p, p->pending[p->n_pending - 1].from));
	}
	p->done = true;
	return rc;
}

static int operator_or_end(struct parser *p)
{
	int rc;

	if (p->token.kind == EXPR_TOKEN_END) {
		return end_of_text(p);
	}
	if (p->token.kind == EXPR_TOKEN_CLOSE) {
		return close_parenthesis(p);
	}
	if (p->token.kind == EXPR_TOKEN_WORD && slice_eq(p->token.text, SLICE("in"))) {
		return in_list(p);
	}
	if (p->token.kind != EXPR_TOKEN_OPERATOR || p->token.op == EXPR_NOT) {
		return fail_expected(p, "an operator or the end");
	}
	rc = reduce_down_to(p, expr_binding(p->token.op));
	return rc == 0 ? push_pending(p, p->token.op, false) : rc;
}

static int check_whole(struct parser *p, enum expr_type want)
{
	const struct operand *whole = &p->operands[0];

	if (whole->node->type == EXPR_IS_TRUTH || whole->node->type == want) {
		return 0;
	}
	return fail_type(p, whole,
	                 want == EXPR_IS_TRUTH ? "something true or false, such as a comparison"
	                                       : "a number");
}

int expr_parse(const struct expr **out, const struct cxm_kind *kind, struct slice text,
               enum expr_type want, struct arena *arena, struct fault *fault)
{
	struct parser p = {
		.kind = kind, .text = text, .arena = arena, .fault = fault, .want_operand = true
	};
	int rc = 0;

	assert(want == EXPR_IS_TRUTH || want == EXPR_IS_NUMBER);
	if (text.len > EXPR_MAX_BYTES) {
		return fault_set(fault, -EINVAL,
		                 "column %d: an expression has at most %d bytes, this one %zu",
		                 EXPR_MAX_BYTES + 1, EXPR_MAX_BYTES, text.len);
	}
	while (rc == 0 && !p.done) {
		take_token(&p);
		rc = p.want_operand ? operand(&p) : operator_or_end(&p);
	}
	if (rc == 0) {
		rc = check_whole(&p, want);
	}
	if (rc == 0) {
		*out = p.operands[0].node;
	}
	return rc;
}
