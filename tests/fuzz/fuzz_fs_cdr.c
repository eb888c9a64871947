/*
 * Any bytes as a call detail record of FreeSWITCH: what is accepted names a channel, and every text
 * lies in the room of its facts; of what it executed no more is told than the limit. The first byte
 * says whether variables are URL-encoded.
 */
#include <stdint.h>
#include <stdlib.h>

#include "agent/decode/fs_cdr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is handed out lies in the room or in the text. */
static void on_executed(void *arg, const struct fs_executed *e)
{
	unsigned *n = arg;

	if (e->at_us <= 0 || e->app.len == 0 || ++*n > FS_CDR_EXECUTED_MAX) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fs_facts facts;
	struct json_room room = { malloc(size + 1), size, 0 };
	unsigned n = 0;
	int rc;

	if (size == 0 || room.at == NULL) {
		free(room.at);
		return 0;
	}
	rc = fs_cdr_json((struct slice){ (const char *)data + 1, size - 1 }, (data[0] & 1) != 0,
	                 &room, &facts);
	if (rc == 0 && !fs_has(&facts, FS_ID)) {
		abort();
	}
	for (unsigned i = 0; i < FS_FACTS; i++) {
		struct slice text = facts.text[i];

		if (text.len > 0 && (text.at < facts.room ||
		                     text.at + text.len > facts.room + sizeof(facts.room))) {
			abort();
		}
	}
	(void)fs_cdr_executed((struct slice){ (const char *)data + 1, size - 1 }, &room,
	                      on_executed, &n);
	free(room.at);
	return 0;
}
