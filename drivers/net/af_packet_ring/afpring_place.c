/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <rte_common.h>

#include "afpring_place.h"
#include "afpring_socket.h"

/* The one page of zeros that all processes have, over and over. At a given address it takes the
 * place of what is mapped there in one step. */
static uint8_t *
map_zeros(uint8_t *at, uint64_t bytes)
{
	int fixed = at != NULL ? MAP_FIXED : 0;
	void *p = mmap(at, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed,
		       -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, bytes, MADV_DONTFORK);
	return p;
}

/* Whether a lost place still has its ring. Where mmap() fails, kernels before 6.12 have taken away
 * what was there, and something else may be there since. */
static bool
has_ring(const struct afpring_place *place)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t start, file;
	char line[512];
	bool found = false;

	if (maps == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), maps) != NULL)
		found = sscanf(line, "%" SCNx64 "-%*s %*s %*s %*s %" SCNu64, &start, &file) == 2 &&
			start == (uintptr_t)place->at && file == place->file;
	fclose(maps);
	return found;
}

/* Lost places, whose rings are memory of the kernel's. */
static void
win_back(struct afpring_places *places)
{
	for (struct afpring_place *place = places->first; place != NULL; place = place->next)
		if (place->is_lost && !place->is_taken && has_ring(place))
			place->is_lost = map_zeros(place->at, place->size) == NULL;
}

void
afpring_places_init(struct afpring_places *places)
{
	pthread_mutex_init(&places->lock, NULL);
	places->first = NULL;
}

static void
drop(struct afpring_places *places, bool unmap)
{
	while (places->first != NULL) {
		struct afpring_place *place = places->first;

		places->first = place->next;
		if (unmap && (!place->is_lost || has_ring(place)))
			munmap(place->at, place->size);
		free(place);
	}
}

void
afpring_places_release(struct afpring_places *places)
{
	drop(places, true);
}

void
afpring_places_forget(struct afpring_places *places)
{
	drop(places, false);
}

static int
make(struct afpring_places *places, uint64_t bytes)
{
	struct afpring_place *place = malloc(sizeof(*place));

	if (place == NULL)
		return -ENOMEM;
	*place = (struct afpring_place){.next = places->first, .size = rte_align64pow2(bytes)};
	place->at = map_zeros(NULL, place->size);
	if (place->at == NULL) {
		free(place);
		return -errno;
	}
	places->first = place;
	return 0;
}

static struct afpring_place *
find(const struct afpring_places *places, uint64_t bytes)
{
	struct afpring_place *place = places->first;

	while (place != NULL && (place->is_taken || place->is_lost || place->size < bytes))
		place = place->next;
	return place;
}

int
afpring_place_take(struct afpring_places *places, uint64_t bytes, struct afpring_place **place)
{
	int ret = 0;

	pthread_mutex_lock(&places->lock);
	win_back(places);
	*place = find(places, bytes);
	if (*place == NULL) {
		ret = make(places, bytes);
		*place = places->first;
	}
	if (ret == 0)
		(*place)->is_taken = true;
	else
		*place = NULL;
	pthread_mutex_unlock(&places->lock);
	return ret;
}

void
afpring_place_give(struct afpring_places *places, struct afpring_place *place)
{
	if (place == NULL)
		return;
	pthread_mutex_lock(&places->lock);
	place->is_taken = false;
	pthread_mutex_unlock(&places->lock);
}

void
afpring_place_clear(struct afpring_place *place)
{
	if (map_zeros(place->at, place->size) == NULL)
		place->is_lost = true;
}

int
afpring_place_map(struct afpring_place *place, int fd, uint64_t bytes)
{
	struct stat socket;
	int ret = fstat(fd, &socket) < 0 ? -errno : afpring_socket_map(fd, bytes, place->at);

	place->file = ret < 0 ? 0 : socket.st_ino;
	if (ret < 0)
		afpring_place_clear(place);
	return ret;
}
