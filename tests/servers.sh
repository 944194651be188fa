#!/usr/bin/env bash
# The real mail servers of the tests: Debian's Dovecot and Postfix. Installs them where that can be done, else does
# nothing: the tests say themselves what they missed. No service is started; the tests run instances of their own.
set -uo pipefail

has_all() {
    [ -x /usr/sbin/dovecot ] && [ -x /usr/lib/dovecot/imap ] && [ -x /usr/sbin/postfix ]
}

install_all() {
    export DEBIAN_FRONTEND=noninteractive
    # Debian starts a service it installs, unless this policy forbids it; one that is there already stays.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    apt-get update -qq &&
        printf 'postfix postfix/main_mailer_type select No configuration\n' | debconf-set-selections &&
        apt-get install -y -qq --no-install-recommends dovecot-imapd postfix openssl
}

has_all && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    exit 0
fi
if ! log=$(install_all </dev/null 2>&1); then
    printf '%s\n' "$log" | tail -n 20 >&2
    echo "tests/servers.sh: Dovecot and Postfix could not be installed" >&2
    [ "${CI:-}" = true ] && exit 1
fi
exit 0
