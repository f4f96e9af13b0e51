#!/usr/bin/env python3
"""Compares two sets of measurements: compare.py BEFORE AFTER [--least PERCENT].

Each file holds one number a line (time or size: less is better), measured in turns.
Prints the ratio of the medians with a 95 % interval (bootstrap, fixed seed) and a verdict:
`faster`, `slower`, `same` (the interval lies within the least change that counts) or `unclear`.
Exit 0 for faster or same, 1 for slower, 2 for unclear or bad input.
"""
import argparse
import random
import statistics
import sys

ROUNDS = 4000


def read(path):
    with open(path, encoding="utf-8") as lines:
        values = [float(line) for line in lines if line.strip()]
    if len(values) < 10:
        raise ValueError(f"{path}: {len(values)} measurements; 10 are the least, 20 are good")
    if min(values) <= 0:
        raise ValueError(f"{path}: a measurement is not above 0")
    return values


def main():
    ask = argparse.ArgumentParser(description="Compares two sets of measurements.")
    ask.add_argument("before")
    ask.add_argument("after")
    ask.add_argument("--least", type=float, default=2.0, help="percent below which a change does not count")
    args = ask.parse_args()
    try:
        before, after = read(args.before), read(args.after)
    except (OSError, ValueError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    chance = random.Random(1)
    ratios = sorted(
        statistics.median(chance.choices(after, k=len(after))) / statistics.median(chance.choices(before, k=len(before)))
        for _ in range(ROUNDS)
    )
    low, high = ratios[int(ROUNDS * 0.025)], ratios[int(ROUNDS * 0.975)]
    ratio = statistics.median(after) / statistics.median(before)
    least = args.least / 100
    if high < 1 - least:
        verdict, code = "faster", 0
    elif low > 1 + least:
        verdict, code = "slower", 1
    elif low >= 1 - least and high <= 1 + least:
        verdict, code = "same", 0
    else:
        verdict, code = "unclear", 2
    print(f"ratio {ratio:.3f} (95 % interval {low:.3f} to {high:.3f}), n {len(before)} and {len(after)}: {verdict}")
    return code


if __name__ == "__main__":
    sys.exit(main())
