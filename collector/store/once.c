#include "collector/store/once.h"

#include <inttypes.h>
#include <stddef.h>

#include "collector/store/sql.h"
#include "proto/evidence.pb-c.h"

#define TWIN   "twin"
#define DAY_US "86400000000"

#define ALL_BUT_DROPPED                                                                            \
	{                                                                                          \
		[CXM__SOURCE__QUEUE_LOG] = 1, [CXM__SOURCE__CEL] = 1, [CXM__SOURCE__AMI] = 1,      \
		[CXM__SOURCE__CAPTURE] = 1, [CXM__SOURCE__HEP] = 1, [CXM__SOURCE__ESL] = 1,        \
		[CXM__SOURCE__POSTURE] = 1, [CXM__SOURCE__SELF] = 1,                               \
		[CXM__SOURCE__ACCESS_LOG] = 1, [CXM__SOURCE__CDR] = 1                              \
	}

/* The survey tool knows what became of an answer, whom it was about and how it was asked, which the
 * channel events do not; its clock and the moment in which it notes an answer are its own. Of a
 * contact queue_log and an event socket have every ring and moment, a call detail record what was
 * left on the channel in the end, in whole seconds, and a file what somebody exported. Of a manager
 * interface the hold counts, which no log has. The seconds of queue_log are those of time(2), which
 * lags the clock by up to a tick of the kernel's. Of a payment channel events do not know that its
 * recording was muted, which the manager interface tells; it is muted some time after the payment
 * begins, or before. Of an attempt to call packets show every
 * retransmission and when it came, a mirror what reached the PBX and was not lost on the way here;
 * its clock may be apart by what agent/sources/hep_feed.h allows. */
static const struct {
	const ProtobufCMessageDescriptor *kind;
	struct once_rule rule;
} rules[] = {
	{ &cxm__survey__descriptor,
	  { ALL_BUT_DROPPED, INT64_C(3600000000), { "contact", "kind" } } },
	{ &cxm__survey_offer__descriptor, { ALL_BUT_DROPPED, INT64_C(3600000000), { "contact" } } },
	{ &cxm__queue_contact__descriptor,
	  { { [CXM__SOURCE__DROPBOX] = 2, [CXM__SOURCE__CDR] = 1, [CXM__SOURCE__AMI] = 1 },
	    INT64_C(1100000),
	    { "contact", "queue" } } },
	{ &cxm__payment__descriptor,
	  { { [CXM__SOURCE__DROPBOX] = 2, [CXM__SOURCE__CEL] = 1 },
	    INT64_C(60000000),
	    { "contact" } } },
	{ &cxm__dialog__descriptor,
	  { { [CXM__SOURCE__HEP] = 1 }, INT64_C(10000000), { "contact", "from_tag_id" } } },
};

const struct once_rule *once_rule_of(const struct cxm_kind *kind)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].kind == kind->pb) {
			return &rules[i].rule;
		}
	}
	return NULL;
}

/* `which` is the alias, or the table itself. */
static void add_column(struct buf *sql, const char *which, const char *name)
{
	sql_name(sql, which);
	buf_add_char(sql, '.');
	sql_name(sql, name);
}

static void add_agreement(struct buf *sql, const struct cxm_kind *kind, const char *name)
{
	buf_add_text(sql, " AND ");
	add_column(sql, TWIN, name);
	buf_add_char(sql, '=');
	add_column(sql, kind->table, name);
}

/* Within reach of the key, so that no other index is needed. */
static void add_nearness(struct buf *sql, const struct cxm_kind *kind, int64_t apart_us)
{
	buf_add_text(sql, " AND ");
	add_column(sql, TWIN, "at_us");
	buf_add_text(sql, " BETWEEN ");
	add_column(sql, kind->table, "at_us");
	buf_printf(sql, "-%" PRId64 " AND ", apart_us);
	add_column(sql, kind->table, "at_us");
	buf_printf(sql, "+%" PRId64 " AND ", apart_us);
	add_column(sql, TWIN, "at_us");
	buf_add_text(sql, "/" DAY_US "=");
	add_column(sql, kind->table, "at_us");
	buf_add_text(sql, "/" DAY_US);
}

/* Names without a table are the twin's here. */
static void add_needs(struct buf *sql, const struct once_needs *needs)
{
	if (needs->of != NULL) {
		buf_add_text(sql, " AND (");
		sql_expr(sql, needs->of);
		buf_add_char(sql, ')');
	}
	if (needs->known != NULL) {
		buf_add_text(sql, " AND (");
		sql_expr(sql, needs->known);
		buf_add_text(sql, ") IS NOT NULL");
	}
	if (needs->present != NULL) {
		buf_add_text(sql, " AND ");
		add_column(sql, TWIN, needs->present->name);
		buf_add_text(sql, " IS NOT NULL");
	}
}

/* `which` is the alias, or the table itself. */
static void add_back(struct buf *sql, const struct once_rule *rule, const char *which)
{
	buf_add_text(sql, "CASE ");
	add_column(sql, which, "source");
	for (unsigned i = 0; i < ONCE_SOURCES_MAX; i++) {
		if (rule->back[i] > 0) {
			buf_printf(sql, " WHEN %u THEN %u", i, rule->back[i]);
		}
	}
	buf_add_text(sql, " ELSE 0 END");
}

/* Most rows need no look for a twin. */
static void add_may_stand_back(struct buf *sql, const struct once_rule *rule)
{
	const char *comma = "";

	buf_add_text(sql, "\"source\" IN (");
	for (unsigned i = 0; i < ONCE_SOURCES_MAX; i++) {
		if (rule->back[i] > 0) {
			buf_printf(sql, "%s%u", comma, i);
			comma = ",";
		}
	}
	buf_add_char(sql, ')');
}

void once_stands_back(struct buf *sql, const struct cxm_kind *kind, const struct once_needs *needs)
{
	const struct once_rule *rule = once_rule_of(kind);

	add_may_stand_back(sql, rule);
	buf_add_text(sql, " AND EXISTS(SELECT 1 FROM ");
	sql_name(sql, kind->table);
	buf_add_text(sql, " AS \"" TWIN "\" WHERE ");
	add_column(sql, TWIN, "site");
	buf_add_char(sql, '=');
	add_column(sql, kind->table, "site");
	add_nearness(sql, kind, rule->apart_us);
	buf_add_text(sql, " AND ");
	add_back(sql, rule, TWIN);
	buf_add_text(sql, " < ");
	add_back(sql, rule, kind->table);
	for (size_t i = 0; i < ONCE_SAME_MAX && rule->same[i] != NULL; i++) {
		add_agreement(sql, kind, rule->same[i]);
	}
	add_needs(sql, needs);
	buf_add_char(sql, ')');
}

void once_only(struct buf *sql, const struct cxm_kind *kind, const struct once_needs *needs)
{
	if (once_rule_of(kind) != NULL) {
		buf_add_text(sql, " AND NOT(");
		once_stands_back(sql, kind, needs);
		buf_add_char(sql, ')');
	}
}

int once_bind(sqlite3_stmt *stmt, int *next, const struct cxm_kind *kind,
              const struct once_needs *needs)
{
	int rc = SQLITE_OK;

	if (once_rule_of(kind) == NULL) {
		return rc;
	}
	if (needs->of != NULL) {
		rc = sql_bind_constants(stmt, next, needs->of);
	}
	if (rc == SQLITE_OK && needs->known != NULL) {
		rc = sql_bind_constants(stmt, next, needs->known);
	}
	return rc;
}
