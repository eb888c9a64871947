/* Erlang A, for erlang.c alone: callers that give up. */
#pragma once

#include "collector/stats/erlang.h"

/** As erlang_queue(), for arrival and patience above 0 and all else in range. */
struct erlang_queue erlang_a(const struct erlang_load *load, uint32_t n, double within);
