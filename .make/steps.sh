# Sourced by every script here: where things are, which toolchain, how a step is told, and how a script gives up.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# Queries are checked against the committed `.sqlx`: no build needs a database.
export SQLX_OFFLINE=${SQLX_OFFLINE:-true}
export PATH="$ROOT/target/setup/bin:$PATH:$HOME/.cargo/bin"
export CARGO_TERM_PROGRESS_WHEN=${CARGO_TERM_PROGRESS_WHEN:-auto}

WASM=wasm32-unknown-unknown

# A fresh clone on a build machine borrows the artifacts of the last one. It also works without.
if [[ ${CI:-} == true && ! -e target && -z ${CARGO_TARGET_DIR:-} ]]; then
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/slipway/target
  if mkdir -p "$cache" 2>/dev/null && [[ -w $cache ]]; then
    # Old artifacts pile up; past this size a new start is cheaper than the disk.
    (($(du -sm "$cache" | cut -f1) < 25000)) || find "$cache" -mindepth 1 -delete
    ln -s "$cache" target
  fi
fi
if [[ -n ${CARGO_TARGET_DIR:-} ]]; then
  # Scripts, tests and the server look below target/. Elsewhere is fine, as long as target/ leads there.
  mkdir -p "$CARGO_TARGET_DIR"
  [[ -e target ]] || ln -s "$(cd "$CARGO_TARGET_DIR" && pwd)" target
  unset CARGO_TARGET_DIR
fi
mkdir -p target/setup

# The Debian toolchain was chosen by set-up: its programs are links in target/setup/bin, its linker has a version in its name.
if [[ -e target/setup/bin/cargo ]]; then
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19
fi

fail() {
  printf '\n✗ %s\n' "$*" >&2
  exit 1
}

now_ms() { date +%s%3N; }

seconds() { printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# step WHAT WHY COMMAND…: says what it does and why, does it, and says how long it took. Inside COMMAND a failing line does
# not end the script (bash turns that off where a result is looked at), so functions say `|| return` themselves.
step() {
  local what=$1 why=$2 begun
  shift 2
  printf '▸ %s (%s)\n' "$what" "$why"
  begun=$(now_ms)
  "$@" || {
    explain_disk
    fail "$what did not work: what it said is above; mend that and run make again."
  }
  printf '  done in %s\n' "$(seconds $(($(now_ms) - begun)))"
}

# Runs a command whose output matters only when it fails.
quietly() {
  local log=$ROOT/target/setup/last.log
  "$@" >"$log" 2>&1 </dev/null && return
  local code=$?
  tail -n 25 "$log" >&2
  return $code
}

free_mb() { df -Pm "$ROOT/target" | awk 'NR == 2 { print $4 }'; }

explain_disk() {
  (($(free_mb) > 200)) || fail "The disk of $ROOT/target is full: free some space (the build needs about 5 GB) and run make again."
}

# As root, or through sudo.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "Root is needed for \`$*\`: run that as root, then run make again."
  fi
}

apt_install() {
  command -v apt-get >/dev/null || fail "Packages $* are needed and there is no apt here: install them your way, then run make again."
  if [[ ! -e target/setup/apt-updated ]]; then
    quietly as_root apt-get update
    touch target/setup/apt-updated
  fi
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}
