#!/usr/bin/env bash
# Images, classifiers and embeddings in a bucket: the tests of it, against MinIO, which is built here from the Go module registry.
set -uo pipefail
version=v0.0.0-20260212201848-7aac2a2c5b7c
folder="${XDG_CACHE_HOME:-$HOME/.cache}/taxon-ci/minio-$version"
go=$(command -v go || echo /usr/local/go/bin/go)
if [ ! -x "$folder/minio" ]; then
  GOBIN="$folder" nice -n 10 "$go" install "github.com/minio/minio@$version" >/dev/null 2>&1 ||
    { echo "SKIPPED: the tests on a bucket: MinIO cannot be built here"; exit 0; }
fi
MINIO="$folder/minio" node --enable-source-maps --test dist/test/files/bucketStore.test.js dist/test/http/bucket.test.js
