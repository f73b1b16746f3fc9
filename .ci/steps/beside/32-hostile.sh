#!/usr/bin/env bash
# Every hostile file, straight through the decoder and through a real server, and damaged copies of them; needs ../shared/data/hostile.
set -euo pipefail

files=${HOSTILE_DIR:-../shared/data/hostile}
if [[ ! -d ${files} ]]; then
  echo "SKIPPED: there are no hostile files in ${files}"
  exit 0
fi
node dist/bench/hostile-images.js "${files}"
node dist/bench/hostile-http.js "${files}"
# A new seed each time, which it prints; the run of ten minutes is in docs/security.md.
node dist/bench/fuzz.js 45 "${FUZZ_SEED:-${RANDOM}}" "${files}"
