/* The limit for everything that reads lines and fields: scan_log FILE finds every line end and
 * every bar by memchr. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES 262144

static unsigned long lines;
static unsigned long bars;

/* Count whole lines; returns the bytes they took. */
static size_t scan(const char *data, size_t n)
{
	const char *at = data;
	const char *feed;

	while ((feed = memchr(at, '\n', n - (size_t)(at - data))) != NULL) {
		const char *bar = at;

		while ((bar = memchr(bar, '|', (size_t)(feed - bar))) != NULL) {
			bars++;
			bar++;
		}
		lines++;
		at = feed + 1;
	}
	return (size_t)(at - data);
}

int main(int argc, char **argv)
{
	static char data[2 * BLOCK_BYTES];
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	size_t kept = 0;
	ssize_t n;

	if (fd < 0) {
		(void)fprintf(stderr, "usage: scan_log FILE\n");
		return 2;
	}
	while ((n = read(fd, data + kept, BLOCK_BYTES)) > 0) {
		size_t have = kept + (size_t)n;
		size_t used = scan(data, have);

		kept = have - used < BLOCK_BYTES ? have - used : 0;
		memmove(data, data + used, kept);
	}
	(void)close(fd);
	printf("%lu lines, %lu bars\n", lines, bars);
	return 0;
}
