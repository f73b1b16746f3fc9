#!/usr/bin/env bash
# By hand: what it installs is more than CI has time for.
# The remote engine against servers of others, started here: the whole contract suite over Triton (the binary that nvidia-pytriton brings, with the
# model repository that Taxon writes), KServe's model server and MLServer; then what Triton adds to the local engine. Triton's own ONNX Runtime
# backend is in no package: .ci/remote-engine/triton has one in Python by its name.
set -euo pipefail
here="$(cd "$(dirname "$0")/../.." && pwd)"
cd "${here}"
work="$(mktemp -d)"
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "${pid}" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "${work}"
}
trap finish EXIT
python="${PYTHON:-python3}"

install() {
  local name="$1"
  shift
  "${python}" -m venv "${work}/${name}" && nice "${work}/${name}/bin/pip" install -q onnxruntime==1.32.0 "$@" >"${work}/${name}.log" 2>&1 && return 0
  tail -3 "${work}/${name}.log"
  echo "SKIPPED: the remote engine against ${name}, which cannot be installed here"
  return 1
}
free_port() { "${python}" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# Waits until the server of the pid $1 is ready at the port $2.
ready() {
  for _ in $(seq 300); do
    curl -sf "localhost:$2/v2/health/ready" >/dev/null && return 0
    kill -0 "$1" 2>/dev/null || break
    sleep 1
  done
  tail -20 "${work}/$3.out"
  echo "$3 did not become ready"
  return 1
}

npx tsc
repository="${work}/repository"
node dist/test/engines/smallRepository.js "${repository}"
node dist/src/cli/main.js export clothing --triton "${repository}" --models models
endpoints=()

if install triton nvidia-pytriton==0.7.0; then
  packages="$(dirname "$("${work}/triton/bin/python" -c 'import pytriton; print(pytriton.__path__[0])')")"
  version="$("${work}/triton/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
  backends="${work}/backends"
  mkdir -p "${backends}"
  cp -r "${packages}/pytriton/tritonserver/backends/python" "${backends}/"
  cp "${packages}/pytriton/tritonserver/python_backend_stubs/${version}/triton_python_backend_stub" "${backends}/python/"
  cp -r .ci/remote-engine/triton/onnxruntime "${backends}/"
  http="$(free_port)" grpc="$(free_port)"
  THREADS=1 PATH="${work}/triton/bin:${PATH}" PYTHONPATH="${packages}" \
    LD_LIBRARY_PATH="${packages}/nvidia_pytriton.libs:$("${python}" -c 'import sysconfig; print(sysconfig.get_config_var("LIBDIR"))')" \
    "${packages}/pytriton/tritonserver/bin/tritonserver" --model-repository="${repository}" --backend-directory="${backends}" \
    --http-port="${http}" --grpc-port="${grpc}" --allow-metrics=false >"${work}/triton.out" 2>&1 &
  pids+=("$!")
  ready "$!" "${http}" triton
  endpoints+=("http://127.0.0.1:${http}" "grpc://127.0.0.1:${grpc}")
  triton="http://127.0.0.1:${http},grpc://127.0.0.1:${grpc}"
fi

if install kserve kserve==0.21.0; then
  http="$(free_port)" grpc="$(free_port)"
  "${work}/kserve/bin/python" .ci/remote-engine/kserve_server.py "${repository}" --http_port "${http}" --grpc_port "${grpc}" >"${work}/kserve.out" 2>&1 &
  pids+=("$!")
  ready "$!" "${http}" kserve
  endpoints+=("http://127.0.0.1:${http}" "grpc://127.0.0.1:${grpc}")
fi

if install mlserver mlserver==1.7.1; then
  http="$(free_port)" grpc="$(free_port)"
  mkdir -p "${work}/mlserver-models"
  cp .ci/remote-engine/mlserver/runtime.py "${work}/mlserver-models/"
  printf '{"http_port":%s,"grpc_port":%s,"metrics_port":%s,"host":"127.0.0.1","parallel_workers":0}' "${http}" "${grpc}" "$(free_port)" \
    >"${work}/mlserver-models/settings.json"
  for config in "${repository}"/*/config.pbtxt; do
    model="$(basename "$(dirname "${config}")")"
    mkdir -p "${work}/mlserver-models/${model}"
    printf '{"name":"%s","implementation":"runtime.Backbone","parameters":{"uri":"%s"}}' "${model}" "${repository}/${model}/1/model.onnx" \
      >"${work}/mlserver-models/${model}/model-settings.json"
  done
  (cd "${work}/mlserver-models" && PYTHONPATH=. exec "${work}/mlserver/bin/mlserver" start .) >"${work}/mlserver.out" 2>&1 &
  pids+=("$!")
  ready "$!" "${http}" mlserver
  # Over HTTP it takes no binary tensors.
  endpoints+=("grpc://127.0.0.1:${grpc}")
fi

if [ "${#endpoints[@]}" -eq 0 ]; then
  echo "SKIPPED: the remote engine against servers of others, of which none can be installed here"
  exit 0
fi
TAXON_TEST_REMOTE_ENDPOINTS="$(IFS=,; echo "${endpoints[*]}")" \
  node --enable-source-maps --test --test-reporter=spec --test-name-pattern='remote engine on (http|grpc):' dist/test/engines/contract.test.js
if [ -n "${triton:-}" ]; then node dist/bench/remote.js --endpoints "${triton}" --rounds 10; fi
