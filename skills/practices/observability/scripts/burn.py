#!/usr/bin/env python3
"""Burn-rate alert windows of an SLO: burn.py OBJECTIVE [--days 28] [--per-day REQUESTS]

OBJECTIVE in percent (99.9). Prints the error budget and, for each alert, the windows, the burn
rate and the error ratio at which it fires. With --per-day it says from how few bad requests an
alert could fire: below about ten, single users wake people. Exit 2 on bad input.
"""
import argparse
import sys

# Share of the budget that may be spent before somebody is told, long window in hours, what happens.
ALERTS = ((0.02, 1, "page"), (0.05, 6, "page"), (0.10, 72, "ticket"))


def main():
    ask = argparse.ArgumentParser(description="Burn-rate alert windows of an SLO.")
    ask.add_argument("objective", type=float)
    ask.add_argument("--days", type=int, default=28)
    ask.add_argument("--per-day", type=float)
    args = ask.parse_args()
    if not 50 <= args.objective < 100 or args.days < 7:
        print("burn: the objective lies from 50 to below 100 percent, the period is 7 days or more", file=sys.stderr)
        return 2
    allowed = 1 - args.objective / 100
    hours = args.days * 24
    print(f"budget: {allowed:.4%} of requests, or {allowed * hours * 60:.1f} minutes of full outage in {args.days} days")
    for share, long, action in ALERTS:
        rate = share * hours / long
        line = f"{action}: {long} h and {long * 60 // 12} min, burn rate {rate:.2f}, error ratio above {rate * allowed:.4%}"
        if args.per_day:
            line += f", from {args.per_day / 24 * long / 12 * rate * allowed:.1f} bad requests in the short window"
        print(line)
        if rate * allowed >= 1:
            print("  cannot fire: the ratio is above 100 %; take a stricter objective or a longer window")
    return 0


if __name__ == "__main__":
    sys.exit(main())
