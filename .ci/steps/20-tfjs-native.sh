#!/usr/bin/env bash
# Builds tfjs-node-gpu's native addon against TensorFlow's CPU wheel, so that the tests after this step run the tfjs engine too.
# Wheels already at hand: TENSORFLOW_WHEELS=folder.
set -uo pipefail
if npm run --silent build:tfjs-native -- ${TENSORFLOW_WHEELS:+--wheels "${TENSORFLOW_WHEELS}"}; then
  echo "the tfjs engine is tested"
else
  echo "SKIPPED: the tfjs engine, whose addon cannot be built here for the reason above"
fi
