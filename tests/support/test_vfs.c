#include "tests/support/test_vfs.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#define FILES_MAX 8
#define PATH_SIZE 512

/* What was synced of one file. */
struct synced {
	char path[PATH_SIZE];
	void *data; /* owned */
	size_t len;
};

struct test_file {
	sqlite3_file base;
	sqlite3_file *real; /* in the same piece of memory, right behind */
	struct synced *synced;
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	unsigned countdown; /* operations until the failure; 0: disarmed */
	int code;
	struct synced files[FILES_MAX];
	size_t n_files;
} disk; /* one: SQLite's list of VFSs is global too */

static struct test_file *file_of(sqlite3_file *f)
{
	return (struct test_file *)(void *)f;
}

static sqlite3_file *real_of(sqlite3_file *f)
{
	return file_of(f)->real;
}

/* SQLITE_OK, or what an operation fails with. */
static int strike(void)
{
	if (disk.countdown > 1) {
		disk.countdown--;
		return SQLITE_OK;
	}
	return disk.countdown == 1 ? disk.code : SQLITE_OK;
}

static void remember(struct test_file *f)
{
	sqlite3_int64 size = 0;
	void *data;

	if (f->synced == NULL || f->real->pMethods->xFileSize(f->real, &size) != SQLITE_OK) {
		return;
	}
	data = malloc((size_t)size + 1);
	if (data != NULL && f->real->pMethods->xRead(f->real, data, (int)size, 0) == SQLITE_OK) {
		free(f->synced->data);
		f->synced->data = data;
		f->synced->len = (size_t)size;
	} else {
		free(data);
	}
}

static int vfs_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}

static int vfs_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	return real_of(f)->pMethods->xRead(real_of(f), to, n, at);
}

static int vfs_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	int rc = strike();

	return rc != SQLITE_OK ? rc : real_of(f)->pMethods->xWrite(real_of(f), from, n, at);
}

static int vfs_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = strike();

	return rc != SQLITE_OK ? rc : real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int vfs_sync(sqlite3_file *f, int flags)
{
	int rc = strike();

	if (rc == SQLITE_OK) {
		rc = real_of(f)->pMethods->xSync(real_of(f), flags);
	}
	if (rc == SQLITE_OK) {
		remember(file_of(f));
	}
	return rc;
}

static int vfs_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int vfs_lock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int vfs_unlock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int vfs_check_lock(sqlite3_file *f, int *out)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int vfs_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int vfs_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int vfs_traits(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int vfs_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static int vfs_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
}

static void vfs_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int vfs_shm_unmap(sqlite3_file *f, int delete_it)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), delete_it);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = vfs_close,
	.xRead = vfs_read,
	.xWrite = vfs_write,
	.xTruncate = vfs_truncate,
	.xSync = vfs_sync,
	.xFileSize = vfs_size,
	.xLock = vfs_lock,
	.xUnlock = vfs_unlock,
	.xCheckReservedLock = vfs_check_lock,
	.xFileControl = vfs_control,
	.xSectorSize = vfs_sector,
	.xDeviceCharacteristics = vfs_traits,
	.xShmMap = vfs_shm_map,
	.xShmLock = vfs_shm_lock,
	.xShmBarrier = vfs_shm_barrier,
	.xShmUnmap = vfs_shm_unmap,
};

static struct synced *synced_of(const char *path)
{
	for (size_t i = 0; i < disk.n_files; i++) {
		if (strcmp(disk.files[i].path, path) == 0) {
			return &disk.files[i];
		}
	}
	return NULL;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *out, int flags, int *got)
{
	struct test_file *f = file_of(out);
	int rc;

	(void)vfs;
	*f = (struct test_file){ .real = (sqlite3_file *)(void *)(f + 1) };
	rc = disk.real->xOpen(disk.real, name, f->real, flags, got);
	if (rc != SQLITE_OK) {
		return rc;
	}
	f->base.pMethods = &methods;
	f->synced = name != NULL ? synced_of(name) : NULL;
	if (name != NULL && f->synced == NULL && disk.n_files < FILES_MAX) {
		f->synced = &disk.files[disk.n_files++];
		(void)snprintf(f->synced->path, PATH_SIZE, "%s", name);
	}
	return SQLITE_OK;
}

void test_vfs_install(void)
{
	memset(&disk, 0, sizeof(disk));
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real;
	disk.vfs.pNext = NULL;
	disk.vfs.zName = "cxmeter-test";
	disk.vfs.szOsFile = (int)sizeof(struct test_file) + disk.real->szOsFile;
	disk.vfs.xOpen = vfs_open;
	(void)sqlite3_vfs_register(&disk.vfs, 1);
}

void test_vfs_remove(void)
{
	(void)sqlite3_vfs_unregister(&disk.vfs);
	(void)sqlite3_vfs_register(disk.real, 1);
	for (size_t i = 0; i < disk.n_files; i++) {
		free(disk.files[i].data);
	}
	disk.n_files = 0;
}

void test_vfs_arm(unsigned nth, int code)
{
	disk.countdown = nth;
	disk.code = code;
}

void test_vfs_disarm(void)
{
	disk.countdown = 0;
}

static int write_synced(const char *path, const char *to)
{
	const struct synced *s = synced_of(path);
	FILE *file = fopen(to, "wb");
	size_t n;

	if (file == NULL) {
		return -1;
	}
	n = s != NULL && s->len > 0 ? fwrite(s->data, 1, s->len, file) : 0;
	return fclose(file) == 0 && (s == NULL || n == s->len) ? 0 : -1;
}

int test_vfs_power_cut(const char *database, const char *to)
{
	char wal[PATH_SIZE];
	char wal_to[PATH_SIZE];

	(void)snprintf(wal, sizeof(wal), "%s-wal", database);
	(void)snprintf(wal_to, sizeof(wal_to), "%s-wal", to);
	return write_synced(database, to) != 0 || write_synced(wal, wal_to) != 0 ? -1 : 0;
}
