# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/Banner.tsx <<'END_OF_FILE'
export function Banner({ close }: { close: () => void }) {
  return (
    <div className="banner" aria-hidden="true">
      <p>Free delivery until Friday.</p>
      <button type="button" onClick={close}>
        Close
      </button>
    </div>
  )
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
