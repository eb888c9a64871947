/* The tables of calls and channels; no rules here. See call_state.h. */
#include "agent/track/call_state.h"

uint64_t call_hash(const struct cel_call *t, struct slice text)
{
	return siphash13(&t->key, text.at, text.len);
}

struct call *call_of(struct cel_call *t, struct slice linkedid)
{
	return call_find(t, call_hash(t, linkedid));
}

struct call *call_find(struct cel_call *t, uint64_t key)
{
	uint32_t slot = table_find(&t->calls_by_key, key);

	return slot != TABLE_NONE ? &t->calls[slot] : NULL;
}

struct call *call_first(const struct cel_call *t)
{
	return t->first != TABLE_NONE ? &t->calls[t->first] : NULL;
}

struct call *call_add(struct cel_call *t, uint64_t key)
{
	uint32_t slot = table_insert(&t->calls_by_key, key);
	struct call *c = &t->calls[slot];

	*c = (struct call){ .key = key, .prev = t->last, .next = TABLE_NONE };
	if (t->last != TABLE_NONE) {
		t->calls[t->last].next = slot;
	} else {
		t->first = slot;
	}
	t->last = slot;
	return c;
}

void call_remove(struct cel_call *t, struct call *c)
{
	if (c->prev != TABLE_NONE) {
		t->calls[c->prev].next = c->next;
	} else {
		t->first = c->next;
	}
	if (c->next != TABLE_NONE) {
		t->calls[c->next].prev = c->prev;
	} else {
		t->last = c->prev;
	}
	(void)table_remove(&t->calls_by_key, c->key);
}

struct call_leg *leg_find(struct cel_call *t, uint64_t key)
{
	uint32_t slot = table_find(&t->legs_by_key, key);

	return slot != TABLE_NONE ? &t->legs[slot] : NULL;
}

struct call_leg *leg_add(struct cel_call *t, uint64_t key)
{
	uint32_t slot = table_insert(&t->legs_by_key, key);
	struct call_leg *leg;

	if (slot == TABLE_NONE) {
		return NULL;
	}
	leg = &t->legs[slot];
	*leg = (struct call_leg){ .key = key, .prev = t->last_leg, .next = TABLE_NONE };
	if (t->last_leg != TABLE_NONE) {
		t->legs[t->last_leg].next = slot;
	} else {
		t->first_leg = slot;
	}
	t->last_leg = slot;
	return leg;
}

void leg_remove(struct cel_call *t, struct call_leg *leg)
{
	if (leg->prev != TABLE_NONE) {
		t->legs[leg->prev].next = leg->next;
	} else {
		t->first_leg = leg->next;
	}
	if (leg->next != TABLE_NONE) {
		t->legs[leg->next].prev = leg->prev;
	} else {
		t->last_leg = leg->prev;
	}
	(void)table_remove(&t->legs_by_key, leg->key);
}

void legs_of_call_remove(struct cel_call *t, uint64_t call)
{
	uint32_t next;

	for (uint32_t i = t->first_leg; i != TABLE_NONE; i = next) {
		next = t->legs[i].next;
		if (t->legs[i].call == call) {
			leg_remove(t, &t->legs[i]);
		}
	}
}

struct call *call_of_peer(struct cel_call *t, const struct call_leg *leg)
{
	for (uint32_t i = t->first_leg; i != TABLE_NONE; i = t->legs[i].next) {
		const struct call_leg *other = &t->legs[i];

		if (other->peer == leg->peer && other->call != leg->call) {
			struct call *c = call_find(t, other->call);

			if (c != NULL && c->bridged) {
				return c;
			}
		}
	}
	return NULL;
}

unsigned legs_in_bridge(const struct cel_call *t, uint64_t bridge)
{
	unsigned n = 0;

	for (uint32_t i = t->first_leg; i != TABLE_NONE; i = t->legs[i].next) {
		n += t->legs[i].bridge == bridge ? 1 : 0;
	}
	return n;
}

void cel_call_clear(struct cel_call *t)
{
	struct call *c;

	while ((c = call_first(t)) != NULL) {
		call_remove(t, c);
	}
	while (t->first_leg != TABLE_NONE) {
		leg_remove(t, &t->legs[t->first_leg]);
	}
	t->n_promises = 0;
	t->full.lost = 0;
	t->last_us = 0;
	t->begun = false;
}
