#include "common/arena.c" /* struct arena_block: how much memory is held has no other door */

#include "tests/support/cases.h"
#include "tests/support/dice.h"

#define KIB ((size_t)1024)

static void memory_is_zeroed_and_aligned(void **state)
{
	static const char zero[100] = { 0 };
	struct arena a;

	(void)state;
	arena_init(&a, 16 * KIB);
	for (size_t n = 1; n <= sizeof(zero); n++) {
		char *p = arena_alloc(&a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		assert_memory_equal(p, zero, n);
		memset(p, 0xee, n);
	}
	arena_free(&a);
}

static void memory_is_zeroed_again_after_a_reset(void **state)
{
	struct arena a;
	char *p;

	(void)state;
	arena_init(&a, 16 * KIB);
	memset(arena_alloc(&a, 64), 0xee, 64);
	arena_reset(&a);
	p = arena_alloc(&a, 64);
	for (size_t i = 0; i < 64; i++) {
		assert_int_equal(p[i], 0);
	}
	arena_free(&a);
}

static void pieces_do_not_overlap(void **state)
{
	struct dice dice = { 1 };
	struct arena a;
	uint8_t *piece[300];
	size_t size[300];

	(void)state;
	arena_init(&a, 64 * KIB * KIB);
	for (size_t i = 0; i < 300; i++) {
		size[i] = 1 + dice_below(&dice, i % 7 == 0 ? 90000 : 500);
		piece[i] = arena_alloc(&a, size[i]);
		assert_non_null(piece[i]);
		memset(piece[i], (int)(i % 251), size[i]);
	}
	for (size_t i = 0; i < 300; i++) {
		for (size_t k = 0; k < size[i]; k++) {
			assert_int_equal(piece[i][k], i % 251);
		}
	}
	arena_free(&a);
}

static void ceiling_holds_over_many_pieces(void **state)
{
	struct arena a;
	size_t n = 0;

	(void)state;
	arena_init(&a, 100 * KIB);
	while (arena_alloc(&a, 48) != NULL) {
		n++;
	}
	assert_int_equal(n, 100 * KIB / 48);
	assert_true(a.used_bytes <= a.max_bytes);
	arena_free(&a);
}

static void piece_of_exactly_the_ceiling_fits_and_one_byte_more_does_not(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 200 * KIB);
	assert_null(arena_alloc(&a, 200 * KIB + 1));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_non_null(arena_alloc(&a, 200 * KIB));
	assert_null(arena_alloc(&a, 1));
	arena_free(&a);
}

static void refused_piece_leaves_room_for_a_smaller_one(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, KIB);
	assert_null(arena_alloc(&a, 2 * KIB));
	assert_non_null(arena_alloc(&a, KIB));
	arena_free(&a);
}

static size_t held_bytes(const struct arena *a)
{
	size_t sum = 0;

	for (const struct arena_block *b = a->blocks; b != NULL; b = b->next) {
		sum += b->size;
	}
	return sum;
}

/* Before: a piece that did not fit left the rest of its block unused, up to half of all memory. */
static void memory_held_is_at_most_a_third_more_than_handed_out(void **state)
{
	static const size_t sizes[] = { 16, 40 * KIB, 64 * KIB, 17 * KIB, 33 * KIB };
	struct arena a;

	(void)state;
	for (size_t first = 0; first < 5; first++) {
		arena_init(&a, 8 * KIB * KIB);
		for (size_t i = first; arena_alloc(&a, sizes[i % 5]) != NULL; i++) {
		}
		assert_true(held_bytes(&a) <= a.used_bytes / 3 * 4 + 64 * KIB);
		arena_free(&a);
	}
}

static void reset_keeps_one_block_at_most(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, KIB * KIB);
	for (size_t i = 0; i < 30; i++) {
		assert_non_null(arena_alloc(&a, 10 * KIB));
	}
	arena_reset(&a);
	assert_int_equal(held_bytes(&a), 64 * KIB);
	assert_int_equal(a.used_bytes, 0);
	assert_non_null(arena_alloc(&a, KIB * KIB));
	arena_reset(&a);
	assert_true(held_bytes(&a) <= 64 * KIB);
	arena_free(&a);
}

static void text_is_copied_with_a_nul_behind_it(void **state)
{
	static const char page[1024] = "more than is left";
	struct arena a;

	(void)state;
	arena_init(&a, KIB);
	assert_string_equal(arena_text(&a, "support|x", 7), "support");
	assert_string_equal(arena_text(&a, NULL, 0), "");
	assert_null(arena_text(&a, page, KIB - 32));
	arena_free(&a);
}

static void free_may_be_called_on_nothing_and_twice(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, KIB);
	arena_free(&a);
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 1));
	arena_free(&a);
	arena_free(&a);
	assert_null(a.blocks);
}

static void allocator_for_protobuf_takes_from_the_arena_and_frees_nothing(void **state)
{
	struct arena a;
	ProtobufCAllocator allocator;
	void *p;

	(void)state;
	arena_init(&a, KIB);
	allocator = arena_allocator(&a);
	p = allocator.alloc(allocator.allocator_data, KIB);
	assert_non_null(p);
	allocator.free(allocator.allocator_data, p);
	assert_null(allocator.alloc(allocator.allocator_data, 1));
	arena_free(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(memory_is_zeroed_again_after_a_reset),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(ceiling_holds_over_many_pieces),
		cmocka_unit_test(piece_of_exactly_the_ceiling_fits_and_one_byte_more_does_not),
		cmocka_unit_test(refused_piece_leaves_room_for_a_smaller_one),
		cmocka_unit_test(memory_held_is_at_most_a_third_more_than_handed_out),
		cmocka_unit_test(reset_keeps_one_block_at_most),
		cmocka_unit_test(text_is_copied_with_a_nul_behind_it),
		cmocka_unit_test(free_may_be_called_on_nothing_and_twice),
		cmocka_unit_test(allocator_for_protobuf_takes_from_the_arena_and_frees_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
