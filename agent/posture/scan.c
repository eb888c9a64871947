#include "agent/posture/scan.h"

#include <stddef.h>

void posture_scan(struct posture_scan *scan)
{
	static void (*const looks[])(struct posture_scan *) = {
		posture_look_tls,        posture_look_recordings, posture_look_asterisk,
		posture_look_freeswitch, posture_look_auth_log,   posture_look_packages,
	};

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]) && !posture_stopped(scan); i++) {
		looks[i](scan);
	}
}
