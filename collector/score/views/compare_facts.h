/*
 * What is known about sites that no evidence says: vendor, country, and which kind of queue each
 * queue is. From a file (docs/compare.md) and from the command line.
 */
#pragma once

#include <stddef.h>

#include "common/fault.h"
#include "common/slice.h"

#define COMPARE_FACTS_MAX  1024
#define COMPARE_QUEUES_MAX 1024 /* of one site */

struct compare_queue {
	const char *name;
	const char *type;
};

struct compare_fact {
	const char *site;
	const char *vendor;  /* NULL: not known */
	const char *country; /* NULL: not known */
	struct compare_queue *queues;
	size_t n_queues;
};

struct compare_facts {
	struct compare_fact *all;
	size_t n;
	struct compare_facts_owner *owner;
};

/** Read a file of sites. @return 0, -errno, -EBADMSG, -EINVAL; explained with file and line. */
int compare_facts_load(struct compare_facts *out, const char *path, struct fault *fault);
int compare_facts_parse(struct compare_facts *out, const char *path, const void *data,
                        size_t len_bytes, struct fault *fault);

/** Add "site=vendor,site=vendor"; it wins over the file. @return 0, -EINVAL, -ENOMEM; explained. */
int compare_facts_vendors(struct compare_facts *to, const char *text, struct fault *fault);
void compare_facts_free(struct compare_facts *facts);

/** NULL when nothing is known of it. */
const struct compare_fact *compare_fact_of(const struct compare_facts *facts, const char *site);

/** The type of a queue; its own name where nobody gave one. */
struct slice compare_queue_type(const struct compare_fact *fact, struct slice queue);
