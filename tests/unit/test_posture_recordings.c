/* How recordings are kept: on made-up storage, whose devices are files below the root. */
#include "agent/posture/scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/posture/sealed.h"
#include "tests/support/cases.h"
#include "tests/support/posture_world.h"

#define FOLDER "/var/spool/asterisk/monitor"
#define WAV    "RIFF0000WAVEfmt "

/* The mount the temporary folder really lies on, under another type; without one the line is none.
 */
static void mount_as(struct posture_world *w, const char *type)
{
	char line[512];
	struct stat st;

	assert_int_equal(stat(w->temp.dir, &st), 0);
	(void)snprintf(line, sizeof(line),
	               "1 0 0:1 / /proc rw - proc proc rw\n36 35 %u:%u / / rw - %s /dev/x rw\n",
	               major(st.st_dev), minor(st.st_dev), type != NULL ? type : "");
	posture_world_file(w, "/proc/self/mountinfo", line);
}

/* ---- storage ---- */

struct storage_case {
	const char *name;
	const char *type; /* NULL: no mount is known */
	enum sealed want;
};

static const struct storage_case storages[] = {
	{ "gocryptfs_is_encrypted", "fuse.gocryptfs", SEALED_YES },
	{ "ecryptfs_is_encrypted", "ecryptfs", SEALED_YES },
	{ "a_plain_one_is_not", "tmpfs", SEALED_NO },
	{ "nfs_is_not_known", "nfs4", SEALED_UNKNOWN },
	{ "overlay_is_not_known", "overlay", SEALED_UNKNOWN },
	{ "another_fuse_is_not_known", "fuse.sshfs", SEALED_UNKNOWN },
	{ "zfs_is_not_known", "zfs", SEALED_UNKNOWN },
	{ "no_mount_is_not_known", NULL, SEALED_UNKNOWN },
};

static void storage_is_judged(void **state)
{
	const struct storage_case *c = *state;
	char why[SEALED_WHY_MAX];
	struct posture_world w;

	posture_world_open(&w, "");
	posture_world_file(&w, FOLDER "/a.wav", WAV);
	mount_as(&w, c->type);
	assert_int_equal(sealed_storage(&w.scan, FOLDER, why), c->want);
	assert_true(why[0] != '\0');
	posture_world_close(&w);
}

struct device_case {
	const char *name;
	const char *files[4][2]; /* below /sys/dev/block, and what is in them */
	bool sealed;
};

static const struct device_case devices[] = {
	{ "luks_is_encrypted", { { "253:0/dm/uuid", "CRYPT-LUKS2-0123-data\n" } }, true },
	{ "lvm_on_luks_is_encrypted",
	  { { "253:0/dm/uuid", "LVM-abc\n" },
	    { "253:0/slaves/dm-7/dev", "253:7\n" },
	    { "253:7/dm/uuid", "CRYPT-LUKS1-x" } },
	  true },
	{ "lvm_on_two_disks_of_which_one_is_plain_is_not",
	  { { "253:0/slaves/dm-7/dev", "253:7\n" },
	    { "253:7/dm/uuid", "CRYPT-LUKS1-x" },
	    { "253:0/slaves/sdb/dev", "8:16\n" } },
	  false },
	{ "a_disk_is_not", { { NULL } }, false },
	{ "lvm_on_a_disk_is_not",
	  { { "253:0/dm/uuid", "LVM-abc\n" }, { "253:0/slaves/sda/dev", "8:0\n" } },
	  false },
	{ "a_name_with_crypt_in_it_is_not", { { "253:0/dm/uuid", "LVM-CRYPT-x" } }, false },
	{ "a_circle_of_devices_ends",
	  { { "253:0/slaves/dm-1/dev", "253:1" }, { "253:1/slaves/dm-0/dev", "253:0" } },
	  false },
	{ "a_slave_that_says_nonsense_is_none", { { "253:0/slaves/x/dev", "nonsense" } }, false },
};

static void devices_are_judged(void **state)
{
	const struct device_case *c = *state;
	struct posture_world w;

	posture_world_open(&w, "");
	for (size_t i = 0; i < 4 && c->files[i][0] != NULL; i++) {
		char path[96];

		(void)snprintf(path, sizeof(path), "/sys/dev/block/%s", c->files[i][0]);
		posture_world_file(&w, path, c->files[i][1]);
	}
	assert_int_equal(sealed_device(&w.scan, 253, 0), c->sealed);
	posture_world_close(&w);
}

/* ---- folders ---- */

static void set_mode(struct posture_world *w, const char *path, mode_t mode)
{
	assert_int_equal(chmod(posture_world_path(w, path), mode), 0);
}

/* So many days before now. */
static void set_age(struct posture_world *w, const char *path, int64_t days)
{
	const time_t at_s = (time_t)(POSTURE_NOW_US / 1000000 - days * 86400);
	const struct timespec times[2] = { { at_s, 0 }, { at_s, 0 } };

	assert_int_equal(utimensat(AT_FDCWD, posture_world_path(w, path), times, 0), 0);
}

static void on_plain_storage_only_containers_are_protected(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	mount_as(&w, "tmpfs");
	posture_world_file(&w, FOLDER "/a.wav", WAV);                     /* 16 bytes */
	posture_world_file(&w, FOLDER "/b.age", "age-encryption.org/v1"); /* 21 bytes */
	set_mode(&w, FOLDER "/a.wav", 0640);
	set_mode(&w, FOLDER "/b.age", 0640);
	posture_look_recordings(&w.scan);
	f = posture_world_found(&w, "recording_storage", FOLDER);
	assert_true(f->has_part);
	assert_int_equal(f->part, 21);
	assert_int_equal(f->whole, 37);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__FAIL);
	f = posture_world_found(&w, "recording_readable", FOLDER);
	assert_int_equal(f->part, 0);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__PASS);
	posture_world_close(&w);
}

static void on_encrypted_storage_modes_decide(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	mount_as(&w, "fuse.gocryptfs");
	posture_world_file(&w, FOLDER "/a.wav", WAV);
	posture_world_file(&w, FOLDER "/b.wav", WAV WAV);
	set_mode(&w, FOLDER "/a.wav", 0644);
	set_mode(&w, FOLDER "/b.wav", 0640);
	posture_look_recordings(&w.scan);
	f = posture_world_found(&w, "recording_storage", FOLDER);
	assert_int_equal(f->part, 32);
	assert_int_equal(f->whole, 48);
	f = posture_world_found(&w, "recording_readable", FOLDER);
	assert_int_equal(f->part, 16);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__FAIL);
	posture_world_close(&w);
}

static void a_folder_closed_to_others_hides_its_files(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	mount_as(&w, "fuse.gocryptfs");
	posture_world_file(&w, FOLDER "/a.wav", WAV);
	set_mode(&w, FOLDER "/a.wav", 0644);
	set_mode(&w, FOLDER, 0750);
	posture_look_recordings(&w.scan);
	f = posture_world_found(&w, "recording_storage", FOLDER);
	assert_int_equal(f->part, 16);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__PASS);
	posture_world_close(&w);
}

/* What is readable to all is not protected there either; a sealed file is. */
static void on_storage_that_nobody_knows_files_may_still_tell(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	mount_as(&w, "nfs4");
	posture_world_file(&w, FOLDER "/a.wav", WAV);
	posture_world_file(&w, FOLDER "/b.age", "age-encryption.org/v1");
	set_mode(&w, FOLDER "/a.wav", 0644);
	set_mode(&w, FOLDER "/b.age", 0640);
	posture_look_recordings(&w.scan);
	f = posture_world_found(&w, "recording_storage", FOLDER);
	assert_true(f->has_part);
	assert_int_equal(f->part, 21);
	assert_int_equal(f->whole, 37);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__FAIL);
	posture_world_close(&w);
}

static void storage_that_nobody_knows_is_not_assessed(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	mount_as(&w, "nfs4");
	posture_world_file(&w, FOLDER "/a.wav", WAV);
	set_mode(&w, FOLDER "/a.wav", 0640);
	posture_look_recordings(&w.scan);
	f = posture_world_found(&w, "recording_storage", FOLDER);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__UNKNOWN);
	assert_false(f->has_part);
	assert_non_null(strstr(f->value, "nfs4"));
	posture_world_close(&w);
}

static void age_is_held_against_the_declared_period(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "retention: 90d");
	mount_as(&w, "tmpfs");
	posture_world_file(&w, FOLDER "/new.wav", WAV);
	posture_world_file(&w, FOLDER "/edge.wav", WAV);
	posture_world_file(&w, FOLDER "/old.wav", WAV WAV);
	posture_world_file(&w, FOLDER "/future.wav", WAV);
	set_age(&w, FOLDER "/new.wav", 1);
	set_age(&w, FOLDER "/edge.wav", 90);
	set_age(&w, FOLDER "/old.wav", 91);
	set_age(&w, FOLDER "/future.wav", -400); /* the clock was put back */
	posture_look_recordings(&w.scan);
	f = posture_world_found(&w, "recording_retention", FOLDER);
	assert_int_equal(f->part, 1);
	assert_int_equal(f->whole, 4);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__FAIL);
	f = posture_world_found(&w, "recording_retention_bytes", FOLDER);
	assert_int_equal(f->part, 32);
	assert_int_equal(f->whole, 80);
	posture_world_close(&w);
}

static void without_a_declared_period_retention_is_not_known(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	mount_as(&w, "tmpfs");
	posture_world_file(&w, FOLDER "/a.wav", WAV);
	posture_look_recordings(&w.scan);
	f = posture_world_found(&w, "recording_retention", FOLDER);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__UNKNOWN);
	assert_false(f->has_part);
	posture_world_close(&w);
}

static void more_files_than_allowed_are_told(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "max_files: 100");
	mount_as(&w, "fuse.gocryptfs");
	for (unsigned i = 0; i < 130; i++) {
		char path[96];

		(void)snprintf(path, sizeof(path), FOLDER "/%u.wav", i);
		posture_world_file(&w, path, WAV);
	}
	posture_look_recordings(&w.scan);
	f = posture_world_found(&w, "recording_storage", FOLDER);
	assert_int_equal(f->whole, 1600);
	assert_non_null(strstr(f->value, "max_files"));
	posture_world_close(&w);
}

static void no_folder_where_none_was_named_is_no_finding(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_look_recordings(&w.scan);
	assert_int_equal(w.report.n, 0);
	posture_world_close(&w);
}

static void no_folder_where_one_was_named_is_told(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "recordings: [ /srv/calls ]");
	posture_look_recordings(&w.scan);
	f = posture_world_found(&w, "recording_storage", "/srv/calls");
	assert_int_equal(f->result, CXM__POSTURE__RESULT__UNKNOWN);
	assert_non_null(strstr(f->value, "No such file"));
	posture_world_close(&w);
}

static void a_fifo_among_recordings_is_not_waited_for(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	mount_as(&w, "tmpfs");
	posture_world_file(&w, FOLDER "/a.wav", WAV);
	assert_int_equal(mkfifo(posture_world_path(&w, FOLDER "/b.wav"), 0644), 0);
	posture_look_recordings(&w.scan);
	f = posture_world_found(&w, "recording_storage", FOLDER);
	assert_int_equal(f->whole, 16);
	posture_world_close(&w);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, storages, storage_is_judged);
	cases_table(&c, devices, devices_are_judged);
	cases_test(&c, on_plain_storage_only_containers_are_protected);
	cases_test(&c, on_encrypted_storage_modes_decide);
	cases_test(&c, a_folder_closed_to_others_hides_its_files);
	cases_test(&c, on_storage_that_nobody_knows_files_may_still_tell);
	cases_test(&c, storage_that_nobody_knows_is_not_assessed);
	cases_test(&c, age_is_held_against_the_declared_period);
	cases_test(&c, without_a_declared_period_retention_is_not_known);
	cases_test(&c, more_files_than_allowed_are_told);
	cases_test(&c, no_folder_where_none_was_named_is_no_finding);
	cases_test(&c, no_folder_where_one_was_named_is_told);
	cases_test(&c, a_fifo_among_recordings_is_not_waited_for);
	return cases_run("posture_recordings", &c, NULL, NULL);
}
