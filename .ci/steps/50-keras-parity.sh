#!/usr/bin/env bash
# Imports what Keras itself saved, in every layout, and compares embeddings and probabilities with Keras' own (limit 1e-4).
# Needs a Python with TensorFlow: PYTHON=/path/to/python (pip install tensorflow-cpu==2.21.0). All ten models take a quarter of an hour;
# PARITY_MODELS="..." chooses others than these three.
set -euo pipefail
python=${PYTHON:-python3}
if ! "${python}" -c 'import tensorflow' 2>/dev/null; then
  echo "SKIPPED: ${python} has no TensorFlow, so imports were not compared with Keras"
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT
read -ra models <<<"${PARITY_MODELS:-InceptionV3 SeedStyle MobileNetV2}"
"${python}" bench/oracle/make_models.py "${folder}" "${models[@]}"
npx tsc
node dist/bench/parity.js "${folder}"
