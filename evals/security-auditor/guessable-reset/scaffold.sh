# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p api
cat > api/reset.py <<'END_OF_FILE'
import random
from datetime import datetime, timedelta


def start(user, mail):
    code = str(random.randint(100000, 999999))
    user.reset_code = code
    user.reset_until = datetime.utcnow() + timedelta(days=7)
    user.save()
    mail.send(user.address, 'Your code: ' + code)


def finish(user, code, password):
    if user.reset_code != code or user.reset_until < datetime.utcnow():
        return False
    user.set_password(password)
    return True
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
