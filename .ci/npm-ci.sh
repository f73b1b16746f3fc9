#!/usr/bin/env bash
# npm ci "$@", which must not warn: its output is the first that a newcomer sees. Settings of the machine that npm does not know are not ours.
set -euo pipefail
log=$(mktemp)
trap 'rm -f "${log}"' EXIT
npm ci "$@" 2>&1 | tee "${log}"
if grep -i '^npm warn' "${log}" | grep -vE 'Unknown (user|global|builtin|env) config'; then
  echo "npm ci warns: see the lines above"
  exit 1
fi
