# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p api
cat > api/invoices.py <<'END_OF_FILE'
from api.auth import login_required
from api.models import Invoice
from flask import g, jsonify


@login_required
def listing():
    rows = Invoice.query.filter_by(tenant=g.user.tenant).all()
    return jsonify([row.short() for row in rows])


@login_required
def show(invoice_id):
    invoice = Invoice.query.get_or_404(invoice_id)
    return jsonify(invoice.full())
END_OF_FILE
mkdir -p api
cat > api/auth.py <<'END_OF_FILE'
from functools import wraps

from flask import abort, g


def login_required(view):
    @wraps(view)
    def inner(*args, **kwargs):
        if g.get('user') is None:
            abort(401)
        return view(*args, **kwargs)
    return inner
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
