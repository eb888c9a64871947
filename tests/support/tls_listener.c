#include "tests/support/tls_listener.h"

#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/ssl.h>

struct tls_listener {
	SSL_CTX *ctx;
	int fd;
	uint16_t port;
	pthread_t thread;
};

static int listen_on_loopback(uint16_t *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(fd >= 0);
	assert(bind(fd, (const struct sockaddr *)&in, sizeof(in)) == 0);
	assert(listen(fd, 16) == 0);
	assert(getsockname(fd, (struct sockaddr *)&in, &len) == 0);
	*port = ntohs(in.sin_port);
	return fd;
}

/* A client that hangs in mid-handshake does not hold the server for longer than a test waits. */
static void serve(struct tls_listener *l, int fd)
{
	const struct timeval patience = { 5, 0 };
	SSL *ssl = SSL_new(l->ctx);
	char byte;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert(ssl != NULL && SSL_set_fd(ssl, fd) == 1);
	if (SSL_accept(ssl) == 1) {
		(void)SSL_read(ssl, &byte, 1); /* until the peer says goodbye */
	}
	SSL_free(ssl);
}

static void *work(void *arg)
{
	struct tls_listener *l = arg;
	int fd;

	while ((fd = accept(l->fd, NULL, NULL)) >= 0) {
		serve(l, fd);
		(void)close(fd);
	}
	return NULL;
}

struct tls_listener *tls_listener_open(const struct tls_listener_options *o)
{
	struct tls_listener *l = calloc(1, sizeof(*l));
	const char *suites = o->suites != NULL ? o->suites : "ALL:COMPLEMENTOFALL";

	(void)signal(SIGPIPE, SIG_IGN); /* as in the programs: a peer that hangs up is an error */
	assert(l != NULL);
	l->ctx = SSL_CTX_new(TLS_server_method());
	assert(l->ctx != NULL);
	SSL_CTX_set_security_level(l->ctx, 0);
	assert(SSL_CTX_set_min_proto_version(l->ctx, o->min_version) == 1);
	assert(SSL_CTX_set_max_proto_version(l->ctx, o->max_version) == 1);
	assert(SSL_CTX_set_cipher_list(l->ctx, suites) == 1);
	SSL_CTX_set_security_level(l->ctx, 0);
	assert(SSL_CTX_use_certificate_chain_file(l->ctx, o->certificate) == 1);
	assert(SSL_CTX_use_PrivateKey_file(l->ctx, o->key, SSL_FILETYPE_PEM) == 1);
	if (o->client_ca != NULL) {
		assert(SSL_CTX_load_verify_locations(l->ctx, o->client_ca, NULL) == 1);
		SSL_CTX_set_verify(l->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	l->fd = listen_on_loopback(&l->port);
	assert(pthread_create(&l->thread, NULL, work, l) == 0);
	return l;
}

uint16_t tls_listener_port(const struct tls_listener *l)
{
	return l->port;
}

void tls_listener_close(struct tls_listener *l)
{
	if (l == NULL) {
		return;
	}
	(void)shutdown(l->fd, SHUT_RDWR); /* accept returns */
	(void)pthread_join(l->thread, NULL);
	(void)close(l->fd);
	SSL_CTX_free(l->ctx);
	free(l);
}

int silent_listener(uint16_t *port)
{
	return listen_on_loopback(port);
}

uint16_t closed_port(void)
{
	uint16_t port;

	(void)close(listen_on_loopback(&port));
	return port;
}
