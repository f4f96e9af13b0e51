# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p api
cat > api/report.py <<'END_OF_FILE'
from flask import Flask, abort, redirect, request, session

app = Flask(__name__)


@app.get('/report')
def report():
    tenant = session['tenant']
    sql = 'SELECT name, total FROM report ORDER BY ' + request.args.get('sort', 'name')
    rows = db().execute(sql).fetchall()
    return {'tenant': tenant, 'rows': rows}


@app.get('/report/<int:number>')
def single(number):
    row = db().execute('SELECT name, total FROM report WHERE id = ?', (number,)).fetchone()
    return {'row': row}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
