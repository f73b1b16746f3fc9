#!/usr/bin/env bash
# The Python client that openapi-generator makes. It is not told which content type to send.
set -euo pipefail
client='openapi-generator python'
if [[ -z ${GENERATOR} ]] || ! { "${PYTHON:-python3}" -m venv "${WORK}/venv" &&
  "${WORK}/venv/bin/pip" install -q pydantic==2.12.3 urllib3==2.5.0 python-dateutil==2.9.0.post0 typing-extensions==4.15.0; }; then
  printf '%s\tgenerate\tSKIPPED: no generator, or nothing to run its client with\n' "${client}"
  exit 0
fi
java -jar "${GENERATOR}" generate -g python -i openapi.yaml -o "${WORK}/generated" >"${WORK}/generate.log"
PYTHONPATH=${WORK}/generated "${WORK}/venv/bin/python" .ci/clients/openapi-generator/main.py
