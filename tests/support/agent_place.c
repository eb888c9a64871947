#include "tests/support/agent_place.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

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
	put(w, "site.key", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
	assert_int_equal(chmod(pki_path(w->pki, "site.key"), 0600), 0);
	return pki_path(w->pki, "agent.yaml");
}

void agent_place_clear(struct world *w)
{
	const char *folder = pki_path(w->pki, "spool");
	DIR *dir = opendir(folder);
	char path[4096];

	for (const struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL;
	     e = readdir(dir)) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		(void)unlink(path);
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
	(void)rmdir(folder);
}
