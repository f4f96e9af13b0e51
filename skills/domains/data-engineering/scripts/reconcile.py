#!/usr/bin/env python3
"""Compares two CSV extracts by key: reconcile.py SOURCE.csv TARGET.csv --key COLUMN[,COLUMN…]
    [--ignore COLUMN,…] [--show N]

Reports columns that differ, keys that occur twice, rows that only one side has, and rows whose
values differ, by column. Numbers are compared as numbers (1.50 equals 1.5). Rows are streamed into
a throwaway SQLite file, so size is bounded by disk. Exit 0 equal, 1 different, 2 bad input.
"""
import argparse
import csv
import os
import sqlite3
import sys
import tempfile
from decimal import Decimal, InvalidOperation


def plain(value):
    try:
        number = Decimal(value)
        # A leading zero is an id, not a number.
        if number.is_finite() and (value.lstrip("-") == "0" or not value.lstrip("-").startswith("0") or "." in value):
            return format(number.normalize(), "f")
    except InvalidOperation:
        pass
    return value


def load(db, table, path, keys, ignored):
    with open(path, newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines)
        names = reader.fieldnames or []
        if lacking := set(keys) - set(names):
            raise ValueError(f"{path}: no column {', '.join(sorted(lacking))}")
        columns = [name for name in names if name not in keys and name not in ignored]
        db.execute(f"create table {table} (key text, row integer, {', '.join(f'c{n}' for n in range(len(columns)))})"
                   if columns else f"create table {table} (key text, row integer)")
        marks = ", ".join("?" * (len(columns) + 2))
        db.executemany(f"insert into {table} values ({marks})", (
            ["\x1f".join(plain(row[k]) for k in keys), number, *(plain(row[c] or "") for c in columns)]
            for number, row in enumerate(reader, 2)))
        db.execute(f"create index {table}_key on {table} (key)")
    return columns


def main():
    ask = argparse.ArgumentParser(description="Compares two CSV extracts by key.")
    ask.add_argument("source")
    ask.add_argument("target")
    ask.add_argument("--key", required=True)
    ask.add_argument("--ignore", default="")
    ask.add_argument("--show", type=int, default=5)
    args = ask.parse_args()
    keys, ignored = args.key.split(","), set(filter(None, args.ignore.split(",")))
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(os.path.join(folder, "rows"))
        try:
            one = load(db, "source", args.source, keys, ignored)
            two = load(db, "target", args.target, keys, ignored)
        except (OSError, ValueError) as error:
            print(f"reconcile: {error}", file=sys.stderr)
            return 2
        count = lambda sql: db.execute(f"select count(*) from {sql}").fetchone()[0]
        shown = lambda sql: ", ".join(key.replace("\x1f", "/") for (key,) in db.execute(f"{sql} order by 1 limit ?", (args.show,)))
        print(f"rows: {count('source')} in the source, {count('target')} in the target")
        found = 0
        for side, names, others in (("source", one, two), ("target", two, one)):
            for name in names:
                if name not in others:
                    found += 1
                    print(f"column `{name}` only in the {side}")
        for side in ("source", "target"):
            twice = f"(select key from {side} group by key having count(*) > 1)"
            if number := count(twice):
                found += 1
                print(f"{number} keys more than once in the {side}: {shown(f'select key from {twice}')}")
        for side, other in (("source", "target"), ("target", "source")):
            only = f"(select distinct key from {side} where key not in (select key from {other}))"
            if number := count(only):
                found += 1
                print(f"{number} keys only in the {side}: {shown(f'select key from {only}')}")
        for at, name in enumerate(one):
            if name in two:
                differ = (f"(select distinct s.key from source s join target t on s.key = t.key "
                          f"where s.c{at} is not t.c{two.index(name)})")
                if number := count(differ):
                    found += 1
                    print(f"{number} keys differ in `{name}`: {shown(f'select key from {differ}')}")
        db.close()
    print("equal" if not found else f"{found} kinds of difference")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
