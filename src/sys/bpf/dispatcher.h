/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Beside other XDP programs, by libxdp's dispatcher: a program that calls several, one after the
 * other. Ours becomes an extension of it, with the maps that the program of its own would have.
 *
 * libxdp is opened when it is needed, not linked: where no dispatcher is, it costs no memory.
 * It looks programs up by their numbers, which takes CAP_SYS_ADMIN: a service without that goes on
 * with what `attach` has put there before. Linux 5.10 or later, and a kernel that allows
 * extensions.
 */
#ifndef SYS_BPF_DISPATCHER_H
#define SYS_BPF_DISPATCHER_H

#include <stdbool.h>
#include <stdint.h>

struct bpf_object;

/* Is program `id` of this NIC a dispatcher, by what libxdp has pinned of it? */
bool dispatcher_is(int ifindex, uint32_t id);

/* Does it call the program `extension`, a descriptor? */
bool dispatcher_calls(int ifindex, uint32_t id, int extension);

/* Load the object's XDP program as an extension, add it to the NIC's dispatcher, which runs in
 * generic mode or not, and pin it at `path` in place of what is there. Others go on. 0;
 * -ELIBACC: no libxdp; -EPERM; other negative errno. Logged. */
int dispatcher_add(int ifindex, const char *ifname, bool generic, struct bpf_object *object,
		   const char *path);

/* Take the extension out again; the others stay. Negative errno, logged. */
int dispatcher_remove(int ifindex, int extension);

#endif
