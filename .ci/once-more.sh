#!/usr/bin/env bash
# Runs a command that ends in Node's test runner with its spec reporter. The files that fail are run once more: machines of CI are shared,
# and a browser that was given no processor for a minute breaks nothing. What fails twice is broken; what failed once is said loudly.
set -uo pipefail
log=$(mktemp)
trap 'rm -f "${log}"' EXIT
"$@" 2>&1 | tee "${log}"
status=${PIPESTATUS[0]}
[[ ${status} -ne 0 ]] || exit 0

mapfile -t files < <(sed -nE 's#^test at (dist/)?(test/.+)\.(ts|js):[0-9]+:[0-9]+$#dist/\2.js#p' "${log}" | sort -u)
[[ ${#files[@]} -gt 0 ]] || exit "${status}"
echo "== FAILED, and run once more: ${files[*]}"
node --enable-source-maps --test --test-reporter=spec --test-timeout=300000 "${files[@]}" || exit
echo "== FLAKY: passed at the second attempt: ${files[*]}"
