#!/usr/bin/env bash
# Azure Custom Vision's own prediction clients, for Python and for Node.js, unchanged, against the server at BASE_URL with ADMIN_KEY:
# they classify IMAGE. A line for each operation: client, operation and result, with tabs between them.
set -euo pipefail
: "${BASE_URL:?}" "${ADMIN_KEY:?}" "${IMAGE:?}"
python=${PYTHON:-python3}
here=$(realpath "$(dirname "$0")")
folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT
status=0

if "${python}" -m venv "${folder}/venv" >/dev/null &&
  "${folder}/venv/bin/pip" install -q azure-cognitiveservices-vision-customvision==3.1.1; then
  "${folder}/venv/bin/python" "${here}/customvision.py" || status=1
else
  printf 'Custom Vision SDK, Python\tall\tSKIPPED: it could not be installed\n'
fi

cp "${here}/customvision.mjs" "${folder}/"
if npm install --prefix "${folder}" --silent --no-audit --no-fund @azure/cognitiveservices-customvision-prediction@5.1.2 @azure/ms-rest-js@2.7.0; then
  node "${folder}/customvision.mjs" || status=1
else
  printf 'Custom Vision SDK, npm\tall\tSKIPPED: it could not be installed\n'
fi
exit "${status}"
