#!/usr/bin/env bash
# Imports state dicts of torchvision's networks, as PyTorch and safetensors save them, and compares embeddings and probabilities with
# PyTorch's own (limit 1e-4). Takes torch, torchvision and safetensors of PYTHON=/path/to/python; they are not installed here, because
# PyTorch's package of the registry is 5.5 GB with what it needs.
set -euo pipefail
python=${PYTHON:-python3}
if ! "${python}" -c 'import torch, torchvision, safetensors' 2>/dev/null; then
  echo "SKIPPED: this Python has no torch, torchvision and safetensors, so imported state dicts were not compared with PyTorch"
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "${folder}"' EXIT
read -ra networks <<<"${STATE_DICTS:-resnet18 resnet50 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large efficientnet_b0 inception_v3}"
"${python}" bench/oracle/make_state_dicts.py "${folder}" "${networks[@]}"
npx tsc
node dist/bench/parity.js "${folder}"
