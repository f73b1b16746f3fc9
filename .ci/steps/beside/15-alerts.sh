#!/usr/bin/env bash
# Prometheus's own tool, from Debian, on the alert rules and their unit tests. The package is unpacked and not installed: it would start a server.
set -euo pipefail
tools="$(mktemp -d)"
trap 'rm -rf "${tools}"' EXIT
promtool="$(command -v promtool || true)"
fetch() { (cd "${tools}" && apt-get update -qq && apt-get download -qq prometheus && dpkg -x prometheus_*.deb .) >/dev/null 2>&1; }
if [ -z "${promtool}" ]; then
  fetch || { echo "SKIPPED: the alert rules, because promtool cannot be had here"; exit 0; }
  promtool="${tools}/usr/bin/promtool"
fi
cd "$(dirname "$0")/../../../ops"
"${promtool}" check config prometheus.yml
"${promtool}" test rules alerts.test.yml
