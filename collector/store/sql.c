#include "collector/store/sql.h"

const char *sql_text(struct buf *b)
{
	buf_add_char(b, '\0');
	return b->failed ? NULL : (const char *)b->data;
}

void sql_name(struct buf *out, const char *name)
{
	buf_add_char(out, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"') {
			buf_add_char(out, '"');
		}
		buf_add_char(out, *name);
	}
	buf_add_char(out, '"');
}

void sql_names(struct buf *out, const struct cxm_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0) {
			buf_add_char(out, ',');
		}
		sql_name(out, fields[i].name);
	}
}

/* ---- expressions ---- */

static void add_field(struct buf *out, const struct expr *e)
{
	/* whole numbers become doubles before anything is done with them, as in expr_eval; the
	 * division of two INTEGERs would cut */
	bool cast = e->type == EXPR_IS_NUMBER && e->field->type == CXM_INT;

	buf_add_text(out, cast ? "CAST(" : "");
	sql_name(out, e->field->name);
	buf_add_text(out, cast ? " AS REAL)" : "");
}

static void add_list(struct buf *out, const struct expr *e)
{
	buf_add_text(out, " IN (");
	for (const struct expr *item = e->right; item != NULL; item = item->next) {
		buf_add_text(out, item == e->right ? "?" : ",?");
	}
	buf_add_char(out, ')');
}

/* What stands before the operands of an operator, or is the whole of an operand. */
static void add_head(struct buf *out, const struct expr *e)
{
	switch (e->op) {
	case EXPR_NUMBER:
	case EXPR_TEXT:
		buf_add_char(out, '?');
		break;
	case EXPR_FIELD:
		add_field(out, e);
		break;
	case EXPR_KNOWN:
		sql_name(out, e->field->name);
		buf_add_text(out, " IS NOT NULL");
		break;
	case EXPR_NOT:
		buf_add_text(out, "NOT ");
		break;
	case EXPR_NEG:
		buf_add_text(out, "- "); /* with its blank: -- begins a comment */
		break;
	case EXPR_OR:
	case EXPR_AND:
	case EXPR_EQ:
	case EXPR_NE:
	case EXPR_LT:
	case EXPR_LE:
	case EXPR_GT:
	case EXPR_GE:
	case EXPR_IN:
	case EXPR_ADD:
	case EXPR_SUB:
	case EXPR_MUL:
	case EXPR_DIV:
		break;
	}
}

static const char *infix(enum expr_op op)
{
	static const char *const texts[] = {
		[EXPR_OR] = " OR ", [EXPR_AND] = " AND ", [EXPR_EQ] = " = ",  [EXPR_NE] = " <> ",
		[EXPR_LT] = " < ",  [EXPR_LE] = " <= ",   [EXPR_GT] = " > ",  [EXPR_GE] = " >= ",
		[EXPR_ADD] = " + ", [EXPR_SUB] = " - ",   [EXPR_MUL] = " * ", [EXPR_DIV] = " / ",
	};

	return texts[op];
}

/* SQL binds these operators in the same order. Only what needs parentheses gets them: a long chain
 * of `or` must not become a deep nest, for which SQLite's parser has no room. */
static bool needs_parentheses(const struct expr *e, const struct expr *root)
{
	int own = expr_binding(e->op);
	int outer = e != root ? expr_binding(e->up->op) : 0;

	return own < outer || (own == outer && e == e->up->right);
}

/* Write from `e` down its left side. Returns the operand it ends at. */
static const struct expr *descend(struct buf *out, const struct expr *e, const struct expr *root)
{
	for (;; e = e->left) {
		if (needs_parentheses(e, root)) {
			buf_add_char(out, '(');
		}
		add_head(out, e);
		if (e->left == NULL) {
			return e;
		}
	}
}

void sql_expr(struct buf *out, const struct expr *root)
{
	const struct expr *e = descend(out, root, root);

	for (;;) { /* `e` is written but for what closes it */
		if (e->op == EXPR_IN) {
			add_list(out, e);
		}
		if (needs_parentheses(e, root)) {
			buf_add_char(out, ')');
		}
		if (e == root) {
			return;
		}
		if (expr_is_binary(e->up) && e == e->up->left) {
			buf_add_text(out, infix(e->up->op));
			e = descend(out, e->up->right, root);
		} else {
			e = e->up;
		}
	}
}

static int bind_constant(sqlite3_stmt *stmt, int *next, const struct expr *e)
{
	int at = (*next)++;

	if (e->op == EXPR_TEXT) {
		return sqlite3_bind_text(stmt, at, e->text.at, (int)e->text.len, SQLITE_STATIC);
	}
	return e->type == EXPR_IS_STATE ? sqlite3_bind_int64(stmt, at, (sqlite3_int64)e->number)
	                                : sqlite3_bind_double(stmt, at, e->number);
}

int sql_bind_constants(sqlite3_stmt *stmt, int *next, const struct expr *root)
{
	int rc = SQLITE_OK;

	for (const struct expr *e = expr_first(root); rc == SQLITE_OK; e = expr_after(e)) {
		if (e->op == EXPR_NUMBER || e->op == EXPR_TEXT) {
			rc = bind_constant(stmt, next, e);
		}
		if (e->op == EXPR_IN) {
			for (const struct expr *item = e->right; item != NULL && rc == SQLITE_OK;
			     item = item->next) {
				rc = bind_constant(stmt, next, item);
			}
		}
		if (e == root) {
			break;
		}
	}
	return rc;
}

/* ---- statements over one table ---- */

static void add_row(struct buf *out, const struct cxm_kind *kind)
{
	sql_name(out, kind->table);
	buf_add_text(out, "(\"site\",");
	sql_names(out, kind->fields, kind->n_fields);
	buf_add_text(out, ") VALUES(?");
	for (size_t i = 0; i < kind->n_fields; i++) {
		buf_add_text(out, ",?");
	}
	buf_add_char(out, ')');
}

void sql_insert(struct buf *out, const struct cxm_kind *kind)
{
	buf_add_text(out, "INSERT INTO ");
	add_row(out, kind);
	buf_add_text(out, " ON CONFLICT DO NOTHING");
}

void sql_replace(struct buf *out, const struct cxm_kind *kind)
{
	buf_add_text(out, "REPLACE INTO ");
	add_row(out, kind);
}

static void add_select(struct buf *out, const struct cxm_kind *kind)
{
	buf_add_text(out, "SELECT ");
	sql_names(out, kind->fields, kind->n_fields);
	buf_add_text(out, " FROM ");
	sql_name(out, kind->table);
	buf_add_text(out, " WHERE \"site\"=?");
}

void sql_select_one(struct buf *out, const struct cxm_kind *kind)
{
	add_select(out, kind);
	for (size_t i = 0; i < kind->n_key; i++) {
		buf_add_text(out, " AND ");
		sql_name(out, kind->fields[i].name);
		buf_add_text(out, "=?");
	}
}

void sql_select_range(struct buf *out, const struct cxm_kind *kind)
{
	add_select(out, kind);
	buf_add_text(out, " AND \"at_us\">=? AND \"at_us\"<? ORDER BY ");
	sql_names(out, kind->fields, kind->n_key);
}
