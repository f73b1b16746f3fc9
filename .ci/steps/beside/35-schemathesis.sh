#!/usr/bin/env bash
# The running server against its own description, by programs of others: openapi-spec-validator reads openapi.yaml, openapi-python-client
# makes a client of it, and Schemathesis calls every operation with an admin key and without one, all checks on (.ci/schemathesis).
# The seed is fixed and so is the number of examples: 4 minutes on two cores. More: SCHEMATHESIS_EXAMPLES=200.
set -euo pipefail
python=${PYTHON:-python3}
folder=$(mktemp -d)
server=
trap '[[ -n ${server} ]] && kill "${server}"; wait; rm -rf "${folder}"' EXIT
if ! { "${python}" -m venv "${folder}/venv" &&
  "${folder}/venv/bin/pip" install -q schemathesis==4.32.5 openapi-spec-validator==0.9.0 openapi-python-client==0.29.1; }; then
  echo "SKIPPED: there is no Schemathesis to be had, so the server was not compared with its description"
  exit 0
fi
bin=${folder}/venv/bin
"${bin}/openapi-spec-validator" openapi.yaml
PATH=${bin}:${PATH} openapi-python-client generate --config .ci/schemathesis/client.yaml --path openapi.yaml \
  --output-path "${folder}/client" --fail-on-warning

npx tsc
cp -r models "${folder}/models"
key=$(openssl rand -hex 32)
# An empty value keeps one that a .env in this clone has out.
mapfile -t unset < <(node -e 'import("./dist/src/config.js").then(({ configSchema }) => {
  for (const name of Object.keys(configSchema.shape)) console.log(`${name}=`);
})')
[[ ${#unset[@]} -gt 0 ]]
# All calls come from one address, and wrong keys are among what they try.
env "${unset[@]}" ADMIN_API_KEY="${key}" PORT=0 HOST=127.0.0.1 DATA_DIR="${folder}/data" MODELS_DIR="${folder}/models" TRAINERS=0 \
  KEY_GUESS_LIMIT=0 FEEDBACK_RATE_LIMIT=0 node --enable-source-maps dist/src/main.js >"${folder}/log" &
server=$!
url=
for _ in $(seq 120); do
  url=$(grep -o 'http://127\.0\.0\.1:[0-9]*' "${folder}/log" | head -1 || true)
  [[ -n ${url} ]] && break
  sleep 1
done

check() {
  PYTHONPATH=.ci/schemathesis PYTHONDONTWRITEBYTECODE=1 "${bin}/st" --config-file .ci/schemathesis/schemathesis.toml \
    run "${url}/openapi.json" --checks all --max-examples "${SCHEMATHESIS_EXAMPLES:-10}" "$@"
}
OWN_KEY_ID=$(curl -s -H "Authorization: Bearer ${key}" "${url}/v1/admin/keys" | "${python}" -c 'import json, sys; print(json.load(sys.stdin)["keys"][0]["id"])')
export OWN_KEY_ID
echo "-- with an admin key"
check --header "Authorization: Bearer ${key}" --generation-with-security-parameters false
echo "-- without a key"
check
kill -0 "${server}"
if grep '"level":[56]0' "${folder}/log"; then
  echo "the server logged the errors above"
  exit 1
fi
