#include "common/secret.h"

#include <errno.h>

int secret_check(const char *path, const char *what, const struct stat *st, struct fault *fault)
{
	mode_t never = S_IWGRP | S_IXGRP | S_IRWXO;

	if (!S_ISREG(st->st_mode)) {
		return fault_set(fault, -EINVAL, "%s: the %s is not a regular file", path, what);
	}
	if (st->st_uid != 0) {
		never |= S_IRGRP;
	}
	if ((st->st_mode & never) != 0) {
		return fault_set(fault, -EACCES,
		                 "%s: the %s can be read by others (mode %04o): chmod 600 %s", path,
		                 what, (unsigned)st->st_mode & 07777U, path);
	}
	return 0;
}
