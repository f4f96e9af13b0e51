# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p api
cat > api/users.py <<'END_OF_FILE'
import hashlib
import hmac

SALT = 'site-wide'


def digest(password):
    return hashlib.md5((SALT + password).encode()).hexdigest()


def check(user, password):
    return hmac.compare_digest(user.digest, digest(password))
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
