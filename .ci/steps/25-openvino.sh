#!/usr/bin/env bash
# Installs OpenVINO as a user would, and runs what is its own; the tests after this step, whose servers choose the best engine, run on it.
# A wheel already at hand: OPENVINO_WHEEL=file.
set -uo pipefail
if ! npm run --silent engine:openvino -- ${OPENVINO_WHEEL:+--wheel "${OPENVINO_WHEEL}"}; then
  echo "SKIPPED: the openvino engine, which cannot be installed here for the reason above"
  exit 0
fi
node --enable-source-maps --test --test-timeout=300000 \
  dist/test/engines/{contract,openvino,parity}.test.js dist/test/cli/installOpenvino.test.js dist/test/importing/onnxImport.test.js
