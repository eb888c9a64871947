#include "agent/posture/tls_probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "agent/posture/own_address.h"
#include "common/buf.h"

#define SUITES_MAX_BYTES 16384

/* ---- offering ---- */

/* RFC 9325 4.2: forward secrecy by an ephemeral exchange, AEAD for the data. */
static bool is_strong(const SSL_CIPHER *suite)
{
	int exchange = SSL_CIPHER_get_kx_nid(suite);
	bool ephemeral = exchange == NID_kx_ecdhe || exchange == NID_kx_dhe ||
	                 exchange == NID_kx_any; /* TLS 1.3 */

	return ephemeral && SSL_CIPHER_is_aead(suite) == 1 &&
	       SSL_CIPHER_get_auth_nid(suite) != NID_auth_null;
}

/* All suites this OpenSSL has that are not strong. Those with a shared key nobody gave us are left
 * out, because they could not be agreed upon. */
static int offer_weak(SSL_CTX *ctx)
{
	STACK_OF(SSL_CIPHER) * suites;
	struct buf names;
	int rc;

	if (SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:!PSK:!SRP:@SECLEVEL=0") != 1) {
		return -1;
	}
	buf_init(&names, SUITES_MAX_BYTES);
	suites = SSL_CTX_get_ciphers(ctx);
	for (int i = 0; i < sk_SSL_CIPHER_num(suites); i++) {
		const SSL_CIPHER *suite = sk_SSL_CIPHER_value(suites, i);

		if (!is_strong(suite)) {
			buf_add_text(&names, SSL_CIPHER_get_name(suite));
			buf_add_char(&names, ':');
		}
	}
	buf_add_text(&names, "@SECLEVEL=0");
	rc = names.failed || SSL_CTX_set_cipher_list(ctx, buf_text(&names)) != 1 ? -1 : 0;
	buf_free(&names);
	return rc;
}

static int prepare(SSL_CTX *ctx, const struct tls_offer *offer)
{
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	(void)SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_TICKET |
	                                       SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_security_level(ctx, 0);
	if (SSL_CTX_set_min_proto_version(ctx, offer->version) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, offer->version) != 1) {
		return -1;
	}
	if (offer->weak) {
		return offer_weak(ctx);
	}
	return SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:!PSK:!SRP:@SECLEVEL=0") == 1 ? 0
	                                                                                      : -1;
}

/* ---- waiting ---- */

static int64_t mono_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* @return 1 when the socket is ready, 0 when the time is up or it shall stop. */
static int wait_for(const struct tls_target *t, int fd, short events, int64_t end_ms)
{
	struct pollfd fds[2] = { { .fd = fd, .events = events },
		                 { .fd = t->cancel_fd, .events = POLLIN } };

	for (;;) {
		int64_t left_ms = end_ms - mono_ms();
		int n = left_ms > 0 ? poll(fds, 2, (int)left_ms) : 0;

		if (n < 0 && errno == EINTR) {
			continue;
		}
		return n > 0 && fds[1].revents == 0 && fds[0].revents != 0;
	}
}

static socklen_t socket_address(const struct tls_target *t, struct sockaddr_storage *out)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(t->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(t->port) };
	uint64_t halves[2] = { __builtin_bswap64(t->address.high),
		               __builtin_bswap64(t->address.low) };

	memset(out, 0, sizeof(*out));
	if (net_addr_is_v4(t->address)) {
		in.sin_addr.s_addr = htonl((uint32_t)t->address.low);
		memcpy(out, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(&in6.sin6_addr, halves, sizeof(halves));
	memcpy(out, &in6, sizeof(in6));
	return sizeof(in6);
}

/* @return a connected socket, -ETIMEDOUT, or -errno. */
static int connect_to(const struct tls_target *t, int64_t end_ms)
{
	struct sockaddr_storage address;
	socklen_t len = socket_address(t, &address);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;
	socklen_t size = sizeof(error);

	if (fd < 0) {
		return -errno;
	}
	if (connect(fd, (const struct sockaddr *)&address, len) != 0) {
		error = errno;
		if (error == EINPROGRESS && wait_for(t, fd, POLLOUT, end_ms) == 0) {
			error = ETIMEDOUT;
		} else if (error == EINPROGRESS &&
		           getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
			error = errno;
		}
	}
	if (error != 0) {
		(void)close(fd);
		return -error;
	}
	return fd;
}

/* ---- shaking hands ---- */

/* A failure by its reason: bytes that are no TLS record, or a refusal in TLS's own words or by
 * hanging up. */
static enum tls_reply failure(void)
{
	unsigned long error = ERR_peek_error();

	if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
	    (ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER ||
	     ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST ||
	     ERR_GET_REASON(error) == SSL_R_PACKET_LENGTH_TOO_LONG)) {
		return TLS_REPLY_NO_TLS;
	}
	return TLS_REPLY_REFUSED;
}

static enum tls_reply shake(const struct tls_target *t, SSL *ssl, int fd, int64_t end_ms)
{
	for (;;) {
		int rc;
		int why;

		ERR_clear_error();
		rc = SSL_connect(ssl);
		why = rc == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, rc);
		if (rc == 1) {
			return TLS_REPLY_ACCEPTED;
		}
		if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
			return failure();
		}
		if (wait_for(t, fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, end_ms) == 0) {
			return TLS_REPLY_NONE;
		}
	}
}

static void keep(SSL *ssl, struct tls_outcome *out)
{
	const SSL_CIPHER *suite = SSL_get_current_cipher(ssl);

	out->certificate = SSL_get1_peer_certificate(ssl);
	if (out->reply == TLS_REPLY_REFUSED && out->certificate != NULL) {
		/* it took the offer and showed its certificate; then it wanted to see ours */
		out->reply = TLS_REPLY_ACCEPTED;
	}
	if (out->reply == TLS_REPLY_ACCEPTED && suite != NULL) {
		(void)snprintf(out->cipher, sizeof(out->cipher), "%s", SSL_CIPHER_get_name(suite));
	}
	if (out->reply == TLS_REPLY_ACCEPTED) {
		(void)SSL_shutdown(ssl); /* say goodbye; nobody waits for an answer */
	}
}

static int ask(const struct tls_target *t, SSL_CTX *ctx, struct tls_outcome *out)
{
	int64_t end_ms = mono_ms() + t->deadline_ms;
	SSL *ssl;
	int fd = connect_to(t, end_ms);

	if (fd < 0) {
		out->reply = fd == -ETIMEDOUT ? TLS_REPLY_NONE : TLS_REPLY_NOBODY;
		return 0;
	}
	ssl = SSL_new(ctx);
	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		(void)close(fd);
		return -ENOMEM;
	}
	out->reply = shake(t, ssl, fd, end_ms);
	keep(ssl, out);
	SSL_free(ssl);
	(void)close(fd);
	return 0;
}

int tls_probe(const struct tls_target *target, const struct tls_offer *offer,
              struct tls_outcome *out)
{
	SSL_CTX *ctx;
	int rc = 0;

	*out = (struct tls_outcome){ .reply = TLS_REPLY_UNTRIED };
	if (!own_address(target->address)) {
		return -EADDRNOTAVAIL;
	}
	ctx = SSL_CTX_new(TLS_client_method());
	if (ctx == NULL) {
		return -ENOMEM;
	}
	if (prepare(ctx, offer) == 0) {
		rc = ask(target, ctx, out);
	}
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return rc;
}
