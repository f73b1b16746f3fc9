#!/usr/bin/env bash
# What ships: its licenses, and what is known against it.
set -euo pipefail
node scripts/check-licenses.mjs
node scripts/audit.mjs
