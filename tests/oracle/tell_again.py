"""A second source: every observation of an evidence store once more, as another source tells it a moment later.

    tell_again.py EVIDENCE.db

adds to each kind that has an order of sources a copy of every row under a source that counts after its own, a third
of a second later and under a name of its own where rows have one; and to each payment a muting by the manager interface: one
that was covered is muted throughout, one that was not for the middle of it. So no figure may change. Prints how many rows.
"""

import sqlite3
import sys

from evidence_store import AMI, DAY_US, MUTED_LATE_US, WHO_COUNTS

LATER_US = 333_333
NAMES = {"survey": "survey_id", "callback": "callback_id"}


def later_source(kind, source):
    order = WHO_COUNTS[kind][2]
    at = order.index(source) if source in order else len(order)
    return order[at + 1] if at + 1 < len(order) else None


def copies(kind, columns, rows):
    shift = 0 if kind == "gauge" else LATER_US
    for row in rows:
        r = dict(zip(columns, row))
        source = later_source(kind, r["source"])
        if source is None or None in [r[name] for name in WHO_COUNTS[kind][0]]:
            continue
        if r["at_us"] // DAY_US != (r["at_us"] + shift) // DAY_US:
            continue
        r["source"] = source
        r["at_us"] += shift
        if kind in NAMES:
            r[NAMES[kind]] ^= 1
        yield [r[c] for c in columns]


def mutings(columns, rows):
    """each claims to cover its payment: docs/reconcile.md says which do"""
    for row in rows:
        r = dict(zip(columns, row))
        edge_us = MUTED_LATE_US if r["covered"] else 2 * MUTED_LATE_US
        lasts_us = (r["duration_ms"] or 0) * 1000
        if r["source"] == AMI or None in (r["contact"], r["covered"]) or lasts_us <= 2 * edge_us:
            continue
        if r["at_us"] // DAY_US != (r["at_us"] + edge_us) // DAY_US:
            continue
        r.update(source=AMI, at_us=r["at_us"] + edge_us, duration_ms=(lasts_us - 2 * edge_us) // 1000, covered=1)
        yield [r[c] for c in columns]


def main():
    db = sqlite3.connect(sys.argv[1])
    added = 0
    for kind in WHO_COUNTS:
        columns = [c[1] for c in db.execute(f'pragma table_info("{kind}")')]
        rows = db.execute(f'select * from "{kind}"').fetchall()
        more = list(copies(kind, columns, rows)) + (list(mutings(columns, rows)) if kind == "payment" else [])
        db.executemany(f'insert into "{kind}" values({",".join("?" * len(columns))})', more)
        added += len(more)
    db.commit()
    print(f"{added} rows told again")
    return 0 if added else 1


if __name__ == "__main__":
    sys.exit(main())
