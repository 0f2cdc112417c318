#!/bin/sh
# Make .venv complete: sh tools/install.sh [dev]
# A stamp holds the checksum of pyproject.toml, so nothing is installed twice and a
# complete .venv needs no network.
set -eu
cd "$(dirname "$0")/.."

extra=${1:-}
stamp=.venv/.installed${extra:+-$extra}
want=$(cksum < pyproject.toml)
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then
    exit 0
fi

if [ ! -x .venv/bin/python ]; then
    python=${PYTHON:-python3}
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        echo "This series needs Python 3.11 or newer; '$python' is older or missing." >&2
        echo "Name another one:  make PYTHON=python3.12 run" >&2
        exit 1
    fi
    echo "Making .venv with $("$python" --version)"
    "$python" -m venv .venv || {
        echo "Cannot make .venv. On Debian or Ubuntu:  apt-get install python3-venv" >&2
        exit 1
    }
fi

echo "Installing into .venv (a few minutes the first time, nothing the next time)"
pip=".venv/bin/python -m pip --disable-pip-version-check"
if [ -n "${TORCH_INDEX:-}" ]; then
    $pip install --quiet --index-url "$TORCH_INDEX" "torch>=2.6" "torchvision>=0.21"
fi
# setuptools first: with it inside, the last step needs nothing that is not installed.
$pip install --quiet "setuptools>=77.0.3"
$pip install --quiet --no-build-isolation -e ".${extra:+[$extra]}"

printf '%s\n' "$want" > "$stamp"
if [ "$extra" = dev ]; then            # dev holds everything that `make run` needs
    printf '%s\n' "$want" > .venv/.installed
fi
