#include "cli/plan.h"
int command_compare(const struct options *o)
{
	(void)o;
	return EXIT_FAILED;
}
