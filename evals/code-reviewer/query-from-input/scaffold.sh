# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
mkdir -p src
cat > src/db.py <<'END_OF_FILE'
def one(cursor, article):
    cursor.execute('SELECT id, title FROM articles WHERE id = %s', (article,))
    return cursor.fetchone()
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
mkdir -p src
cat > src/search.py <<'END_OF_FILE'
def search(cursor, term):
    term = term.strip()
    if not term:
        return []
    cursor.execute(f"SELECT id, title FROM articles WHERE title LIKE '%{term}%'")
    return cursor.fetchall()
END_OF_FILE
