#include "tests/support/place.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int place_make(char *path, size_t size, const char *file)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(path, size, "%s/cxmeter-test-XXXXXX", tmp != NULL ? tmp : "/tmp");

	if (n < 0 || (size_t)n >= size || mkdtemp(path) == NULL) {
		return -1;
	}
	n = snprintf(path + n, size - (size_t)n, "/%s", file);
	return n > 0 ? 0 : -1;
}

void place_remove(const char *path)
{
	char name[1024];
	char *slash;
	DIR *dir;

	(void)snprintf(name, sizeof(name), "%s", path);
	slash = strrchr(name, '/');
	if (slash == NULL || strstr(name, "/cxmeter-test-") == NULL) {
		return;
	}
	*slash = '\0';
	dir = opendir(name);
	if (dir == NULL) {
		return;
	}
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		(void)unlinkat(dirfd(dir), e->d_name, 0); /* . and .. are refused */
	}
	(void)closedir(dir);
	(void)rmdir(name);
}
