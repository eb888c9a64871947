#!/bin/sh
# A real contact centre with a known plan, measured live by every source, and every figure held against the plan and tshark.
#   lab.sh        LAB_SCALE  1: about seven minutes (default); 0.2: about two, with a few calls of each kind
#                 LAB_SEED   another plan (default 11)
#                 LAB_DIR    where the root of Debian with Asterisk is kept and runs are left (default build/lab)
#                 CXM_BIN    folder of the programs
# Needs root, debootstrap, sip-tester (SIPp), tshark and python3; without one of them it says so and skips. The first run
# makes the root (two minutes, 600 MB, from the Debian mirror this machine uses). Exit code 1: something differs, or the run
# failed; 3: the machine was too busy for the run to mean anything.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
bin=${CXM_BIN:-$top/build/release/bin}
lab=${LAB_DIR:-$top/build/lab}
scale=${LAB_SCALE:-1} seed=${LAB_SEED:-11}
root=$lab/root
longest_s=900

skip() {
	echo "lab: SKIP: $1"
	exit 0
}

[ "$(id -u)" = 0 ] || skip "not root: a network namespace and a root of Debian are needed"
for tool in debootstrap sipp tshark dumpcap python3 unshare; do
	command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed (debootstrap, sip-tester, tshark, python3, util-linux)"
done
unshare --net --mount --pid --fork true 2>/dev/null || skip "no namespaces of its own can be made here"
[ -x "$bin/cxmeter-agent" ] || { echo "lab: no programs in $bin: make all" >&2; exit 1; }

# sid has the Asterisk that bookworm lacks; what is half made by an interrupted run is made anew
if ! [ -e "$root/.complete" ]; then
	mirror=$(sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb (\[[^]]*\] )?(http[^ ]+) .*/\2/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -1)
	[ -n "$mirror" ] || skip "this machine's package sources name no Debian mirror to make a root from"
	echo "lab: making $root from $mirror" >&2
	rm -rf "$root"
	mkdir -p "$lab"
	debootstrap --variant=minbase --include=asterisk,asterisk-core-sounds-en-gsm,asterisk-moh-opsound-gsm,procps sid "$root" "$mirror" \
		>"$lab/debootstrap.log" 2>&1 || { tail -5 "$lab/debootstrap.log" >&2; echo "lab: debootstrap failed; see $lab/debootstrap.log" >&2; exit 1; }
	touch "$root/.complete"
fi

out=$lab/run
rm -rf "$out"
mkdir -p "$out"
# A namespace of processes too: whatever the run started ends with it. Mounts are seen in it alone. Ports that nobody chose lie
# above those of the plan, which SIPp and the phones bind.
timeout "$longest_s" unshare --net --mount --pid --fork --kill-child --mount-proc sh -c '
	mount -t proc proc "$2/proc" && mount --bind /dev "$2/dev" &&
		echo "61000 64999" >/proc/sys/net/ipv4/ip_local_port_range && exec python3 "$0" "$1" "$2" "$3" "$4" "$5"
' "$here/run.py" "$out" "$root" "$bin" "$seed" "$scale" || { echo "lab: the run failed; see $out" >&2; exit 1; }
python3 "$here/truth.py" "$out"
python3 "$here/judge.py" "$out/result.json"
