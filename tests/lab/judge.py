"""judge.py RESULT.json: prints what was compared and what differs. Exit code 1: something differs, or nothing was compared;
3: the machine stood still meanwhile, so that the people of the plan did other things than it says, and nothing is known"""

import json
import sys

import compare

LATE_MAX_S = 0.7


def main():
    with open(sys.argv[1]) as f:
        result = json.load(f)
    ledger = compare.compare(result)
    print(compare.report(ledger))
    if result["late_s"] > LATE_MAX_S:
        print(f"lab: INVALID: other work kept this machine from going on for {result['late_s']:.1f} s; run it again when it is quiet")
        sys.exit(3)
    sys.exit(1 if ledger.differences or not ledger.total else 0)


main()
