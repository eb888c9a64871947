#include "common/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fault_set(struct fault *fault, int code, const char *format, ...)
{
	va_list args;

	if (fault == NULL) {
		return code;
	}
	fault->code = code;
	va_start(args, format);
	/* a long text is cut, never overrun */
	(void)vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return code;
}

void fault_prefix(struct fault *fault, const char *format, ...)
{
	char tail[FAULT_TEXT_MAX];
	va_list args;
	int used;

	if (fault == NULL) {
		return;
	}
	memcpy(tail, fault->text, sizeof(tail));
	va_start(args, format);
	used = vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	if (used >= 0 && (size_t)used < sizeof(fault->text)) {
		(void)snprintf(fault->text + used, sizeof(fault->text) - (size_t)used, ": %s",
		               tail);
	}
}

int fault_exit_code(int code)
{
	switch (-code) {
	case EADDRINUSE:
	case EAGAIN:
	case EBUSY:
	case ECHILD:
	case EDQUOT:
	case EINTR:
	case EIO:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOSPC:
		return FAULT_EXIT_FAILURE;
	default: /* EINVAL, ENOENT, EACCES, EKEYEXPIRED and their like: trying again is no use */
		return FAULT_EXIT_USAGE;
	}
}
