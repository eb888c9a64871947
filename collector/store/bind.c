#include "collector/store/bind.h"

#include <errno.h>

static int bind_value(sqlite3_stmt *stmt, int at, const struct cxm_field *f,
                      const struct cxm_value *v)
{
	switch (f->type) {
	case CXM_REAL:
		return sqlite3_bind_double(stmt, at, v->d);
	case CXM_LABEL:
		return sqlite3_bind_text(stmt, at, v->text.at, (int)v->text.len, SQLITE_STATIC);
	case CXM_BYTES:
		/* the address of an empty one may be NULL, which SQLite would take for NULL */
		return v->text.len > 0 ? sqlite3_bind_blob(stmt, at, v->text.at, (int)v->text.len,
		                                           SQLITE_STATIC)
		                       : sqlite3_bind_zeroblob(stmt, at, 0);
	case CXM_INT:
	case CXM_BOOL:
	case CXM_STATE:
	case CXM_IDENTITY:
		break;
	}
	return sqlite3_bind_int64(stmt, at, v->i);
}

int bind_fields(sqlite3_stmt *stmt, int first, const struct cxm_field *fields, size_t n,
                const ProtobufCMessage *m)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; i < n && rc == SQLITE_OK; i++) {
		struct cxm_value v = cxm_field_get(m, &fields[i]);

		rc = v.present ? bind_value(stmt, first + (int)i, &fields[i], &v)
		               : sqlite3_bind_null(stmt, first + (int)i);
	}
	return rc;
}

static int column_type(const struct cxm_field *f)
{
	switch (f->type) {
	case CXM_REAL:
		return SQLITE_FLOAT;
	case CXM_LABEL:
		return SQLITE_TEXT;
	case CXM_BYTES:
		return SQLITE_BLOB;
	case CXM_INT:
	case CXM_BOOL:
	case CXM_STATE:
	case CXM_IDENTITY:
		break;
	}
	return SQLITE_INTEGER;
}

static struct cxm_value column_value(sqlite3_stmt *stmt, int at, int type)
{
	struct cxm_value v = { .present = true };

	if (type == SQLITE_FLOAT) {
		v.d = sqlite3_column_double(stmt, at);
	} else if (type == SQLITE_INTEGER) {
		v.i = sqlite3_column_int64(stmt, at);
	} else {
		v.text.at = type == SQLITE_TEXT ? (const char *)sqlite3_column_text(stmt, at)
		                                : sqlite3_column_blob(stmt, at);
		v.text.len = (size_t)sqlite3_column_bytes(stmt, at);
	}
	return v;
}

int bind_read(sqlite3_stmt *stmt, const struct cxm_kind *kind, struct arena *arena,
              ProtobufCMessage **out)
{
	ProtobufCMessage *m = cxm_record_new(kind, arena);

	if (m == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < kind->n_fields; i++) {
		const struct cxm_field *f = &kind->fields[i];
		int type = sqlite3_column_type(stmt, (int)i);
		struct cxm_value v;

		if (type == SQLITE_NULL && !f->key) {
			continue;
		}
		if (type != column_type(f)) {
			return -EBADMSG;
		}
		v = column_value(stmt, (int)i, type);
		if ((type == SQLITE_TEXT && v.text.at == NULL) || cxm_field_set(m, f, &v) != 0) {
			return -EBADMSG;
		}
	}
	*out = m;
	return 0;
}
