#include "tests/support/agent_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/site_key.h"

static void put(struct world *w, const char *name, const char *text)
{
	FILE *out = fopen(pki_path(w->pki, name), "we");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

const char *agent_place(struct world *w, uint16_t port, const char *more)
{
	char text[4096];

	(void)snprintf(text, sizeof(text),
	               "site: nord\nagent: pbx1\nhost: pbx1\ntimezone: UTC\nsite_key: site.key\n"
	               "log_level: error\ncommit_interval: 5ms\n"
	               "collector:\n  address: 127.0.0.1:%u\n  ca: ca.pem\n"
	               "  certificate: pbx1.pem\n  key: pbx1.key\n"
	               "  reconnect_min: 10ms\n  reconnect_max: 20ms\n"
	               "spool:\n  directory: spool\n%s",
	               port, more);
	put(w, "agent.yaml", text);
	site_key_write(pki_path(w->pki, "site.key"));
	return pki_path(w->pki, "agent.yaml");
}
