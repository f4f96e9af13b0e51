# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
cat > styles.css <<'END_OF_FILE'
button {
  border: 1px solid #57606a;
  background: #ffffff;
}

button:focus {
  outline: none;
}

a:focus-visible {
  outline: 3px solid #0550ae;
}
END_OF_FILE
cat > index.html <<'END_OF_FILE'
<!doctype html>
<html lang="en">
<head><title>Shop</title><link rel="stylesheet" href="styles.css"></head>
<body><main><h1>Shop</h1><a href="/cart">Cart</a><button type="button">Add</button></main></body>
</html>
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
