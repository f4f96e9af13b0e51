# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/text.py <<'END_OF_FILE'
def words(text):
    return text.split()
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
mkdir -p src
cat > src/tags.py <<'END_OF_FILE'
from src.text import words


def tags(text, found=[]):
    for word in words(text):
        if word.startswith('#') and len(word) > 1:
            found.append(word[1:].lower())
    return found
END_OF_FILE
mkdir -p tests
cat > tests/test_tags.py <<'END_OF_FILE'
from src.tags import tags


def test_tags():
    assert tags('a #B #c') == ['b', 'c']
END_OF_FILE
