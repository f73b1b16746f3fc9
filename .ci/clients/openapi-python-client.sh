#!/usr/bin/env bash
# The client that openapi-python-client makes.
set -euo pipefail
client=openapi-python-client
if ! { "${PYTHON:-python3}" -m venv "${WORK}/venv" && "${WORK}/venv/bin/pip" install -q openapi-python-client==0.29.1; }; then
  printf '%s\tgenerate\tSKIPPED: it cannot be installed\n' "${client}"
  exit 0
fi
PATH=${WORK}/venv/bin:${PATH} openapi-python-client generate --config .ci/schemathesis/client.yaml --path openapi.yaml \
  --output-path "${WORK}/generated" --fail-on-warning >&2
PYTHONPATH=${WORK}/generated "${WORK}/venv/bin/python" .ci/clients/openapi-python-client/main.py
