# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/runner.py <<'END_OF_FILE'
import subprocess


def run(job, timeout):
    """timeout in seconds."""
    return subprocess.run(job, timeout=timeout)
END_OF_FILE
mkdir -p src
cat > src/web.py <<'END_OF_FILE'
from src.runner import run


def preview(job):
    return run(job, timeout=5)
END_OF_FILE
mkdir -p src
cat > src/worker.py <<'END_OF_FILE'
from src.runner import run


def work(jobs):
    for job in jobs:
        run(job, timeout=30)
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
mkdir -p src
cat > src/runner.py <<'END_OF_FILE'
import subprocess


def run(job, timeout):
    """timeout in milliseconds."""
    return subprocess.run(job, timeout=timeout / 1000)
END_OF_FILE
mkdir -p src
cat > src/web.py <<'END_OF_FILE'
from src.runner import run


def preview(job):
    return run(job, timeout=5000)
END_OF_FILE
mkdir -p src
cat > src/worker.py <<'END_OF_FILE'
from src.runner import run


def work(jobs):
    for job in jobs:
        run(job, timeout=30)
END_OF_FILE
