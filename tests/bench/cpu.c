/*
 * What processes cost: CPU seconds (user and system, of the process and what it waited for) and
 * peak memory, from wait4.
 *
 *     cpu COMMAND [ARG...]
 *         one line: CPU_S PEAK_KIB. A command that prints a line "cpu_s N" has taken its own time,
 *         without its preparations, and that is what counts.
 *     cpu -p READY DONE BYTES -- SERVER [ARG...] -- CLIENT [ARG...]
 *         starts the server, waits until it has written the file READY, runs the client until it
 *         ends (DONE is "-") or the file DONE has BYTES, ends both and prints a line each, the
 *         server's first.
 *
 * What a command prints goes nowhere. One that fails, or is not done after LIMIT_S, ends this with
 * 1, and nothing is left running.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/slice.h"

#define LIMIT_S 240
#define LOOK_NS 2000000

struct child {
	const char *name;
	pid_t pid; /* 0: not running */
	struct rusage use;
};

/* What the alarm ends. */
static volatile sig_atomic_t running[2];

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void say(const struct rusage *use, double own_s)
{
	double cpu_s = own_s >= 0 ? own_s : seconds(use->ru_utime) + seconds(use->ru_stime);

	printf("%.4f %ld\n", cpu_s, use->ru_maxrss);
}

static void end_running(int number)
{
	for (size_t i = 0; i < 2; i++) {
		if (running[i] > 0) {
			(void)kill(running[i], SIGKILL);
		}
	}
	_exit(number == SIGALRM ? 1 : 128 + number);
}

static void fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "cpu: %s: %s\n", what, why);
	end_running(SIGALRM);
}

static void start(struct child *c, size_t place, char *const argv[], int out)
{
	c->name = argv[0];
	c->pid = fork();
	if (c->pid == 0) {
		(void)dup2(out, STDOUT_FILENO);
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	if (c->pid < 0) {
		fail(c->name, strerror(errno));
	}
	running[place] = c->pid;
}

/* `ended`: we ended it, whatever it says about that. */
static void finish(struct child *c, size_t place, bool ended)
{
	int status;

	while (wait4(c->pid, &status, 0, &c->use) != c->pid) {
	}
	running[place] = 0;
	if (!ended && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
		fail(c->name, "failed");
	}
}

/* The number behind "cpu_s ", or -1. */
static double own_time(FILE *in)
{
	char line[256];
	double own_s = -1;

	while (fgets(line, sizeof(line), in) != NULL) {
		struct slice text = slice_trim(slice_of(line));

		if (slice_starts(text, SLICE("cpu_s "))) {
			(void)slice_double((struct slice){ text.at + 6, text.len - 6 }, false,
			                   &own_s);
		}
	}
	return own_s;
}

static int measure_one(char *const argv[])
{
	struct child c = { 0 };
	int fds[2];
	FILE *in;
	double own_s;

	if (pipe2(fds, O_CLOEXEC) != 0 || (in = fdopen(fds[0], "r")) == NULL) {
		fail("pipe", strerror(errno));
		return 1;
	}
	start(&c, 0, argv, fds[1]);
	(void)close(fds[1]);
	own_s = own_time(in);
	finish(&c, 0, false);
	(void)fclose(in);
	say(&c.use, own_s);
	return 0;
}

static void wait_for_bytes(const char *path, uint64_t bytes, const struct child *child)
{
	const struct timespec pause = { .tv_nsec = LOOK_NS };
	struct stat st;

	while (stat(path, &st) != 0 || (uint64_t)st.st_size < bytes) {
		siginfo_t ended = { 0 };

		if (waitid(P_PID, (id_t)child->pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    ended.si_pid != 0) {
			fail(child->name, "ended too early");
		}
		(void)nanosleep(&pause, NULL);
	}
}

static int measure_pair(const char *ready, const char *done, uint64_t bytes, char *const server[],
                        char *const client[])
{
	struct child s = { 0 };
	struct child c = { 0 };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	bool by_file = strcmp(done, "-") != 0;

	start(&s, 0, server, null);
	wait_for_bytes(ready, 1, &s);
	start(&c, 1, client, null);
	if (by_file) {
		wait_for_bytes(done, bytes, &c);
		(void)kill(c.pid, SIGTERM);
	}
	finish(&c, 1, by_file);
	(void)kill(s.pid, SIGTERM);
	finish(&s, 0, true);
	say(&s.use, -1);
	say(&c.use, -1);
	return 0;
}

/* The place behind the next "--", which becomes an end; 0 when there is none. */
static int behind_dashes(int argc, char **argv, int from)
{
	for (int i = from; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			argv[i] = NULL;
			return i + 1;
		}
	}
	return 0;
}

static int usage(void)
{
	(void)fprintf(stderr, "usage: cpu COMMAND [ARG...]\n       cpu -p READY DONE BYTES -- "
	                      "SERVER [ARG...] -- CLIENT [ARG...]\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const int ends[] = { SIGALRM, SIGINT, SIGTERM, SIGHUP };
	uint64_t bytes;
	int server;
	int client;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)signal(ends[i], end_running);
	}
	(void)alarm(LIMIT_S);
	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		return usage();
	}
	if (strcmp(argv[1], "-p") != 0) {
		return measure_one(argv + 1);
	}
	server = behind_dashes(argc, argv, 5);
	client = server > 0 ? behind_dashes(argc, argv, server) : 0;
	if (client == 0 || slice_u64(slice_of(argv[4]), UINT64_MAX, &bytes) != 0) {
		return usage();
	}
	return measure_pair(argv[2], argv[3], bytes, argv + server, argv + client);
}
