#include "tests/support/pbx_child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "tests/support/fake_pbx.h"
#include "tests/support/lab.h"

void pbx_child_tell(int to)
{
	(void)!write(to, "x", 1);
}

static void play(struct fake_pbx *(*open)(void *arg, struct event_base *base, int to), void *arg,
                 int to)
{
	struct event_base *base = event_base_new();
	uint16_t port;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	port = fake_pbx_port(open(arg, base, to));
	if (write(to, &port, sizeof(port)) == sizeof(port)) {
		(void)event_base_dispatch(base);
	}
	_exit(0);
}

void pbx_child_start(struct pbx_child *p,
                     struct fake_pbx *(*open)(void *arg, struct event_base *base, int to),
                     void *arg)
{
	int ends[2];
	uint16_t port;

	assert_int_equal(pipe(ends), 0);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		play(open, arg, ends[1]);
	}
	(void)close(ends[1]);
	p->from = ends[0];
	assert_int_equal(read(p->from, &port, sizeof(port)), sizeof(port));
	p->port = port;
}

void pbx_child_await(const struct pbx_child *p)
{
	char byte;

	assert_int_equal(read(p->from, &byte, 1), 1);
}

void pbx_child_stop(struct pbx_child *p)
{
	(void)kill(p->pid, SIGKILL);
	(void)lab_wait(p->pid);
	(void)close(p->from);
}
