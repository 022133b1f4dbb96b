#!/usr/bin/env bash
# Serves the fake, runs COMMAND against it, and reports what was found. Exits as COMMAND does, or 1 for findings.
# Reads: MOCKSERVER (the command), COMMAND, OPTIONS (of serve, split at spaces), SCENARIOS (a file or name a line), CONDUCT, SARIF.
set -ufo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
log=$(mktemp -d)
# One array that is never empty: to the bash 3.2 of macOS an empty one is an unset variable.
words=(serve --port 0 --check)
for option in ${OPTIONS:-}; do words+=("$option"); done
while IFS= read -r line; do
  if [[ -n "$line" ]]; then words+=("$line"); fi
done <<< "${SCENARIOS:-}"

"$MOCKSERVER" "${words[@]}" > "$log/serve" 2> "$log/errors" &
server=$!
trap 'kill "$server" 2> /dev/null; wait "$server"' EXIT
url=
for _ in {1..100}; do
  url=$(sed -n '1s/.* on \(http:[^ ]*\)$/\1/p' "$log/serve")
  if [[ -n "$url" ]] || ! kill -0 "$server" 2> /dev/null; then break; fi
  sleep 0.1
done
if [[ -z "$url" ]]; then
  echo "::error title=mockserver serve::$(head -c 2000 "$log/errors" | tr '\n' ' ')"
  exit 2
fi
cat "$log/serve"

# What the vendors' clients read. A key that is no key of a real account: a client that looks elsewhere is refused there.
export MOCKSERVER_URL="$url"
export PHASEO_BASE_URL="$url/v1" PHASEO_API_KEY=test-key
export TWELVELABS_BASE_URL="$url/v1.3" TWELVE_LABS_API_KEY=test-key
export REAP_BASE_URL="$url/api/v1/automation" REAP_API_KEY=test-key

bash -euo pipefail -c "$COMMAND"
code=$?
"$PYTHON" "$here/report.py" "$url"
found=$?
cat "$log/errors" >&2
if [[ $code -ne 0 ]]; then exit "$code"; fi
exit "$found"
