/* Announced endpoints; see the header. */
#include "agent/track/endpoint.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/track/codec.h"

#define EVICT_TRIES 16 /* candidates looked at when the table is full */

static uint64_t key_of(const struct endpoints *es, struct net_addr addr, uint16_t port)
{
	uint64_t words[3] = { addr.high, addr.low, port };

	return siphash13_words(&es->key, words, 3);
}

static bool alive(const struct endpoints *es, const struct endpoint *e)
{
	return es->dialog_active == NULL || es->dialog_active(es->arg, e->dialog);
}

/* One whose dialog is gone, else the one announced the longest ago among those looked at. */
static void evict(struct endpoints *es)
{
	struct endpoint *oldest = &es->items[es->hand];

	for (uint32_t i = 0; i < EVICT_TRIES; i++) {
		struct endpoint *e = &es->items[es->hand];

		es->hand = (es->hand + 1) % es->table.capacity;
		if (!alive(es, e)) {
			(void)table_remove(&es->table, e->key);
			return;
		}
		oldest = e->at_ns < oldest->at_ns ? e : oldest;
	}
	es->evicted++;
	(void)table_remove(&es->table, oldest->key);
}

static struct endpoint *take(struct endpoints *es, uint64_t key)
{
	uint32_t slot = table_find(&es->table, key);

	if (slot == TABLE_NONE) {
		if (table_full(&es->table)) {
			evict(es);
		}
		slot = table_insert(&es->table, key);
	}
	return &es->items[slot];
}

static void take_formats(struct endpoints *es, struct endpoint *e, const struct sdp_media *line)
{
	for (uint8_t i = 0; i < line->n_formats; i++) {
		const struct sdp_format *f = &line->formats[i];

		if (e->n_formats == ENDPOINT_FORMATS) {
			es->formats_left_out += (uint64_t)(line->n_formats - i);
			return;
		}
		e->formats[e->n_formats++] = (struct endpoint_format){
			.clock_hz = f->clock_hz,
			.payload_type = f->payload_type,
			.codec = f->encoding.len > 0 ? codec_id(f->encoding) : CODEC_UNKNOWN,
		};
	}
}

void endpoints_announce(struct endpoints *es, const struct sdp *sdp, uint64_t contact,
                        uint64_t dialog, int64_t at_ns, bool recording)
{
	for (uint8_t i = 0; i < sdp->n_media; i++) {
		const struct sdp_media *line = &sdp->media[i];
		struct endpoint *e;
		uint64_t key;

		if (!line->has_addr || line->port == 0) {
			continue;
		}
		key = key_of(es, line->addr, line->port);
		e = take(es, key);
		*e = (struct endpoint){
			.key = key,
			.contact = contact,
			.dialog = dialog,
			.at_ns = at_ns,
			.ptime_ms = line->ptime_ms,
			.encrypted = line->security != SDP_PLAIN,
			.recording = recording,
		};
		take_formats(es, e, line);
		es->announced++;
		es->announcements++;
	}
}

const struct endpoint *endpoints_find(const struct endpoints *es, struct net_addr addr,
                                      uint16_t port)
{
	uint32_t slot = table_find(&es->table, key_of(es, addr, port));

	return slot != TABLE_NONE && alive(es, &es->items[slot]) ? &es->items[slot] : NULL;
}

static struct rtp_type type_of(const struct endpoint_format *f)
{
	enum codec_role role = codec_of(f->codec)->role;
	bool content = role == CODEC_AUDIO || role == CODEC_VIDEO;

	return (struct rtp_type){
		.tick_ns_q16 = content ? rtp_tick_ns_q16(f->clock_hz) : 0,
		.payload_type = f->payload_type,
		.codec = f->codec,
		.content = content,
	};
}

bool endpoint_type(const struct endpoint *e, uint8_t payload_type, struct rtp_type *out)
{
	for (uint8_t i = 0; i < e->n_formats; i++) {
		if (e->formats[i].payload_type == payload_type) {
			*out = type_of(&e->formats[i]);
			return true;
		}
	}
	return false;
}

struct rtp_type endpoint_static_type(uint8_t payload_type)
{
	struct endpoint_format f = { .payload_type = payload_type, .codec = CODEC_UNKNOWN };
	struct sdp_format known;

	if (sdp_static_format(payload_type, &known)) {
		f.clock_hz = known.clock_hz;
		f.codec = codec_id(known.encoding);
	}
	return type_of(&f);
}

int endpoints_init(struct endpoints *es, uint32_t capacity)
{
	int rc;

	*es = (struct endpoints){ 0 };
	rc = table_init(&es->table, capacity);
	if (rc != 0) {
		return rc;
	}
	es->items = malloc(capacity * sizeof(*es->items));
	if (es->items == NULL) {
		table_free(&es->table);
		return -ENOMEM;
	}
	return 0;
}

void endpoints_deinit(struct endpoints *es)
{
	table_free(&es->table);
	free(es->items);
	es->items = NULL;
}
