#!/usr/bin/env bash
# Every check, in the order in which they fail fast:
#   bash tools/check.sh [pytest options]
#   bash tools/check.sh --fast [...]    a minute: nothing that trains, no kernel, no browser
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== ruff"
python -m ruff check .
python -m ruff format --check --quiet . || {
    echo "Not formatted: ruff format ." >&2
    exit 1
}

echo "== imports"
lint-imports --no-logo --no-cache

if [ "${1:-}" = --fast ]; then
    shift
    echo "== notebooks"
    python tools/build_notebooks.py --check
    echo "== pytest"
    # These start processes, wait, or measure the machine.
    ignored=()
    for name in test_lesson test_training tools/test_install tools/test_benchmarks \
        tools/test_build_notebooks; do
        ignored+=("--deselect=tests/$name.py")
    done
    exec python -m pytest -q -n "${JOBS:-2}" --dist loadfile "${ignored[@]}" \
        tests/test_*.py tests/support tests/viz tests/tools \
        tests/notebooks/test_claims.py "$@"
fi

find_chromium() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        if [ -n "$name" ] && command -v "$name" > /dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

if ! find_chromium > /dev/null && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null
then
    echo "Installing chromium for the browser tests"
    apt-get update -qq && apt-get install -y -qq chromium > /dev/null || true
fi

select=()
if CHROMIUM=$(find_chromium); then
    export CHROMIUM
elif [ -n "${CI:-}" ]; then
    echo "No Chromium: the browser tests cannot run, and CI must run them." >&2
    exit 1
else
    echo "No Chromium found: the browser tests are left out of this run." >&2
    echo "Install it (Debian: apt-get install chromium) or set CHROMIUM=/path/to/it" >&2
    select=(-m "not browser")
fi

echo "== pytest"
# A file stays on one worker (its kernels and browsers are started once); the slow
# folders, browser and notebooks, come first in the order of names.
exec python -m pytest -n "${JOBS:-2}" --dist loadfile --no-loadscope-reorder \
    --cov --cov-report=term --cov-fail-under=85 ${select[@]+"${select[@]}"} "$@"
