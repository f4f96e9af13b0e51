# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
cat > styles.css <<'END_OF_FILE'
body {
  color: #1f2328;
  background: #ffffff;
}

.hint {
  color: #9aa0a6;
  font-size: 14px;
}

.title {
  color: #57606a;
  font-size: 28px;
}
END_OF_FILE
cat > index.html <<'END_OF_FILE'
<!doctype html>
<html lang="en">
<head><title>Order</title><link rel="stylesheet" href="styles.css"></head>
<body><main><h1 class="title">Order</h1><p class="hint">Delivery takes three days.</p></main></body>
</html>
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
