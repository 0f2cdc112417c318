#!/bin/sh
# How the image starts: `lab`, the default, opens the lessons in JupyterLab, or as a
# student's server where JupyterHub asks for one. Any other command runs as it is.
#
# The lessons are copied into the folder where it starts. What lies there stays as it is,
# so a student finds the work of last week.
set -eu
if [ "${1:-}" != lab ]; then exec "$@"; fi
shift

if ! touch .writable 2>/dev/null; then
    echo "cannot write to $PWD: give the folder to user $(id -u), or mount a volume" >&2
    exit 1
fi
rm .writable
for lesson in "$(dirname "$0")"/../notebooks/*.ipynb; do
    [ -e "${lesson##*/}" ] || cp "$lesson" .
done

if [ -n "${JUPYTERHUB_API_TOKEN:-}" ]; then exec jupyterhub-singleuser "$@"; fi
exec jupyter lab --ip=0.0.0.0 --no-browser "$@"
