# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/refund.py <<'END_OF_FILE'
from dataclasses import dataclass


@dataclass
class Payment:
    cents: int
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
mkdir -p src
cat > src/refund.py <<'END_OF_FILE'
from dataclasses import dataclass


@dataclass
class Payment:
    cents: int


def refund(payment, wanted):
    return min(payment.cents, max(wanted, 0))
END_OF_FILE
mkdir -p tests
cat > tests/test_refund.py <<'END_OF_FILE'
from src.refund import Payment, refund


def test_refund_of_a_part():
    assert refund(Payment(100), 40) == 40


def test_refund_is_capped():
    assert refund(Payment(100), 150) is not None
END_OF_FILE
