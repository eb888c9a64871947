/*
 * One call detail record of FreeSWITCH, of one channel: an object as mod_json_cdr writes it into a
 * file, with "variables" and "callflow". It says the same as CHANNEL_HANGUP_COMPLETE does on the
 * event socket, and becomes the same facts. Pure, allocates nothing.
 */
#pragma once

#include <stdbool.h>

#include "agent/decode/fs_facts.h"
#include "agent/decode/json_flat.h"

#define FS_CDR_MAX_BYTES ((size_t)256 * 1024) /* of a file; one with every variable has 20 KiB */

/**
 * @param encoded  variables are URL-encoded: encode-values in json_cdr.conf.xml is not false.
 * @param room     for texts; as long as `text` is always enough.
 * @return 0, -EBADMSG for what is no such object, -ENODATA for one that names no channel.
 */
int fs_cdr_json(struct slice text, bool encoded, struct json_room *room, struct fs_facts *out);
