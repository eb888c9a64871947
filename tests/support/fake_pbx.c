#include "tests/support/fake_pbx.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

struct fake_pbx {
	struct event_base *base;
	struct fake_pbx_calls calls;
	struct evconnlistener *listener;
	struct bufferevent *client; /* NULL: nobody is there */
	bool hanging_up;
	uint16_t port;
	unsigned connects;
	size_t heard_len;
	char heard[FAKE_PBX_HEARD_MAX];
};

static void drop(struct fake_pbx *pbx)
{
	if (pbx->client != NULL) {
		bufferevent_free(pbx->client);
		pbx->client = NULL;
	}
}

static void read_cb(struct bufferevent *bev, void *arg)
{
	struct fake_pbx *pbx = arg;
	size_t room = sizeof(pbx->heard) - 1 - pbx->heard_len;
	size_t n = bufferevent_read(bev, pbx->heard + pbx->heard_len, room);

	assert_true(room > 0);
	pbx->heard_len += n;
	pbx->heard[pbx->heard_len] = '\0';
	if (pbx->calls.heard != NULL) {
		pbx->calls.heard(pbx->calls.arg, pbx);
	}
}

static void write_cb(struct bufferevent *bev, void *arg)
{
	struct fake_pbx *pbx = arg;

	if (pbx->hanging_up && evbuffer_get_length(bufferevent_get_output(bev)) == 0) {
		drop(pbx);
	}
}

static void event_cb(struct bufferevent *bev, short what, void *arg)
{
	struct fake_pbx *pbx = arg;

	(void)bev;
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0) {
		drop(pbx);
		if (pbx->calls.gone != NULL) {
			pbx->calls.gone(pbx->calls.arg, pbx);
		}
	}
}

static void accept_cb(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                      int len, void *arg)
{
	struct fake_pbx *pbx = arg;

	(void)listener;
	(void)address;
	(void)len;
	drop(pbx);
	pbx->heard_len = 0;
	pbx->heard[0] = '\0';
	pbx->hanging_up = false;
	pbx->connects++;
	pbx->client = bufferevent_socket_new(pbx->base, fd, BEV_OPT_CLOSE_ON_FREE);
	assert_non_null(pbx->client);
	bufferevent_setcb(pbx->client, read_cb, write_cb, event_cb, pbx);
	(void)bufferevent_enable(pbx->client, EV_READ | EV_WRITE);
	if (pbx->calls.connected != NULL) {
		pbx->calls.connected(pbx->calls.arg, pbx);
	}
}

struct fake_pbx *fake_pbx_new(struct event_base *base, const struct fake_pbx_calls *calls)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	struct fake_pbx *pbx = calloc(1, sizeof(*pbx));

	assert_non_null(pbx);
	pbx->base = base;
	pbx->calls = *calls;
	pbx->listener = evconnlistener_new_bind(base, accept_cb, pbx,
	                                        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 1,
	                                        (struct sockaddr *)&address, sizeof(address));
	assert_non_null(pbx->listener);
	assert_int_equal(getsockname(evconnlistener_get_fd(pbx->listener),
	                             (struct sockaddr *)&address, &len),
	                 0);
	pbx->port = ntohs(address.sin_port);
	return pbx;
}

void fake_pbx_free(struct fake_pbx *pbx)
{
	if (pbx == NULL) {
		return;
	}
	drop(pbx);
	evconnlistener_free(pbx->listener);
	free(pbx);
}

uint16_t fake_pbx_port(const struct fake_pbx *pbx)
{
	return pbx->port;
}

void fake_pbx_say_bytes(struct fake_pbx *pbx, const void *data, size_t len_bytes)
{
	assert_non_null(pbx->client);
	assert_int_equal(bufferevent_write(pbx->client, data, len_bytes), 0);
}

void fake_pbx_say(struct fake_pbx *pbx, const char *text)
{
	fake_pbx_say_bytes(pbx, text, strlen(text));
}

const char *fake_pbx_heard(const struct fake_pbx *pbx)
{
	return pbx->heard;
}

bool fake_pbx_took(struct fake_pbx *pbx, const char *text)
{
	const char *found = strstr(pbx->heard, text);
	size_t taken;

	if (found == NULL) {
		return false;
	}
	taken = (size_t)(found - pbx->heard) + strlen(text);
	memmove(pbx->heard, pbx->heard + taken, pbx->heard_len - taken + 1);
	pbx->heard_len -= taken;
	return true;
}

void fake_pbx_hang_up(struct fake_pbx *pbx)
{
	if (pbx->client != NULL) {
		pbx->hanging_up = true;
		write_cb(pbx->client, pbx);
	}
}

void fake_pbx_reset(struct fake_pbx *pbx)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	assert_non_null(pbx->client);
	assert_int_equal(setsockopt(bufferevent_getfd(pbx->client), SOL_SOCKET, SO_LINGER, &now,
	                            sizeof(now)),
	                 0);
	drop(pbx);
}

bool fake_pbx_is_connected(const struct fake_pbx *pbx)
{
	return pbx->client != NULL;
}

unsigned fake_pbx_connects(const struct fake_pbx *pbx)
{
	return pbx->connects;
}
