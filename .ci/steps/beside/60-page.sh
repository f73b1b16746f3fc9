#!/usr/bin/env bash
# The page in a headless Chromium, if there is one. Another: BROWSER=/path/to/chrome.
set -euo pipefail
browser=${BROWSER:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [[ -z ${browser} ]]; then
  echo "SKIPPED: there is no Chromium, so the page was not tried in a browser"
  exit 0
fi
npm run --silent build
BROWSER=${browser} node --enable-source-maps --test --test-reporter=spec --test-timeout=300000 dist/test/page/browser/*.test.js
