# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p web
cat > web/format.ts <<'END_OF_FILE'
import _ from 'lodash'

export function title(text: string): string {
  return _.startCase(text)
}
END_OF_FILE
mkdir -p web
cat > web/main.ts <<'END_OF_FILE'
import { title } from './format'

document.title = title('order overview')
END_OF_FILE
cat > package.json <<'END_OF_FILE'
{"dependencies": {"lodash": "4.17.21"}, "scripts": {"build": "esbuild web/main.ts --bundle --minify --outfile=out.js"}}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
