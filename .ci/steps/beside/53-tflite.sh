#!/usr/bin/env bash
# Exports the starter as tflite, tflite-float16 and tflite-int8, and compares their probabilities in LiteRT's interpreter with those of
# the server over HTTP on 100 drawn images; TensorFlow Lite's Task Library must read the labels too where it can be had for this Python.
# Takes the interpreter of PYTHON=/path/to/python, else installs it by pip for the occasion.
set -euo pipefail
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT
if ! "${python}" -c 'import ai_edge_litert' 2>/dev/null; then
  if "${python}" -m venv "${folder}/venv" && "${folder}/venv/bin/pip" install -q ai-edge-litert==2.3.0 'numpy<2'; then
    python="${folder}/venv/bin/python"
    "${python}" -m pip install -q tflite-support==0.4.4 2>/dev/null || echo "SKIPPED: the Task Library, of which there is no package for this Python"
  else
    echo "SKIPPED: there is no LiteRT to be had, so exports for phones were not compared with the server"
    exit 0
  fi
fi
npx tsc
PYTHON="${python}" node dist/bench/tflite.js none 100
