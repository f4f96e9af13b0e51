# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/reading.py <<'END_OF_FILE'
from collections import namedtuple

Reading = namedtuple('Reading', 'at value')
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
mkdir -p src
cat > src/latest.py <<'END_OF_FILE'
def latest(readings):
    return max(readings, key=lambda reading: reading.at)
END_OF_FILE
mkdir -p tests
cat > tests/test_latest.py <<'END_OF_FILE'
from src.latest import latest
from src.reading import Reading


def test_newest():
    assert latest([Reading(1, 'a'), Reading(2, 'b')]).value == 'b'
END_OF_FILE
