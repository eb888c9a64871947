#!/bin/sh
# The lab's plan and comparison, as TAP (tests/lab/selftest.py); the lab itself is `make lab`.
cd "$(dirname "$0")/../.." || exit 1
command -v python3 >/dev/null 2>&1 || { echo "ok 1 - lab: plan and comparison # SKIP python3 is not installed"; echo 1..1; exit 0; }
exec python3 tests/lab/selftest.py
