#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "collector/ingest/peers.h"

#define SECOND_US INT64_C(1000000)
#define SILENT_US (45 * SECOND_US)
#define CAPACITY  4

static const struct tls_identity pbx1 = { "nord", "pbx1" };
static const struct tls_identity pbx2 = { "nord", "pbx2" };
static const struct tls_identity sued = { "sued", "pbx1" };

static int setup(void **state)
{
	struct peers *p = NULL;

	assert_int_equal(0, peers_open(&p, &env_system, CAPACITY));
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	peers_close(*state);
	return 0;
}

static enum peers_verdict enter(struct peers *p, const struct tls_identity *who, uint64_t instance,
                                int64_t now_us, struct peers_place *place)
{
	const struct peers_claim claim = { who, instance, "192.0.2.1:1", now_us, SILENT_US };
	char holder[PEERS_ADDRESS_SIZE];

	return peers_enter(p, &claim, place, holder);
}

static void first_of_an_identity_is_new(void **state)
{
	struct peers_place place = { 0 };

	assert_int_equal(PEERS_NEW, enter(*state, &pbx1, 1, SECOND_US, &place));
	assert_true(peers_keep(*state, &place, SECOND_US));
	assert_int_equal(1, peers_count(*state));
}

static void other_agents_and_other_sites_do_not_meet(void **state)
{
	struct peers_place places[3] = { 0 };

	assert_int_equal(PEERS_NEW, enter(*state, &pbx1, 1, SECOND_US, &places[0]));
	assert_int_equal(PEERS_NEW, enter(*state, &pbx2, 1, SECOND_US, &places[1]));
	assert_int_equal(PEERS_NEW, enter(*state, &sued, 1, SECOND_US, &places[2]));
	assert_int_equal(3, peers_count(*state));
}

static void another_process_is_a_duplicate_and_the_first_goes_on(void **state)
{
	struct peers_place first = { 0 };
	struct peers_place second = { 0 };

	assert_int_equal(PEERS_NEW, enter(*state, &pbx1, 1, SECOND_US, &first));
	assert_int_equal(PEERS_DUPLICATE, enter(*state, &pbx1, 2, 2 * SECOND_US, &second));
	assert_int_equal(0, second.ticket);
	assert_true(peers_keep(*state, &first, 2 * SECOND_US));
}

static void refused_duplicate_is_told_who_is_there(void **state)
{
	const struct peers_claim a = { &pbx1, 1, "192.0.2.1:1111", SECOND_US, SILENT_US };
	const struct peers_claim b = { &pbx1, 2, "192.0.2.2:2222", SECOND_US, SILENT_US };
	struct peers_place place = { 0 };
	char holder[PEERS_ADDRESS_SIZE];

	assert_int_equal(PEERS_NEW, peers_enter(*state, &a, &place, holder));
	assert_string_equal("", holder);
	assert_int_equal(PEERS_DUPLICATE, peers_enter(*state, &b, &place, holder));
	assert_string_equal("192.0.2.1:1111", holder);
}

static void same_process_replaces_its_old_connection(void **state)
{
	struct peers_place first = { 0 };
	struct peers_place second = { 0 };

	assert_int_equal(PEERS_NEW, enter(*state, &pbx1, 1, SECOND_US, &first));
	assert_int_equal(PEERS_REPLACED, enter(*state, &pbx1, 1, SECOND_US, &second));
	assert_false(peers_keep(*state, &first, SECOND_US));
	assert_true(peers_keep(*state, &second, SECOND_US));
	assert_int_equal(1, peers_count(*state));
}

static void silent_holder_gives_way_to_another_process(void **state)
{
	struct peers_place first = { 0 };
	struct peers_place second = { 0 };

	assert_int_equal(PEERS_NEW, enter(*state, &pbx1, 1, SECOND_US, &first));
	assert_int_equal(PEERS_DUPLICATE, enter(*state, &pbx1, 2, SECOND_US + SILENT_US, &second));
	assert_int_equal(PEERS_REPLACED,
	                 enter(*state, &pbx1, 2, SECOND_US + SILENT_US + 1, &second));
	assert_false(peers_keep(*state, &first, 100 * SECOND_US));
}

static void holder_that_is_heard_stays(void **state)
{
	struct peers_place first = { 0 };
	struct peers_place second = { 0 };

	assert_int_equal(PEERS_NEW, enter(*state, &pbx1, 1, SECOND_US, &first));
	assert_true(peers_keep(*state, &first, 40 * SECOND_US));
	assert_int_equal(PEERS_DUPLICATE, enter(*state, &pbx1, 2, 80 * SECOND_US, &second));
}

static void place_given_back_is_free(void **state)
{
	struct peers_place first = { 0 };
	struct peers_place second = { 0 };

	assert_int_equal(PEERS_NEW, enter(*state, &pbx1, 1, SECOND_US, &first));
	peers_leave(*state, &first);
	assert_int_equal(0, peers_count(*state));
	assert_int_equal(PEERS_NEW, enter(*state, &pbx1, 2, SECOND_US, &second));
}

static void replaced_session_cannot_give_back_its_successors_place(void **state)
{
	struct peers_place first = { 0 };
	struct peers_place second = { 0 };

	assert_int_equal(PEERS_NEW, enter(*state, &pbx1, 1, SECOND_US, &first));
	assert_int_equal(PEERS_REPLACED, enter(*state, &pbx1, 1, SECOND_US, &second));
	peers_leave(*state, &first);
	assert_true(peers_keep(*state, &second, SECOND_US));
	assert_int_equal(1, peers_count(*state));
}

static void place_never_had_can_be_given_back(void **state)
{
	struct peers_place none = { 0 };
	struct peers_place place = { 0 };

	assert_int_equal(PEERS_NEW, enter(*state, &pbx1, 1, SECOND_US, &place));
	peers_leave(*state, &none);
	assert_false(peers_keep(*state, &none, SECOND_US));
	assert_int_equal(1, peers_count(*state));
}

static void full_registry_refuses(void **state)
{
	struct tls_identity who = { "nord", "" };
	struct peers_place place;

	for (unsigned i = 0; i < CAPACITY; i++) {
		(void)snprintf(who.agent, sizeof(who.agent), "pbx%u", i);
		assert_int_equal(PEERS_NEW, enter(*state, &who, 1, SECOND_US, &place));
	}
	assert_int_equal(PEERS_FULL, enter(*state, &sued, 1, SECOND_US, &place));
}

/* Two threads that claim the same identities all the time: whoever holds a place holds it alone. */
struct claimer {
	struct peers *peers;
	uint64_t instance;
	unsigned held;
};

static void *claim_often(void *arg)
{
	struct claimer *c = arg;

	for (unsigned i = 0; i < 20000; i++) {
		struct peers_place place = { 0 };
		const struct tls_identity *who = i % 2 == 0 ? &pbx1 : &pbx2;

		c->held += enter(c->peers, who, c->instance, SECOND_US, &place) == PEERS_NEW &&
		           peers_keep(c->peers, &place, SECOND_US);
		peers_leave(c->peers, &place);
	}
	return NULL;
}

static void threads_never_hold_one_place_together(void **state)
{
	struct claimer claimers[2] = { { *state, 1, 0 }, { *state, 2, 0 } };
	pthread_t threads[2];

	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(0, pthread_create(&threads[i], NULL, claim_often, &claimers[i]));
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(0, pthread_join(threads[i], NULL));
	}
	assert_true(claimers[0].held > 0 && claimers[1].held > 0);
	assert_int_equal(0, peers_count(*state));
}

#define claim(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(first_of_an_identity_is_new),
		claim(other_agents_and_other_sites_do_not_meet),
		claim(another_process_is_a_duplicate_and_the_first_goes_on),
		claim(refused_duplicate_is_told_who_is_there),
		claim(same_process_replaces_its_old_connection),
		claim(silent_holder_gives_way_to_another_process),
		claim(holder_that_is_heard_stays),
		claim(place_given_back_is_free),
		claim(replaced_session_cannot_give_back_its_successors_place),
		claim(place_never_had_can_be_given_back),
		claim(full_registry_refuses),
		claim(threads_never_hold_one_place_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
