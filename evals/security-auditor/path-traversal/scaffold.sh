# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p server
cat > server/files.js <<'END_OF_FILE'
const fs = require('fs')
const path = require('path')
const UPLOADS = '/srv/uploads'

exports.download = (req, res) => {
  const file = path.join(UPLOADS, req.params.name)
  if (!fs.existsSync(file)) return res.status(404).end()
  res.sendFile(file)
}

exports.icon = (req, res) => {
  const known = { pdf: 'pdf.svg', png: 'image.svg' }
  res.sendFile(path.join(__dirname, known[req.params.kind] || 'file.svg'))
}
END_OF_FILE
mkdir -p server
cat > server/routes.js <<'END_OF_FILE'
const files = require('./files')

module.exports = (app) => {
  app.get('/files/:name(*)', files.download)
  app.get('/icons/:kind', files.icon)
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
