# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
cat > go.mod <<'END_OF_FILE'
module sample

go 1.22
END_OF_FILE
cat > lines.go <<'END_OF_FILE'
package sample
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
cat > lines.go <<'END_OF_FILE'
package sample

import (
	"bufio"
	"os"
)

// Count returns the number of lines.
func Count(path string) (int, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	lines := 0
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		lines++
	}
	return lines, scanner.Err()
}
END_OF_FILE
