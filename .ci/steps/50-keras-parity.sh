#!/usr/bin/env bash
# Imports what Keras itself saved, in every layout, and compares embeddings and probabilities with Keras' own (limit 1e-4).
# Takes the TensorFlow of PYTHON=/path/to/python, else installs it by pip for the occasion. All ten models take a quarter of an hour;
# PARITY_MODELS="..." chooses others than these three.
set -euo pipefail
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT
if ! "${python}" -c 'import tensorflow' 2>/dev/null; then
  if "${python}" -m venv "${folder}/venv" && "${folder}/venv/bin/pip" install -q tensorflow-cpu==2.21.0 keras==3.15.1 tf2onnx==1.17.0; then
    python="${folder}/venv/bin/python"
  else
    echo "SKIPPED: there is no TensorFlow to be had, so imports were not compared with Keras"
    exit 0
  fi
fi
read -ra models <<<"${PARITY_MODELS:-InceptionV3 SeedStyle MobileNetV2}"
"${python}" bench/oracle/make_models.py "${folder}/models" "${models[@]}"
npx tsc
node dist/bench/parity.js "${folder}/models"
