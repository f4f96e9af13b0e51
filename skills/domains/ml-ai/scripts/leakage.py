#!/usr/bin/env python3
"""Looks for leakage between two CSV files: leakage.py TRAIN.csv TEST.csv --target COLUMN
    [--group COLUMN] [--time COLUMN] [--ignore COLUMN,…]

Reports equal rows in both (without ignored columns and target; more than within the training rows), groups in both, test rows that are
not later than all training rows, and single columns that nearly decide the target on the training
file. Exit 0 nothing found, 1 something found, 2 bad input.
"""
import argparse
import csv
import sys
from collections import Counter, defaultdict


def read(path):
    with open(path, newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    if not rows:
        raise ValueError(f"{path}: no rows")
    return rows


def decides(rows, column, target):
    """Share of rows right when each value of `column`, seen three times or more, names its commonest target."""
    by_value = defaultdict(Counter)
    for row in rows:
        by_value[row[column]][row[target]] += 1
    known = {value: counts for value, counts in by_value.items() if sum(counts.values()) >= 3}
    total = sum(sum(counts.values()) for counts in known.values())
    return (sum(max(counts.values()) for counts in known.values()) / total, total) if total else (0.0, 0)


def check(args):
    train, test = read(args.train), read(args.test)
    ignored = set(filter(None, args.ignore.split(",")))
    for name in filter(None, (args.target, args.group, args.time, *ignored)):
        if name not in train[0] or name not in test[0]:
            raise ValueError(f"column `{name}` is not in both files")
    features = [name for name in train[0] if name in test[0] and name not in ignored | {args.target}]
    key = lambda row: tuple(row[name] for name in features if name not in (args.group, args.time))
    seen = Counter(key(row) for row in train)
    same = sum(key(row) in seen for row in test)
    # Coarse columns repeat by chance: what repeats within the training rows as often is no leak.
    by_chance = sum(count for count in seen.values() if count > 1) / len(train)
    if same / len(test) > by_chance:
        yield f"{same} of {len(test)} test rows have the same features as a training row"
    if args.group:
        shared = {row[args.group] for row in train} & {row[args.group] for row in test}
        if shared:
            yield f"{len(shared)} values of `{args.group}` are in both, such as {sorted(shared)[0]}"
    if args.time:
        newest = max(row[args.time] for row in train)
        early = sum(row[args.time] <= newest for row in test)
        if early:
            yield f"{early} of {len(test)} test rows are not later than the newest training row ({newest})"
    base = Counter(row[args.target] for row in train).most_common(1)[0][1] / len(train)
    for name in features:
        share, rows = decides(train, name, args.target)
        if rows >= len(train) / 2 and share > 0.98 and share - base > (1 - base) / 2:
            yield f"`{name}` alone gets {share:.1%} right: is it known before the answer is?"


def main():
    ask = argparse.ArgumentParser(description="Looks for leakage between two CSV files.")
    ask.add_argument("train")
    ask.add_argument("test")
    ask.add_argument("--target", required=True)
    ask.add_argument("--group")
    ask.add_argument("--time", help="compared as text: ISO 8601, one zone")
    ask.add_argument("--ignore", default="")
    args = ask.parse_args()
    try:
        found = list(check(args))
    except (OSError, ValueError, KeyError) as error:
        print(f"leakage: {error}", file=sys.stderr)
        return 2
    print("\n".join(found) or "nothing found; what the columns mean is still yours to check")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
