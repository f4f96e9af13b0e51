#!/usr/bin/env python3
"""Compares two variants on the same cases: paired.py A.jsonl B.jsonl

Each line: {"case": "id", "pass": true}. A case may come several times (repeated runs); it then
passes when more than half of its runs do, and is listed as unsteady when they disagree. Prints both
pass rates with 95 % Wilson intervals, the cases that flipped, and the exact McNemar probability
that flips this uneven come by chance. Exit 0 B is better, 1 B is worse, 3 no difference shown,
2 bad input.
"""
import json
import math
import sys
from collections import defaultdict


def read(path):
    runs = defaultdict(list)
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            row = json.loads(line)
            if not isinstance(row.get("pass"), bool) or "case" not in row:
                raise ValueError(f'{path}:{number}: wanted {{"case": …, "pass": true or false}}')
            runs[str(row["case"])].append(row["pass"])
    return runs


def wilson(good, count, z=1.96):
    share = good / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return middle - half, middle + half


def mcnemar(better, worse):
    flips = better + worse
    tail = sum(math.comb(flips, k) for k in range(min(better, worse) + 1)) / 2**flips
    return min(1.0, 2 * tail)


def main():
    if len(sys.argv) != 3:
        print("usage: paired.py A.jsonl B.jsonl", file=sys.stderr)
        return 2
    try:
        one, two = (read(path) for path in sys.argv[1:])
    except (OSError, ValueError) as error:
        print(f"paired: {error}", file=sys.stderr)
        return 2
    if not one or set(one) != set(two):
        print(f"paired: the cases differ: {sorted(set(one) ^ set(two))[:5]}", file=sys.stderr)
        return 2
    passed = [{case: sum(runs) * 2 > len(runs) for case, runs in side.items()} for side in (one, two)]
    for name, side in zip("AB", passed, strict=True):
        low, high = wilson(sum(side.values()), len(side))
        print(f"{name}: {sum(side.values())} of {len(side)} ({low:.0%} to {high:.0%})")
    unsteady = sorted(case for case in one if len(set(one[case])) > 1 or len(set(two[case])) > 1)
    if unsteady:
        print(f"unsteady: {', '.join(unsteady)}")
    better = sorted(case for case in one if passed[1][case] and not passed[0][case])
    worse = sorted(case for case in one if passed[0][case] and not passed[1][case])
    print(f"only B passes: {', '.join(better) or 'none'}\nonly A passes: {', '.join(worse) or 'none'}")
    chance = mcnemar(len(better), len(worse))
    verdict = "no difference shown" if chance > 0.05 else "B is better" if len(better) > len(worse) else "B is worse"
    print(f"chance {chance:.3f}: {verdict}")
    return {"B is better": 0, "B is worse": 1}.get(verdict, 3)


if __name__ == "__main__":
    sys.exit(main())
