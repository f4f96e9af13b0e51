# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p api
cat > api/login.py <<'END_OF_FILE'
from flask import Flask, abort, redirect, request, session

app = Flask(__name__)


@app.post('/login')
def login():
    user = check_password(request.form['name'], request.form['password'])
    if user is None:
        abort(401)
    session.clear()
    session['user'] = user.id
    return redirect(request.args.get('next', '/'))
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
