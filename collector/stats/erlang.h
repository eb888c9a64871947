/*
 * Staffing formulas of queues: Erlang B, C and A. Pure.
 *
 * Rates are per one unit of time of the caller's choice, and times are in that unit: per second and
 * seconds, say. Sources: Erlang 1917; Palm 1957; Garnett, Mandelbaum and Reiman 2002 (GMR2002);
 * Mandelbaum and Zeltyn (MZ2004).
 */
#pragma once

#include <stdint.h>

#define ERLANG_SERVERS_MAX 100000

/* Contacts that arrive, are served and lose patience at random (M/M/n+M). */
struct erlang_load {
	double arrival;  /* rate, 0 or more */
	double service;  /* rate of one server: 1 / mean handle time; above 0 */
	double patience; /* rate at which one who waits gives up, 0: never */
};

/** Share of contacts blocked when nobody may wait: Erlang B of `load` erlang on n servers. */
double erlang_b(double load, uint32_t n);

/** Share of contacts that wait when nobody gives up: Erlang C; 1 when load >= n. */
double erlang_c(double load, uint32_t n);

/* What a queue would do. */
struct erlang_queue {
	double waits;     /* share that does not find a free server */
	double abandons;  /* share that gives up */
	double mean_wait; /* of all, those who give up included; INFINITY when it never settles */
	double occupancy; /* of the servers, 0 to 1 */
	double service_level; /* share of the offered that is answered within T */
	double gone_within;   /* share whose wait, answered or given up, ends within T */
};

/**
 * @param n       servers, at most ERLANG_SERVERS_MAX.
 * @param within  T, 0 or more.
 *
 * With patience 0 this is Erlang C; with more it is Erlang A. A queue without arrivals is all
 * answered at once. NANs for parameters out of their range.
 */
struct erlang_queue erlang_queue(const struct erlang_load *load, uint32_t n, double within);

/**
 * The fewest servers with which at least `target` of the offered are answered within `within`.
 * @param target  above 0, below 1.
 * @return 0 when nothing arrives; ERLANG_SERVERS_MAX when even they do not do.
 */
uint32_t erlang_servers(const struct erlang_load *load, double target, double within);
