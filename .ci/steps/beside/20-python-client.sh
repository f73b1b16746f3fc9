#!/usr/bin/env bash
# The Python client, as pip installs it: its generated types are those of openapi.yaml, mypy and ruff find nothing, and its tests pass
# against the real server. The virtual environment is outside the repository. 3 minutes on two cores.
set -euo pipefail
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT
if ! { "${python}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' && "${python}" -m venv "${folder}/venv" &&
  "${folder}/venv/bin/pip" install -q ./clients/python datamodel-code-generator==0.89.0 mypy==2.4.1 pytest==9.2.0 pytest-asyncio==1.5.0 ruff==0.17.6; }; then
  echo "SKIPPED: there is no Python 3.11 or its packages cannot be had, so the Python client was not tried"
  exit 0
fi
export PATH=${folder}/venv/bin:${PATH} PYTHONDONTWRITEBYTECODE=1

bash clients/python/generate.sh "${folder}/models.py"
if ! diff -u clients/python/src/taxon_client/models.py "${folder}/models.py"; then
  echo "clients/python/src/taxon_client/models.py is not what openapi.yaml says: run clients/python/generate.sh"
  exit 1
fi
npx tsc
cd clients/python
ruff check --no-cache .
ruff format --no-cache --check .
mypy --cache-dir "${folder}/mypy" src tests
pytest -q -p no:cacheprovider
