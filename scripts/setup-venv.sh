#!/usr/bin/env bash
# Makes or refreshes .venv: the locked dependencies, and this checkout as an editable install.
# Every make target runs it first; it returns at once when nothing has changed.
#
#   scripts/setup-venv.sh run                    what running needs, and no more
#   scripts/setup-venv.sh                        also what tests, linters and benchmarks need
#   PYTHON=python3.12 scripts/setup-venv.sh      another interpreter than python3
#
# A .venv with everything serves for running as well, and is never cut down to that.
#
# It works on four kinds of machine:
#   1. uv on PATH: uv does everything, from uv.lock.
#   2. python3 with venv and pip: the usual case.
#   3. python3 without ensurepip (Debian without python3-venv) but with pip: .venv is made bare
#      and filled from outside by `pip --python`.
#   4. neither: it says what to install.
# 2 and 3 install from requirements.lock or requirements-run.lock, every hash checked.
set -euo pipefail

cd "$(dirname "$0")/.."
venv=.venv
stamp=$venv/.stamp    # line 1: what .venv was made with; line 2: from what; line 3: "run" or "dev"
level=${1:-dev}
hint_python="Another interpreter: make PYTHON=/path/to/python3.12 test"

say() { printf '%s\n' "$*" >&2; }

die() {
    printf '\nerror: %s\n' "$1" >&2
    shift
    printf '  %s\n' "$@" >&2
    exit 1
}

case $level in run | dev) ;; *) die "'$level' is neither run nor dev" "Usage: $0 [run|dev]" ;; esac

# --- which Python? ----------------------------------------------------------------------------

wanted=${PYTHON:-python3}
command -v "$wanted" >/dev/null || die "'$wanted' is not on PATH" \
    "reconciler needs Python 3.11 or newer." "$hint_python"

# The real interpreter, also when a virtualenv is active (perhaps the one we are about to replace).
answer=$("$wanted" -c 'import sys
print(int(sys.version_info >= (3, 11)), getattr(sys, "_base_executable", sys.executable))') ||
    die "'$wanted' does not run" "reconciler needs Python 3.11 or newer." "$hint_python"
[ "${answer%% *}" = 1 ] || die "'$wanted' is $("$wanted" --version 2>&1)" \
    "reconciler needs Python 3.11 or newer." "$hint_python"
python=${answer#* }

# --- is there anything to do? -----------------------------------------------------------------

# The folder counts: a .venv that was moved does not work.
made_with=$(printf '%s %s' "$PWD" "$python" | cksum)
contents=$(cat pyproject.toml uv.lock requirements.lock requirements-run.lock scripts/setup-venv.sh | cksum)

works() { [ -f $stamp ] && [ "$(sed -n 1p $stamp)" = "$made_with" ] && $venv/bin/python -c '' 2>/dev/null; }
has_all() { [ "$(sed -n 3p $stamp 2>/dev/null)" = dev ]; }
up_to_date() {
    works && [ "$(sed -n 2p $stamp)" = "$contents" ] && { [ "$level" = run ] || has_all; }
}

up_to_date && exit 0

# Two of us at once (two terminals, make -j): the second waits and then finds it done.
if command -v flock >/dev/null; then
    exec 9>.venv.lock
    flock 9
    up_to_date && exit 0
fi

# --- fill it ----------------------------------------------------------------------------------

works && has_all && level=dev
case $level in
    run) what="what running needs" lock=requirements-run.lock extras=(--no-dev --extra build) ;;
    dev) what="also tests and linters" lock=requirements.lock extras=(--extra dev --extra bench) ;;
esac

with_uv() {
    say "Setting up $venv with uv ($what) ..."
    # System certificates: behind a TLS proxy uv's own bundle fails. No download of a Python:
    # the one that was asked for is here.
    env -u VIRTUAL_ENV \
        UV_SYSTEM_CERTS=1 UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=$venv \
        uv sync --quiet --frozen "${extras[@]}" --python "$python"
}

with_pip() {
    say "Setting up $venv with pip ($what), about half a minute the first time ..."
    if ! works; then
        rm -rf $venv
        "$python" -m venv $venv >/dev/null 2>&1 || make_bare_venv
    fi

    # Which pip? Its own; else the one that Python carries; else the system's, from outside.
    local pip=("$python" -m pip --python "$venv/bin/python")
    if $venv/bin/python -m pip --version >/dev/null 2>&1 ||
        $venv/bin/python -m ensurepip >/dev/null 2>&1; then
        pip=("$venv/bin/python" -m pip)
    elif ! "${pip[@]}" --version >/dev/null 2>&1; then
        die "'$wanted' has neither ensurepip nor a pip of 22.3 or newer" \
            "Debian, Ubuntu: apt-get install python3-venv" \
            "Anywhere: install uv, https://docs.astral.sh/uv/"
    fi

    # The build back end is among the locked packages, so installing this checkout needs neither
    # an isolated build environment nor the network.
    # The lock is complete, so nothing is left to resolve: a resolver would look at newer releases
    # of what it names (pip 23.2 does, for an extra such as coverage[toml]) and then refuse them.
    local packages
    packages=$(grep -c '^[a-z].*==' $lock)
    "${pip[@]}" install --disable-pip-version-check --no-deps --require-hashes \
        --progress-bar off -r $lock | progress "$packages"
    "${pip[@]}" install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
}

# Says how far pip is: a line that counts on a terminal, one for every twenty packages elsewhere.
progress() {
    local count=0 line
    while IFS= read -r line; do
        case $line in
            Collecting* | "Requirement already satisfied"*)
                count=$((count + 1))
                if [ -t 2 ]; then
                    printf '\r  %d of %d packages' "$count" "$1" >&2
                elif [ $((count % 20)) = 0 ]; then
                    say "  $count of $1 packages"
                fi
                ;;
            "Installing collected"*)
                [ ! -t 2 ] || printf '\n' >&2
                say "  installing them"
                ;;
        esac
    done
}

make_bare_venv() {
    rm -rf $venv
    "$python" -m venv --without-pip $venv >/dev/null 2>&1 || die "'$wanted' has no venv module" \
        "Debian, Ubuntu: apt-get install python3-venv" \
        "Anywhere: install uv, https://docs.astral.sh/uv/"
}

if command -v uv >/dev/null; then
    with_uv || { say "uv could not do it; trying pip."; with_pip; }
else
    with_pip
fi
printf '%s\n%s\n%s\n' "$made_with" "$contents" "$level" >$stamp
