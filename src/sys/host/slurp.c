/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole file in memory. Depends on libc alone.
 */
#include "sys/host/slurp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_BYTES (16 * 1024 * 1024)

int slurp_file(const char *path, char **ret_text, size_t *ret_length)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t length = 0, room = 0;
	int err = 0;

	if (!file)
		return -errno;
	for (;;) {
		size_t got;

		if (length == room) {
			size_t grown = room ? room * 2 : 65536;
			char *bigger = room >= MAX_BYTES ? NULL : realloc(text, grown + 1);

			if (!bigger) {
				err = room ? -EFBIG : -ENOMEM;
				break;
			}
			text = bigger;
			room = grown;
		}
		got = fread(text + length, 1, room - length, file);
		length += got;
		if (!got) {
			err = !ferror(file) ? 0 : errno ? -errno : -EIO;
			break;
		}
	}
	fclose(file);
	if (err) {
		free(text);
		return err;
	}
	text[length] = '\0';
	*ret_text = text;
	*ret_length = length;
	return 0;
}
