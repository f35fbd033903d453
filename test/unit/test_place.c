/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "unit.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "afpring_place.h"

#define BYTES (64 * 1024)

static bool no_memory;

void *__real_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);

void *
__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	if (no_memory && (flags & MAP_ANONYMOUS) != 0) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return __real_mmap(at, bytes, prot, flags, fd, offset);
}

/* The name under 64-bit file offsets. */
void *
__wrap_mmap64(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	return __wrap_mmap(at, bytes, prot, flags, fd, offset);
}

/* A ring in a place that could not be cleared; its first byte is 1. */
static struct afpring_place *
lost(struct afpring_places *places)
{
	struct afpring_place *place;
	int fd = memfd_create("ring", 0);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, BYTES), 0);
	afpring_places_init(places);
	assert_int_equal(afpring_place_take(places, BYTES, &place), 0);
	assert_int_equal(afpring_place_map(place, fd, BYTES), 0);
	close(fd);
	place->at[0] = 1;
	no_memory = true;
	afpring_place_clear(place);
	no_memory = false;
	afpring_place_give(places, place);
	assert_true(place->is_lost);
	return place;
}

static void
lost_place_is_won_back(void **state)
{
	struct afpring_places places;
	struct afpring_place *was = lost(&places), *place;

	(void)state;
	assert_int_equal(was->at[0], 1);
	assert_int_equal(afpring_place_take(&places, BYTES, &place), 0);
	assert_ptr_equal(place, was);
	assert_int_equal(place->at[0], 0);
	afpring_places_release(&places);
}

/* Of a kernel that takes the old mapping away before it fails. */
static void
somebody_elses_mapping_is_left_alone(void **state)
{
	struct afpring_places places;
	struct afpring_place *was = lost(&places), *place;
	uint8_t *at = was->at;

	(void)state;
	assert_ptr_equal(mmap(at, BYTES, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 at);
	at[0] = 2;
	assert_int_equal(afpring_place_take(&places, BYTES, &place), 0);
	assert_ptr_not_equal(place, was);
	afpring_places_release(&places);
	assert_int_equal(at[0], 2);
	munmap(at, BYTES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lost_place_is_won_back),
		cmocka_unit_test(somebody_elses_mapping_is_left_alone),
	};

	return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
