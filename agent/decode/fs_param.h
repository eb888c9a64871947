/*
 * Parameters of FreeSWITCH's configuration: the <param name="" value=""/> tags of its XML files,
 * one after the other, comments left out.
 *
 * No XML parser: no tree, no entities but the five of XML 1.0 4.6, no includes, no $${variables}
 * (they are handed out as they stand). Pure; allocates nothing.
 */
#pragma once

#include <stddef.h>

#include "common/slice.h"

#define FS_PARAM_MAX_BYTES 512 /* of a name or value; a longer one is cut */

struct fs_param {
	char name[FS_PARAM_MAX_BYTES];
	char value[FS_PARAM_MAX_BYTES]; /* may be a secret: to be wiped by who asked */
};

/**
 * Take the next parameter from the front of `rest`, which is the whole file at the first call.
 * @return 1, or 0 at the end, which also is what a tag or comment without an end means.
 */
int fs_param_next(struct slice *rest, struct fs_param *out);
