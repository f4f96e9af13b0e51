# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p server
cat > server/profile.ts <<'END_OF_FILE'
import { db } from './db'

// Fields of users: name, locale, role, tenant.
export async function update(req, res) {
  if (!req.user) return res.status(401).end()
  await db.users.update({ id: req.user.id }, { ...req.body })
  res.status(204).end()
}

export async function promote(req, res) {
  if (req.user?.role !== 'admin') return res.status(403).end()
  await db.users.update({ id: req.params.id }, { role: 'admin' })
  res.status(204).end()
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
