#!/usr/bin/env bash
# Clients that others make, against the running server: each executable in .ci/clients is one. It gets BASE_URL, ADMIN_KEY, IMAGE (a file),
# DATASET (one that can be trained on), GRPC_ADDRESS (host:port), WORK (a folder of its own) and GENERATOR (openapi-generator's jar, empty where it cannot be had),
# and prints a line per operation: client, operation and result, with tabs between them. A result is SKIPPED… where something is missing.
# The table of all of them comes last. One client alone: bash .ci/steps/beside/10-clients.sh openapi-generator-java
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[[ -n ${server} ]] && kill "${server}"; wait; rm -rf "${folder}"' EXIT

npx tsc
cp -r models "${folder}/models"
ADMIN_KEY=$(openssl rand -hex 32)
# An empty value keeps one that a .env in this clone has out.
mapfile -t unset < <(node -e 'import("./dist/src/config.js").then(({ configSchema }) => {
  for (const name of Object.keys(configSchema.shape)) console.log(`${name}=`);
})')
[[ ${#unset[@]} -gt 0 ]]
# No trainer: trainings wait until they are cancelled.
env "${unset[@]}" ADMIN_API_KEY="${ADMIN_KEY}" PORT=0 HOST=127.0.0.1 DATA_DIR="${folder}/data" MODELS_DIR="${folder}/models" TRAINERS=0 GRPC_PORT=0 \
  node --enable-source-maps dist/src/main.js >"${folder}/log" &
server=$!
BASE_URL=
GRPC_ADDRESS=
for _ in $(seq 120); do
  BASE_URL=$(grep -o 'http://127\.0\.0\.1:[0-9]*' "${folder}/log" | head -1 || true)
  GRPC_ADDRESS=$(grep -o 'gRPC listening at [^"]*' "${folder}/log" | awk '{ print $4 }' || true)
  [[ -n ${BASE_URL} && -n ${GRPC_ADDRESS} ]] && break
  sleep 1
done

images=test/fixtures/images
IMAGE=${PWD}/${images}/scene.jpg
DATASET=garments
datasets=${BASE_URL}/v1/admin/datasets/${DATASET}
curl -sf -o "${folder}/answer" -X PUT -H "x-api-key: ${ADMIN_KEY}" "${datasets}"
for image in hat/train/scene.jpg hat/validation/grey.jpg bag/train/palette.png bag/validation/alpha.png; do
  IFS=/ read -r label split file <<<"${image}"
  curl -sf -o "${folder}/answer" -H "x-api-key: ${ADMIN_KEY}" -F "image=@${images}/${file}" "${datasets}/images?label=${label}&split=${split}"
done

GENERATOR=
generator=openapi-generator-cli
if command -v java >/dev/null && command -v mvn >/dev/null && (cd "${folder}" && mvn -B -q -Dstyle.color=never dependency:copy \
  -Dartifact="org.openapitools:${generator}:7.25.0" -DoutputDirectory="${folder}/generator" -Dmdep.stripVersion >&2); then
  GENERATOR=${folder}/generator/${generator}.jar
fi
export BASE_URL GRPC_ADDRESS ADMIN_KEY IMAGE DATASET GENERATOR

failed=0
for client in .ci/clients/*; do
  [[ -f ${client} && -x ${client} ]] || continue
  name=$(basename "${client}" .sh)
  [[ $# -eq 0 || " $* " == *" ${name} "* ]] || continue
  echo "-- ${name}"
  mkdir "${folder}/${name}"
  if ! WORK=${folder}/${name} "${client}" >"${folder}/rows" 2>"${folder}/stderr"; then
    cat "${folder}/stderr"
    printf '%s\tall of it\tFAILED\n' "${name}" >>"${folder}/rows"
  fi
  # Others' programs say more than they were asked for, some in colours.
  awk -F'\t' -v table="${folder}/table" '{ gsub(/\033\[[0-9;]*m/, "") } NF == 3 { print >> table; next } { print }' "${folder}/rows"
done
grep -q $'\tFAILED' "${folder}/table" && failed=1
awk -F'\t' '{ printf "%-28s  %-22s  %s\n", $1, $2, $3 }' <(printf 'client\toperation\tresult\n') "${folder}/table"
kill -0 "${server}"
if grep '"level":[56]0' "${folder}/log"; then
  echo "the server logged the errors above"
  exit 1
fi
exit "${failed}"
