# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/Form.tsx <<'END_OF_FILE'
export function Form() {
  return (
    <form method="post" action="/address">
      <label htmlFor="street">Street</label>
      <input id="street" name="street" autoComplete="street-address" />
      <label htmlFor="city">City</label>
      <input id="city" name="city" autoComplete="address-level2" />
      <button type="submit" tabIndex={1}>
        Save
      </button>
    </form>
  )
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
