/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the programs and maps of a BPF object come into the kernel: they are adopted from their pins,
 * or loaded and pinned. The heartbeat and the fence are each such an object. The loader knows no
 * map's content and no interface.
 */
#ifndef SYS_BPF_LOADER_H
#define SYS_BPF_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_object;

/* A map that outlives the programs: it is pinned by its name. */
struct loader_map {
	const char *name;
	uint32_t value_size; /* 0: any */
	bool unused;         /* by the programs: only processes use it */
	bool counts;         /* only counts: one of another version is replaced by an empty map */
};

/* A program. The name of its pin is `pin`, of at most 16 characters, followed by a digest of the
 * object file. */
struct loader_program {
	const char *name;
	const char *pin;
};

struct loader_object {
	const char *what;                       /* in an error's text: "the fence" */
	const void *(*bytes)(size_t *ret_size); /* the object file that this build carries */
	const char *digest;                     /* of that file */
	const struct loader_map *maps;          /* maps[map_count]: all that are to be pinned */
	unsigned int map_count;                 /* at most LOADER_MAPS */
	const struct loader_program *programs;  /* programs[program_count]: each uses every map */
	unsigned int program_count;             /* that is not `unused` */
};

#define LOADER_MAPS 32

/* The oldest kernel that can have the programs, by their compare-and-swap. The compiler of programs
 * for arm64 in the kernel learned that later. */
#ifdef __aarch64__
#define LOADER_KERNEL "Linux 5.18"
#else
#define LOADER_KERNEL "Linux 5.12"
#endif

/*
 * Write the descriptors of the maps to ret_maps. The caller must loader_close() them. The directory
 * must be prepared (bpffs_prepare()). Maps that are pinned are adopted; those that were missing are
 * made and pinned. Programs of another build may ask for more than that maps have the size of ours;
 * set `alone` if none will be loaded. Returns 0, -ESTALE if maps of another version are pinned, or
 * another negative errno of the kernel. Errors are logged; nothing new stays pinned then.
 */
int loader_open_maps(const struct loader_object *object, const char *bpffs, bool alone,
		     int *ret_maps);

/*
 * Write the descriptors of the programs to ret_programs. `maps` are those of loader_open_maps(),
 * and still pinned. The caller must loader_close() the programs.
 *
 * What an earlier start of the same build has pinned is adopted, because nothing needs to be
 * verified again then. A pinned program is adopted only if it uses these maps: a map may have lost
 * its pin since, and have been pinned anew. Otherwise the programs are loaded and pinned. A caller
 * that has the old program on an interface must put the new one there.
 *
 * Returns 0 or a negative errno of the kernel. Errors are logged. Two threads may load two objects.
 */
int loader_open_programs(const struct loader_object *object, const char *bpffs, const int *maps,
			 int *ret_programs);

/* Does this thread care for what libbpf says from now on? Returns what was said before. */
bool loader_quiet(bool quiet);

/* Close descriptors, and set them to -1. */
void loader_close(int *fds, unsigned int count);

/* Open the object, but do not load it: its maps will be those that are pinned. The caller ends it
 * with bpf_object__close(). Errors are logged. */
int loader_open_object(const struct loader_object *object, const char *bpffs,
		       struct bpf_object **ret_object);

/* Does a program of the object use these maps, and not others of the same names? */
bool loader_fits(const struct loader_object *object, const int *maps, int program);

#endif
