/*
 * One call detail record of FreeSWITCH, of one channel: an object as mod_json_cdr writes it into a
 * file, with "variables" and "callflow". It says the same as CHANNEL_HANGUP_COMPLETE does on the
 * event socket, and becomes the same facts. Pure, allocates nothing.
 */
#pragma once

#include <stdbool.h>

#include "agent/decode/fs_facts.h"
#include "agent/decode/json_flat.h"

#define FS_CDR_EXECUTED_MAX 512 /* applications of one channel that are handed out */
#define FS_CDR_PROFILES_MAX 32  /* entries of its callflow; with more none is */
#define FS_CDR_MAX_BYTES    ((size_t)256 * 1024) /* of a file; one with every variable has 20 KiB */

/**
 * @param encoded  variables are URL-encoded: encode-values in json_cdr.conf.xml is not false.
 * @param room     for texts; as long as `text` is always enough.
 * @return 0, -EBADMSG for what is no such object, -ENODATA for one that names no channel.
 */
int fs_cdr_json(struct slice text, bool encoded, struct json_room *room, struct fs_facts *out);

/* An application that the channel executed, and where in the dialplan. */
struct fs_executed {
	int64_t at_us;
	struct slice app;
	struct slice data;
	struct slice context; /* empty where it is not known, as is the next */
	struct slice called;
};

typedef void (*fs_executed_fn)(void *arg, const struct fs_executed *e);

/**
 * The applications of "app_log", in the order they were executed; of the same record that
 * fs_cdr_json accepted, with the same room.
 *
 * The log does not say where in the dialplan each was. The channel goes from one entry of
 * "callflow" (which stands with the latest first) to the next when it executes `transfer`, or when
 * an application is none of the entry's own but of the next one's (uuid_transfer, a REFER).
 * @return how many, -EBADMSG, or -EMSGSIZE beyond the limits above: what fits is handed out.
 */
int fs_cdr_executed(struct slice text, struct json_room *room, fs_executed_fn each, void *arg);
