#!/usr/bin/env bash
# The TypeScript client in a headless Chromium, if there is one. Another: BROWSER=/path/to/chrome.
set -euo pipefail
browser=${BROWSER:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [[ -z ${browser} ]]; then
  echo "SKIPPED: there is no Chromium, so the client was not tried in a browser"
  exit 0
fi
npx tsc
npx tsc -p clients/typescript
BROWSER=${browser} node --enable-source-maps --test --test-reporter=spec --test-timeout=180000 .ci/browser-client/browser.test.mjs
