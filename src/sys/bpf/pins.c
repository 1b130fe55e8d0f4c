/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names and descriptors of pinned objects. Depends on sys/bpf/bpffs and libbpf's low-level calls;
 * knows of an object no more than its name and its id.
 */
#include "sys/bpf/pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/bpf/bpffs.h"
#include "sys/host/log.h"

#define NAME_SIZE 64

struct pin {
	char name[NAME_SIZE];
	int fd;
	uint32_t id;
};

struct pins {
	char dir[PATH_MAX];
	struct pin *pin;
	unsigned int count;
	struct stat seen; /* of the directory, when all was there */
	bool fresh;       /* it had just changed: what came in the same tick looks like nothing */
	bool failed;      /* said once */
};

/* The info of maps, programs and links begins with their type and id. */
static uint32_t object_id(int fd)
{
	struct bpf_link_info info = {0};
	uint32_t length = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.id;
}

static struct pin *find(struct pins *pins, const char *name)
{
	for (unsigned int i = 0; i < pins->count; i++) {
		if (!strcmp(pins->pin[i].name, name))
			return &pins->pin[i];
	}
	return NULL;
}

/* The kernel's own files cannot be opened so, and are none of ours. */
static int add(struct pins *pins, const char *name)
{
	struct pin *bigger = realloc(pins->pin, (pins->count + 1) * sizeof(*bigger));
	int fd;

	if (!bigger)
		return -ENOMEM;
	pins->pin = bigger;
	fd = bpffs_open(pins->dir, name);
	if (fd < 0)
		return 0;
	bigger[pins->count] = (struct pin){.fd = fd, .id = object_id(fd)};
	snprintf(bigger[pins->count++].name, NAME_SIZE, "%.63s", name);
	return 0;
}

static void drop(struct pins *pins, unsigned int index)
{
	close(pins->pin[index].fd);
	pins->pin[index] = pins->pin[--pins->count];
}

static int add_new(struct pins *pins)
{
	DIR *d = opendir(pins->dir);
	struct dirent *entry;
	int err = 0;

	if (!d)
		return -errno;
	while (!err && (entry = readdir(d))) {
		if (entry->d_name[0] != '.' && !find(pins, entry->d_name))
			err = add(pins, entry->d_name);
	}
	closedir(d);
	return err;
}

int pins_open(const char *dir, struct pins **ret_pins)
{
	struct pins *pins = calloc(1, sizeof(*pins));
	int err;

	if (!pins)
		return -ENOMEM;
	snprintf(pins->dir, sizeof(pins->dir), "%s", dir);
	pins->fresh = true;
	/* Before it is read: what is added meanwhile is found by the next check. */
	err = stat(dir, &pins->seen) ? -errno : add_new(pins);
	if (err) {
		pins_close(pins);
		return err;
	}
	*ret_pins = pins;
	return 0;
}

void pins_close(struct pins *pins)
{
	if (!pins)
		return;
	while (pins->count)
		drop(pins, 0);
	free(pins->pin);
	free(pins);
}

static bool is_there(const struct pins *pins, const struct pin *pin, const char *name)
{
	int fd = bpffs_open(pins->dir, name);
	bool same = fd >= 0 && object_id(fd) == pin->id;

	if (fd >= 0)
		close(fd);
	return same;
}

/* `attach` renames the link that it makes its own. */
static bool was_renamed(const struct pins *pins, const struct pin *pin)
{
	char name[NAME_SIZE];
	char *end;

	memcpy(name, pin->name, sizeof(name));
	end = strstr(name, "_run");
	if (strncmp(name, "link_", 5) != 0 || !end)
		return false;
	*end = '\0';
	return is_there(pins, pin, name);
}

/* Those of clsact are not links. */
static bool is_link(const struct pin *pin)
{
	const char *last = strrchr(pin->name, '_');

	return strcmp(last, "_filter") != 0 && strcmp(last, "_qdisc") != 0;
}

/* The link of a NIC that is gone, also if the NIC came back with its number, or a link in whose
 * place another one was attached: what the pin is worth went with the NIC, or is in that one. */
static bool is_detached(const struct pin *pin)
{
	struct bpf_link_info info = {0};
	uint32_t length = sizeof(info);

	/* A tcx link tells its ifindex where an XDP link does. */
	return is_link(pin) && !bpf_obj_get_info_by_fd(pin->fd, &info, &length) &&
	       !info.xdp.ifindex;
}

/* Whoever attaches a fence anew by clsact pins another program, of which only the name counts. */
static bool was_replaced(const struct pins *pins, const struct pin *pin)
{
	int fd = is_link(pin) ? -1 : bpffs_open(pins->dir, pin->name);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool is_of_fence(const struct pin *pin, int *ret_ifindex)
{
	return sscanf(pin->name, "fence_%d_", ret_ifindex) == 1;
}

static bool must_stay(const struct pins *pins, const struct pin *pin, pins_wanted_fn wanted,
		      void *context)
{
	int ifindex;
	bool fence = is_of_fence(pin, &ifindex);

	if (!fence && sscanf(pin->name, "link_%d", &ifindex) != 1)
		return true;
	return wanted(context, ifindex, fence) && !was_renamed(pins, pin) && !is_detached(pin) &&
	       !was_replaced(pins, pin);
}

static int put_back(struct pins *pins, unsigned int *ret_count)
{
	unsigned int count = 0;
	int err = bpffs_prepare(pins->dir);

	for (unsigned int i = 0; !err && i < pins->count; i++) {
		char path[PATH_MAX];

		if (is_there(pins, &pins->pin[i], pins->pin[i].name))
			continue;
		err = bpffs_path(pins->dir, pins->pin[i].name, path);
		if (err)
			break;
		unlink(path); /* another object's */
		if (bpf_obj_pin(pins->pin[i].fd, path))
			err = -errno;
		else
			count++;
	}
	*ret_count = count;
	return err;
}

static bool unchanged(const struct pins *pins)
{
	const struct stat *seen = &pins->seen;
	struct stat now;

	return !stat(pins->dir, &now) && now.st_dev == seen->st_dev && now.st_ino == seen->st_ino &&
	       now.st_ctim.tv_sec == seen->st_ctim.tv_sec &&
	       now.st_ctim.tv_nsec == seen->st_ctim.tv_nsec;
}

int pins_check(struct pins *pins, pins_wanted_fn wanted, void *context, bool *ret_changed)
{
	unsigned int missing = 0, made = 0;
	bool same = unchanged(pins);
	struct stat now;
	int err = 0;

	*ret_changed = !same || pins->fresh;
	if (!*ret_changed)
		return 0;
	for (unsigned int i = pins->count; i-- > 0;) {
		if (is_there(pins, &pins->pin[i], pins->pin[i].name))
			continue;
		if (must_stay(pins, &pins->pin[i], wanted, context))
			missing++;
		else
			drop(pins, i);
	}
	if (missing)
		err = put_back(pins, &made);
	if (made)
		log_warn("%s: somebody removed %u pinned objects, or unmounted the bpffs; they "
			 "were pinned again",
			 pins->dir, made);
	if (!err)
		err = stat(pins->dir, &now) ? -errno : add_new(pins);
	if (err) {
		if (!pins->failed)
			log_err("%s: the pinned objects are gone, and cannot be pinned again: %s. "
				"The agent works, but status and monitor see nothing of it, and "
				"after a crash nothing would be fenced",
				pins->dir, strerror(-err));
		pins->failed = true;
		return err;
	}
	if (pins->failed)
		log_info("%s: all objects are pinned again", pins->dir);
	pins->failed = false;
	/* This look may have missed a change that came during it. If there was a change before, the
	 * next check looks again in any case (`fresh`). If there was none, the older time is kept,
	 * so the next check sees that the time has moved. */
	if (!same)
		pins->seen = now;
	pins->fresh = !same;
	return 0;
}

bool pins_miss_fence(const struct pins *pins, int ifindex)
{
	for (unsigned int i = 0; i < pins->count; i++) {
		int of;

		if (is_of_fence(&pins->pin[i], &of) && of == ifindex &&
		    !is_there(pins, &pins->pin[i], pins->pin[i].name))
			return true;
	}
	return false;
}
