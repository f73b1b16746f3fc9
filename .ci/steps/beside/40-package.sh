#!/usr/bin/env bash
# The package, as npm packs it and as somebody installs it: from its tarball into an empty prefix, started in an empty folder without a
# configuration, asked for an image, measured, looked at and stopped. 3 minutes on two cores, and 800 MB for the time.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[[ -z ${server} ]] || kill "${server}" 2>/dev/null; rm -rf "${folder}"' EXIT
for program in curl npm; do
  if ! command -v "${program}" >/dev/null; then
    echo "SKIPPED: there is no ${program}, so the package was not tried"
    exit 0
  fi
done
if ! npm view commander version >/dev/null 2>&1; then
  echo "SKIPPED: the package registry cannot be reached, so the package was not installed"
  exit 0
fi

# From a copy: what is packed is compiled anew, and the tests that run beside this need dist/ as it is.
mkdir "${folder}/source" "${folder}/empty"
git ls-files -z | tar --null --files-from=- -cf - | tar -xf - -C "${folder}/source"
ln -s "${PWD}/node_modules" "${folder}/source/node_modules"
(cd "${folder}/source" && npm run --silent package -- --silent --pack-destination "${folder}")
tarball=$(echo "${folder}"/taxon-*.tgz)

if tar -tzf "${tarball}" | grep -vE '^package/(dist/(src|web)/|models/|docs/[a-z0-9-]+\.md$|package\.json$|README\.md$|LICENSE$)'; then
  echo "these files do not belong into the package"
  exit 1
fi

npm install --global --silent --no-fund --no-audit --ignore-scripts --prefix "${folder}/prefix" "${tarball}"
taxon=${folder}/prefix/bin/taxon
[[ $("${taxon}" --version) == $(node -p 'require("./package.json").version') ]]

image=${PWD}/test/fixtures/images/scene.jpg
cd "${folder}/empty"
HOST=127.0.0.1 PORT=0 "${taxon}" >../log 2>../errors &
server=$!
url=
for _ in $(seq 180); do
  url=$(sed -n 's/.*the API \(http:[^ ]*\)\/v1,.*/\1/p' ../log)
  [[ -n ${url} ]] && break
  kill -0 "${server}" || { cat ../log ../errors; exit 1; }
  sleep 1
done
curl -sf -F "image=@${image}" "${url}/v1/classify" | grep -q '"model":{"name":"clothing","version":1}'
curl -sf "${url}/docs/" | grep -qi swagger
[[ $(ls) == data ]]
PORT=${url##*:} HOST=127.0.0.1 "${taxon}" doctor
"${taxon}" bench --url "${url}" --seconds 1 --in-flight 2
kill "${server}"
wait "${server}"
server=
echo "the package works: ${tarball##*/}, $(($(stat -c %s "${tarball}") / 1000000)) MB"
