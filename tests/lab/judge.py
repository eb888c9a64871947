"""judge.py RESULT.json: prints what was compared and what differs. Exit code 1: something differs, or nothing was compared"""

import json
import sys

import compare


def main():
    with open(sys.argv[1]) as f:
        ledger = compare.compare(json.load(f))
    print(compare.report(ledger))
    sys.exit(1 if ledger.differences or not ledger.total else 0)


main()
