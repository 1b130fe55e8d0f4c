/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How our program runs beside other XDP programs: through libxdp's dispatcher, which is a program
 * that calls several others, one after the other. Our program becomes an extension of the
 * dispatcher and uses the same maps as it would use alone.
 *
 * libxdp is not linked but opened when it is needed, so it costs no memory where there is no
 * dispatcher. It looks programs up by their numbers, which takes CAP_SYS_ADMIN. A service without
 * that goes on with the program that `attach` has put there before. Needs Linux 5.10 or later, and
 * a kernel that allows extensions.
 */
#ifndef SYS_BPF_DISPATCHER_H
#define SYS_BPF_DISPATCHER_H

#include <stdbool.h>
#include <stdint.h>

struct bpf_object;

/* Was libxdp's header there when this program was built? Without it, no dispatcher can be joined or
 * left, and all else works. */
bool dispatcher_supported(void);

/* Is program `id` of this NIC a dispatcher, by what libxdp has pinned of it? */
bool dispatcher_is(int ifindex, uint32_t id);

/* Does the dispatcher `id` of this NIC call the program `extension`, which is a descriptor? */
bool dispatcher_calls(int ifindex, uint32_t id, int extension);

/* Load the object's XDP program as an extension, add it to the NIC's dispatcher, and pin it at
 * `path` in place of what is there. `generic` says whether the dispatcher runs in generic mode. The
 * other programs go on. Returns 0, -ELIBACC if there is no libxdp, -ENOPKG if this build does
 * not support it, -EPERM, or another negative errno. The result is logged. */
int dispatcher_add(int ifindex, const char *ifname, bool generic, struct bpf_object *object,
		   const char *path);

/* Remove the extension from the dispatcher; the other programs stay. Returns 0, or a negative
 * errno, which is logged. */
int dispatcher_remove(int ifindex, int extension);

#endif
