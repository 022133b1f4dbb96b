#!/bin/sh
# Installs the browser of the page's tests where this user may do it (root on Debian or Ubuntu); says so where not.
set -eu

for browser in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$browser" >/dev/null 2>&1; then
        exit 0
    fi
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "no browser, and none can be installed here: the tests of the page are left out (apt install chromium)" >&2
    exit 0
fi
echo "installing chromium for the tests of the page"
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes chromium >/dev/null
