/* Any bytes as event_socket.conf.xml: every value ends within its room. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/decode/fs_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fs_conf conf;

	fs_conf_read((struct slice){ (const char *)data, size }, &conf);
	if (memchr(conf.password, '\0', sizeof(conf.password)) == NULL ||
	    memchr(conf.listen_ip, '\0', sizeof(conf.listen_ip)) == NULL ||
	    memchr(conf.acl, '\0', sizeof(conf.acl)) == NULL) {
		abort();
	}
	return 0;
}
