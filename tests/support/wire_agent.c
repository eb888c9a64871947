#include "tests/support/wire_agent.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "common/tls.h"
#include "common/unconst.h"
#include "cxmeter/record.h"
#include "proto/evidence.pb-c.h"

#define BASE_US INT64_C(1767225600000000) /* 2026-01-01 */

void wire_add_frame(struct buf *out, const Cxm__Frame *frame)
{
	int rc = cxm_frame_append(frame, out);

	assert(rc == 0);
}

void wire_add_hello(struct buf *out, const struct wire_hello *hello)
{
	Cxm__Hello h = CXM__HELLO__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;

	h.protocol = hello->protocol != 0 ? hello->protocol : CXM_PROTOCOL;
	h.spool_epoch = hello->epoch;
	h.instance = hello->instance;
	h.first_sequence = hello->first != 0 ? hello->first : 1;
	h.next_sequence = hello->next != 0 ? hello->next : h.first_sequence;
	h.timezone = unconst(hello->timezone);
	h.agent_version = unconst(hello->version);
	frame.body_case = CXM__FRAME__BODY_HELLO;
	frame.hello = &h;
	wire_add_frame(out, &frame);
}

void wire_add_records(struct buf *out, uint64_t first, uint32_t count)
{
	static char host[] = "pbx1";
	static char queue[] = "sales";

	for (uint64_t n = first; n < first + count; n++) {
		Cxm__QueueContact contact = CXM__QUEUE_CONTACT__INIT;
		Cxm__Evidence evidence = CXM__EVIDENCE__INIT;
		size_t size;
		uint8_t *to;

		contact.at_us = BASE_US + (int64_t)n * 1000000;
		contact.source = CXM__SOURCE__QUEUE_LOG;
		contact.host = host;
		contact.contact = n;
		contact.queue = queue;
		contact.has_wait_ms = true;
		contact.wait_ms = (uint32_t)(n % 60000);
		evidence.record_case = CXM__EVIDENCE__RECORD_QUEUE_CONTACT;
		evidence.queue_contact = &contact;
		size = cxm__evidence__get_packed_size(&evidence);
		buf_add_varint(out, size);
		to = buf_reserve(out, size);
		assert(to != NULL);
		(void)cxm__evidence__pack(&evidence, to);
		buf_commit(out, size);
	}
}

void wire_add_batch(struct buf *out, uint64_t first, uint32_t count, uint64_t lost)
{
	Cxm__Batch batch = CXM__BATCH__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;
	struct buf records;

	buf_init(&records, FRAME_MAX_BYTES);
	wire_add_records(&records, first, count);
	batch.first_sequence = first;
	batch.count = count;
	batch.has_lost = lost > 0;
	batch.lost = lost;
	batch.has_records = count > 0;
	batch.records = (ProtobufCBinaryData){ records.len, records.data };
	frame.body_case = CXM__FRAME__BODY_BATCH;
	frame.batch = &batch;
	wire_add_frame(out, &frame);
	buf_free(&records);
}

struct wire_agent {
	int fd;
	SSL *ssl;
	struct buf in;
	size_t used;
	struct arena arena;
};

SSL_CTX *wire_context(const struct pki *pki, const char *name)
{
	static const unsigned char alpn[] = "\x09"
					    "cxmeter/1";
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	char file[64];
	int ok;

	assert(ctx != NULL);
	ok = SSL_CTX_load_verify_locations(ctx, pki_path(pki, "ca.pem"), NULL);
	assert(ok == 1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	ok = SSL_CTX_set_alpn_protos(ctx, alpn, sizeof(alpn) - 1);
	assert(ok == 0);
	if (name != NULL) {
		(void)snprintf(file, sizeof(file), "%s.pem", name);
		ok = SSL_CTX_use_certificate_chain_file(ctx, pki_path(pki, file));
		assert(ok == 1);
		(void)snprintf(file, sizeof(file), "%s.key", name);
		ok = SSL_CTX_use_PrivateKey_file(ctx, pki_path(pki, file), SSL_FILETYPE_PEM);
		assert(ok == 1);
	}
	return ctx;
}

int wire_connect_raw(uint16_t port)
{
	const struct timeval patience = { .tv_sec = WIRE_PATIENCE_S };
	const int on = 1;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	assert(fd >= 0);
	(void)signal(SIGPIPE, SIG_IGN); /* a send to one who hung up is an error, not the end */
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	rc = connect(fd, (const struct sockaddr *)&to, sizeof(to));
	assert(rc == 0);
	return fd;
}

struct wire_agent *wire_connect(SSL_CTX *ctx, uint16_t port)
{
	struct wire_agent *a = calloc(1, sizeof(*a));

	assert(a != NULL);
	buf_init(&a->in, FRAME_HEAD_BYTES + FRAME_MAX_BYTES);
	arena_init(&a->arena, FRAME_ARENA_MAX_BYTES);
	a->fd = wire_connect_raw(port);
	a->ssl = tls_client(ctx, "127.0.0.1");
	assert(a->ssl != NULL && SSL_set_fd(a->ssl, a->fd) == 1);
	if (SSL_connect(a->ssl) != 1) {
		ERR_clear_error();
		wire_close(a);
		return NULL;
	}
	return a;
}

SSL *wire_ssl(struct wire_agent *a)
{
	return a->ssl;
}

void wire_send_bytes(struct wire_agent *a, const void *data, size_t len_bytes)
{
	const uint8_t *at = data;

	while (len_bytes > 0) {
		int n = SSL_write(a->ssl, at, (int)len_bytes);

		if (n <= 0) {
			ERR_clear_error(); /* the other side is gone: wire_receive will say so */
			return;
		}
		at += n;
		len_bytes -= (size_t)n;
	}
}

void wire_send(struct wire_agent *a, const struct buf *bytes)
{
	wire_send_bytes(a, bytes->data, bytes->len);
}

const Cxm__Frame *wire_receive(struct wire_agent *a)
{
	size_t frame_bytes = 0;
	int ready;

	buf_drop_front(&a->in, a->used);
	a->used = 0;
	while ((ready = cxm_frame_ready(a->in.data, a->in.len, &frame_bytes)) == 0) {
		uint8_t *room = buf_reserve(&a->in, 4096);
		int n;

		assert(room != NULL);
		n = SSL_read(a->ssl, room, 4096);
		if (n <= 0) {
			int why = SSL_get_error(a->ssl, n);

			assert(why != SSL_ERROR_WANT_READ); /* nothing came, for WIRE_PATIENCE_S */
			ERR_clear_error();
			return NULL;
		}
		buf_commit(&a->in, (size_t)n);
	}
	assert(ready == 1);
	a->used = FRAME_HEAD_BYTES + frame_bytes;
	arena_reset(&a->arena);
	return cxm_frame_unpack(a->in.data + FRAME_HEAD_BYTES, frame_bytes, &a->arena);
}

const Cxm__Frame *wire_greet(struct wire_agent *a, const struct wire_hello *hello)
{
	struct buf out;

	buf_init(&out, FRAME_MAX_BYTES);
	wire_add_hello(&out, hello);
	wire_send(a, &out);
	buf_free(&out);
	return wire_receive(a);
}

void wire_batch(struct wire_agent *a, uint64_t first, uint32_t count)
{
	struct buf out;

	buf_init(&out, FRAME_HEAD_BYTES + FRAME_MAX_BYTES);
	wire_add_batch(&out, first, count, 0);
	wire_send(a, &out);
	buf_free(&out);
}

bool wire_wait_ack(struct wire_agent *a, uint64_t sequence)
{
	for (;;) {
		const Cxm__Frame *frame = wire_receive(a);

		if (frame == NULL || frame->body_case != CXM__FRAME__BODY_ACK) {
			return false;
		}
		if (frame->ack->sequence >= sequence) {
			return true;
		}
	}
}

void wire_close(struct wire_agent *a)
{
	if (a == NULL) {
		return;
	}
	SSL_free(a->ssl);
	(void)close(a->fd);
	buf_free(&a->in);
	arena_free(&a->arena);
	free(a);
}
