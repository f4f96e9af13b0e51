# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p web
cat > web/Dialog.tsx <<'END_OF_FILE'
import { useEffect } from 'react'

export function Dialog({ close }: { close: () => void }) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') close()
    }
    window.addEventListener('keydown', onKey)
  }, [close])
  return <div role="dialog" aria-modal="true" aria-label="Settings" />
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
