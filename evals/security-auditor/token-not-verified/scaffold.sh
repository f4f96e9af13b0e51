# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p api
cat > api/session.py <<'END_OF_FILE'
import jwt
from flask import abort, g, request


def load_user():
    token = request.headers.get('Authorization', '').removeprefix('Bearer ')
    if not token:
        abort(401)
    claims = jwt.decode(token, options={'verify_signature': False})
    g.user = find_user(claims['sub'])
    g.role = claims.get('role', 'reader')
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
