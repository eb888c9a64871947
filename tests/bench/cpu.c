/*
 * CPU seconds and memory of whole processes: cpu RUNS COMMAND [ARG...]
 * Runs the command RUNS times after one warm-up and prints "median_cpu_s median_wall_s peak_kib".
 * Output of the command goes to /dev/null; a command that fails ends this with 1.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/slice.h"

#define RUNS_MAX 99

struct run {
	double cpu_s;
	double wall_s;
	long peak_kib;
};

static double now_s(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int run_once(char *const argv[], struct run *out)
{
	double begin_s = now_s();
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		(void)dup2(null, STDOUT_FILENO);
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 0) {
		return -1;
	}
	*out = (struct run){ seconds(usage.ru_utime) + seconds(usage.ru_stime), now_s() - begin_s,
		             usage.ru_maxrss };
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	uint64_t runs = 0;
	double cpu_s[RUNS_MAX];
	double wall_s[RUNS_MAX];
	long peak_kib = 0;
	struct run run;

	if (argc < 3 || slice_u64(slice_of(argv[1]), RUNS_MAX, &runs) != 0 || runs == 0) {
		(void)fprintf(stderr, "usage: cpu RUNS COMMAND [ARG...]   RUNS from 1 to %d\n",
		              RUNS_MAX);
		return 2;
	}
	for (uint64_t i = 0; i <= runs; i++) { /* the first is the warm-up */
		if (run_once(argv + 2, &run) != 0) {
			(void)fprintf(stderr, "cpu: %s failed\n", argv[2]);
			return 1;
		}
		if (i > 0) {
			cpu_s[i - 1] = run.cpu_s;
			wall_s[i - 1] = run.wall_s;
			peak_kib = run.peak_kib > peak_kib ? run.peak_kib : peak_kib;
		}
	}
	qsort(cpu_s, runs, sizeof(cpu_s[0]), by_value);
	qsort(wall_s, runs, sizeof(wall_s[0]), by_value);
	printf("%.4f %.4f %ld\n", cpu_s[runs / 2], wall_s[runs / 2], peak_kib);
	return 0;
}
