#include "common/usage.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#include "common/fault.h"

const char *usage_wrong_option(int argc, char *const argv[], int returned,
                               char out[USAGE_OPTION_MAX])
{
	/* a long option that is wrong has been stepped over; a short one may have others behind it
	 */
	const char *arg = optind > 0 && optind <= argc ? argv[optind - 1] : "";
	int len = (int)strcspn(arg, "=");

	if (strncmp(arg, "--", 2) != 0) {
		(void)snprintf(out, USAGE_OPTION_MAX,
		               returned == ':' ? "option \"-%c\" needs a value"
		                               : "unknown option \"-%c\"",
		               optopt);
	} else if (returned == ':') {
		(void)snprintf(out, USAGE_OPTION_MAX, "option \"%.100s\" needs a value", arg);
	} else if (optopt != 0 && arg[len] == '=') {
		(void)snprintf(out, USAGE_OPTION_MAX, "option \"%.*s\" takes no value",
		               len < 100 ? len : 100, arg);
	} else {
		(void)snprintf(out, USAGE_OPTION_MAX, "unknown option \"%.*s\"",
		               len < 100 ? len : 100, arg);
	}
	return out;
}

int usage_printed(const char *program, int code)
{
	bool flushed = fflush(stdout) == 0;
	const char *why = flushed ? "an earlier write failed" : strerror(errno);

	if (code != 0 || (flushed && ferror(stdout) == 0)) {
		return code;
	}
	(void)fprintf(stderr, "%s: cannot write the result: %s\n", program, why);
	return FAULT_EXIT_FAILURE;
}

int usage_error(const char *program, const char *what, const char *which)
{
	if (which[0] != '\0') {
		(void)fprintf(stderr, "%s: %s \"%s\": see %s --help\n", program, what, which,
		              program);
	} else {
		(void)fprintf(stderr, "%s: %s: see %s --help\n", program, what, program);
	}
	return FAULT_EXIT_USAGE;
}
