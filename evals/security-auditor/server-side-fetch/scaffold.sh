# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p server
cat > server/preview.py <<'END_OF_FILE'
from flask import Flask, abort, redirect, request, session

app = Flask(__name__)
import requests


@app.post('/preview')
def preview():
    url = request.json['url']
    if not url.startswith('http'):
        abort(422)
    answer = requests.get(url, timeout=5)
    return {'title': answer.text[:2000]}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
