/*
 * Whether a folder lies on encrypted storage, as far as this host can tell: dm-crypt under its file
 * system (the device-mapper's uuid begins with CRYPT-; also below LVM and RAID), a file system that
 * encrypts (gocryptfs, EncFS, CryFS, eCryptfs), or fscrypt (statx).
 *
 * What is encrypted elsewhere, by a storage array, a hypervisor or a file server, is not seen.
 */
#pragma once

#include "agent/posture/scan.h"

enum sealed {
	SEALED_UNKNOWN, /* a network, a stack of layers, ZFS: this host cannot tell */
	SEALED_NO,
	SEALED_YES,
};

#define SEALED_WHY_MAX 128

/**
 * @param path  of a folder, as the configuration has it.
 * @param why   how that is known: "dm-crypt", "ext4 on a plain device".
 */
enum sealed sealed_storage(const struct posture_scan *scan, const char *path,
                           char why[SEALED_WHY_MAX]);

/** Is every way from this device down to the disks encrypted? Device-mapper and RAID, at most 64
 * devices. */
bool sealed_device(const struct posture_scan *scan, uint32_t major, uint32_t minor);
