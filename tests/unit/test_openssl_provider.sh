#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_openssl_provider.sh MAKE_KEY: the key file that the library writes is one
# that others read. OpenSSL's tpm2 provider loads it against the same software
# TPM, finds the same public key, and signs with it. Needs swtpm, openssl and
# tpm2-openssl; exit status 77 (skipped) without them.
set -eu

make_key=$1
home=$(mktemp -d "${TMPDIR:-/tmp}/passkey-provider-XXXXXX")
server=

finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$home"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() {
    echo "test_openssl_provider: $*" >&2
    exit 1
}

tpm2_openssl() {
    command=$1
    shift
    TPM2OPENSSL_TCTI="swtpm:path=$home/socket" openssl "$command" \
        -provider tpm2 -provider default "$@"
}

for program in swtpm openssl; do
    command -v "$program" >/dev/null || { echo "no $program: skipped"; exit 77; }
done
openssl list -providers -provider tpm2 >/dev/null 2>&1 ||
    { echo "no tpm2 provider for OpenSSL: skipped"; exit 77; }

"$make_key" "$home" >"$home/key.pem" 2>"$home/point"

swtpm socket --tpm2 --tpmstate "dir=$home/swtpm" --flags not-need-init,startup-clear \
    --server "type=unixio,path=$home/socket" --ctrl "type=unixio,path=$home/socket.ctrl" \
    >/dev/null 2>&1 &
server=$!
tries=0
until tpm2_openssl pkey -in "$home/key.pem" -pubout -out "$home/public.pem" \
    2>"$home/errors"; do
    tries=$((tries + 1))
    [ "$tries" -lt 50 ] || { cat "$home/errors" >&2; fail "the provider does not load the key"; }
    sleep 0.1 # the server is not listening yet
done

openssl pkey -pubin -in "$home/public.pem" -text -noout |
    sed -n '/^pub:/,/^ASN1/p' | grep '^ ' | tr -d ' :\n' >"$home/seen"
[ "$(cat "$home/seen")" = "$(cat "$home/point")" ] || fail "the public keys differ"

printf 'a message' >"$home/message"
tpm2_openssl pkeyutl -sign -rawin -digest sha256 -inkey "$home/key.pem" \
    -in "$home/message" -out "$home/signature"
openssl dgst -sha256 -verify "$home/public.pem" -signature "$home/signature" "$home/message" |
    grep -q 'Verified OK' || fail "the signature does not verify"
echo "the tpm2 provider loads the key file and signs with it"
