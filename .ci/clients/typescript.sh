#!/usr/bin/env bash
# openapi-typescript with openapi-fetch, and the SDK that @hey-api/openapi-ts makes: type-checked, then run.
set -euo pipefail
here=${PWD}
mkdir "${WORK}/typescript"
cp .ci/clients/typescript/*.json .ci/clients/typescript/*.ts "${WORK}/typescript"
cd "${WORK}/typescript"
if ! npm ci --silent --no-audit --no-fund >&2; then
  printf 'openapi-fetch\tgenerate\tSKIPPED: the packages cannot be installed\n'
  printf '@hey-api/openapi-ts\tgenerate\tSKIPPED: the packages cannot be installed\n'
  exit 0
fi
npx openapi-typescript "${here}/openapi.yaml" --output schema.d.ts --default-non-nullable false >&2
npx openapi-ts --input "${here}/openapi.yaml" --output hey-api --client @hey-api/client-fetch >&2
npx tsc
node dist/openapiFetch.js
node dist/heyApi.js
