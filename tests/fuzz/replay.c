/*
 * A fuzz target as an ordinary test: every seed in tests/fuzz/NAME.in and every past crash in
 * tests/fuzz/NAME.repro is fed to it once, and each is one TAP line. NAME is the program's own
 * name.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_MAX_BYTES ((size_t)8 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned n_tests;

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(SEED_MAX_BYTES);
	size_t n;

	if (file == NULL || data == NULL) {
		free(data);
		if (file != NULL) {
			(void)fclose(file);
		}
		printf("not ok %u - %s cannot be read\n", ++n_tests, path);
		return 1;
	}
	n = fread(data, 1, SEED_MAX_BYTES, file);
	(void)fclose(file);
	/* a copy of the exact size, so that a sanitizer sees a read past the end */
	uint8_t *exact = malloc(n > 0 ? n : 1);

	if (exact != NULL) {
		memcpy(exact, data, n);
		(void)LLVMFuzzerTestOneInput(exact, n);
	}
	free(exact);
	free(data);
	printf("ok %u - %s\n", ++n_tests, path);
	(void)fflush(stdout);
	return 0;
}

static int replay_folder(const char *name, const char *suffix)
{
	char folder[256];
	char path[1024];
	DIR *dir;
	int failed = 0;

	(void)snprintf(folder, sizeof(folder), "tests/fuzz/%s.%s", name, suffix);
	dir = opendir(folder);
	if (dir == NULL) {
		return 0; /* no past crashes is good news */
	}
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		if (e->d_name[0] != '.') {
			(void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
			failed += replay_file(path);
		}
	}
	(void)closedir(dir);
	return failed;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash != NULL ? slash + 1 : argv[0];
	int failed = 0;

	if (argc > 1) {
		for (int i = 1; i < argc; i++) {
			failed += replay_file(argv[i]);
		}
		return failed != 0;
	}
	failed += replay_folder(name, "in");
	failed += replay_folder(name, "repro");
	printf("1..%u\n", n_tests);
	return failed != 0 || n_tests == 0;
}
