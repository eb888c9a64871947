/*
 * How recordings are kept: `recording_storage` (bytes that lie encrypted and are not readable by
 * everybody), `recording_readable` (bytes that everybody on the host may read),
 * `recording_retention` (files past the declared period) and `recording_retention_bytes`.
 */
#include "agent/posture/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/posture/audio.h"
#include "agent/posture/host_file.h"
#include "agent/posture/sealed.h"
#include "agent/posture/walk.h"

struct recordings {
	int64_t now_us;
	int64_t retention_ms;
	enum sealed storage;
	char why[SEALED_WHY_MAX];
	bool hidden; /* the folder itself keeps others out, whatever its files' modes */
	uint64_t bytes;
	uint64_t protected_bytes;
	uint64_t readable_bytes;
	uint64_t unknown_bytes; /* neither known to be encrypted nor to be plain */
	uint64_t denied_bytes;  /* of these, those that may not be read */
	uint64_t old_files;
	uint64_t old_bytes;
	struct walk_counts counts;
};

/* A file of a folder that may be written by others: no links, no FIFO that was put in its place. */
static enum audio sniff(int folder_fd, const char *name, bool *denied)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
	uint8_t head[AUDIO_HEAD_BYTES];
	int fd = openat(folder_fd, name, flags | O_NOATIME);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0 && errno == EPERM) {
		fd = openat(folder_fd, name, flags);
	}
	*denied = fd < 0 && errno == EACCES;
	if (fd >= 0) {
		n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, head, sizeof(head)) : -1;
		(void)close(fd);
	}
	return n < 0 ? AUDIO_OTHER : audio_sniff(slice_of(name), cursor_of(head, (size_t)n));
}

static bool is_old(const struct recordings *r, const struct stat *st)
{
	int64_t age_s = r->now_us / 1000000 - (int64_t)st->st_mtim.tv_sec;

	return r->retention_ms > 0 && age_s > r->retention_ms / 1000;
}

static void on_file(void *arg, int folder_fd, const char *name, const struct stat *st)
{
	struct recordings *r = arg;
	uint64_t bytes = st->st_size > 0 ? (uint64_t)st->st_size : 0;
	bool readable = (st->st_mode & S_IROTH) != 0 && !r->hidden;
	bool denied = false;
	bool sealed = r->storage == SEALED_YES;
	enum audio what = sealed ? AUDIO_OTHER : sniff(folder_fd, name, &denied);

	sealed = sealed || what == AUDIO_SEALED;
	r->bytes += bytes;
	r->readable_bytes += readable ? bytes : 0;
	r->protected_bytes += sealed && !readable ? bytes : 0;
	r->denied_bytes += denied ? bytes : 0;
	/* what is readable to all is not protected, however it lies; what is plain on a file server
	 * may be encrypted there */
	if (!sealed && !readable && (denied || r->storage == SEALED_UNKNOWN)) {
		r->unknown_bytes += bytes;
	}
	if (is_old(r, st)) {
		r->old_files++;
		r->old_bytes += bytes;
	}
}

/* ---- telling ---- */

static const char *remark(const struct recordings *r)
{
	return r->counts.cut          ? "; more files than max_files, the rest is not counted"
	       : r->counts.denied > 0 ? "; some folders in it may not be read"
	       : r->counts.mounts > 0 ? "; file systems mounted in it are not counted"
	                              : "";
}

static void set_part(struct posture_finding *f, uint64_t part, uint64_t whole)
{
	f->has_part = true;
	f->part = part;
	f->whole = whole;
}

static void tell_storage(struct posture_scan *scan, const char *folder, const struct recordings *r)
{
	struct posture_finding *f = posture_report_add(scan->report, "recording_storage", folder);

	if (r->denied_bytes > 0) {
		posture_value(f,
		              "files may not be read: put the agent's user into the group of the "
		              "recordings (%.60s)",
		              r->why);
		return;
	}
	if (r->unknown_bytes > 0) {
		posture_value(f, "%.60s: whether it is encrypted this host cannot tell", r->why);
		return;
	}
	set_part(f, r->protected_bytes, r->bytes);
	posture_judge(f, r->protected_bytes == r->bytes, POSTURE_HIGH);
	posture_value(f, "%.80s, %" PRIu64 " files%s", r->why, r->counts.files, remark(r));
}

static void tell_readable(struct posture_scan *scan, const char *folder, const struct recordings *r)
{
	struct posture_finding *f = posture_report_add(scan->report, "recording_readable", folder);

	set_part(f, r->readable_bytes, r->bytes);
	posture_judge(f, r->readable_bytes == 0, POSTURE_HIGH);
	posture_value(f, "%s%s",
	              r->readable_bytes == 0 ? "none is readable by every user of the host"
	                                     : "readable by every user of the host: chmod o-r",
	              remark(r));
}

static void tell_retention(struct posture_scan *scan, const char *folder,
                           const struct recordings *r)
{
	struct posture_finding *files =
		posture_report_add(scan->report, "recording_retention", folder);
	struct posture_finding *bytes;

	if (r->retention_ms <= 0) {
		posture_value(files, "no period is declared: set `retention`");
		return;
	}
	set_part(files, r->old_files, r->counts.files);
	posture_judge(files, r->old_files == 0, POSTURE_MEDIUM);
	posture_value(files, "kept for longer than %" PRId64 " days%s", r->retention_ms / 86400000,
	              remark(r));
	bytes = posture_report_add(scan->report, "recording_retention_bytes", folder);
	set_part(bytes, r->old_bytes, r->bytes);
	posture_judge(bytes, r->old_files == 0, POSTURE_MEDIUM);
}

static void look_at_folder(struct posture_scan *scan, const char *folder)
{
	const struct walk_limits limits = { (uint64_t)scan->conf->max_files, scan->cancelled };
	struct recordings r = { .now_us = scan->now_us, .retention_ms = scan->conf->retention_ms };
	char full[POSTURE_PATH_MAX];
	struct stat st;
	int rc = -ENAMETOOLONG;

	if (host_path(scan, folder, full)) {
		rc = stat(full, &st) == 0 ? 0 : -errno;
		r.hidden = rc == 0 && (st.st_mode & S_IXOTH) == 0;
		r.storage = sealed_storage(scan, folder, r.why);
		rc = rc == 0 ? walk(full, &limits, on_file, &r, &r.counts) : rc;
	}
	if (rc == -ENOENT && scan->conf->recordings.count == 0) {
		return; /* the default one: this host records nothing there */
	}
	if (rc != 0) {
		host_unreadable(scan, posture_report_add(scan->report, "recording_storage", folder),
		                folder, rc);
		return;
	}
	if (!posture_stopped(scan)) {
		tell_storage(scan, folder, &r);
		tell_readable(scan, folder, &r);
		tell_retention(scan, folder, &r);
	}
}

void posture_look_recordings(struct posture_scan *scan)
{
	const char *folders[POSTURE_FOLDERS_MAX];
	size_t n = posture_recordings(scan->conf, folders);

	for (size_t i = 0; i < n && !posture_stopped(scan); i++) {
		look_at_folder(scan, folders[i]);
	}
}
