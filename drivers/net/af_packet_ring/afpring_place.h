/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Where rings lie in the address space of a process. A port may get other rings while threads
 * look into the old ones: lcores that sleep until a slot is filled, and whoever asks how full a
 * queue is. So the addresses of a ring stay readable when the ring goes, until the port is
 * closed: all slots are the kernel's there, and so nobody reads a packet.
 *
 *     FREE (zeros) --- take ---> TAKEN (zeros) --- map ---> TAKEN (a ring)
 *      ^                             |  ^                        |
 *      +----------- give ------------+  +-------- clear ---------+
 *
 * Where clear fails for want of memory, the place is lost, and the kernel keeps the ring, until
 * somebody takes a place and there is memory again.
 *
 * A place holds any ring that is not larger. The sizes of places are powers of two, so that rings
 * which grow leave few places behind.
 */
#ifndef AFPRING_PLACE_H
#define AFPRING_PLACE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct afpring_place {
	struct afpring_place *next;
	uint8_t *at;   /**< stays so as long as the places live */
	uint64_t size; /**< bytes of address space */
	bool is_taken;
	bool is_lost;  /**< could not be cleared yet; nobody looks at it or takes it */
	uint64_t file; /**< inode of the ring's socket: the mapping is known by it */
};

/** Of one port. */
struct afpring_places {
	pthread_mutex_t lock; /**< for the list and is_taken */
	struct afpring_place *first;
};

/** None yet. */
void afpring_places_init(struct afpring_places *places);

/** Unmap all of them, which nobody looks at any more. */
void afpring_places_release(struct afpring_places *places);

/** The same in a child made by fork(), which has none of the mappings. */
void afpring_places_forget(struct afpring_places *places);

/** A place for a ring of so many bytes. 0 or -errno. Any thread. */
int afpring_place_take(struct afpring_places *places, uint64_t bytes, struct afpring_place **place);

/** It has no ring any more. NULL is fine. */
void afpring_place_give(struct afpring_places *places, struct afpring_place *place);

/** Map the ring of a packet socket, all its bytes. 0 or -errno. */
int afpring_place_map(struct afpring_place *place, int fd, uint64_t bytes);

/** Zeros again. A thread that waits for a write to the ring (UMWAIT) is woken by the interrupt
 *  that every change of mappings is to the processors of the process. */
void afpring_place_clear(struct afpring_place *place);

#endif /* AFPRING_PLACE_H */
