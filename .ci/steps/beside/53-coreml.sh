#!/usr/bin/env bash
# Core ML exports of the bundled classifier and of small models with more kinds of layers, read by Apple's coremltools and computed in NumPy,
# against the server over HTTP (limit 1e-3). Core ML itself runs on Apple's systems alone. Takes the coremltools of
# PYTHON=/path/to/python, else installs it by pip for the occasion. 4 minutes on two cores.
set -euo pipefail
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT
if ! "${python}" -c 'import coremltools, PIL' 2>/dev/null; then
  if "${python}" -m venv "${folder}/venv" && "${folder}/venv/bin/pip" install -q coremltools==9.0 pillow; then
    python="${folder}/venv/bin/python"
  else
    echo "SKIPPED: there is no coremltools to be had, so Core ML exports were not compared with the server"
    exit 0
  fi
fi
npx tsc
import() {
  seq "$3" | sed 's/^/class /' >"${folder}/labels.txt"
  node dist/src/cli/main.js import "$2" --name "$1" --labels "${folder}/labels.txt" --preprocess "$4" --models "${folder}/models"
}
import tutorial test/fixtures/keras/tutorial.keras 3 unit
import nested test/fixtures/keras/nested.keras 3 raw
import newer-layers test/fixtures/imports/newer-layers/model.keras 4 unit
import caffe test/fixtures/imports/keras2-preprocess-caffe/model.h5 4 raw
export PYTHON="${python}"
node dist/bench/coreml.js "${folder}/models" 3
# The same as an imported ONNX file, whose graph is kept as it is.
for name in tutorial newer-layers; do
  node dist/src/cli/main.js export "${name}" --format onnx --models "${folder}/models" --out "${folder}/${name}.onnx"
  node dist/src/cli/main.js import "${folder}/${name}.onnx" --name "${name}" --models "${folder}/onnx"
done
node dist/bench/coreml.js "${folder}/onnx" 3
node dist/bench/coreml.js models 3
