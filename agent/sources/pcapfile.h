/*
 * Capture files: classic pcap in both byte orders, micro- and nanoseconds, and pcapng
 * (draft-ietf-opsawg-pcap and -pcapng), read in batches of frames that lie in one buffer.
 *
 * libpcap's reader takes longer than everything done with a packet here: two copies through stdio a
 * record. This one copies once a block and lets the caller look ahead. Every length is checked
 * before it is used; the memory is one buffer, taken at the start, whatever the file says.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/track/frame.h"
#include "common/fault.h"

#define PCAPFILE_FRAME_MAX_BYTES 262144 /* libpcap's MAXIMUM_SNAPLEN; a longer record is damage */
#define PCAPFILE_INTERFACES_MAX  256    /* of a pcapng section */

struct pcapfile;

/** Where bytes come from, as in instream_read: short only at the end, 0 there, negative: -errno. */
typedef ssize_t (*pcapfile_read_fn)(void *arg, void *out, size_t len_bytes);

/**
 * Read the head of a file.
 * @return 0, -EINVAL when it is none of the known formats, -ENOMEM, or what `read` returned;
 * explained in `fault`, without the file's name.
 */
int pcapfile_open(struct pcapfile **out, pcapfile_read_fn read, void *arg, struct fault *fault);
void pcapfile_close(struct pcapfile *f);

/**
 * Read the next frames, as many as are in memory.
 * @param frames  filled; they lie in the reader's buffer and stay valid until the next call.
 * @return how many, 0 at the end, -EBADMSG for damage (frames before it have been returned), or
 * what `read` returned; explained in `fault`.
 */
int pcapfile_next(struct pcapfile *f, struct frame *frames, int max, struct fault *fault);
