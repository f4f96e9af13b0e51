# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p api
cat > api/basket.py <<'END_OF_FILE'
import base64
import pickle

from flask import request


def load():
    raw = request.cookies.get('basket')
    if raw is None:
        return []
    return pickle.loads(base64.b64decode(raw))


def dump(basket):
    return base64.b64encode(pickle.dumps(basket)).decode()
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
