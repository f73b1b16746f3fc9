#!/usr/bin/env bash
# Chromium from Debian, in which the page and the browser's client are tried later.
set -uo pipefail
installed() { [[ -n ${BROWSER:-} ]] || command -v chromium || command -v chromium-browser || command -v google-chrome; }
installed >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; }
installed >/dev/null || echo "SKIPPED: the tests in a browser, as no Chromium can be installed here"
