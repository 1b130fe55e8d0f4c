/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libxdp, as far as we need it. Depends on sys/host/log, sys/bpf/bpffs and the calls of libbpf.
 *
 * A build without libxdp's header knows a dispatcher by its pins, and says that it cannot join it.
 */
#include "sys/bpf/dispatcher.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/bpf/bpffs.h"
#include "sys/bpf/loader.h"
#include "sys/host/log.h"

#if __has_include(<xdp/libxdp.h>) && !defined(VRRP_WITHOUT_LIBXDP)
#include <xdp/libxdp.h>
#define SUPPORTED true
#else
#define SUPPORTED false
#endif

#define LIBRARY "libxdp.so.1"
#define SECTION "xdp"
#define PLACES  10 /* programs of a dispatcher */

/* ---- what is pinned ---- */

/* One directory for each dispatcher, by NIC and number; `name` in it. false: a longer path than
 * there is. */
static bool pin_path(int ifindex, uint32_t id, const char *name, char path[PATH_MAX])
{
	const char *bpffs = getenv("LIBXDP_BPFFS");
	int n = snprintf(path, PATH_MAX, "%s/xdp/dispatch-%d-%u%s", bpffs ? bpffs : "/sys/fs/bpf",
			 ifindex, id, name);

	return n > 0 && n < PATH_MAX;
}

bool dispatcher_is(int ifindex, uint32_t id)
{
	char path[PATH_MAX];

	return pin_path(ifindex, id, "", path) && access(path, F_OK) == 0;
}

/* 0: not known. */
static uint32_t program_id(int fd)
{
	struct bpf_prog_info info = {0};
	uint32_t length = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.id;
}

bool dispatcher_calls(int ifindex, uint32_t id, int extension)
{
	uint32_t wanted = program_id(extension);
	bool found = false;

	for (unsigned int place = 0; wanted && place < PLACES && !found; place++) {
		char name[32], path[PATH_MAX];
		int fd;

		snprintf(name, sizeof(name), "/prog%u-prog", place);
		fd = pin_path(ifindex, id, name, path) ? bpf_obj_get(path) : -1;
		if (fd < 0)
			continue;
		found = program_id(fd) == wanted;
		close(fd);
	}
	return found;
}

bool dispatcher_supported(void)
{
	return SUPPORTED;
}

/* ---- the library ---- */

#if SUPPORTED

struct library {
	void *handle;
	libxdp_print_fn_t (*set_print)(libxdp_print_fn_t fn);
	struct xdp_program *(*from_object)(struct bpf_object *object, const char *section);
	int (*attach)(struct xdp_program *program, int ifindex, enum xdp_attach_mode mode,
		      unsigned int flags);
	int (*detach)(struct xdp_program *program, int ifindex, enum xdp_attach_mode mode,
		      unsigned int flags);
	int (*fd)(const struct xdp_program *program);
	void (*close)(struct xdp_program *program);
	long (*error)(const void *pointer);
	struct xdp_multiprog *(*on_nic)(int ifindex);
	struct xdp_program *(*next)(const struct xdp_program *program,
				    const struct xdp_multiprog *all);
	enum xdp_attach_mode (*mode)(const struct xdp_multiprog *all);
	void (*close_all)(struct xdp_multiprog *all);
};

static int say(enum libxdp_print_level level, const char *format, va_list args)
{
	char line[256];

	(void)level;
	vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = '\0';
	log_debug("libxdp: %s", line);
	return 0;
}

static int library_open(struct library *ret_library)
{
	struct library library = {.handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL)};
	const struct {
		const char *name;
		void *place;
	} symbols[] = {
		{"libxdp_set_print", &library.set_print},
		{"xdp_program__from_bpf_obj", &library.from_object},
		{"xdp_program__attach", &library.attach},
		{"xdp_program__detach", &library.detach},
		{"xdp_program__fd", &library.fd},
		{"xdp_program__close", &library.close},
		{"libxdp_get_error", &library.error},
		{"xdp_multiprog__get_from_ifindex", &library.on_nic},
		{"xdp_multiprog__next_prog", &library.next},
		{"xdp_multiprog__attach_mode", &library.mode},
		{"xdp_multiprog__close", &library.close_all},
	};

	if (!library.handle)
		return -ELIBACC;
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *symbol = dlsym(library.handle, symbols[i].name);

		if (!symbol) {
			dlclose(library.handle);
			return -ELIBACC;
		}
		memcpy(symbols[i].place, &symbol, sizeof(symbol));
	}
	library.set_print(say);
	*ret_library = library;
	return 0;
}

static int remove_by(const struct library *library, int ifindex, int extension)
{
	uint32_t wanted = program_id(extension);
	struct xdp_multiprog *all = library->on_nic(ifindex);
	struct xdp_program *program = NULL;
	int err = -ENOENT;

	if (library->error(all))
		return (int)library->error(all);
	while ((program = library->next(program, all))) {
		if (program_id(library->fd(program)) == wanted) {
			err = library->detach(program, ifindex, library->mode(all), 0);
			break;
		}
	}
	library->close_all(all);
	return err;
}

/* The new one runs before the old one ends: no frame goes unseen. */
static int put(const struct library *library, int ifindex, int extension, const char *path)
{
	int old = bpf_obj_get(path), err = 0;

	if (old >= 0) {
		err = remove_by(library, ifindex, old);
		close(old);
	}
	if (err && err != -ENOENT)
		return err;
	unlink(path);
	return bpf_obj_pin(extension, path) ? -errno : 0;
}

static int join(int ifindex, bool generic, struct bpf_object *object, const char *path)
{
	enum xdp_attach_mode mode = generic ? XDP_MODE_SKB : XDP_MODE_NATIVE;
	struct xdp_program *program;
	struct library library;
	int err = library_open(&library);

	if (err)
		return err;
	program = library.from_object(object, SECTION);
	err = (int)library.error(program);
	if (!err) {
		err = library.attach(program, ifindex, mode, 0);
		if (!err) {
			err = put(&library, ifindex, library.fd(program), path);
			if (err)
				library.detach(program, ifindex, mode, 0);
		}
		library.close(program);
	}
	dlclose(library.handle);
	return err;
}

static int leave(int ifindex, int extension)
{
	struct library library;
	int err = library_open(&library);

	if (err)
		return err;
	err = remove_by(&library, ifindex, extension);
	dlclose(library.handle);
	return err;
}

#else

static int join(int ifindex, bool generic, struct bpf_object *object, const char *path)
{
	(void)ifindex;
	(void)generic;
	(void)object;
	(void)path;
	return -ENOPKG;
}

static int leave(int ifindex, int extension)
{
	(void)ifindex;
	(void)extension;
	return -ENOPKG;
}

#endif

/* ---- in and out ---- */

static const char *error_text(int err)
{
	switch (err) {
	case -ELIBACC:
		return LIBRARY " is missing";
	case -ENOPKG:
		return "this program was built without libxdp's header";
	default:
		return strerror(-err);
	}
}

static const char *way_out(int err)
{
	switch (err) {
	case -ELIBACC:
		return ": install libxdp1, or take the NIC with --replace";
	case -ENOPKG:
		return ": build it where libxdp-dev is installed, or take the NIC with --replace";
	case -EPERM:
	case -EACCES:
		return ": once, as root: vrrp-xdp attach (the kernel may allow no extensions: then "
		       "--replace, or [agent] mode = socket)";
	default:
		return "; --replace takes the NIC, [agent] mode = socket does without XDP";
	}
}

int dispatcher_add(int ifindex, const char *ifname, bool generic, struct bpf_object *object,
		   const char *path)
{
	int err = join(ifindex, generic, object, path);

	if (err)
		log_err("%s: cannot join libxdp's dispatcher: %s%s", ifname, error_text(err),
			way_out(err));
	else
		log_info("%s: added beside the other program, by libxdp's dispatcher", ifname);
	return err;
}

int dispatcher_remove(int ifindex, int extension)
{
	/* What libbpf says of the others' objects is for nobody. */
	bool was_quiet = loader_quiet(true);
	int err = leave(ifindex, extension);

	loader_quiet(was_quiet);
	if (err)
		log_err("interface %d: cannot leave libxdp's dispatcher: %s", ifindex,
			error_text(err));
	return err;
}
