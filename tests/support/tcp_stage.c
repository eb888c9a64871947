#include "tests/support/tcp_stage.h"

#include "tests/support/exact.h"

static void on_message(void *arg, const struct packet *p, struct slice message)
{
	struct tcp_stage *s = arg;
	char *text = malloc(message.len + 1);

	if (text == NULL || s->n == TCP_STAGE_MESSAGES_MAX) {
		abort();
	}
	memcpy(text, message.at, message.len);
	text[message.len] = '\0';
	s->packets[s->n] = *p;
	s->lens[s->n] = message.len;
	s->texts[s->n++] = text;
}

int tcp_stage_set_up(void **state)
{
	static const struct siphash_key key = { 1, 2 };
	struct tcp_stage *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		return -1;
	}
	s->tcp = tcp_new(&key, on_message, s);
	s->sip_port = true;
	s->next = (struct packet){ .src = net_addr_v4(0xc0000201),
		                   .dst = net_addr_v4(0xc0000202),
		                   .src_port = 40000,
		                   .dst_port = 5060,
		                   .transport = PACKET_TCP };
	*state = s;
	return s->tcp == NULL ? -1 : 0;
}

int tcp_stage_tear_down(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_forget(s);
	tcp_free(s->tcp);
	free(s);
	return 0;
}

void tcp_stage_bytes(struct tcp_stage *s, uint32_t sequence, const char *bytes, size_t len)
{
	struct slice data = exact(bytes, len);
	struct packet p = s->next;

	p.tcp_sequence = sequence;
	p.payload = cursor_of(data.at, data.len);
	p.payload_bytes = (uint32_t)len;
	tcp_segment(s->tcp, &p, s->sip_port);
	exact_free(data);
}

void tcp_stage_text(struct tcp_stage *s, uint32_t sequence, const char *text)
{
	tcp_stage_bytes(s, sequence, text, strlen(text));
}

void tcp_stage_flags(struct tcp_stage *s, uint32_t sequence, uint8_t flags)
{
	s->next.tcp_flags = flags;
	tcp_stage_bytes(s, sequence, "", 0);
	s->next.tcp_flags = 0;
}

void tcp_stage_forget(struct tcp_stage *s)
{
	while (s->n > 0) {
		free(s->texts[--s->n]);
	}
}
