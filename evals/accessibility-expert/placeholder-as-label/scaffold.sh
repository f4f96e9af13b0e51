# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/Login.tsx <<'END_OF_FILE'
export function Login() {
  return (
    <form method="post" action="/login">
      <input name="email" type="email" autoComplete="username" placeholder="E-mail" />
      <label htmlFor="password">Password</label>
      <input id="password" name="password" type="password" autoComplete="current-password" />
      <button type="submit">Log in</button>
    </form>
  )
}
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
