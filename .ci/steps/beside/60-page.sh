#!/usr/bin/env bash
# The page in a headless Chromium, if there is one. Another: BROWSER=/path/to/chrome.
set -euo pipefail
browser=${BROWSER:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [[ -z ${browser} ]]; then
  echo "SKIPPED: there is no Chromium, so the page was not tried in a browser"
  exit 0
fi
# Built anew only where it is missing: other steps serve the page meanwhile.
[[ -e dist/web/index.html ]] || npm run --silent build
npx tsc
BROWSER=${browser} bash .ci/once-more.sh node --enable-source-maps --test --test-reporter=spec --test-timeout=300000 dist/test/page/browser/*.test.js
