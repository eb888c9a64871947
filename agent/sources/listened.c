/* Until when live packets were heard; see listened.h. */
#include "agent/sources/listened.h"

#include <errno.h>

#include "common/unconst.h"

#define LISTENED_VERSION 1

static void on_refresh(evutil_socket_t fd, short what, void *arg)
{
	const struct source_env *env = arg;

	(void)fd;
	(void)what;
	env->touched(env->agent);
}

static int64_t load(struct cursor checkpoint)
{
	unsigned version = cursor_u8(&checkpoint);
	uint64_t at_us = cursor_u64le(&checkpoint);

	return !checkpoint.bad && version == LISTENED_VERSION && at_us <= INT64_MAX ? (int64_t)at_us
	                                                                            : 0;
}

int listened_open(struct listened *l, const struct source_env *env)
{
	const struct timeval every = { .tv_sec = LISTENED_REFRESH_S };

	*l = (struct listened){ .before_us = load(env->checkpoint) };
	l->refresh = event_new(env->base, -1, EV_PERSIST, on_refresh, unconst(env));
	return l->refresh != NULL && event_add(l->refresh, &every) == 0 ? 0 : -ENOMEM;
}

void listened_begin(struct listened *l, const struct source_env *env, Cxm__Source source,
                    const char *part)
{
	int64_t now_us = env_wall_us(env->env);
	Cxm__Gap m = CXM__GAP__INIT;

	if (l->before_us == 0 || now_us - l->before_us < LISTENED_CLOCK_US) {
		return;
	}
	m.at_us = l->before_us;
	m.source = source;
	m.host = unconst(env->host);
	m.reason = CXM__GAP__REASON__SOURCE_DOWN;
	m.part = unconst(part);
	m.has_seen_us = m.has_to_us = 1;
	m.seen_us = m.to_us = now_us;
	m.detail = unconst("the agent did not run");
	(void)env->emit(env->agent, &m.base);
	l->before_us = 0;
}

int listened_checkpoint(struct listened *l, const struct source_env *env, struct buf *out)
{
	int64_t now_us = env_wall_us(env->env);

	if (now_us - l->kept_us < LISTENED_GRAIN_US && now_us >= l->kept_us) {
		return 0;
	}
	l->kept_us = now_us;
	buf_add_char(out, LISTENED_VERSION);
	buf_add_u64le(out, (uint64_t)now_us);
	return 1;
}

void listened_close(struct listened *l)
{
	if (l->refresh != NULL) {
		event_free(l->refresh);
		l->refresh = NULL;
	}
}
