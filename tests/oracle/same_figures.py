"""Two scorecards (cxmeter score --format json) must say the same of every indicator.

    same_figures.py ONE.json OTHER.json
"""

import json
import sys


def figures(path):
    card = json.load(open(path))
    shown = [i for a in card["areas"] for i in a["indicators"]] + card["context"]
    return {i["id"]: {k: i.get(k) for k in ("status", "value", "n", "numerator", "denominator", "score")} for i in shown}


def main():
    one, other = figures(sys.argv[1]), figures(sys.argv[2])
    different = [i for i in one if one[i] != other.get(i)]
    for i in different:
        print(f"DIFFERS  {i}: {one[i]} alone, {other.get(i)} with a second source")
    print(f"{len(one) - len(different)} figures the same, {len(different)} differ")
    return 1 if different or not one else 0


if __name__ == "__main__":
    sys.exit(main())
