# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p web
cat > web/dashboard.ts <<'END_OF_FILE'
type Tile = { url: string }

async function load(tile: Tile): Promise<unknown> {
  const answer = await fetch(tile.url)
  return answer.json()
}

export async function dashboard(tiles: Tile[]): Promise<unknown[]> {
  const results: unknown[] = []
  for (const tile of tiles) {
    results.push(await load(tile))
  }
  return results
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
