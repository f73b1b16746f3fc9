#!/usr/bin/env bash
# The Helm chart: linted, rendered in several variants, each held strictly against the published schemas of Kubernetes; a misspelled value must be
# refused, and ops/kubernetes.yaml must be what the chart renders. Helm is built by Go, the schemas come with a Python package.
set -euo pipefail
cd "$(dirname "$0")/../../.."
tools="$(mktemp -d)"
trap 'rm -rf "${tools}"' EXIT
helm="$(command -v helm || true)"
go="$(command -v go || echo /usr/local/go/bin/go)"
if [ -z "${helm}" ]; then
  GOBIN="${tools}" nice "${go}" install helm.sh/helm/v3/cmd/helm@v3.19.0 >"${tools}/log" 2>&1 \
    || { tail -5 "${tools}/log"; echo "SKIPPED: the Helm chart, because helm is not here and cannot be built"; exit 0; }
  helm="${tools}/helm"
fi
python3 -m venv "${tools}/venv" && "${tools}/venv/bin/pip" install -q kubernetes-validate==1.37.0 \
  || { echo "SKIPPED: the Helm chart, because kubernetes-validate cannot be installed here"; exit 0; }

needed=(--set database.existingSecret=taxon-database --set adminKey.existingSecret=taxon-admin)
chart=ops/helm/taxon
"${helm}" lint --strict "${chart}" "${needed[@]}"

render() { "${helm}" template taxon "${chart}" --namespace default --kube-version 1.34.0 "${needed[@]}" "$@"; }
check() {
  local name="$1"
  shift
  render "$@" >"${tools}/${name}.yaml"
  for version in 1.27 1.37; do
    # Custom resources are others' to describe.
    "${tools}/venv/bin/kubernetes-validate" --quiet --strict --kubernetes-version "${version}" <(without_custom "${tools}/${name}.yaml")
  done
  echo "${name}: $(grep -c '^kind:' "${tools}/${name}.yaml") resources"
}
without_custom() {
  "${tools}/venv/bin/python" -c '
import sys, yaml
ours = [part for part in yaml.safe_load_all(open(sys.argv[1])) if part and part["apiVersion"] not in ("keda.sh/v1alpha1", "monitoring.coreos.com/v1")]
yaml.safe_dump_all(ours, sys.stdout)' "$1"
}
check defaults
check gpu --set gpu.of=all --set api.autoscaling.kind=off --set-json 'api.tolerations=[{"key":"gpu","operator":"Exists"}]' --set image.tag=0.1.0-gpu
check keda --set api.autoscaling.kind=keda --set podMonitor.enabled=true --set podMonitor.keySecret=taxon-metrics
check ingress --set ingress.enabled=true --set ingress.tlsSecret=tls --set service.grpcPort=9000 --set-json 'ingress.annotations={"a/b":"c"}'
check own --set storage.existingClaim=mine --set settings.MAX_QUEUE=128 --set settingsSecret=more --set-json 'image.pullSecrets=["registry"]' --set fullnameOverride=photos
check closed --set-json 'networkPolicy.from=[{"podSelector":{"matchLabels":{"app":"shop"}}}]' --set updateStrategy=RollingUpdate --set service.type=LoadBalancer

refuse() {
  if render "$@" >"${tools}/refused" 2>&1; then echo "the chart takes $*"; exit 1; fi
}
refuse --set api.replica=3
refuse --set gpu.of=everything
refuse --set database.existingSecret=

if [ "${1:-}" = --write ]; then render >ops/kubernetes.yaml; fi
diff -u ops/kubernetes.yaml <(render) || { echo "ops/kubernetes.yaml is stale: bash $0 --write"; exit 1; }
