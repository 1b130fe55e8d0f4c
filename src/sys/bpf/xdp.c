/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XDP links, and programs that a dispatcher calls instead: what is pinned of ours for a NIC is the
 * one or the other. Depends on libbpf's low-level calls and sys/bpf/dispatcher; knows no map.
 */
#include "sys/bpf/xdp.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/bpf/bpffs.h"
#include "sys/bpf/dispatcher.h"
#include "sys/bpf/xdp_refusal.h"
#include "sys/host/log.h"
#include "sys/host/permission.h"
#include "sys/net/nic_lock.h"

/* The fd of what is pinned of ours, or -ENOENT; *ret_run: by which of its two names. */
static int our_pin(const char *bpffs, int ifindex, bool *ret_run)
{
	for (int run = 0; run <= 1; run++) {
		char path[PATH_MAX];
		int fd, err = bpffs_link_path(bpffs, ifindex, run, path);

		if (err)
			return err;
		fd = bpf_obj_get(path);
		if (fd >= 0) {
			*ret_run = run;
			return fd;
		}
		if (errno != ENOENT)
			return -errno;
	}
	return -ENOENT;
}

static bool is_program(int fd)
{
	char path[32], what[32];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, what, sizeof(what) - 1);
	what[length > 0 ? length : 0] = '\0';
	return strstr(what, "bpf-prog") != NULL;
}

/* Of two programs: are they of one build? The tag is a digest of the code, whatever its type. */
static bool same_code(int a, int b)
{
	struct bpf_prog_info one = {0}, other = {0};
	uint32_t one_length = sizeof(one), other_length = sizeof(other);

	return !bpf_obj_get_info_by_fd(a, &one, &one_length) &&
	       !bpf_obj_get_info_by_fd(b, &other, &other_length) &&
	       !memcmp(one.tag, other.tag, sizeof(one.tag));
}

static uint32_t link_prog_id(int link_fd)
{
	struct bpf_link_info info = {0};
	uint32_t length = sizeof(info);

	/* A link whose NIC is gone stays, with ifindex 0. */
	if (bpf_obj_get_info_by_fd(link_fd, &info, &length) || !info.xdp.ifindex)
		return 0;
	return info.prog_id;
}

static void program_name(uint32_t id, char name[16])
{
	struct bpf_prog_info info = {0};
	uint32_t length = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	name[0] = '\0';
	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &length))
		snprintf(name, 16, "%s", info.name);
	close(fd);
}

/* The program that a NIC runs, 0: none. Several modes at once: the hardware's or the driver's runs
 * first and is the one that counts. */
static int running(int ifindex, uint32_t *ret_id, bool *ret_generic)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int err = bpf_xdp_query(ifindex, 0, &query);

	if (err)
		return err;
	*ret_id = query.drv_prog_id   ? query.drv_prog_id
		  : query.hw_prog_id  ? query.hw_prog_id
		  : query.skb_prog_id ? query.skb_prog_id
				      : query.prog_id;
	*ret_generic = *ret_id && *ret_id == query.skb_prog_id;
	return 0;
}

int xdp_query(const char *bpffs, int ifindex, struct xdp_state *ret_state)
{
	struct xdp_state state = {0};
	int err = running(ifindex, &state.prog_id, &state.generic), fd;

	if (err)
		return err;
	if (!state.prog_id) {
		*ret_state = state;
		return 0;
	}
	program_name(state.prog_id, state.name);
	fd = our_pin(bpffs, ifindex, &state.run);
	if (fd >= 0) {
		state.shared = is_program(fd);
		state.ours = state.shared ? dispatcher_calls(ifindex, state.prog_id, fd)
					  : link_prog_id(fd) == state.prog_id;
		close(fd);
	}
	*ret_state = state;
	return 0;
}

/* Take somebody else's program off: a link must be detached by id, an older attachment by flags. */
static int evict(int ifindex, const struct xdp_state *state)
{
	uint32_t id = 0;
	int err = bpf_xdp_detach(ifindex, state->generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE,
				 NULL);

	if (!err)
		return 0;
	while (!bpf_link_get_next_id(id, &id)) {
		struct bpf_link_info info = {0};
		uint32_t length = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		/* prog_id too: ifindex is not unique across network namespaces. */
		if (!bpf_obj_get_info_by_fd(fd, &info, &length) && info.type == BPF_LINK_TYPE_XDP &&
		    info.xdp.ifindex == (uint32_t)ifindex && info.prog_id == state->prog_id) {
			err = bpf_link_detach(fd) ? -errno : 0;
			close(fd);
			return err;
		}
		close(fd);
	}
	return err;
}

static int create_link(int prog_fd, int ifindex, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = flags);
	int fd = bpf_link_create(prog_fd, ifindex, BPF_XDP, &options);

	return fd < 0 ? -errno : fd;
}

/* Why there is no native XDP. */
static const char *native_advice(const char *ifname, int err, char text[XDP_REFUSAL_TEXT])
{
	struct xdp_refusal_facts facts;

	xdp_refusal_look(ifname, &facts);
	return xdp_refusal_explain(&facts, err, text);
}

static int attach_new(const struct xdp_request *request, int prog_fd, bool *ret_generic)
{
	char path[PATH_MAX], why[XDP_REFUSAL_TEXT];
	int fd = -EOPNOTSUPP, err;

	if (request->mode != CONFIG_MODE_GENERIC) {
		fd = create_link(prog_fd, request->ifindex, XDP_FLAGS_DRV_MODE);
		*ret_generic = false;
		if (fd < 0 && fd != -EPERM && request->mode == CONFIG_MODE_NATIVE) {
			log_err("%s: no native XDP: %s; try --mode generic", request->ifname,
				native_advice(request->ifname, fd, why));
			return fd;
		}
		if (fd < 0 && fd != -EPERM)
			log_warn("%s: no native XDP: %s; generic mode instead", request->ifname,
				 native_advice(request->ifname, fd, why));
	}
	if (fd < 0 && fd != -EPERM) {
		fd = create_link(prog_fd, request->ifindex, XDP_FLAGS_SKB_MODE);
		*ret_generic = true;
	}
	if (fd < 0) {
		log_err("%s: cannot attach: %s%s%s", request->ifname, strerror(-fd),
			fd == -EPERM ? ": " : "",
			fd == -EPERM ? permission_why(PERMISSION_BPF | PERMISSION_NET_ADMIN, why)
				     : "");
		return fd;
	}
	err = bpffs_link_path(request->bpffs, request->ifindex, request->run, path);
	if (!err && bpf_obj_pin(fd, path)) {
		err = -errno;
		log_err("%s: cannot pin: %s", path, strerror(-err));
	}
	close(fd); /* the pin holds it; without one, it is detached here */
	return err;
}

int xdp_extension(const char *bpffs, int ifindex)
{
	bool run;
	int fd = our_pin(bpffs, ifindex, &run);

	if (fd < 0 || is_program(fd))
		return fd;
	close(fd);
	return -ENOENT;
}

int xdp_renew(const char *bpffs, int ifindex, int prog_fd)
{
	bool run;
	int fd = our_pin(bpffs, ifindex, &run), err;

	if (fd < 0)
		return fd;
	if (is_program(fd))
		err = -ENOENT;
	else
		err = bpf_link_update(fd, prog_fd, NULL) ? -errno : 0;
	close(fd);
	return err;
}

/* An existing link of ours gets the new program in place: no frame goes unseen. -EMLINK: an
 * extension cannot, and is of another build. */
static int update(const struct xdp_request *request, int prog_fd, bool was_run)
{
	char from[PATH_MAX], to[PATH_MAX];
	bool run;
	int fd = our_pin(request->bpffs, request->ifindex, &run), err;

	if (fd < 0)
		return fd;
	err = xdp_renew(request->bpffs, request->ifindex, prog_fd);
	if (err == -ENOENT)
		err = same_code(fd, prog_fd) ? 0 : -EMLINK;
	close(fd);
	if (err && err != -EMLINK)
		log_err("%s: cannot update the attached program: %s", request->ifname,
			strerror(-err));
	if (err)
		return err;
	/* `attach` on what `run` attached: from now on it stays. */
	if (was_run && !request->run &&
	    !bpffs_link_path(request->bpffs, request->ifindex, true, from) &&
	    !bpffs_link_path(request->bpffs, request->ifindex, false, to) && rename(from, to))
		return -errno;
	return 0;
}

int xdp_attach(const struct xdp_request *request, int prog_fd, bool *ret_generic)
{
	struct xdp_state state;
	int err = xdp_query(request->bpffs, request->ifindex, &state);
	bool want_other;

	if (err) {
		log_err("%s: cannot ask for its XDP program: %s", request->ifname, strerror(-err));
		return err;
	}
	want_other = (request->mode == CONFIG_MODE_NATIVE && state.generic) ||
		     (request->mode == CONFIG_MODE_GENERIC && !state.generic);
	if (state.ours && !(state.shared && want_other)) {
		*ret_generic = state.generic;
		if (!want_other)
			return update(request, prog_fd, state.run);
		xdp_detach(request->bpffs, request->ifindex);
	} else if (state.prog_id) {
		pid_t holder;

		/* By another --bpffs: not even --replace takes a running agent's ears. */
		if (nic_locked(request->ifindex, &holder)) {
			log_err("%s: another agent uses this interface: vrrp-xdp, pid %d; stop "
				"that agent first",
				request->ifname, (int)holder);
			return -EBUSY;
		}
		if (!request->replace && dispatcher_is(request->ifindex, state.prog_id)) {
			if (!want_other)
				return -EMLINK;
			log_err("%s: libxdp's dispatcher runs there in %s mode, and our program "
				"would run in the same mode; leave out --mode, or use --replace",
				request->ifname, state.generic ? "generic" : "native");
			return -EBUSY;
		}
		if (!request->replace) {
			log_err("%s: carries another XDP program: %s, id %u; detach it, or use "
				"--replace",
				request->ifname, state.name[0] ? state.name : "(no name)",
				state.prog_id);
			return -EBUSY;
		}
		err = evict(request->ifindex, &state);
		if (err) {
			log_err("%s: cannot remove %s, id %u: %s", request->ifname, state.name,
				state.prog_id, strerror(-err));
			return err;
		}
		log_info("%s: removed XDP program %s, id %u", request->ifname, state.name,
			 state.prog_id);
	}
	/* A link of a NIC that is gone and whose ifindex came back. */
	if (!state.ours)
		xdp_detach(request->bpffs, request->ifindex);
	return attach_new(request, prog_fd, ret_generic);
}

/* One that no dispatcher calls any more has nothing to leave. */
static int leave(int ifindex, int extension)
{
	uint32_t id;
	bool generic;

	if (running(ifindex, &id, &generic) || !dispatcher_calls(ifindex, id, extension))
		return 0;
	return dispatcher_remove(ifindex, extension);
}

int xdp_detach(const char *bpffs, int ifindex)
{
	int found = -ENOENT;

	for (int run = 0; run <= 1; run++) {
		char path[PATH_MAX];
		int fd;

		if (bpffs_link_path(bpffs, ifindex, run, path))
			continue;
		fd = bpf_obj_get(path);
		if (fd >= 0) {
			int err = 0;

			/* At once, whoever else holds the link. Not known before 5.10: then by the
			 * last reference. */
			if (is_program(fd))
				err = leave(ifindex, fd);
			else
				bpf_link_detach(fd);
			close(fd);
			if (err)
				return err;
		}
		if (!unlink(path))
			found = 0;
		else if (errno != ENOENT)
			return -errno;
	}
	return found;
}

int xdp_multicast(const char *ifname, bool add)
{
	static const uint8_t groups[2][ETH_ALEN] = {
		{0x01, 0x00, 0x5e, 0x00, 0x00, 0x12},
		{0x33, 0x33, 0x00, 0x00, 0x00, 0x12},
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		struct ifreq request = {0};

		snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
		request.ifr_hwaddr.sa_family = AF_UNSPEC;
		memcpy(request.ifr_hwaddr.sa_data, groups[i], ETH_ALEN);
		if (ioctl(fd, add ? SIOCADDMULTI : SIOCDELMULTI, &request) && !err)
			err = -errno;
	}
	close(fd);
	return err;
}
