#include "agent/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/bufferevent_ssl.h>
#include <event2/util.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "agent/resolve.h"
#include "common/tls.h"

#define LOOKUP_WAIT_S    20 /* two name servers, glibc's 5 s, two rounds */
#define HANDSHAKE_WAIT_S (DIAL_HANDSHAKE_WAIT_US / 1000000)
#define WHY_MAX          256

struct dial {
	struct event_base *base;
	struct dial_calls calls;
	char *host; /* owned */
	uint16_t port;
	SSL_CTX *ctx;                   /* held; NULL: no TLS */
	struct event *turn;             /* the next step, outside of any callback */
	struct event *deadline;         /* of the lookup, or of one address */
	struct resolve *lookup;         /* under way */
	struct addrinfo *addresses;     /* owned */
	const struct addrinfo *address; /* the one being tried, or that did */
	int fd;                         /* connecting; -1: not, or `bev` has it */
	struct event *connecting;       /* `fd` becomes writable */
	struct bufferevent *bev;        /* shaking hands */
	bool failed;                    /* `turn` goes on to the next address */
};

/* ---- why ---- */

const char *dial_why(struct bufferevent *bev, short what, char *out, size_t size)
{
	int error = EVUTIL_SOCKET_ERROR();
	unsigned long tls = bufferevent_get_openssl_error(bev);
	const SSL *ssl = bufferevent_openssl_get_ssl(bev);
	long verify = ssl != NULL ? SSL_get_verify_result(ssl) : X509_V_OK;
	const char *reason = tls != 0 ? ERR_reason_error_string(tls) : NULL;

	if (verify != X509_V_OK) {
		(void)snprintf(out, size,
		               "its certificate is refused: %s: `address` must stand in it, and "
		               "`ca` hold its "
		               "CA",
		               X509_verify_cert_error_string(verify));
	} else if (reason != NULL) {
		(void)snprintf(out, size, "TLS failed: %s%s", reason,
		               strstr(reason, "alert") != NULL
		                       ? ": it refused our certificate, which must be of the CA it "
		                         "knows, in its time and not revoked"
		                       : "");
	} else if ((what & BEV_EVENT_ERROR) != 0 && error != 0) {
		(void)snprintf(out, size, "%s", evutil_socket_error_to_string(error));
	} else {
		(void)snprintf(out, size, "it closed the connection");
	}
	ERR_clear_error();
	return out;
}

/* ---- one address ---- */

static void drop_attempt(struct dial *d)
{
	(void)evtimer_del(d->deadline);
	if (d->connecting != NULL) {
		event_free(d->connecting);
		d->connecting = NULL;
	}
	if (d->fd >= 0) {
		(void)close(d->fd);
		d->fd = -1;
	}
	if (d->bev != NULL) {
		bufferevent_free(d->bev);
		d->bev = NULL;
	}
}

/* Of one attempt only the first failure counts. */
static void fail(struct dial *d, const char *why)
{
	if (!d->failed) {
		d->failed = true;
		event_active(d->turn, 0, 0);
		d->calls.trouble(d->calls.arg, why);
	}
}

static void hand_over(struct dial *d)
{
	struct bufferevent *bev = d->bev;
	int on = 1;

	/* what is sent is written whole; waiting for more only delays the answer */
	(void)setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	d->bev = NULL;
	drop_attempt(d);
	d->calls.done(d->calls.arg, bev);
}

static void on_shaken(struct dial *d)
{
	const char *why = d->calls.stranger != NULL
	                          ? d->calls.stranger(bufferevent_openssl_get_ssl(d->bev))
	                          : NULL;

	if (why != NULL) {
		fail(d, why);
	} else {
		hand_over(d);
	}
}

static void shake_cb(struct bufferevent *bev, short what, void *arg)
{
	struct dial *d = arg;
	char why[WHY_MAX];

	if (d->failed) {
		return;
	}
	if ((what & BEV_EVENT_CONNECTED) != 0) {
		on_shaken(d);
	} else {
		fail(d, dial_why(bev, what, why, sizeof(why)));
	}
}

static void begin_tls(struct dial *d)
{
	SSL *ssl = tls_client(d->ctx, d->host);

	d->bev = ssl != NULL ? bufferevent_openssl_socket_new(
				       d->base, d->fd, ssl, BUFFEREVENT_SSL_CONNECTING,
				       BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS)
	                     : NULL;
	if (d->bev == NULL) {
		SSL_free(ssl);
		fail(d, "out of memory");
		return;
	}
	d->fd = -1;
	bufferevent_openssl_set_allow_dirty_shutdown(d->bev, 1);
	bufferevent_setcb(d->bev, NULL, NULL, shake_cb, d);
	(void)bufferevent_enable(d->bev, EV_READ | EV_WRITE);
}

static void begin_plain(struct dial *d)
{
	d->bev = bufferevent_socket_new(d->base, d->fd,
	                                BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (d->bev == NULL) {
		fail(d, "out of memory");
		return;
	}
	d->fd = -1;
	(void)bufferevent_enable(d->bev, EV_READ | EV_WRITE);
	hand_over(d);
}

static void connecting_cb(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;
	int error = 0;
	socklen_t size = sizeof(error);

	(void)what;
	if (d->failed) {
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
		fail(d, strerror(error != 0 ? error : errno));
		return;
	}
	if (d->ctx != NULL) {
		begin_tls(d);
	} else {
		begin_plain(d);
	}
}

/* Not left to bufferevent_socket_connect, which with TLS forgets why it failed. */
static int open_socket(struct dial *d)
{
	const struct addrinfo *a = d->address;

	d->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0) {
		return -errno;
	}
	if (connect(d->fd, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS) {
		return -errno;
	}
	d->connecting = event_new(d->base, d->fd, EV_WRITE, connecting_cb, d);
	return d->connecting != NULL && event_add(d->connecting, NULL) == 0 ? 0 : -ENOMEM;
}

static void try_address(struct dial *d)
{
	const struct timeval patience = { .tv_sec = HANDSHAKE_WAIT_S };
	int rc;

	d->failed = false;
	(void)evtimer_add(d->deadline, &patience);
	rc = open_socket(d);
	if (rc != 0) {
		fail(d, strerror(-rc));
	}
}

/* ---- all addresses ---- */

static void on_lookup(void *arg, int error, struct addrinfo *found)
{
	struct dial *d = arg;
	char why[WHY_MAX];

	d->lookup = NULL;
	(void)evtimer_del(d->deadline);
	if (error == 0 && found != NULL) {
		d->addresses = found;
		d->address = found;
		try_address(d);
		return;
	}
	(void)snprintf(why, sizeof(why), "its name cannot be looked up: %s", gai_strerror(error));
	fail(d, why);
}

/* After a failure: the next address, or the owner. */
static void turn_cb(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;

	(void)fd;
	(void)what;
	drop_attempt(d);
	resolve_cancel(d->lookup);
	d->lookup = NULL;
	d->address = d->address != NULL ? d->address->ai_next : NULL;
	if (d->address != NULL) {
		try_address(d);
	} else {
		d->calls.done(d->calls.arg, NULL);
	}
}

static void deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;

	(void)fd;
	(void)what;
	fail(d, d->lookup != NULL ? "no answer from the name servers" : "no answer within 10 s");
}

static void look_up(struct dial *d)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
		                        .ai_socktype = SOCK_STREAM,
		                        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	const struct timeval patience = { .tv_sec = LOOKUP_WAIT_S };
	struct addrinfo *found = NULL;
	char port[8];
	int rc;

	(void)snprintf(port, sizeof(port), "%u", d->port);
	if (getaddrinfo(d->host, port, &hints, &found) == 0 && found != NULL) {
		on_lookup(d, 0, found); /* an address, not a name: nobody is asked */
		return;
	}
	(void)evtimer_add(d->deadline, &patience);
	rc = resolve_start(&d->lookup, d->base, d->host, d->port, on_lookup, d);
	if (rc != 0) {
		fail(d, strerror(-rc));
	}
}

/* ---- life ---- */

int dial_new(struct dial **out, struct event_base *base, const struct dial_calls *calls)
{
	struct dial *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		return -ENOMEM;
	}
	d->base = base;
	d->calls = *calls;
	d->fd = -1;
	d->turn = event_new(base, -1, 0, turn_cb, d);
	d->deadline = evtimer_new(base, deadline_cb, d);
	if (d->turn == NULL || d->deadline == NULL) {
		dial_free(d);
		return -ENOMEM;
	}
	*out = d;
	return 0;
}

void dial_start(struct dial *d, const char *host, uint16_t port, SSL_CTX *ctx)
{
	dial_stop(d);
	d->failed = false;
	d->host = strdup(host);
	d->port = port;
	d->ctx = ctx;
	if (ctx != NULL) {
		(void)SSL_CTX_up_ref(ctx);
	}
	if (d->host == NULL) {
		fail(d, "out of memory");
		return;
	}
	look_up(d);
}

void dial_next(struct dial *d)
{
	d->failed = true;
	event_active(d->turn, 0, 0);
}

void dial_stop(struct dial *d)
{
	(void)event_del(d->turn);
	drop_attempt(d);
	resolve_cancel(d->lookup);
	d->lookup = NULL;
	if (d->addresses != NULL) {
		freeaddrinfo(d->addresses);
	}
	d->addresses = NULL;
	d->address = NULL;
	free(d->host);
	d->host = NULL;
	SSL_CTX_free(d->ctx);
	d->ctx = NULL;
}

void dial_free(struct dial *d)
{
	if (d == NULL) {
		return;
	}
	if (d->turn != NULL && d->deadline != NULL) {
		dial_stop(d);
	}
	if (d->turn != NULL) {
		event_free(d->turn);
	}
	if (d->deadline != NULL) {
		event_free(d->deadline);
	}
	free(d);
}

const char *dial_address(const struct dial *d, char out[DIAL_ADDRESS_TEXT_MAX])
{
	out[0] = '\0';
	if (d->address != NULL) {
		(void)getnameinfo(d->address->ai_addr, d->address->ai_addrlen, out,
		                  DIAL_ADDRESS_TEXT_MAX, NULL, 0, NI_NUMERICHOST);
	}
	return out;
}
