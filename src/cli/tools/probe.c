/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A child loads and attaches, and tells by a pipe. Depends on libbpf and on the objects that
 * sys/bpf/datapath.h and sys/bpf/fence.h carry; pins nothing, touches no interface of the host.
 */
#include "cli/tools/probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/bpf/datapath.h"
#include "sys/bpf/fence.h"

#define PATIENCE_S 10
#define LOOPBACK   1 /* its number in every network namespace */

static struct doctor_probe tried(int err)
{
	return (struct doctor_probe){.tried = true, .err = err};
}

/* The program's descriptor, or negative errno. The object stays, for its maps. */
static int load(const void *bytes, size_t size, const char *program)
{
	struct bpf_object *object = bpf_object__open_mem(bytes, size, NULL);
	const struct bpf_program *found;
	int err;

	if (!object)
		return -errno;
	err = bpf_object__load(object);
	if (err)
		return err;
	found = bpf_object__find_program_by_name(object, program);
	return found ? bpf_program__fd(found) : -ENOENT;
}

static struct doctor_probe link_to_loopback(int program, enum bpf_attach_type type, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = flags);
	int fd = bpf_link_create(program, LOOPBACK, type, &options);

	return tried(fd < 0 ? -errno : 0);
}

static struct doctor_kernel try_all(void)
{
	struct doctor_kernel kernel = {0};
	bool alone = unshare(CLONE_NEWNET) == 0;
	const void *bytes;
	size_t size;
	int program;

	bytes = datapath_object(&size);
	program = load(bytes, size, "vrrp_heartbeat");
	kernel.program = tried(program < 0 ? program : 0);
	if (program >= 0 && alone)
		kernel.link = link_to_loopback(program, BPF_XDP, XDP_FLAGS_SKB_MODE);
	bytes = fence_object(&size);
	program = load(bytes, size, "vrrp_fence_in");
	kernel.fence = tried(program < 0 ? program : 0);
	if (program >= 0 && alone)
		kernel.tcx = link_to_loopback(program, (enum bpf_attach_type)FENCE_TCX_INGRESS, 0);
	return kernel;
}

void probe_kernel(struct doctor_kernel *ret_kernel)
{
	struct doctor_kernel kernel = {0};
	int ends[2];
	pid_t child;

	*ret_kernel = kernel;
	if (pipe(ends))
		return;
	child = fork();
	if (child == 0) {
		bool told;

		close(ends[0]);
		alarm(PATIENCE_S);
		libbpf_set_print(NULL);
		kernel = try_all();
		told = write(ends[1], &kernel, sizeof(kernel)) == sizeof(kernel);
		_exit(told ? 0 : 1);
	}
	close(ends[1]);
	if (child > 0 && read(ends[0], &kernel, sizeof(kernel)) == sizeof(kernel))
		*ret_kernel = kernel;
	close(ends[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
}
