/* SPDX-License-Identifier: GPL-2.0-only */
#include "sys/host/processes.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/host/slurp.h"

#define EVENTS_AT_ONCE 64

struct process_walk {
	DIR *proc;
};

/* "PID (NAME) STATE ...", and the name may hold anything. */
bool process_name(pid_t pid, char ret_name[PROCESS_NAME])
{
	char text[128], *first, *last;

	if (slurp_text(text, sizeof(text), "/proc/%d/stat", (int)pid) < 0)
		return false;
	first = strchr(text, '(');
	last = strrchr(text, ')');
	if (!first || !last || last[1] != ' ' || strchr("ZX", last[2]))
		return false;
	*last = '\0';
	snprintf(ret_name, PROCESS_NAME, "%s", first + 1);
	return true;
}

int process_open(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

struct process_walk *process_walk_begin(void)
{
	struct process_walk *walk = malloc(sizeof(*walk));

	if (!walk)
		return NULL;
	walk->proc = opendir("/proc");
	if (!walk->proc) {
		free(walk);
		return NULL;
	}
	return walk;
}

pid_t process_walk_next(struct process_walk *walk)
{
	const struct dirent *entry;

	while ((entry = readdir(walk->proc))) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		if (!*end && pid > 0 && pid <= INT_MAX)
			return (pid_t)pid;
	}
	return 0;
}

void process_walk_end(struct process_walk *walk)
{
	if (!walk)
		return;
	closedir(walk->proc);
	free(walk);
}

/* The connector's header ends with a flexible array: what follows lies in that. */
struct message {
	struct nlmsghdr header;
	union {
		struct cn_msg connector;
		struct {
			char before[sizeof(struct cn_msg)];
			union {
				struct proc_event event;
				enum proc_cn_mcast_op op;
			};
		} __attribute__((packed));
	};
} __attribute__((packed));

/* Forks and ends of all the host's processes would wake us for nothing. The filter sees the number
 * in network order. */
static int filter_events(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct message, event.what)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_EXEC), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_COMM), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno : 0;
}

static int subscribe(int fd)
{
	struct message request = {.header.nlmsg_type = NLMSG_DONE};
	const size_t length = offsetof(struct message, op) + sizeof(request.op);

	request.header.nlmsg_len = (uint32_t)length;
	request.connector.id = (struct cb_id){.idx = CN_IDX_PROC, .val = CN_VAL_PROC};
	request.connector.len = sizeof(request.op);
	request.op = PROC_CN_MCAST_LISTEN;
	return send(fd, &request, length, 0) < 0 ? -errno : 0;
}

int process_events_open(void)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	int err;

	if (fd < 0)
		return -errno;
	err = filter_events(fd);
	if (!err && bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		err = -errno;
	if (!err)
		err = subscribe(fd);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int process_events_read(int fd, process_fn fn, void *context)
{
	struct message message;

	for (int i = 0; i < EVENTS_AT_ONCE; i++) {
		ssize_t length = recv(fd, &message, sizeof(message), MSG_DONTWAIT);

		if (length < 0)
			return errno == ENOBUFS ? -ENOBUFS : 0;
		if ((size_t)length < offsetof(struct message, event.event_data) + sizeof(pid_t) * 2)
			continue;
		if (message.event.what == PROC_EVENT_EXEC)
			fn(context, message.event.event_data.exec.process_tgid);
		else if (message.event.what == PROC_EVENT_COMM)
			fn(context, message.event.event_data.comm.process_tgid);
	}
	return 0;
}
