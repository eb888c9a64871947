#!/bin/sh
# Prove that the README's first two commands work on a machine that has nothing: a minimal Debian root is made with
# debootstrap, the committed tree is copied in, and ./run demo and ./run test run there.
#   fresh.sh [COMMAND...]   instead of both: the ./run commands to try, e.g. fresh.sh test
# Needs root and debootstrap. The root is build/fresh and is removed at the end unless KEEP=1.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
root=$here/build/fresh

[ "$(id -u)" -eq 0 ] || { echo "fresh.sh: needs root (debootstrap and chroot)" >&2; exit 1; }
command -v debootstrap >/dev/null 2>&1 || { echo "fresh.sh: debootstrap is missing: apt-get install debootstrap" >&2; exit 1; }
[ -z "$(git -C "$here" status --porcelain)" ] ||
	echo "fresh.sh: note: uncommitted changes are not in the tree that is tested" >&2

# the packages come from where this machine's own come from
sources=/etc/apt/sources.list.d/debian.sources
if [ -f "$sources" ]; then
	mirror=$(awk '/^URIs:/ { print $2; exit }' "$sources")
else
	sources=/etc/apt/sources.list
	mirror=$(awk '$1 == "deb" { print $2; exit }' "$sources")
fi
[ -n "$mirror" ] || { echo "fresh.sh: no Debian mirror in $sources" >&2; exit 1; }

clean_up() {
	umount "$root/proc" 2>/dev/null || true
	[ "${KEEP:-0}" = 1 ] || rm -rf "$root"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
clean_up

echo "fresh.sh: making a minimal Debian root from $mirror"
debootstrap --variant=minbase bookworm "$root" "$mirror" >"$here/build/fresh.log" 2>&1 ||
	{ tail -n 20 "$here/build/fresh.log" >&2; exit 1; }
case "$sources" in
*.sources)
	rm -f "$root/etc/apt/sources.list"
	cp "$sources" "$root/etc/apt/sources.list.d/"
	;;
*) cp "$sources" "$root/etc/apt/sources.list" ;;
esac
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
mkdir -p "$root/src"
git -C "$here" archive HEAD | tar -x -C "$root/src"
for tool in make gcc cc pkg-config; do
	! chroot "$root" sh -c "command -v $tool" >/dev/null 2>&1 ||
		{ echo "fresh.sh: the root is not bare: it has $tool" >&2; exit 1; }
done

[ "$#" -gt 0 ] || set -- demo test
for command in "$@"; do
	echo "fresh.sh: ./run $command"
	begin=$(date +%s)
	chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
		sh -c "cd /src && ./run $command" || { echo "fresh.sh: ./run $command failed" >&2; exit 1; }
	echo "fresh.sh: ./run $command took $(($(date +%s) - begin)) s, installing included"
done
echo "fresh.sh: passed: $*"
