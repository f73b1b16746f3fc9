#!/usr/bin/env bash
# Imports what Keras itself saved, in every layout, and compares embeddings and probabilities with Keras' own (limit 1e-4); then the
# whole way of a Flask tutorial's model: taxon import, the server, POST /classify, taxon export, and the exports in Python; then prints
# how far our resize is from TensorFlow's and Pillow's; and small models in the shapes of many exporters, where tf-keras is there too.
# Takes the TensorFlow and onnxruntime of PYTHON=/path/to/python, else installs them by pip for the occasion. All ten models take a
# quarter of an hour; PARITY_MODELS="..." chooses others beside TutorialStyle than these two.
set -euo pipefail
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT
if ! "${python}" -c 'import tensorflow, onnxruntime, PIL' 2>/dev/null; then
  if "${python}" -m venv "${folder}/venv" && "${folder}/venv/bin/pip" install -q tensorflow-cpu==2.21.0 keras==3.15.1 tf-keras==2.21.0 tf2onnx==1.17.0 onnxruntime pillow; then
    python="${folder}/venv/bin/python"
  else
    echo "SKIPPED: there is no TensorFlow to be had, so imports and exports were not compared with Keras"
    exit 0
  fi
fi
read -ra models <<<"${PARITY_MODELS:-InceptionV3 MobileNetV2}"
"${python}" bench/oracle/make_models.py "${folder}/models" TutorialStyle "${models[@]}"
npx tsc
node dist/bench/parity.js "${folder}/models"
if "${python}" -c 'import tf_keras, onnx' 2>/dev/null; then
  "${python}" bench/oracle/make_imports.py "${folder}/imports"
  node dist/bench/parity.js "${folder}/imports"
else
  echo "SKIPPED: there is no tf-keras or onnx for this Python, so the shapes of other exporters were not compared"
fi
if "${python}" -c 'import tf_keras' 2>/dev/null; then
  "${python}" bench/oracle/make_saved_models.py "${folder}/saved" many_layers quantised_graphs vision_transformer tf_module keras_2 tensorflow_1 MobileNetV2
  node dist/bench/parity.js "${folder}/saved"
else
  echo "SKIPPED: there is no tf-keras for this Python, so SavedModels and graph models were not compared"
fi
if [[ -e native/tfjs_binding.node ]]; then
  node dist/bench/parity.js "${folder}/models" tfjs
else
  echo "SKIPPED: the parity table on the tfjs engine, whose addon is not built"
fi
PYTHON="${python}" node dist/bench/flaskServer.js "${folder}/models/TutorialStyle"
PYTHON="${python}" node dist/bench/resize.js 8
