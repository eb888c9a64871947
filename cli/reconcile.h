/* What cxmeter reconcile prints. */
#pragma once

#include "cli/look.h"
#include "cxmeter/reconcile.h"

void reconcile_text(const struct reconciliation *r, const struct look *l, struct buf *out);

/* For machines: the same pair by pair, and (jsonl) every disagreement as a Reconciliation record.
 */
void reconcile_json(const struct reconciliation *r, struct buf *out);
void reconcile_csv(const struct reconciliation *r, struct buf *out);
void reconcile_jsonl(const struct reconciliation *r, const struct cxm_catalog *catalog,
                     struct buf *out);
