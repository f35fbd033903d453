/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Flow rules and filters on port 0, which portbench makes on request. Beside the commands of
 * perf.h it takes
 *
 *   rules KIND ACTION NB     all rules go, then so many come
 *   change NB                the last rule goes and comes back so often
 *   filter WHAT NB           all packets are let in no more; NB: of the list
 *
 * KIND: 0 the address of a sender each, 1 a UDP flow each, 2 in turn a sender, a receiver and a
 * port. ACTION: 0 drop, of which no rule is for the frames of perf_frame(); 1 count, of which the
 * last one is. WHAT: 0 unicast addresses, 1 multicast addresses, 2 VLAN identifiers in a row,
 * 3 every second identifier. The address and the identifier of the frames are in the list.
 */
#ifndef FLOWRULES_H
#define FLOWRULES_H

#define FLOWRULES_VLAN 5 /* identifier that is always in the list */

/** A command and its numbers; answers with a line of JSON. 0: it is not one of these. */
int flowrules_command(const char *word, const unsigned int *numbers);

#endif /* FLOWRULES_H */
