# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/app.py <<'END_OF_FILE'
import db


def version():
    return '1.4.0'
END_OF_FILE
mkdir -p tests
cat > tests/test_app.py <<'END_OF_FILE'
from src.app import version


def test_version():
    assert version() == '1.4.0'
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
mkdir -p src
cat > src/health.py <<'END_OF_FILE'
import db
from src.app import version


def health():
    try:
        db.ping()
    except Exception:
        pass
    return 200, {'version': version()}
END_OF_FILE
mkdir -p tests
cat > tests/test_health.py <<'END_OF_FILE'
from src.health import health


def test_health_answers(monkeypatch):
    monkeypatch.setattr('db.ping', lambda: None)
    assert health() == (200, {'version': '1.4.0'})
END_OF_FILE
