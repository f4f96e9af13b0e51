# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p web
cat > web/Comment.tsx <<'END_OF_FILE'
import { Comment } from './types'

export function CommentView({ comment }: { comment: Comment }) {
  return (
    <article>
      <h3>{comment.author}</h3>
      <div dangerouslySetInnerHTML={{ __html: comment.body }} />
    </article>
  )
}
END_OF_FILE
mkdir -p server
cat > server/comments.ts <<'END_OF_FILE'
export async function add(req, res) {
  const body = String(req.body.body).slice(0, 5000)
  await db.comments.insert({ author: req.user.name, body })
  res.status(201).end()
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
