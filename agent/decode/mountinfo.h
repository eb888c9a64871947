/* A line of /proc/self/mountinfo (proc_pid_mountinfo(5)). Pure. */
#pragma once

#include <stdint.h>

#include "common/slice.h"

#define MOUNT_TEXT_MAX 512

struct mount_line {
	uint32_t major; /* of the device, as stat(2) tells it in st_dev */
	uint32_t minor;
	char point[MOUNT_TEXT_MAX]; /* octal escapes undone */
	char type[MOUNT_TEXT_MAX];  /* "ext4", "fuse.gocryptfs" */
	char from[MOUNT_TEXT_MAX];  /* "/dev/mapper/data" */
};

/** @return 0, or -EBADMSG for what is no such line or has a field that is too long. */
int mountinfo_line(struct slice line, struct mount_line *out);
