#!/usr/bin/env bash
# The kill tests at full length: 50 random moments of upload, training and activation each (3 in npm test).
set -euo pipefail

CRASH_ROUNDS=50 node --enable-source-maps --test dist/test/data/crash.test.js dist/test/process/retrainCrash.test.js
