"""Holds records against what was expected of them, field by field, and counts.

An expectation is a dict: kind, who (for people), key (fields that find the record, all equal), fields (name -> [wanted,
slack]; slack null: equal as text), and optional: the rounds in which the record may be absent but must be right if it is
there. Of each [kind, source] in `closed` every record must have been expected. A round is all records at one time: `live` as the run
left them, `replayed` after the same logs were read once more, whole.
"""

import collections

TELLING = ("at_us", "source", "queue", "outcome", "kind", "contact", "ssrc", "reason", "state")


class Ledger:
    def __init__(self):
        self.compared = collections.Counter()
        self.during = collections.Counter()  # the same, of calls during which something was done to the centre or to us
        self.unseen = collections.Counter()  # records nobody has an opinion about
        self.differences = []

    def hold(self, expectation, name, field, found):
        kind, (wanted, slack) = expectation["kind"], expectation["fields"][field]
        self.compared[kind] += 1
        self.during.update(expectation["faults"])
        if not agree(found, wanted, slack):
            within = f" (give or take {slack:g})" if slack else ""
            during = "".join(f", {fault}" for fault in expectation["faults"])
            self.differences.append(f"{kind}.{field} of {expectation['who']} ({name}{during}): {found or 'nothing'}, expected {wanted}{within}")

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
    for fault in result["faults"]:
        if not ledger.during[fault]:
            ledger.note("checks", f"{fault}: no call was in progress, so nothing is proven")
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
        for field in e["fields"]:
            ledger.hold(e, name, field, record.get(field, ""))
    for kind, source in result["closed"]:
        for record in [r for r in piles[kind].left if r["source"] == source]:
            piles[kind].left.remove(record)
            told = {k: v for k, v in record.items() if v and k in TELLING}
            ledger.note(kind, f"one too many ({name}): {told}")
    for kind, pile in piles.items():
        ledger.unseen.update(f"{kind} by {record['source']}" for record in pile.left)


def report(ledger, limit=60):
    lines = [f"  {kind:<26}{n:6} compared" for kind, n in sorted(ledger.compared.items())]
    lines += [f"  {fault:<26}{n:6} of these in calls of that moment" for fault, n in sorted(ledger.during.items())]
    lines += [f"  {what:<26}{n:6} not looked at" for what, n in sorted(ledger.unseen.items())]
    lines += [f"  differs: {d}" for d in ledger.differences[:limit]]
    if len(ledger.differences) > limit:
        lines.append(f"  and {len(ledger.differences) - limit} more")
    lines.append(f"lab: {ledger.total} compared, {len(ledger.differences)} differ")
    return "\n".join(lines)
