#!/bin/sh
# Kamailio's mirror (HEP3) against the capture and tshark: kamailio.py.   LAB_SCALE, LAB_SEED, LAB_DIR, CXM_BIN as for lab.sh
# Needs root, SIPp, tshark and python3. Where kamailio is not installed, its package is fetched and unpacked under LAB_DIR;
# nothing is installed and no service begins.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
bin=${CXM_BIN:-$top/build/release/bin}
lab=${LAB_DIR:-$top/build/lab}
longest_s=300

skip() {
	echo "lab-kamailio: SKIP: $1"
	exit 0
}

[ "$(id -u)" = 0 ] || skip "not root: a network namespace is needed"
for tool in sipp tshark dumpcap python3 unshare; do
	command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed (sip-tester, tshark, python3, util-linux)"
done
unshare --net --mount --pid --fork true 2>/dev/null || skip "no namespaces of its own can be made here"
"$bin/cxmeter-agent" keys 2>/dev/null | grep -qF 'sources.hep[]' || skip "$bin/cxmeter-agent has no source hep"

prefix=
if ! command -v kamailio >/dev/null 2>&1; then
	prefix=$lab/kamailio
	if ! [ -x "$prefix/usr/sbin/kamailio" ]; then
		rm -rf "$prefix"
		mkdir -p "$prefix"
		(cd "$prefix" && apt-get download kamailio >apt.log 2>&1 && dpkg -x kamailio_*.deb .) ||
			skip "kamailio is not installed and its package cannot be had; see $prefix/apt.log"
	fi
fi
kamailio=${prefix:+$prefix/usr/sbin/}kamailio
modules=$(find "$prefix"/usr/lib/*/kamailio/modules -maxdepth 0 | head -1)
[ -z "$prefix" ] || export LD_LIBRARY_PATH="${modules%/modules}"
"$kamailio" -v >/dev/null 2>&1 || skip "$kamailio does not start here: $("$kamailio" -v 2>&1 | head -1)"

out=$lab/run-kamailio
rm -rf "$out"
mkdir -p "$out"
timeout "$longest_s" unshare --net --mount --pid --fork --kill-child --mount-proc \
	python3 "$here/kamailio.py" "$out" "$kamailio" "$modules" "$bin" "${LAB_SEED:-11}" "${LAB_SCALE:-1}" ||
	{ echo "lab-kamailio: the run failed; see $out" >&2; exit 1; }
python3 "$here/judge.py" "$out/result.json"
