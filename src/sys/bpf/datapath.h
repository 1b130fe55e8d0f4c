/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loaded XDP program and its pinned maps, for who writes them: `attach` and the agent. `status`
 * and `monitor` read through sys/bpf/view.h and load nothing.
 */
#ifndef SYS_BPF_DATAPATH_H
#define SYS_BPF_DATAPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ending.h"
#include "sys/bpf/store.h"
#include "sys/bpf/xdp.h"
#include "vrrp_abi.h"

struct datapath;

/* Prepare the directory, and adopt the pinned program and maps or load and pin them: loader_open()
 * (sys/bpf/loader.h). Errors are logged. On failure nothing new stays pinned. -EEXIST: maps of
 * another version are pinned. */
int datapath_open(const char *bpffs, struct datapath **ret_datapath);

/* The same without the program, for packet sockets. */
int datapath_open_maps(const char *bpffs, struct datapath **ret_datapath);

/* In files of the run directory, where the kernel has no such maps or this process may not make any
 * (sys/bpf/store.h). Nothing can be attached then, and no fence shares the leases. */
int datapath_open_files(const char *run_dir, struct datapath **ret_datapath);

/* Where all of it lies. It ends with the datapath. */
struct store *datapath_store(struct datapath *datapath);

bool datapath_has_program(const struct datapath *datapath);
bool datapath_has_maps(const struct datapath *datapath);

/* Free what this process holds; pins and attached links stay. */
void datapath_close(struct datapath *datapath);

/* Attach to a NIC (see xdp_attach()), give it a port for its counters, open its multicast filter.
 */
int datapath_attach(struct datapath *datapath, const struct xdp_request *request,
		    bool *ret_generic);

/* Every NIC that carries our program gets this one in place, and a port where it has none: also
 * NICs that `attach` has left it on, and that nobody is going to attach again. Not while another
 * agent runs, which has its own maps. */
void datapath_renew_links(struct datapath *datapath);

/* Take our program off a NIC, with its port and its listeners; its fence and the maps stay. Needs
 * no loaded program. ifname may be NULL where the NIC is gone. 0, also where nothing was attached,
 * or a negative errno. */
int datapath_release(const char *bpffs, int ifindex, const char *ifname);

/* ... and its fence, unless that still guards something. -ENOENT: not attached. Logged. */
int datapath_detach(const char *bpffs, int ifindex, const char *ifname);

/* If no NIC is attached, no agent runs and nothing is guarded any more: remove the fences that are
 * left, unpin the maps, and remove the directory. Needs no loaded program. */
void datapath_forget_unused(const char *bpffs);

/* Does the running agent listen on this NIC, or fence it? Needs no loaded program. */
bool datapath_in_use(const char *bpffs, int ifindex);

/* The object that this build carries, for who tries whether it loads (cli/tools/probe.h). */
const void *datapath_object(size_t *ret_size);

/* ---- for the agent ---- */

/* Forget the routers of an agent that is gone: listeners, instances, paths, leases. Those that
 * are adopted are left as they are: the judge goes on with them. Ports, their counters and
 * queued events stay. */
int datapath_reset(struct datapath *datapath, const struct adopted *adopted);

/* No slots but the first ones will be used any more, and of each the first paths alone: give the
 * memory of the others back. */
void datapath_trim(struct datapath *datapath, unsigned int slots, unsigned int paths);

int datapath_listen(struct datapath *datapath, int ifindex, uint8_t family, uint8_t vrid,
		    uint16_t slot, uint16_t path);
int datapath_unlisten(struct datapath *datapath, int ifindex, uint8_t family, uint8_t vrid);

/* Mapped memory, shared with the XDP program; valid until datapath_close(), or datapath_trim(). */
struct vrrp_instance *datapath_instance(struct datapath *datapath, unsigned int slot);
struct vrrp_path *datapath_path(struct datapath *datapath, unsigned int slot, unsigned int path);
struct vrrp_lease *datapath_leases(struct datapath *datapath);
struct vrrp_history *datapath_history(struct datapath *datapath);

/* The ring: pollable, and drained to its end by datapath_drain(). Returns the number of records. No
 * maps, no ring: -1, and nothing to drain. */
typedef void (*datapath_event_fn)(void *context, const struct vrrp_event *event);
int datapath_events_fd(const struct datapath *datapath);
int datapath_drain(struct datapath *datapath, datapath_event_fn fn, void *context);

#endif
