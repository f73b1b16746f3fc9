#!/usr/bin/env bash
# PostgreSQL from Debian, so that the tests after this step run on a real server as well as on the embedded one.
set -uo pipefail
installed() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }
installed || { apt-get update -qq && apt-get install -y -qq postgresql >/dev/null; }
installed || echo "SKIPPED: the tests on PostgreSQL, which cannot be installed here"
