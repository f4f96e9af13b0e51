# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
cat > index.html <<'END_OF_FILE'
<!doctype html>
<html lang="en">
<head>
  <title>Timetable</title>
  <meta name="viewport" content="width=device-width, initial-scale=1, maximum-scale=1, user-scalable=no">
</head>
<body>
  <main>
    <h1>Timetable</h1>
    <table>
      <tr><th scope="col">Line</th><th scope="col">Time</th></tr>
      <tr><td>4</td><td>10:12</td></tr>
    </table>
  </main>
</body>
</html>
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
