#!/usr/bin/env bash
# The README promises Node.js 20.20 and later, and the rest of CI runs on one version: here the newer ones install without a warning and
# pass the tests that between them load every native addon and WebAssembly module, start the real server, retrain and stop it.
# Node.js comes as a package for the platform, because the package `node` fetches it in an install script and none runs here; npm 12 beside it,
# as the machine's own may be too old for a newer Node.js. Others: NODE_VERSIONS="22.23.3 26.10.0".
set -euo pipefail

# What leans on Node.js itself, for each; on the one that containers have, what leans on native addons and the rest of the way, too.
names=(process/main http/classify data/database engines/workerEngine image/decoder)
more=(http/retrain http/operations data/archives engines/contract engines/parity formats/compile importing/importExport)
containers=24

folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT
platform=$(node -p 'process.platform + "-" + process.arch')

for version in ${NODE_VERSIONS:-22.23.3 24.21.0 26.10.0}; do
  modules="${folder}/${version}/node_modules"
  if ! npm install --loglevel=error --ignore-scripts --prefix "${folder}/${version}" "node-${platform}@${version}" npm@12.2.1 >/dev/null; then
    echo "SKIPPED: Node.js ${version}, which cannot be installed here"
    continue
  fi
  (
    PATH="${modules}/.bin:${PATH}"
    [[ $(node --version) == "v${version}" ]]
    echo "-- Node.js ${version}, npm $(npm --version)"
    bash .ci/npm-ci.sh --dry-run
    files=("${names[@]}")
    [[ ${version} != "${containers}".* ]] || files+=("${more[@]}")
    files=("${files[@]/#/dist/test/}")
    files=("${files[@]/%/.test.js}")
    node --enable-source-maps --test --test-reporter=spec --test-concurrency=2 --test-timeout=300000 "${files[@]}"
  )
done
