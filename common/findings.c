#include "common/findings.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "common/privilege.h"

#define SOON_DAYS 14

static void __attribute__((format(printf, 3, 0)))
finding(struct findings *f, const char *kind, const char *format, va_list args)
{
	(void)fputs(kind, f->out);
	(void)vfprintf(f->out, format, args);
	(void)fputc('\n', f->out);
}

void findings_problem(struct findings *f, const char *format, ...)
{
	va_list args;

	f->problems++;
	va_start(args, format);
	finding(f, "problem: ", format, args);
	va_end(args);
}

void findings_warning(struct findings *f, const char *format, ...)
{
	va_list args;

	f->warnings++;
	va_start(args, format);
	finding(f, "warning: ", format, args);
	va_end(args);
}

void findings_fault(void *f, const struct fault *fault)
{
	findings_problem(f, "%s", fault->text);
}

void findings_user(struct findings *f, const char *program)
{
	f->stranger = f->user != NULL && getpwnam(f->user) == NULL;
	if (f->stranger) {
		findings_problem(f,
		                 "user %s is not known here: create it (useradd --system %s) or "
		                 "change `user` in the configuration",
		                 f->user, f->user);
	} else if (f->user == NULL && geteuid() == 0) {
		findings_warning(f,
		                 "%s would stay root: create a user for it (useradd --system "
		                 "cxmeter) and set `user`",
		                 program);
	}
}

const char *findings_user_name(const struct findings *f)
{
	return geteuid() == 0 && f->user != NULL ? f->user : "this user";
}

int findings_user_may(const struct findings *f, const char *path, int mode)
{
	int status = 0;
	pid_t pid;

	if (f->stranger) {
		return 0;
	}
	(void)fflush(f->out); /* or the child would print it a second time */
	pid = fork();
	if (pid == 0) {
		int code = privilege_drop(f->user, NULL) != 0 ? EPERM : 0;

		if (code == 0 && faccessat(AT_FDCWD, path, mode, AT_EACCESS) != 0) {
			code = errno;
		}
		_exit(code);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
		return -ECHILD;
	}
	return -WEXITSTATUS(status);
}

X509 *findings_certificate(const char *path)
{
	FILE *in = path != NULL ? fopen(path, "re") : NULL;
	X509 *cert = in != NULL ? PEM_read_X509(in, NULL, NULL, NULL) : NULL;

	if (in != NULL) {
		(void)fclose(in);
	}
	ERR_clear_error(); /* why it cannot be read, the TLS context says better */
	return cert;
}

void findings_expiry(struct findings *f, const char *path, const ASN1_TIME *ends, const char *what)
{
	int days = 0;
	int seconds = 0;

	if (ASN1_TIME_diff(&days, &seconds, NULL, ends) != 1) {
		findings_problem(f, "%s: cannot read when the %s expires", path, what);
	} else if (days < 0 || seconds < 0) {
		findings_problem(f, "%s: the %s has expired: issue a new one", path, what);
	} else if (days < SOON_DAYS) {
		findings_warning(f, "%s: the %s expires within %d day%s: issue a new one", path,
		                 what, days + 1, days > 0 ? "s" : "");
	}
}
