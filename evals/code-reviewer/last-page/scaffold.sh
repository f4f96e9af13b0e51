# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/pages.py <<'END_OF_FILE'
def offset(page, size):
    return (page - 1) * size
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
mkdir -p src
cat > src/pages.py <<'END_OF_FILE'
def offset(page, size):
    return (page - 1) * size


def pages(total, size):
    if size < 1:
        raise ValueError('size must be at least 1')
    return list(range(1, total // size + 1))
END_OF_FILE
mkdir -p tests
cat > tests/test_pages.py <<'END_OF_FILE'
from src.pages import pages


def test_full_pages():
    assert pages(20, 10) == [1, 2]


def test_nothing():
    assert pages(0, 10) == []
END_OF_FILE
