#!/usr/bin/env bash
# The Swift client that openapi-generator makes: generated, and compiled where there is a Swift compiler.
set -euo pipefail
client='openapi-generator swift'
if [[ -z ${GENERATOR} ]]; then
  printf '%s\tgenerate\tSKIPPED: no generator\n' "${client}"
  exit 0
fi
java -jar "${GENERATOR}" generate -g swift6 -i openapi.yaml -o "${WORK}/generated" >"${WORK}/generate.log"
files=$(find "${WORK}/generated/Sources" -name '*.swift' | wc -l)
grep -q 'func classifyImages' -r "${WORK}/generated/Sources"
printf '%s\tgenerate\t%s files\n' "${client}" "${files}"
if ! command -v swift >/dev/null; then
  printf '%s\tclassifyImages\tSKIPPED: no Swift compiler\n' "${client}"
  exit 0
fi
swift build --package-path "${WORK}/generated" >"${WORK}/build.log"
printf '%s\tcompile\tok\n' "${client}"
