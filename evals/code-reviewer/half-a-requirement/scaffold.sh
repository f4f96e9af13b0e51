# Makes the sample of this case in the current folder.
set -eu
git init --quiet --initial-branch=main .
cat > go.mod <<'END_OF_FILE'
module sample

go 1.22
END_OF_FILE
mkdir -p src
cat > src/address.go <<'END_OF_FILE'
package src
END_OF_FILE
git add .
git -c user.name=Sample -c user.email=sample@example.invalid commit --quiet -m base
mkdir -p src
cat > src/address.go <<'END_OF_FILE'
package src

import "strings"

// Normalise makes one address of all its spellings.
func Normalise(address string) string {
	return strings.TrimSpace(address)
}
END_OF_FILE
mkdir -p src
cat > src/address_test.go <<'END_OF_FILE'
package src

import "testing"

func TestNormalise(t *testing.T) {
	if got := Normalise(" a@x.org "); got != "a@x.org" {
		t.Fatal(got)
	}
}
END_OF_FILE
