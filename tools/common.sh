# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the scripts share: words to the user, logged commands, where things lie.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck disable=SC2034 # used by those who read this file
PYTHON=/usr/bin/python3 # Debian's: the one that sees Debian's packages

say() { printf '==> %s\n' "$*"; }
die() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

# Runs a command with its output in a log, shows the tail when it fails.
logged() {
	local log=$1 rc=0
	shift
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	if [ "$rc" -ne 0 ]; then
		tail -n 40 "$log" >&2
		printf 'error: %s failed (%s), whole output in %s\n' "$1" "$rc" "$log" >&2
	fi
	return "$rc"
}

cache_dir() {
	if [ -n "${AFPRING_CACHE:-}" ]; then
		echo "$AFPRING_CACHE"
	elif [ "$(id -u)" -eq 0 ]; then
		echo /var/cache/net_afpring # not below HOME: sudo keeps the caller's
	else
		echo "${XDG_CACHE_HOME:-$HOME/.cache}/net_afpring"
	fi
}

# DPDK walks up from a plugin and refuses it if any directory is world-writable.
world_writable_parent() {
	local dir=$1
	while :; do
		if [ -d "$dir" ] && [ -n "$(find "$dir" -maxdepth 0 -perm -0002)" ]; then
			echo "$dir"
			return 0
		fi
		[ "$dir" = / ] && return 1
		dir=$(dirname "$dir")
	done
}

# Where ./run builds: in the clone, or in /var/lib when DPDK would refuse that.
build_dir() {
	if [ -n "${AFPRING_BUILD:-}" ]; then
		realpath -m "$AFPRING_BUILD"
	elif world_writable_parent "$ROOT" >/dev/null || ! [ -w "$ROOT" ]; then
		echo "/var/lib/net_afpring/build-$(printf %s "$ROOT" | md5sum | cut -c1-8)"
	else
		echo "$ROOT/build"
	fi
}

# shellcheck disable=SC2034 # used by those who read this file
PLUGIN_NAME=librte_net_af_packet_ring.so
