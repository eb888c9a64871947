#include "tests/support/program.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: files in place of the standard streams, then the program. */
static void become(const char *path, const char *name, const char *const *args, int out, int err)
{
	char *argv[PROGRAM_ARGS_MAX + 2] = { NULL };
	int in = open("/dev/null", O_RDONLY);

	/* execv takes what it only reads without const */
	memcpy(&argv[0], &name, sizeof(name));
	for (int i = 0; i < PROGRAM_ARGS_MAX && args[i] != NULL; i++) {
		memcpy(&argv[i + 1], &args[i], sizeof(args[i]));
	}
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	(void)unsetenv("CXMETER_STORE");
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0) {
		_exit(127);
	}
	(void)execv(path, argv);
	_exit(127);
}

static void read_back(int fd, char *to)
{
	ssize_t n = pread(fd, to, PROGRAM_OUT_MAX - 1, 0);

	to[n > 0 ? n : 0] = '\0';
	(void)close(fd);
}

void program_run(struct program_result *result, const char *name, const char *const *args)
{
	const char *bin = getenv("CXM_BIN");
	int out = memfd_create("out", MFD_CLOEXEC);
	int err = memfd_create("err", MFD_CLOEXEC);
	char path[512];
	int status = 0;
	pid_t child;

	(void)snprintf(path, sizeof(path), "%s/%s", bin != NULL ? bin : "build/release/bin", name);
	child = fork();
	if (child == 0) {
		become(path, name, args, out, err);
	}
	result->code = -1;
	if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)) {
		result->code = WEXITSTATUS(status);
	}
	read_back(out, result->out);
	read_back(err, result->err);
}
