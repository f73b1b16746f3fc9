#!/usr/bin/env bash
# As somebody who has just found it: README's commands, in a fresh clone of what is committed, with the bundled classifier.
set -euo pipefail
if ! git rev-parse --git-dir >/dev/null 2>&1 || ! command -v curl >/dev/null; then
  echo "SKIPPED: this is no clone or there is no curl, so README was not tried in a fresh one"
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT
npx tsc
git clone -q . "${folder}/taxon"
node --enable-source-maps dist/test/support/docs/inClone.js README.md "${folder}/taxon"
