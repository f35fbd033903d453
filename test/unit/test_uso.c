/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the kernel is asked about UDP segmentation, and what its answers mean.
 */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_lo.h"

#include "afpring_uso.h"

static const struct {
	const char *what;
	struct fake_lo lo;
	bool known;
	uint32_t questions, unshares;
} rows[] = {
	{"knows it", {.up = true, .knows_uso = true}, true, 1, 0},
	{"does not", {.up = true}, false, 1, 0},
	{"any length", {.up = true, .knows_uso = true, .high_gso_max = true}, true, 1, 0},
	{"lo is down", {.knows_uso = true}, true, 1, 1},
	{"lo is down, does not", {.up = false}, false, 1, 1},
	{"down, may not", {.knows_uso = true, .no_namespace = EPERM}, false, 0, 1},
	{"no packet socket", {.up = true, .knows_uso = true, .no_socket = EPERM}, false, 0, 0},
	{"no virtio_net_hdr", {.up = true, .knows_uso = true, .no_vnet = EINVAL}, false, 0, 0},
};

/* The answer is kept for the whole process: each row has one of its own. */
static void
answers_of_the_kernel(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		int status;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			bool known, again;

			fake_lo = rows[i].lo;
			known = afpring_uso_is_known();
			again = afpring_uso_is_known();
			_exit(known != rows[i].known || again != known ||
			      fake_lo.questions != rows[i].questions ||
			      fake_lo.unshares != rows[i].unshares || fake_lo.fds != 0 ||
			      fake_lo_is_away());
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		CHECK(status == 0, "%s: %x\n", rows[i].what, status);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_of_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
