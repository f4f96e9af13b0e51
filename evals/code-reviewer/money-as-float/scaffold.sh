# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/item.ts <<'END_OF_FILE'
export interface Item {
  price: string // "19.99"
  count: number
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
mkdir -p src
cat > src/total.ts <<'END_OF_FILE'
import { Item } from './item'

export function total(items: Item[]): number {
  return items.reduce((sum, item) => sum + parseFloat(item.price) * item.count, 0)
}
END_OF_FILE
mkdir -p src
cat > src/total.test.ts <<'END_OF_FILE'
import { total } from './total'

test('adds', () => {
  expect(total([{ price: '2.50', count: 2 }])).toBe(5)
})
END_OF_FILE
