# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/notes.ts <<'END_OF_FILE'
import { db } from './db'

export async function read(req: Request, res: Response) {
  const note = await db.notes.find({ id: req.params.id, owner: req.user.id })
  if (!note) return res.status(404).end()
  res.json(note)
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
mkdir -p src
cat > src/notes.ts <<'END_OF_FILE'
import { db } from './db'

export async function read(req: Request, res: Response) {
  const note = await db.notes.find({ id: req.params.id, owner: req.user.id })
  if (!note) return res.status(404).end()
  res.json(note)
}

export async function remove(req: Request, res: Response) {
  if (!req.user) return res.status(401).end()
  await db.notes.delete({ id: req.params.id })
  res.status(204).end()
}
END_OF_FILE
