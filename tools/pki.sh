#!/bin/sh
# A small certificate authority for one site: who may send evidence, and who may receive it.
#   pki.sh ca DIR                         make the authority (ca.pem, ca.key); refuses to overwrite
#   pki.sh collector DIR HOST...          certificate of the collector for these names and addresses
#   pki.sh agent DIR SITE AGENT           certificate of one agent, identity urn:cxmeter:SITE:AGENT
# Files land in DIR as ca.pem, collector.pem/.key, AGENT.pem/.key. Keep ca.key off the call servers.
#   DAYS=365 validity of collector and agent certificates (the authority lives ten times as long)
set -eu
umask 077
name=$(basename "$0")

die() {
	echo "$name: $*" >&2
	exit 1
}

usage() {
	sed -n '2,7s/^# \{0,1\}//p' "$0" | sed "s/pki\.sh/$name/"
}

wrong() {
	usage >&2
	exit 2
}

fresh() {
	[ ! -e "$1" ] || die "$1 exists already; move it away to issue a new one"
}

# name(s) or address(es) to a subjectAltName list
alt_names() {
	list=
	for host in "$@"; do
		case "$host" in
		*:* | *[0-9].[0-9]*.[0-9]*.*[0-9])
			list="$list${list:+,}IP:$host" ;;
		*) list="$list${list:+,}DNS:$host" ;;
		esac
	done
	printf '%s' "$list"
}

# issue FILE-STEM COMMON-NAME EXTENDED-USE ALT-NAMES
issue() {
	fresh "$dir/$1.pem"
	[ -r "$dir/ca.key" ] || die "$dir/ca.key is missing: run \"$name ca $dir\" first"
	openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/$1.key" 2>/dev/null ||
		openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/$1.key" 2>/dev/null
	openssl req -new -key "$dir/$1.key" -subj "/CN=$2" -out "$dir/$1.csr"
	printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" \
		"extendedKeyUsage=$3" "subjectAltName=$4" >"$dir/$1.ext"
	openssl x509 -req -in "$dir/$1.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -days "${DAYS:-365}" \
		-set_serial "0x$(openssl rand -hex 16)" -extfile "$dir/$1.ext" -out "$dir/$1.pem" 2>/dev/null ||
		die "openssl could not sign $dir/$1.pem"
	rm -f "$dir/$1.csr" "$dir/$1.ext"
}

case "${1:-}" in
-h | --help | help)
	usage
	exit 0
	;;
esac
[ "$#" -ge 2 ] || wrong
command -v openssl >/dev/null 2>&1 || die "openssl is missing (Debian package openssl)"
what=$1
dir=$2
shift 2
case "$what" in
ca)
	mkdir -p "$dir"
	fresh "$dir/ca.pem"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$((${DAYS:-365} * 10))" \
		-subj "/CN=cxmeter site authority" -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
		-addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null ||
		die "openssl could not make the authority"
	;;
collector)
	[ "$#" -ge 1 ] || wrong
	issue collector "$1" serverAuth "$(alt_names "$@")"
	;;
agent)
	[ "$#" -eq 2 ] || wrong
	case "$1$2" in
	*[!A-Za-z0-9._-]*) die "site and agent are letters, digits, dots, hyphens and underscores" ;;
	esac
	issue "$2" "$2" clientAuth "URI:urn:cxmeter:$1:$2"
	;;
*) wrong ;;
esac
