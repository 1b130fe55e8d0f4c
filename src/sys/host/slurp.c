/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files in memory. Depends on libc alone.
 */
#include "sys/host/slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_BYTES (16 * 1024 * 1024)

int slurp_fd(int fd, size_t max, char **ret_text, size_t *ret_length)
{
	char *text = NULL;
	size_t length = 0, room = 0;
	ssize_t got;

	do {
		if (length == room) {
			size_t grown = room ? room * 2 : 65536;
			char *bigger = realloc(text, grown + 1);

			if (!bigger) {
				free(text);
				return -ENOMEM;
			}
			text = bigger;
			room = grown;
		}
		got = read(fd, text + length, room - length);
		if (got < 0 && errno != EINTR) {
			int err = -errno;

			free(text);
			return err;
		}
		length += got > 0 ? (size_t)got : 0;
		if (length > max) {
			free(text);
			return -EFBIG;
		}
	} while (got);
	text[length] = '\0';
	*ret_text = text;
	*ret_length = length;
	return 0;
}

int slurp_file(const char *path, char **ret_text, size_t *ret_length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = slurp_fd(fd, MAX_BYTES, ret_text, ret_length);
	close(fd);
	return err;
}

int slurp_text(char *text, size_t size, const char *path, ...)
{
	char name[128 + NAME_MAX];
	ssize_t length;
	va_list args;
	int fd, err;

	text[0] = '\0';
	va_start(args, path);
	vsnprintf(name, sizeof(name), path, args);
	va_end(args);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, text, size - 1);
	err = length < 0 ? -errno : (int)length;
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	return err;
}
