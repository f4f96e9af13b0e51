# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p shop
cat > shop/orders.py <<'END_OF_FILE'
def listing(db):
    orders = db.all('SELECT id, customer, total FROM orders ORDER BY id DESC LIMIT 100')
    rows = []
    for order in orders:
        customer = db.one('SELECT name FROM customers WHERE id = ?', order['customer'])
        rows.append({'id': order['id'], 'name': customer['name'], 'total': order['total']})
    return rows
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
