# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/models.py <<'END_OF_FILE'
class Redemption:
    code: str
    user: int
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
mkdir -p src
cat > src/coupon.py <<'END_OF_FILE'
from src.models import Redemption


class AlreadyRedeemed(Exception):
    pass


def redeem(session, code, user):
    if session.get(Redemption, code) is not None:
        raise AlreadyRedeemed(code)
    user.credit += 500
    session.add(Redemption(code=code, user=user.id))
    session.commit()
END_OF_FILE
mkdir -p migrations
cat > migrations/0002_redemption.sql <<'END_OF_FILE'
CREATE TABLE redemption (
    id serial PRIMARY KEY,
    code text NOT NULL,
    "user" integer NOT NULL
);
END_OF_FILE
