"""The plan and the comparison themselves, as TAP: what is right agrees, and every changed figure is found.

    selftest.py                 the tests, on selftest.json.gz: a part of a real run's result
    selftest.py --keep RESULT   make that file from OUT/result.json of a run in which nothing differed
"""

import copy
import gzip
import json
import os
import sys

import compare
import plan as plans

STORED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "selftest.json.gz")
KEEP_OF_A_KIND = 10
SEEDS = range(1, 9)


def stored():
    with gzip.open(STORED, "rt") as f:
        return json.load(f)


def changed(found, slack):
    """a figure that differs by more than the slack allows; text becomes another text"""
    if found.isdigit():
        return str(int(found) + int(2 * (slack or 0)) + 1)
    return found + "x"


def records_of(result, e):
    """the record an expectation is about, in the first round"""
    pile = compare.Pile(result["rounds"]["live"][e["kind"]])
    return pile.take(e["key"])


# ---- tests: each returns what is wrong ----

def a_stored_result_agrees():
    ledger = compare.compare(stored())
    return ledger.differences or ([] if ledger.total > 500 else [f"only {ledger.total} compared"])


def every_changed_figure_is_found():
    result, missed = stored(), []
    for e in result["expected"]:
        record = records_of(result, e)
        for field, (_, slack) in e["fields"].items():
            before = record.get(field, "")
            record[field] = changed(before, slack)
            if not compare.compare(result).differences:
                missed.append(f"{e['kind']}.{field} of {e['who']}")
            record[field] = before
    return missed


def a_record_that_is_missing_is_found():
    result, missed = stored(), []
    for e in result["expected"]:
        pile = result["rounds"]["live"][e["kind"]]
        record = records_of(result, e)
        pile.remove(record)
        if not compare.compare(result).differences:
            missed.append(f"{e['kind']} of {e['who']}")
        pile.append(record)
    return missed


def a_record_too_many_is_found():
    missed = []
    for kind, source in stored()["closed"]:
        result = stored()
        mine = [r for r in result["rounds"]["live"][kind] if r["source"] == source]
        if mine:
            result["rounds"]["live"][kind].append(copy.deepcopy(mine[0]))
            missed += [] if compare.compare(result).differences else [f"{kind} by {source}"]
    return missed


def a_fault_in_which_nobody_called_is_a_difference():
    result = stored()
    result["faults"] = ["f01_rotation_in_mid_call"]
    for e in result["expected"]:
        e["faults"] = []
    return [] if compare.compare(result).differences else ["not found"]


def a_failed_check_is_a_difference():
    result = stored()
    result["checks"]["raw identities"] = ["evidence.db holds 5550001"]
    return [] if compare.compare(result).differences else ["not found"]


def a_seed_is_one_plan():
    same = plans.make(5, 0.3) == plans.make(5, 0.3)
    other = plans.make(5, 0.3) != plans.make(6, 0.3)
    return [] if same and other else [f"same seed, same plan: {same}; another seed, another plan: {other}"]


def the_smallest_plan_has_a_call_of_every_kind():
    return [f"seed {s}: no {kind}" for s in SEEDS for kind in plans.COUNTS if not any(c["kind"] == kind for c in plans.make(s, 0.1)["calls"])]


def no_call_begins_while_the_centre_restarts():
    return [f"seed {s}: call {c['id']}" for s in SEEDS for p in [plans.make(s, 1)] for c in p["calls"]
            if 0 <= c["start"] - p["events"]["restart"] < plans.RESTART_S]


def the_desk_is_played_alone():
    return [f"seed {s}: call {c['id']}" for s in SEEDS for c in plans.make(s, 1)["calls"]
            for told in c["expect"].get("contacts", []) if told["queue"] == "desk" and c["kind"] != "sees_agents_go"]


TESTS = [a_stored_result_agrees, every_changed_figure_is_found, a_record_that_is_missing_is_found, a_record_too_many_is_found,
         a_fault_in_which_nobody_called_is_a_difference, a_failed_check_is_a_difference, a_seed_is_one_plan, the_smallest_plan_has_a_call_of_every_kind,
         no_call_begins_while_the_centre_restarts, the_desk_is_played_alone]


def keep(path):
    """a few expectations of each kind with the records that meet them"""
    with open(path) as f:
        whole = json.load(f)
    if compare.compare(whole).differences:
        sys.exit("selftest: in this run something differs")
    piles = {kind: compare.Pile(records) for kind, records in whole["rounds"]["live"].items()}
    kept = {"expected": [], "closed": whole["closed"], "checks": whole["checks"], "faults": [], "rounds": {"live": {kind: [] for kind in piles}}}
    for e in whole["expected"]:
        record = piles[e["kind"]].take(e["key"])
        if record and sum(k["kind"] == e["kind"] for k in kept["expected"]) < KEEP_OF_A_KIND:
            kept["expected"].append(dict(e, optional=[]))
            kept["rounds"]["live"][e["kind"]].append(record)
    with gzip.GzipFile(STORED, "wb", mtime=0) as f:
        f.write(json.dumps(kept, indent=0, sort_keys=True).encode())


def main():
    if sys.argv[1:2] == ["--keep"]:
        keep(sys.argv[2])
        return
    failed = 0
    for number, test in enumerate(TESTS, 1):
        wrong = test()
        failed += bool(wrong)
        print(f"{'not ' if wrong else ''}ok {number} - lab: {test.__name__}")
        for line in wrong[:10]:
            print(f"# {line}")
    print(f"1..{len(TESTS)}")
    sys.exit(1 if failed else 0)


main()
