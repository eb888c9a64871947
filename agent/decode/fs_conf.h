/*
 * What event_socket.conf.xml of FreeSWITCH says of its event socket: where it listens, for whom,
 * and the password. Of XML only what such a file has is understood: <param name="" value=""/>,
 * comments, and the five entities. A value with a variable of the preprocessor ($${...}) is not
 * known here. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

#define FS_CONF_PASSWORD_DEFAULT "ClueCon" /* of the file FreeSWITCH ships */
#define FS_CONF_VALUE_BYTES      128

struct fs_conf {
	char listen_ip[FS_CONF_VALUE_BYTES]; /* "" where it is not said */
	char password[FS_CONF_VALUE_BYTES];
	char acl[FS_CONF_VALUE_BYTES]; /* apply-inbound-acl */
	uint16_t port;                 /* 0: not said */
	bool listens_wide;             /* on more than loopback */
};

/** Read it from the text of the file. */
void fs_conf_read(struct slice text, struct fs_conf *out);
