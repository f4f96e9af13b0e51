# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p auction
cat > auction/match.py <<'END_OF_FILE'
def match(asks, bids):
    deals = []
    bids = list(bids)
    for ask in asks:
        bids.sort(key=lambda bid: bid['price'], reverse=True)
        if not bids or bids[0]['price'] < ask['price']:
            continue
        deals.append((ask, bids.pop(0)))
    return deals
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
