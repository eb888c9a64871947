#!/bin/sh
# Sign a statement for the drop folder. Everything here is plain openssl, and can be typed by hand.
#   attest.sh key DIR SIGNER             make an Ed25519 key: DIR/SIGNER.key to keep, DIR/SIGNER.pem to declare
#   attest.sh sign KEY FILE              sign FILE with it: FILE.sig
#   attest.sh cms CERT KEY FILE [CHAIN]  sign FILE with an X.509 certificate, and the chain to its CA: FILE.sig
# SIGNER is what the statement says behind `signer:`. The agent believes the keys (SIGNER.pem) and the CAs that lie in
# the folder `attestation_keys` of its drop folder. Sign last: every byte of FILE counts.
set -eu
umask 077
name=$(basename "$0")

die() {
	echo "$name: $*" >&2
	exit 1
}

usage() {
	sed -n '2,7s/^# \{0,1\}//p' "$0" | sed "s/attest\.sh/$name/"
}

wrong() {
	usage >&2
	exit 2
}

case "${1:-}" in
-h | --help | help)
	usage
	exit 0
	;;
esac
[ "$#" -ge 3 ] || wrong
command -v openssl >/dev/null 2>&1 || die "openssl is missing (Debian package openssl)"
case "$1" in
key)
	mkdir -p "$2"
	[ ! -e "$2/$3.key" ] || die "$2/$3.key exists already; move it away to make a new one"
	openssl genpkey -algorithm ED25519 -out "$2/$3.key"
	openssl pkey -in "$2/$3.key" -pubout -out "$2/$3.pem"
	chmod 0644 "$2/$3.pem"
	;;
sign)
	[ -r "$3" ] || die "$3 cannot be read"
	openssl pkeyutl -sign -rawin -inkey "$2" -in "$3" -out "$3.sig" || die "openssl could not sign $3"
	chmod 0644 "$3.sig"
	;;
cms)
	[ "$#" -ge 4 ] || wrong
	[ -r "$4" ] || die "$4 cannot be read"
	openssl cms -sign -binary -md sha256 -nosmimecap -signer "$2" -inkey "$3" ${5:+-certfile "$5"} \
		-in "$4" -outform DER -out "$4.sig" || die "openssl could not sign $4"
	chmod 0644 "$4.sig"
	;;
*)
	wrong
	;;
esac
