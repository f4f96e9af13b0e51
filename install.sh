#!/bin/sh
# Builds Portcullis, or takes a built one, and installs it: into a project, or for this user.
set -eu

usage() {
  cat <<'END'
Usage: ./install.sh [--binary FILE] PROJECT
       ./install.sh [--binary FILE] --arm

  PROJECT        install the bundle, the binary and the hooks into this project
                 (`portcullis uninstall PROJECT` takes everything out again)
  --arm          install only the binary, for the Claude Code plugin and for your shell,
                 into ${XDG_BIN_HOME:-$HOME/.local/bin}
  --binary FILE  use this binary; without it, cargo builds one
  --help         print this
END
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit "${2-1}"
}

# Builds and prints where the binary is. Cargo is asked, because target/ can be anywhere and the
# name of the triple is in the path.
build() {
  command -v cargo >/dev/null 2>&1 ||
    fail 'cargo is not on PATH; install Rust from https://rustup.rs, or name a built binary with --binary FILE'
  messages=$(cd "$root" && cargo build --release --locked --bin portcullis --message-format json-render-diagnostics) ||
    fail 'the build failed; see above'
  built=$(printf '%s\n' "$messages" |
    sed -n 's/.*"reason":"compiler-artifact".*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
  [ -n "$built" ] || fail 'cargo built no binary; name one with --binary FILE'
  printf '%s\n' "$built"
}

# Copies the binary to where session-start looks, in one step.
arm() {
  if [ -n "${XDG_BIN_HOME-}" ]; then
    folder=$XDG_BIN_HOME
  else
    [ -n "${HOME-}" ] || fail 'neither XDG_BIN_HOME nor HOME is set; set one'
    folder=$HOME/.local/bin
  fi
  mkdir -p "$folder"
  [ ! -d "$folder/portcullis" ] || fail "$folder/portcullis is a folder; move it away"
  new=$folder/.portcullis.$$
  trap 'rm -f "$new"' EXIT
  cp "$binary" "$new"
  chmod 755 "$new"
  mv -f "$new" "$folder/portcullis"
  trap - EXIT
  printf 'installed %s\n' "$folder/portcullis"
  case :${PATH-}: in
    *:"$folder":*) printf '%s is on PATH\n' "$folder" ;;
    *) printf '%s is not on PATH: Claude Code finds it there, your shell does not\n' "$folder" ;;
  esac
  printf 'The plugin is armed from the next session on.\n'
}

main() {
  root=$(cd "$(dirname "$0")" && pwd -P)
  binary=
  project=
  arm=
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h)
        usage
        exit 0
        ;;
      --arm) arm=yes ;;
      --binary)
        [ $# -ge 2 ] || fail '--binary needs a file' 2
        binary=$2
        shift
        ;;
      --)
        shift
        [ $# -eq 0 ] || project=$1
        [ $# -le 1 ] || fail 'one project at a time' 2
        break
        ;;
      -*) fail "unknown option $1; --help lists them" 2 ;;
      *)
        [ -z "$project" ] || fail 'one project at a time' 2
        project=$1
        ;;
    esac
    shift
  done
  if [ -n "$arm" ]; then
    [ -z "$project" ] || fail '--arm takes no project; run it once for each' 2
  elif [ -z "$project" ]; then
    usage >&2
    exit 2
  elif [ ! -d "$project" ]; then
    fail "$project is not a folder; name the project" 2
  fi

  if [ -z "$binary" ]; then
    binary=$(build)
  fi
  case $binary in */*) ;; *) binary=./$binary ;; esac
  if [ ! -f "$binary" ] || [ ! -x "$binary" ]; then
    fail "$binary is not an executable file"
  fi
  said=$("$binary" --version 2>/dev/null </dev/null) || said=
  case $said in
    'portcullis '*' (gates for Claude Code)') ;;
    *) fail "$binary is not a portcullis binary (its --version says '$said')" ;;
  esac

  if [ -n "$arm" ]; then
    arm
  else
    # A path that begins with a dash would be read as an option.
    case $project in -*) project=./$project ;; esac
    exec "$binary" install "$project"
  fi
}

main "$@"
