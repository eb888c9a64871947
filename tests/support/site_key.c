#include "tests/support/site_key.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp.h"

void site_key_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || fchmod(fd, 0600) != 0 || dprintf(fd, SITE_KEY_HEX "\n") < 0 ||
	    close(fd) != 0) {
		perror(path);
		abort();
	}
}

struct pseudonym *site_key_open(const struct pseudonym_plan *plan)
{
	struct pseudonym *p = NULL;
	struct fault fault;
	struct temp temp;

	temp_open(&temp);
	site_key_write(temp_path(&temp, "site.key"));
	if (pseudonym_open(&p, temp.path, plan, &fault) != 0) {
		(void)fprintf(stderr, "%s\n", fault.text);
		abort();
	}
	temp_remove(&temp);
	return p;
}
