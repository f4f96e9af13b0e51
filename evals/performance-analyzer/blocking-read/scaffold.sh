# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p server
cat > server/report.js <<'END_OF_FILE'
const fs = require('fs')
const path = require('path')
const REPORTS = '/srv/reports'

exports.report = (req, res) => {
  const id = String(Number(req.params.id))
  const body = fs.readFileSync(path.join(REPORTS, id + '.csv'))
  res.type('text/csv').send(body)
}

exports.health = (req, res) => res.send('ok')
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
