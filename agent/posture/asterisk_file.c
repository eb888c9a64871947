#include "agent/posture/asterisk_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/posture/host_file.h"
#include "agent/posture/own_address.h"

int asterisk_file_load(const struct posture_scan *scan, const char *file, struct asterisk_config *c)
{
	char directory[POSTURE_PATH_MAX];

	if (!host_path(scan, scan->conf->asterisk, directory)) {
		*c = (struct asterisk_config){ 0 };
		arena_init(&c->arena, 0);
		return -ENAMETOOLONG;
	}
	return asterisk_config_load(c, directory, file, NULL);
}

const char *asterisk_place(const char *file, unsigned line, char out[ASTERISK_PLACE_MAX])
{
	const char *slash = strrchr(file, '/');

	(void)snprintf(out, ASTERISK_PLACE_MAX, "%.100s:%u", slash != NULL ? slash + 1 : file,
	               line);
	return out;
}

bool asterisk_bound_wide(const char *bind)
{
	struct slice s = slice_trim(slice_of(bind));
	const char *colon = strrchr(bind, ':');
	struct net_addr a;

	if (s.len >= 2 && s.at[0] == '[') {
		s.at++;
		s.len--;
		s = slice_cut(&s, ']');
	} else if (colon != NULL && strchr(bind, ':') == colon) {
		s = slice_cut(&s, ':'); /* of version 4, with a port */
	}
	if (slice_ieq(s, SLICE("localhost"))) {
		return false;
	}
	return net_addr_parse(s.at, s.len, &a) != 0 || !own_address_loopback(a);
}
