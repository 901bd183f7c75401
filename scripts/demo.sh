#!/usr/bin/env bash
# Plans and applies an example on the built-in emulator, then plans again: nothing is left to do.
# Works on a scratch copy, so neither state nor delivered secrets end up in the checkout.
#
#   scripts/demo.sh [examples/NN-name]      default: the one with every provider
set -euo pipefail

cd "$(dirname "$0")/.."
root=$PWD
PATH=$root/.venv/bin:$PATH

example=${1:-examples/06-all-providers}
if [ ! -d "$example" ]; then
    echo "error: there is no example '$example'" >&2
    exit 1
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -R "$example/." "$scratch"
cd "$scratch"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi

heading() { printf '\n%s── %s ──%s\n' "$bold" "$1" "$plain"; }

run() {
    printf '%s$ %s%s\n\n' "$dim" "$*" "$plain"
    "$@"
}

heading "$example: the manifests"
find . -type f ! -path './.*' | sort | sed 's|^\./|  |'

heading "1. What would change?"
run reconciler plan --emulate

heading "2. Change it"
run reconciler apply --emulate --auto-approve

heading "3. Once more: nothing is left to do"
# Exit code 2 would mean changes, and the demo would fail.
run reconciler plan --emulate --detailed-exitcode

heading "4. Does it work? What costs nothing is looked at"
# Exit code 6 means undecided: no SMTP server of the example can be reached. 5 would be a failure.
run reconciler verify --emulate --no-send || [ $? -eq 6 ]

heading "Done"
echo "That ran on an emulator, in a scratch folder that is gone now. To play with it yourself:"
echo "  cp -R $example /tmp/playground && cd /tmp/playground && $root/.venv/bin/reconciler plan --emulate"
