# Shared by the clients' install scripts: sourced, with the target directory as $1.
# Every step is skipped when what it makes is there, so that a second run takes no time.
set -euo pipefail
target=$(mkdir -p "$1" && cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)

# install_debian PACKAGE...
install_debian() {
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo=sudo
    if ! $sudo apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"; then
        $sudo apt-get -qq update
        $sudo apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
    fi
}

# need_debian COMMAND PACKAGE...: installs Debian's packages unless the command is there.
need_debian() {
    local command=$1
    shift
    if ! command -v "$command" >/dev/null; then install_debian "$@"; fi
}

# The stamp $target/.done names what the installed files were made from.
digest_of() { cat "$@" | sha256sum | cut -d' ' -f1; }
is_done() { [ -f "$target/.done" ] && [ "$(cat "$target/.done")" = "$1" ]; }
set_done() { echo "$1" >"$target/.done"; }

# venv_with REQUIREMENTS-FILE: a Python environment $target/venv with exactly these packages.
venv_with() {
    local wanted
    wanted=$(digest_of "$1")
    if is_done "$wanted"; then return; fi
    [ -x /usr/bin/python3 ] || need_debian python3 python3
    /usr/bin/python3 -c 'import ensurepip' 2>/dev/null || install_debian python3-venv
    rm -rf "$target/venv"
    /usr/bin/python3 -m venv "$target/venv"
    "$target/venv/bin/pip" install --quiet --disable-pip-version-check -r "$1"
    set_done "$wanted"
}
