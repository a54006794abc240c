# Sourced by the other scripts here: makes .venv from a lock of requirements/, once per lock, and names its Python.
# Plain bash 3.2 and POSIX tools only, because a fresh machine has nothing else.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
VENV_PYTHON=$PWD/.venv/bin/python

say() { printf '%s\n' "$*" >&2; }
fail() { say "$1"; exit "${2:-1}"; }

# prepare LOCK: after it, .venv holds all that requirements/LOCK.lock names.
prepare() {
  if is_installed "$1"; then return 0; fi
  find_python
  mkdir -p .venv 2>/dev/null || fail "Cannot write to $PWD: the disk is full, or the folder belongs to another user."
  take_lock
  # Another start may have done the work while this one waited for the lock.
  if ! is_installed "$1"; then install "$1"; fi
  free_lock
}

# The stamp is a copy of the lock itself: it needs no tool that computes a sum, and $(<file) starts no process.
is_installed() {
  [ -x "$VENV_PYTHON" ] && [ -f ".venv/$1.stamp" ] && [ ! -e .venv/unfinished ] &&
    [ "$(<".venv/$1.stamp")" = "$(<"requirements/$1.lock")" ]
}

find_python() {
  local candidate path version found=
  for candidate in python3.13 python3.12 python3.11 python3 python "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[123].*/bin/python3; do
    path=$(command -v "$candidate" 2>/dev/null) || continue
    # A shim of pyenv answers to every name and fails on most: only what runs counts.
    version=$("$path" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case $version in
      3.11 | 3.12 | 3.13) PYTHON=$path; return 0 ;;
      *) case " $found " in *" $version "*) ;; *) found="${found:+$found }$version" ;; esac ;;
    esac
  done
  fail "Serai needs Python 3.11, 3.12 or 3.13 (found: ${found:-none}): install one, for example with your system's packages." 2
}

is_supported() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

# One installation at a time. With flock the lock also outlives this script for as long as an installer of it runs.
take_lock() {
  local holder waited=0
  trap interrupt INT TERM HUP
  if command -v flock >/dev/null 2>&1; then
    { exec 9>.venv/lock.flock; } 2>/dev/null || fail "Cannot write to $PWD/.venv: the disk is full, or it belongs to another user."
    flock 9
    return 0
  fi
  while ! mkdir .venv/lock.held 2>/dev/null; do
    [ -w .venv ] || fail "Cannot write to $PWD/.venv: it belongs to another user."
    holder=$(cat .venv/lock.held/pid 2>/dev/null)
    waited=$((waited + 1))
    # A holder that died before it wrote its number leaves none.
    if { [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; } || { [ -z "$holder" ] && [ "$waited" -gt 25 ]; }; then
      # mv is atomic: of several that find the holder dead only one takes its lock away.
      mv .venv/lock.held ".venv/lock.dead.$$" 2>/dev/null && rm -rf ".venv/lock.dead.$$"
      waited=0
      continue
    fi
    sleep 0.2
  done
  HOLDS_LOCK=yes
  { echo $$ >.venv/lock.held/pid; } 2>/dev/null || stop_install "The disk is full: make room under $PWD and start again."
}

interrupt() {
  [ -z "${INSTALLERS:-}" ] || kill $INSTALLERS 2>/dev/null
  free_lock
  exit 130
}

free_lock() {
  if [ -n "${HOLDS_LOCK:-}" ]; then rm -rf .venv/lock.held; fi
  HOLDS_LOCK=
  exec 9>&-
  trap - INT TERM HUP
}

install() {
  local free log=$PWD/.venv/install.log lock=requirements/$1.lock
  free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
  if [ -n "$free" ] && [ "$free" -lt "${NEEDED_MB:-600}" ]; then
    stop_install "The disk is too full: .venv needs ${NEEDED_MB:-600} MB, $free MB are free under $PWD."
  fi
  # What an interrupted installation left cannot be trusted; all it fetched is still in the installer's cache.
  if [ -e .venv/unfinished ] || { [ -e .venv/bin ] && ! is_supported "$VENV_PYTHON"; }; then
    find .venv -mindepth 1 -maxdepth 1 ! -name 'lock.*' -exec rm -rf {} +
  fi
  { : >.venv/unfinished && : >"$log"; } 2>/dev/null || stop_install "The disk is full: make room under $PWD and start again."
  say "Installing the locked requirements into .venv (once, about half a minute) ..."
  if ! with_uv "$lock" >>"$log" 2>&1 && ! with_pip "$lock" >>"$log" 2>&1; then
    stop_install "$(explain "$log")"
  fi
  cp "$lock" ".venv/$1.stamp" 2>/dev/null || stop_install "The disk is full: make room under $PWD and start again."
  # The larger lock repeats the smaller one line by line, so that one installation serves both.
  if [ "$1" = dev ] && ! grep '^[A-Za-z0-9].*==' requirements/app.lock | grep -qvxFf requirements/dev.lock; then
    cp requirements/app.lock .venv/app.stamp
  fi
  rm -f .venv/unfinished
}

stop_install() {
  free_lock
  fail "$1"
}

with_uv() {
  command -v uv >/dev/null 2>&1 || return 1
  export UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-20}
  [ -x "$VENV_PYTHON" ] || uv venv --quiet --allow-existing --python "$PYTHON" .venv || return 1
  uv pip install --quiet --python "$VENV_PYTHON" --require-hashes --no-deps -r "$1"
}

# Three pips share the list: each package is named in it, so they never touch the same one, and the time halves.
# Without byte code, which would take longer than the modules that are used take on their first import.
with_pip() {
  local part parts=3 pid status=0 pip=
  INSTALLERS=
  if "$PYTHON" -m pip --python "$PYTHON" --version >/dev/null 2>&1; then
    [ -x "$VENV_PYTHON" ] || "$PYTHON" -m venv --without-pip .venv || return 1
    pip=shared
  else
    "$VENV_PYTHON" -m pip --version >/dev/null 2>&1 || "$PYTHON" -m venv .venv || return 1
  fi
  rm -f .venv/part.*
  awk -v parts="$parts" '/^[A-Za-z0-9]/ { i++ } i { print > (".venv/part." (i % parts)) }' "$1" || return 1
  for part in .venv/part.*; do
    if [ -n "$pip" ]; then set -- "$PYTHON" -m pip --python "$VENV_PYTHON"; else set -- "$VENV_PYTHON" -m pip; fi
    "$@" install --quiet --no-input --disable-pip-version-check --retries 3 --no-compile --require-hashes --no-deps \
      -r "$part" &
    INSTALLERS="$INSTALLERS $!"
  done
  for pid in $INSTALLERS; do wait "$pid" || status=1; done
  INSTALLERS=
  rm -f .venv/part.*
  return $status
}

explain() {
  if grep -qi 'no space left' "$1"; then
    echo "The disk is full: make room under $PWD and start again."
  elif grep -qiE 'ensurepip|No module named (pip|venv)' "$1"; then
    echo "$PYTHON can make no environment: install its venv package (Debian: python3-venv) or uv, and start again."
  elif grep -qiE 'name resolution|NewConnectionError|ConnectTimeout|Max retries|connection (refused|broken|reset)|unreachable|dns error' "$1"; then
    echo "The package index cannot be reached: check the network (PIP_INDEX_URL names another index) and start again."
  elif grep -qi 'THESE PACKAGES DO NOT MATCH THE HASHES\|Hash mismatch' "$1"; then
    echo "A package differs from the one that was locked, so nothing was installed; see $1."
  else
    echo "The requirements could not be installed; see $1. Last line: $(grep -v '^ *$' "$1" | tail -n 1)"
  fi
}
