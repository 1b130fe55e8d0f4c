/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loaded XDP program and its pinned maps, for their writers: `attach` and the agent. `status`
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

/* Adopt the pinned maps, or make and pin them: see loader_open_maps() in sys/bpf/loader.h. The
 * directory must be prepared (bpffs_prepare()). Packet sockets need no more. Errors are logged. On
 * failure nothing new stays pinned. Returns -ESTALE if maps of another version are pinned, or
 * another negative errno. */
int datapath_open(const char *bpffs, bool alone, struct datapath **ret_datapath);

/* Adopt the pinned program, or load and pin it: see loader_open_programs(). Returns 0 or a negative
 * errno, which is logged. */
int datapath_load(struct datapath *datapath);

/* The same memory in files of the run directory, for a kernel that has no such maps, or a process
 * that may not make any (sys/bpf/store.h). Then nothing can be attached, and no fence shares the
 * leases. */
int datapath_open_files(const char *run_dir, struct datapath **ret_datapath);

/* The store that holds all of it. It ends with the datapath. */
struct store *datapath_store(struct datapath *datapath);

bool datapath_has_program(const struct datapath *datapath);
bool datapath_has_maps(const struct datapath *datapath);

/* Free what this process holds. Pins and attached links stay. */
void datapath_close(struct datapath *datapath);

/* Attach the program to a NIC (see xdp_attach()), give the NIC a port for its counters, and open
 * its multicast filter. Returns 0 and *ret_generic, or a negative errno, which is logged:
 * -EPROTONOSUPPORT if its frames have no Ethernet header. */
int datapath_attach(struct datapath *datapath, const struct xdp_request *request,
		    bool *ret_generic);

/* On every NIC that carries our program, replace it by this one in place, and give the NIC a port
 * if it has none. That includes NICs on which `attach` has left the program, and to which nobody is
 * going to attach it again. Must not be called while another agent runs, because that agent has its
 * own maps. */
void datapath_renew_links(struct datapath *datapath);

/* Take our program off a NIC, together with its port and its listeners; its fence and the maps
 * stay. Needs no loaded program. ifname may be NULL if the NIC is gone. Returns 0, also if nothing
 * was attached, or a negative errno. */
int datapath_release(const char *bpffs, int ifindex, const char *ifname);

/* Do the same, and remove the fence, too, unless it still guards something. Returns -ENOENT if
 * nothing was attached, or another negative errno, which is logged. */
int datapath_detach(const char *bpffs, int ifindex, const char *ifname);

/* If no NIC is attached, no agent runs and nothing is guarded any more, remove the fences that are
 * left, unpin the maps, and remove the directory. Needs no loaded program. */
void datapath_forget_unused(const char *bpffs);

/* Maps of another version keep this one from starting. If no agent runs and nothing is guarded any
 * more, take our programs off all NICs, also where `attach` has left one, and remove the maps.
 * Returns whether all is gone now; logged. */
bool datapath_make_way(const char *bpffs);

/* Does the running agent listen on this NIC, or fence it? Needs no loaded program. */
bool datapath_in_use(const char *bpffs, int ifindex);

/* The object that this build carries, for cli/tools/probe.h, which tries whether it loads. */
const void *datapath_object(size_t *ret_size);

/* ---- for the agent ---- */

/* Bring the first `paths` paths of the first `slots` slots into memory. No other path may be used,
 * and datapath_reset() needs those of the slots that have a name. Returns 0 or a negative errno. */
int datapath_enter_paths(struct datapath *datapath, unsigned int slots, unsigned int paths);

/* The same for the unicast peers of the first `slots` slots. */
int datapath_enter_peers(struct datapath *datapath, unsigned int slots);

/* Forget the routers of an agent that is gone, in the first `slots` slots: listeners, instances,
 * paths and leases. The slots of `adopted` are left as they are, because the judge goes on with
 * them. Ports, their counters and queued events stay. Returns 0 or a negative errno. */
int datapath_reset(struct datapath *datapath, unsigned int slots, const struct adopted *adopted);

/* Give memory back: from now on only the first `slots` slots will be used, of each of them only the
 * first `paths` paths, and the first `leases` leases. */
void datapath_trim(struct datapath *datapath, unsigned int slots, unsigned int paths,
		   unsigned int leases);

/* path: VRRP_GATED(). */
int datapath_listen(struct datapath *datapath, int ifindex, uint8_t family, uint8_t vrid,
		    uint16_t slot, uint16_t path);
int datapath_unlisten(struct datapath *datapath, int ifindex, uint8_t family, uint8_t vrid);

/* Who listens there, as the XDP program looks it up. Returns -ENOENT if nobody does. */
int datapath_listener(struct datapath *datapath, int ifindex, uint8_t family, uint8_t vrid,
		      struct vrrp_listener *ret_listener);

/* These point to mapped memory, which the XDP program shares. They are valid until
 * datapath_close(), or until datapath_trim() gives their memory back. */
struct vrrp_instance *datapath_instance(struct datapath *datapath, unsigned int slot);
struct vrrp_path *datapath_path(struct datapath *datapath, unsigned int slot, unsigned int path);
struct vrrp_timing *datapath_timing(struct datapath *datapath, unsigned int slot,
				    unsigned int path);
struct vrrp_peers *datapath_peers(struct datapath *datapath, unsigned int slot);
struct vrrp_lease *datapath_leases(struct datapath *datapath);
struct vrrp_history *datapath_history(struct datapath *datapath);

/* The ring. Its descriptor is pollable, or -1 if there are no maps and so no ring. datapath_drain()
 * calls fn for each record until the ring is empty. Returns the number of records, which is 0
 * without a ring, or a negative errno. */
typedef void (*datapath_event_fn)(void *context, const struct vrrp_event *event);
int datapath_events_fd(const struct datapath *datapath);
int datapath_drain(struct datapath *datapath, datapath_event_fn fn, void *context);

#endif
