#include "agent/posture/sealed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "agent/decode/mountinfo.h"
#include "agent/posture/host_file.h"

#define MOUNTS_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define DEVICES_MAX      64 /* below one file system */
#define UUID_MAX_BYTES   256

struct device {
	uint32_t major;
	uint32_t minor;
};

static const char *const sealing_types[] = { "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs",
	                                     "ecryptfs", "fuse.securefs" };
/* Where the bytes lie is decided elsewhere; ZFS encrypts by itself and tells no device. */
static const char *const other_types[] = { "nfs", "nfs4", "cifs",      "smb3",    "ceph",    "9p",
	                                   "zfs", "fuse", "glusterfs", "overlay", "virtiofs" };

static bool is_among(const char *const *list, size_t n, const char *type)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], type) == 0) {
			return true;
		}
	}
	return false;
}

/* ---- devices ---- */

/* /sys/dev/block/MAJOR:MINOR/dm/uuid: "CRYPT-LUKS2-...", "LVM-..."; none for what is no mapping. */
static bool is_crypt(const struct posture_scan *scan, struct device d)
{
	char path[96];
	struct buf uuid;
	bool crypt;

	(void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/dm/uuid", d.major, d.minor);
	buf_init(&uuid, UUID_MAX_BYTES);
	crypt = host_read(scan, path, false, &uuid) >= 0 &&
	        slice_starts((struct slice){ (const char *)uuid.data, uuid.len }, SLICE("CRYPT-"));
	buf_free(&uuid);
	return crypt;
}

static int read_device(const struct posture_scan *scan, const char *path, struct device *out)
{
	struct buf text;
	struct slice rest;
	uint64_t major = 0;
	uint64_t minor = 0;
	int rc;

	buf_init(&text, 64);
	rc = host_read(scan, path, false, &text);
	rest = slice_trim((struct slice){ (const char *)text.data, text.len });
	if (rc >= 0 && (slice_u64(slice_cut(&rest, ':'), UINT32_MAX, &major) != 0 ||
	                slice_u64(rest, UINT32_MAX, &minor) != 0)) {
		rc = -EBADMSG;
	}
	buf_free(&text);
	*out = (struct device){ (uint32_t)major, (uint32_t)minor };
	return rc < 0 ? rc : 0;
}

/* What a device is made of; appended to the list. */
static size_t add_slaves(const struct posture_scan *scan, struct device d, struct device *list,
                         size_t n)
{
	char path[POSTURE_PATH_MAX];
	char folder[96];
	struct dirent *entry;
	size_t found = 0;
	DIR *dir;

	(void)snprintf(folder, sizeof(folder), "/sys/dev/block/%u:%u/slaves", d.major, d.minor);
	dir = host_path(scan, folder, path) ? opendir(path) : NULL;
	while (dir != NULL && n + found < DEVICES_MAX && (entry = readdir(dir)) != NULL) {
		char dev[384];

		(void)snprintf(dev, sizeof(dev), "%s/%s/dev", folder, entry->d_name);
		if (entry->d_name[0] != '.' && read_device(scan, dev, &list[n + found]) == 0) {
			found++;
		}
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
	return found;
}

bool sealed_device(const struct posture_scan *scan, uint32_t major, uint32_t minor)
{
	struct device list[DEVICES_MAX] = { { major, minor } };
	size_t n = 1;

	for (size_t i = 0; i < n; i++) {
		size_t below;

		if (is_crypt(scan, list[i])) {
			continue;
		}
		below = add_slaves(scan, list[i], list, n);
		if (below == 0 || n + below >= DEVICES_MAX) {
			return false; /* a disk, plain; or more than anybody stacks */
		}
		n += below;
	}
	return true;
}

/* ---- file systems ---- */

/* The mount a device number belongs to; of several, the one whose point is the longest that the
 * path lies below. */
static int find_mount(const struct posture_scan *scan, const char *full, struct device d,
                      struct mount_line *out)
{
	struct buf text;
	struct slice rest;
	size_t best = 0;
	int rc;

	buf_init(&text, MOUNTS_MAX_BYTES);
	rc = host_read(scan, "/proc/self/mountinfo", false, &text);
	rest = (struct slice){ (const char *)text.data, text.len };
	while (rc >= 0 && rest.len > 0) {
		struct mount_line m;
		size_t len;

		if (mountinfo_line(slice_cut(&rest, '\n'), &m) != 0 || m.major != d.major ||
		    m.minor != d.minor) {
			continue;
		}
		len = strncmp(full, m.point, strlen(m.point)) == 0 ? strlen(m.point) + 1 : 1;
		if (len > best) {
			best = len;
			*out = m;
		}
	}
	buf_free(&text);
	return best > 0 ? 0 : rc < 0 ? rc : -ENOENT;
}

/* fscrypt: the folder's own attribute (statx(2), since Linux 4.13). */
static bool is_fscrypt(const char *full)
{
	struct statx stx;

	memset(&stx, 0, sizeof(stx));
	return statx(AT_FDCWD, full, AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &stx) == 0 &&
	       (stx.stx_attributes & STATX_ATTR_ENCRYPTED) != 0;
}

/* The number of a file system on several disks (btrfs) is no device's: take the one it came from.
 */
static struct device device_of(const struct posture_scan *scan, const struct mount_line *m)
{
	char path[POSTURE_PATH_MAX];
	struct stat st;

	if (m->major == 0 && host_path(scan, m->from, path) && stat(path, &st) == 0 &&
	    S_ISBLK(st.st_mode)) {
		return (struct device){ major(st.st_rdev), minor(st.st_rdev) };
	}
	return (struct device){ m->major, m->minor };
}

enum sealed sealed_storage(const struct posture_scan *scan, const char *path,
                           char why[SEALED_WHY_MAX])
{
	char full[POSTURE_PATH_MAX];
	struct mount_line m;
	struct device d;
	struct stat st;

	if (!host_path(scan, path, full) || stat(full, &st) != 0) {
		(void)snprintf(why, SEALED_WHY_MAX, "it cannot be looked at");
		return SEALED_UNKNOWN;
	}
	if (is_fscrypt(full)) {
		(void)snprintf(why, SEALED_WHY_MAX, "fscrypt");
		return SEALED_YES;
	}
	d = (struct device){ major(st.st_dev), minor(st.st_dev) };
	if (find_mount(scan, full, d, &m) != 0) {
		(void)snprintf(why, SEALED_WHY_MAX, "its mount is not known");
		return SEALED_UNKNOWN;
	}
	(void)snprintf(why, SEALED_WHY_MAX, "%.32s", m.type);
	if (is_among(sealing_types, sizeof(sealing_types) / sizeof(sealing_types[0]), m.type)) {
		return SEALED_YES;
	}
	d = device_of(scan, &m);
	if (is_among(other_types, sizeof(other_types) / sizeof(other_types[0]), m.type) ||
	    strncmp(m.type, "fuse.", 5) == 0 || (d.major == 0 && strcmp(m.type, "tmpfs") != 0)) {
		return SEALED_UNKNOWN;
	}
	if (d.major != 0 && sealed_device(scan, d.major, d.minor)) {
		(void)snprintf(why, SEALED_WHY_MAX, "%.32s on dm-crypt", m.type);
		return SEALED_YES;
	}
	(void)snprintf(why, SEALED_WHY_MAX, "%.32s, not encrypted", m.type);
	return SEALED_NO;
}
