# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p server
cat > server/render.js <<'END_OF_FILE'
const cache = new Map()

exports.page = async (req, res, render) => {
  const hit = cache.get(req.originalUrl)
  if (hit) return res.send(hit)
  const html = await render(req.path, req.query)
  cache.set(req.originalUrl, html)
  res.send(html)
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
