/* Programs of a lab, and of tests that need no more than a program: started, ended, what they print
 * kept. */
#include "tests/support/lab.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/unconst.h"

#define OUTPUT_MAX_BYTES ((size_t)64 * 1024 * 1024)

void lab_sleep_ms(int ms)
{
	(void)poll(NULL, 0, ms);
}

/* Our own programs by name, everything else by path. */
static const char *program_path(const char *program)
{
	static char path[LAB_PATH_MAX];
	const char *bin = getenv("CXM_BIN");

	if (strncmp(program, "cxmeter", 7) != 0) {
		return program;
	}
	(void)snprintf(path, sizeof(path), "%s/%s", bin != NULL ? bin : "build/release/bin",
	               program);
	return path;
}

/* Does not come back. */
static void become(const char *const *argv, int out_fd, int err_fd)
{
	int in_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that is killed takes its programs along */
	if (dup2(in_fd, STDIN_FILENO) < 0 || dup2(out_fd, STDOUT_FILENO) < 0 ||
	    dup2(err_fd, STDERR_FILENO) < 0) {
		_exit(126);
	}
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	(void)unsetenv("CXMETER_STORE");
	(void)execv(program_path(argv[0]), unconst(argv)); /* which only reads them */
	_exit(127);
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int lab_wait(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return exit_code(status);
}

static bool drain(int *fd, struct buf *to)
{
	uint8_t *room = buf_reserve(to, 65536);
	ssize_t n = room != NULL ? read(*fd, room, 65536) : 0;

	if (n > 0) {
		buf_commit(to, (size_t)n);
		return true;
	}
	if (n < 0 && errno == EINTR) {
		return true;
	}
	(void)close(*fd);
	*fd = -1;
	return false;
}

static void drain_both(int out_fd, int err_fd, struct lab_output *o)
{
	while (out_fd >= 0 || err_fd >= 0) {
		struct pollfd fds[2] = { { .fd = out_fd, .events = POLLIN },
			                 { .fd = err_fd, .events = POLLIN } };

		if (poll(fds, 2, -1) < 0 && errno != EINTR) {
			break;
		}
		if (fds[0].revents != 0) {
			(void)drain(&out_fd, &o->out);
		}
		if (fds[1].revents != 0) {
			(void)drain(&err_fd, &o->err);
		}
	}
}

void lab_run_argv(struct lab_output *o, const char *const *argv)
{
	int out_pipe[2];
	int err_pipe[2];
	pid_t pid;

	*o = (struct lab_output){ 0 };
	buf_init(&o->out, OUTPUT_MAX_BYTES);
	buf_init(&o->err, OUTPUT_MAX_BYTES);
	assert_int_equal(pipe2(out_pipe, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err_pipe, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		become(argv, out_pipe[1], err_pipe[1]);
	}
	(void)close(out_pipe[1]);
	(void)close(err_pipe[1]);
	drain_both(out_pipe[0], err_pipe[0], o);
	o->code = lab_wait(pid);
}

void lab_collect(const char **argv, size_t n, va_list args)
{
	do {
		assert_true(n < LAB_ARGS_MAX);
		argv[n] = va_arg(args, const char *);
	} while (argv[n++] != NULL);
}

void lab_run(struct lab_output *o, const char *program, ...)
{
	const char *argv[LAB_ARGS_MAX] = { program };
	va_list args;

	va_start(args, program);
	lab_collect(argv, 1, args);
	va_end(args);
	lab_run_argv(o, argv);
}

void lab_output_free(struct lab_output *o)
{
	buf_free(&o->out);
	buf_free(&o->err);
}

void lab_expect_ok(const struct lab_output *o, const char *what)
{
	if (o->code != 0) {
		struct lab_output shown = *o;

		fail_msg("%s ended with code %d: %s", what, o->code, buf_text(&shown.err));
	}
}

pid_t lab_spawn_argv(const char *log_path, const char *const *argv)
{
	int fd = open(log_path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	pid_t pid;

	assert_true(fd >= 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		become(argv, fd, fd);
	}
	(void)close(fd);
	return pid;
}

pid_t lab_spawn(const struct lab *lab, const char *log_name, const char *program, ...)
{
	const char *argv[LAB_ARGS_MAX] = { program };
	va_list args;

	va_start(args, program);
	lab_collect(argv, 1, args);
	va_end(args);
	return lab_spawn_argv(lab_path(lab, log_name), argv);
}

int lab_stop(pid_t *pid, int signal)
{
	int status = 0;
	int waited_ms = 0;

	(void)kill(*pid, signal);
	while (waitpid(*pid, &status, WNOHANG) == 0) {
		if (waited_ms > LAB_PATIENCE_MS) {
			(void)kill(*pid, SIGKILL);
			(void)waitpid(*pid, &status, 0);
			*pid = 0;
			fail_msg("a program did not end within %d ms of signal %d", LAB_PATIENCE_MS,
			         signal);
		}
		lab_sleep_ms(5);
		waited_ms += 5;
	}
	*pid = 0;
	return exit_code(status);
}
