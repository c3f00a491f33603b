#!/bin/sh
# Takes the screenshots of this directory: runs hunt on the shipped samples and opens the
# report in Chromium. CHROMIUM names the browser where it is not on the path.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/hunt" ./cmd/hunt
code=0
"$work/hunt" --quiet --evtx "${1:-samples/intrusion}" --report "$work/report.html" >/dev/null || code=$?
# 3 and 4 tell of damage and of findings; the report is there.
case $code in 0 | 3 | 4) ;; *) exit "$code" ;; esac
mkdir -p "${2:-docs/gallery}"
pictures=$(cd "${2:-docs/gallery}" && pwd)
cd report/browsertest
go run ./gallery "$work/report.html" "$pictures"
