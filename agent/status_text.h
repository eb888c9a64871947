/* A judged status (agent/status.h) as text for a terminal. */
#pragma once

#include <stdint.h>

#define STATUS_AGE_SIZE 32

/** "4 s", "12 min", "3 h 5 min", "2 d 4 h"; a negative age is "0 s". */
const char *status_age(int64_t age_us, char out[STATUS_AGE_SIZE]);
