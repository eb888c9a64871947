"""Every figure once more, straight from the tables of an evidence store, by the words of the model's formulas.

    recompute.py SCORECARD.json EVIDENCE.db

reads the window from a scorecard (cxmeter score --format json), computes numerator, denominator, n and value of
each indicator with nothing but Python's standard library, and prints where the two differ. It shares no code with
the scoring engine. Intervals and scores are not its matter (check.py holds those against R and scipy), nor are
staffing_fit, qa_sample_representativeness and survey_bias, which rest on a simulation.
"""

import json
import sys

import figures_quality  # noqa: F401
import figures_service  # noqa: F401
from evidence_store import FORMULAS, Site


def differs(a, b):
    if a is None or b is None:
        return (a is None) != (b is None)
    return abs(a - b) > 1e-6 * max(1, abs(a), abs(b))


def main():
    card = json.load(open(sys.argv[1]))
    site = Site(card, sys.argv[2])
    shown = [i for a in card["areas"] for i in a["indicators"]] + card["context"]
    bad = same = 0
    for i in shown:
        if i["id"] not in FORMULAS:
            print(f"skipped  {i['id']}: {i['value']}")
            continue
        r = FORMULAS[i["id"]](site)
        if i["status"] != "assessed" and i["value"] is None and not r.above:  # nothing is known of it
            same += 1
            continue
        parts = [("value", r.value, i["value"]), ("n", r.n, i["n"])]
        parts += [("numerator", r.above, i["numerator"]), ("denominator", r.below, i["denominator"])]
        parts = [p for p in parts if p[0] == "value" or (p[1] is not None and p[2] is not None)]
        wrong = [f"{name} {ours} here, {theirs} there" for name, ours, theirs in parts if differs(ours, theirs)]
        bad += bool(wrong)
        same += not wrong
        if wrong:
            print(f"DIFFERS  {i['id']} ({i['status']}, {i['reason']}): " + "; ".join(wrong))
    print(f"{card['site']}: {same} the same, {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
