#!/usr/bin/env bash
# The site of the Markdown pages: it is built, no link leads nowhere, and no page has a script, style, font or image of another host.
set -euo pipefail
if ! npm ci --prefix docs/.site >/dev/null; then
  echo "SKIPPED: VitePress cannot be installed here, so the site of the docs was not built"
  exit 0
fi
npm run --silent --prefix docs/.site build
if grep -rlE --include='*.html' '(src|<link[^>]* href)="(https?:)?//' dist/site || grep -rlE --include='*.css' 'url\((https?:)?//|@import' dist/site; then
  echo "the pages above load something from another host"
  exit 1
fi
