"""Holds records against what was expected of them, field by field, and counts.

An expectation is a dict: kind, who (for people), key (fields that find the record, all equal), fields (name -> [wanted,
slack]; slack null: equal as text), and optional: the rounds in which the record may be absent but must be right if it is
there. Of the kinds in `closed` every record must have been expected. A round is all records at one time: `live` as the run
left them, `replayed` after the same logs were read once more, whole.
"""

import collections

TELLING = ("at_us", "source", "queue", "outcome", "kind", "contact", "ssrc", "reason", "state")


class Ledger:
    def __init__(self):
        self.compared = collections.Counter()
        self.differences = []

    def hold(self, kind, who, field, found, wanted, slack):
        self.compared[kind] += 1
        if not agree(found, wanted, slack):
            within = f" (give or take {slack:g})" if slack else ""
            self.differences.append(f"{kind}.{field} of {who}: {found or 'nothing'}, expected {wanted}{within}")

    def note(self, kind, text):
        self.compared[kind] += 1
        self.differences.append(f"{kind}: {text}")

    @property
    def total(self):
        return sum(self.compared.values())


def agree(found, wanted, slack):
    if slack is None:
        return found == wanted_text(wanted)
    try:
        return abs(float(found) - float(wanted)) <= slack
    except ValueError:
        return False


def wanted_text(wanted):
    if isinstance(wanted, bool):
        return "true" if wanted else "false"
    return "" if wanted is None else str(wanted)


class Pile:
    """the records of one kind; each can be taken once, by its key, the oldest first"""

    def __init__(self, records):
        self.left = sorted(records, key=lambda r: int(r["at_us"]))

    def take(self, key):
        for record in self.left:
            if all(record.get(name) == wanted_text(value) for name, value in key.items()):
                self.left.remove(record)
                return record
        return None


def compare(result):
    ledger = Ledger()
    for name, records in result["rounds"].items():
        compare_round(ledger, name, result, records)
    for what, wrong in result["checks"].items():
        ledger.compared["checks"] += 1
        ledger.differences += [f"{what}: {w}" for w in wrong]
    return ledger


def compare_round(ledger, name, result, records):
    piles = {kind: Pile(of_kind) for kind, of_kind in records.items()}
    for e in result["expected"]:
        record = piles[e["kind"]].take(e["key"])
        if record is None:
            if name not in e["optional"]:
                ledger.note(e["kind"], f"none for {e['who']} ({name})")
            continue
        ledger.compared[e["kind"]] += 1
        for field, (wanted, slack) in e["fields"].items():
            ledger.hold(e["kind"], f"{e['who']} ({name})", field, record.get(field, ""), wanted, slack)
    for kind in result["closed"]:
        for record in piles[kind].left:
            told = {k: v for k, v in record.items() if v and k in TELLING}
            ledger.note(kind, f"one too many ({name}): {told}")


def report(ledger, limit=60):
    lines = [f"  {kind:<18}{n:6} compared" for kind, n in sorted(ledger.compared.items())]
    lines += [f"  differs: {d}" for d in ledger.differences[:limit]]
    if len(ledger.differences) > limit:
        lines.append(f"  and {len(ledger.differences) - limit} more")
    lines.append(f"lab: {ledger.total} compared, {len(ledger.differences)} differ")
    return "\n".join(lines)
