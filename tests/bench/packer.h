/* Where the benches' records go: packed, as the agent packs them, and forgotten. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/pseudonym.h"
#include "common/buf.h"
#include "cxmeter/record.h"
#include "proto/evidence.pb-c.h"

#define PACKER_BYTES ((size_t)256 * 1024) /* where the agent would commit */

struct packer {
	struct cxm_catalog catalog;
	struct buf out;
	uint64_t records;
};

static inline int packer_init(struct packer *p)
{
	struct fault fault;

	p->records = 0;
	buf_init(&p->out, 4 * PACKER_BYTES);
	return cxm_catalog_init(&p->catalog, &cxm__evidence__descriptor, &fault);
}

static inline void packer_free(struct packer *p)
{
	buf_free(&p->out);
	cxm_catalog_free(&p->catalog);
}

/* A struct emit's function. */
static inline void packer_emit(void *packer, const ProtobufCMessage *m)
{
	struct packer *p = packer;

	if (p->out.len > PACKER_BYTES) {
		buf_reset(&p->out);
	}
	if (cxm_record_append(cxm_kind_of(&p->catalog, m->descriptor), m, &p->out) == 0) {
		p->records++;
	}
}

/* Of a fresh key and the numbers of the Netherlands, as the generators write them. NULL: no. */
static inline struct pseudonym *packer_pseudonym(void)
{
	static const struct pseudonym_plan plan = { "31", "00", "0" };
	char folder[] = "/tmp/cxmeter-bench-XXXXXX";
	char path[sizeof(folder) + 4];
	struct pseudonym *p = NULL;
	struct fault fault;

	if (mkdtemp(folder) == NULL) {
		return NULL;
	}
	(void)snprintf(path, sizeof(path), "%s/key", folder);
	if (pseudonym_write_key(path, &fault) == 0 &&
	    pseudonym_open(&p, path, &plan, &fault) != 0) {
		p = NULL;
	}
	(void)unlink(path);
	(void)rmdir(folder);
	return p;
}
