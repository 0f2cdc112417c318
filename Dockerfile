# The whole series in one image: for a laptop, a class server, or JupyterHub.
#
#   docker build -t gan-mnist .
#   docker run --rm -p 8888:8888 -v gan-work:/home/jovyan/work gan-mnist
#
# Torch for the CPU, the versions of requirements.lock, no root. Once it is built, it needs
# no network: the offline digits are in scikit-learn, trained networks in weights/.
# compose.yaml adds the pages of figures/; for-instructors.md says how JupyterHub starts it.
ARG PYTHON=3.12
FROM python:${PYTHON}-slim-bookworm

# Another build of torch; data sets to keep inside, e.g. "mnist fashion"; the version of
# the hub that starts this image. tests/tools/test_container.py compares them with ours.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG DATASETS=""
ARG JUPYTERHUB=6.1.1

RUN useradd --create-home --uid 1000 --user-group jovyan \
    && install -d -o jovyan -g jovyan /home/jovyan/work
ENV PIP_NO_CACHE_DIR=1 PATH=/opt/gan-mnist/.venv/bin:$PATH
WORKDIR /opt/gan-mnist

# What an installation reads, first: a change of a lesson installs nothing again.
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY tools/install.sh tools/
COPY gan_utils/ gan_utils/
COPY classroom/ classroom/
# An installation wants all folders of the wheel there, be they empty.
RUN mkdir weights notebooks benchmarks
RUN LOCKED=1 TORCH_INDEX="$TORCH_INDEX" sh tools/install.sh \
    && python -m pip freeze --exclude-editable > /tmp/held \
    && python -m pip install --constraint /tmp/held "jupyterhub==$JUPYTERHUB" \
    && rm /tmp/held \
    && jupyter labextension disable "@jupyterlab/apputils-extension:announcements"

COPY weights/ weights/
COPY figures/ figures/
COPY benchmarks/ benchmarks/
COPY notebooks/ notebooks/
COPY BENCHMARKS.md ./
COPY docker/ docker/
RUN for name in $DATASETS; do \
        python -c "from gan_utils import data; data.load('$name')" || exit 1; \
    done

# By number, as Kubernetes asks. What a student makes goes into one folder: a volume.
USER 1000
ENV GAN_RUNS_DIR=/home/jovyan/work/runs GAN_DATA_DIR=/home/jovyan/work/data
WORKDIR /home/jovyan/work
EXPOSE 8888
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:8888' + os.environ.get('JUPYTERHUB_SERVICE_PREFIX', '/') + 'api', timeout=8)"]
ENTRYPOINT ["sh", "/opt/gan-mnist/docker/start.sh"]
CMD ["lab"]
