#!/usr/bin/env bash
# The kill tests at greater length: 25 random moments of upload, training and activation each (3 in npm test).
set -euo pipefail

CRASH_ROUNDS=25 node --enable-source-maps --test dist/test/data/crash.test.js dist/test/process/retrainCrash.test.js
