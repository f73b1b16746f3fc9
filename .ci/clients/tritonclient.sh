#!/usr/bin/env bash
# tritonclient's http, http.aio, grpc and grpc.aio clients against the server at BASE_URL and GRPC_ADDRESS (empty: without gRPC), with
# ADMIN_KEY and IMAGE. Prints `client<TAB>operation<TAB>result` lines.
set -euo pipefail
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT
if ! { "${python}" -m venv "${folder}/venv" &&
  "${folder}/venv/bin/pip" install -q --disable-pip-version-check 'tritonclient[http,grpc]==2.73.0'; } >&2; then
  printf 'tritonclient\tall\tSKIPPED: it could not be installed\n'
  exit 0
fi
PYTHONDONTWRITEBYTECODE=1 "${folder}/venv/bin/python" "$(dirname "$0")/tritonclients.py"
