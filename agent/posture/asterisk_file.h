/* A file of Asterisk's configuration below the root that is looked at. */
#pragma once

#include "agent/asterisk/config.h"
#include "agent/posture/scan.h"

#define ASTERISK_PLACE_MAX 128

/** As asterisk_config_load; asterisk_config_free may be called in any case. */
int asterisk_file_load(const struct posture_scan *scan, const char *file,
                       struct asterisk_config *c);

/** "manager.conf:12": where something stands, without the name of an account. */
const char *asterisk_place(const char *file, unsigned line, char out[ASTERISK_PLACE_MAX]);

/** Can others connect to an address as Asterisk's files write it ("0.0.0.0:8088", "::1", none)? */
bool asterisk_bound_wide(const char *bind);
