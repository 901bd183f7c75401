#!/usr/bin/env bash
# Writes uv.lock, and from it the locks of the pip path: all there is, what running needs, and that with a team's extras. Takes uv lock's options (--upgrade).
set -euo pipefail

cd "$(dirname "$0")/.."

# Nothing of this machine may get into the files: pypi.org's own addresses, no mirror, no local wheel.
unset UV_INDEX UV_INDEX_URL UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL UV_FIND_LINKS VIRTUAL_ENV
export UV_NO_CONFIG=1 UV_SYSTEM_CERTS=1 UV_PYTHON_DOWNLOADS=never

uv=uv
if ! command -v uv >/dev/null; then
    temporary=$(mktemp -d)
    trap 'rm -rf "$temporary"' EXIT
    "${PYTHON:-python3}" -m venv "$temporary"
    "$temporary/bin/python" -m pip install --quiet --disable-pip-version-check uv
    uv=$temporary/bin/uv
fi

"$uv" lock --python "${PYTHON:-python3}" "$@"
"$uv" export --quiet --frozen --extra dev --extra bench --no-emit-project -o requirements.lock
"$uv" export --quiet --frozen --no-dev --extra build --no-emit-project -o requirements-run.lock
"$uv" export --quiet --frozen --no-dev --extra build --extra age --extra objectstore --extra policy --extra postgres --no-emit-project -o requirements-team.lock
