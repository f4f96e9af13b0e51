# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p importer
cat > importer/match.py <<'END_OF_FILE'
def unique(rows):
    seen = []
    kept = []
    for row in rows:
        if row['key'] in seen:
            continue
        seen.append(row['key'])
        kept.append(row)
    return kept
END_OF_FILE
mkdir -p importer
cat > importer/read.py <<'END_OF_FILE'
import csv


def rows(path):
    with open(path, newline='') as file:
        yield from csv.DictReader(file)
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
