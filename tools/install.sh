#!/bin/sh
# Make .venv complete: sh tools/install.sh [site|dev]
#
#   TORCH_INDEX=address    torch and torchvision from there; "ordinary": the usual builds
#   LOCKED=1               the versions of requirements.lock, with which CI last passed
#   PYTHON=python3.12      the Python that .venv is made with
#
# Without TORCH_INDEX, Linux without an NVIDIA GPU gets the CPU builds: hundreds of MB,
# not 3 GB. .venv/.installed says what is installed and how to change it, so nothing is
# done twice and a complete .venv needs no network.
set -eu
cd "$(dirname "$0")/.."

CPU_INDEX=${CPU_INDEX:-https://download.pytorch.org/whl/cpu}
DRIVER=${DRIVER:-/sys/module/nvidia/version /proc/driver/nvidia/version}
LOCKED=${LOCKED:-}
extras=lab,classroom
case "${1:-}" in
    site) extras=lab,classroom,site ;;
    dev) extras=lab,classroom,site,scale,dev ;;
esac
stamp=.venv/.installed${1:+-$1}
want="$(cat pyproject.toml ${LOCKED:+requirements.lock} | cksum) [$extras]"
was=$(sed -n 's/^torch from \([^ ]*\).*/\1/p' .venv/.installed 2>/dev/null || true)

if [ -n "$was" ] && [ "${TORCH_INDEX:-$was}" != "$was" ]; then
    echo "This .venv has torch from $was: making it anew, as TORCH_INDEX says"
    rm -rf .venv
fi
if [ -x .venv/bin/python ] && [ "$(sed 1q "$stamp" 2>/dev/null)" = "$want" ]; then
    exit 0
fi
TORCH_INDEX=${TORCH_INDEX:-$was}               # what .venv has stays

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

# uv is several times faster, but reads none of pip's settings. Where pip is told of a
# mirror, a constraint or a proxy, that is for a reason.
pip=".venv/bin/python -m pip --disable-pip-version-check"
install="$pip install --quiet"
settings='index|constraint|find-links|proxy|cert|trusted-host'
if command -v uv >/dev/null && ! $pip config list | grep -qE "$settings"; then
    install="uv pip install --quiet --python .venv/bin/python"
fi

# Does an index answer? Within 5 s, or 8 s where the look-up of its name hangs. The
# braces hide what the shell says of the alarm.
answers() {
    { .venv/bin/python - "$1/torch/" <<'PROBE'
import signal, sys, urllib.request
signal.alarm(8)
urllib.request.urlopen(urllib.request.Request(sys.argv[1], method="HEAD"), timeout=5)
PROBE
    } 2>/dev/null
}

too_big() {
    echo "No NVIDIA GPU, but $CPU_INDEX gives no CPU build: taking the one with CUDA" \
        "(3 GB). To avoid it stop here and name a mirror: make run TORCH_INDEX=..." >&2
}

has_gpu() {
    for sign in $DRIVER; do [ ! -e "$sign" ] || return 0; done
    nvidia-smi -L >/dev/null 2>&1
}

# torch and torchvision, both from one index: a mixed pair installs, and fails at import.
torch=$(grep -oE '"torch(vision)?>=[^"]*"' pyproject.toml | tr -d '"')
if [ -n "$LOCKED" ]; then torch=$(sed -n 's/^# first: //p' requirements.lock); fi
get_torch() {
    if [ "$1" = ordinary ]; then set --; else set -- --index-url "$1"; fi
    $install "$@" $torch
}

echo "Installing into .venv (a few minutes the first time, nothing the next time)"
from=ordinary
if [ -n "$TORCH_INDEX" ]; then
    from=$TORCH_INDEX
    get_torch "$from"
elif [ "$(uname -s)" != Linux ] || has_gpu; then     # elsewhere the usual build is small
    get_torch ordinary
elif answers "$CPU_INDEX" && get_torch "$CPU_INDEX"; then
    from=$CPU_INDEX
else
    too_big
    get_torch ordinary
fi

# setuptools first: with it inside, the last step needs nothing that is not installed.
$install "setuptools>=77.0.3"
if [ -n "$LOCKED" ]; then
    # --no-deps: torch has no hash here, as each of its builds has another one.
    $install --no-deps --require-hashes -r requirements.lock
    $install --no-deps --no-build-isolation -e .
else
    $install --no-build-isolation -e ".[$extras]"
fi

cat > "$stamp" <<STAMP
$want
torch from $from ; for another build: make run TORCH_INDEX=address or TORCH_INDEX=ordinary
STAMP
sed -n 2p "$stamp"
holds() {                                      # what is complete besides, under its name
    { echo "${want% *} [$2]"; sed 1d "$stamp"; } > "$1"
}
case "${1:-}" in site | dev) holds .venv/.installed lab,classroom ;; esac
case "${1:-}" in dev) holds .venv/.installed-site lab,classroom,site ;; esac
