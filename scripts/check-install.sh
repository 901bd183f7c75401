#!/usr/bin/env bash
# Installs this checkout into a bare virtual environment, as `pip install .` does for users, and
# runs the installed command outside the checkout. Needs the network, or an index that pip knows.
set -euo pipefail

cd "$(dirname "$0")/.."
root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"${PYTHON:-python3}" -m venv "$scratch/venv"
echo "Installing into a bare virtual environment ..."
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$root"

cp -R examples/02-sms-templates "$scratch/project"
cd "$scratch/project"
reconciler=$scratch/venv/bin/reconciler
"$reconciler" --version
"$reconciler" schema >/dev/null
"$reconciler" explain Template >/dev/null
"$reconciler" plan --emulate
