#!/usr/bin/env bash
# The Kotlin client that openapi-generator makes, compiled by Maven.
set -euo pipefail
if [[ -z ${GENERATOR} ]]; then
  printf 'openapi-generator kotlin\tgenerate\tSKIPPED: no generator\n'
  exit 0
fi
java -jar "${GENERATOR}" generate -g kotlin -i openapi.yaml -o "${WORK}/generated" >"${WORK}/generate.log"
mvn -B -q -Dstyle.color=never -f .ci/clients/openapi-generator/kotlin/pom.xml -Dgenerated="${WORK}/generated" compile exec:java
