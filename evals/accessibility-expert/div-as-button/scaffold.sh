# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/Pay.tsx <<'END_OF_FILE'
export function Pay({ pay, total }: { pay: () => void; total: string }) {
  return (
    <section aria-labelledby="pay-title">
      <h2 id="pay-title">Payment</h2>
      <p>Total: {total}</p>
      <div className="pay" onClick={pay}>
        Pay now
      </div>
    </section>
  )
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
