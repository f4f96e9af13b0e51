# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/Header.tsx <<'END_OF_FILE'
export function Header() {
  return (
    <header>
      <a href="/"><img src="/logo.svg" alt="Shop, to the start page" /></a>
      <nav aria-label="Main">
        <a href="/cart"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 3h18v18H3z" /></svg></a>
        <a href="/help">Help</a>
      </nav>
    </header>
  )
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
