#!/bin/sh
# Installs redis-server for the tests of shared stores where this user may do it (root on Debian or Ubuntu).
set -eu

if command -v redis-server >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "no redis-server, and it cannot be installed here: the tests of shared stores will fail (apt install redis-server)" >&2
    exit 0
fi
echo "installing redis-server for the tests of shared stores"
apt-get -qq update
# Debian would start a server of its own, which no test needs.
DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq install --yes --no-install-recommends redis-server >/dev/null
