#!/usr/bin/env bash
# Writes src/taxon_client/models.py: the schemas of openapi.yaml as TypedDicts. Takes datamodel-code-generator 0.89.0 on the PATH.
# Where to write, if not there: generate.sh FILE.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
datamodel-codegen --input "${here}/../../openapi.yaml" --input-file-type openapi --openapi-scopes schemas \
  --output "${1:-${here}/src/taxon_client/models.py}" --output-model-type typing.TypedDict --no-use-closed-typed-dict \
  --target-python-version 3.11 --enum-field-as-literal all --use-standard-collections --use-union-operator \
  --use-schema-description --use-field-description --formatters builtin \
  --custom-file-header '"""Generated from openapi.yaml by generate.sh."""'
