// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record's file: where it lies, and what is written to it. Depends on core/, sys/own_dir,
 * sys/new_file and the file system. Never changes a NIC, never logs. Reading it is record_parse.c.
 */
#include "agent/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/record_internal.h"
#include "core/address.h"
#include "sys/new_file.h"
#include "sys/own_dir.h"
#include "sys/rundir.h"

#define FILE_NAME 80

/* No router's name makes this the temporary name of another one's record (sys/new_file.h), which
 * begins with a dot. Names have no slash, but a file name is no place to trust that. */
static int file_name(const char *name, char buf[FILE_NAME])
{
	int length = snprintf(buf, FILE_NAME, RUNDIR_RECORD_PREFIX "%s", name);

	if (strchr(name, '/'))
		return -EINVAL;
	return length < FILE_NAME ? 0 : -ENAMETOOLONG;
}

/* ---- as text ---- */

static bool printable(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static void write_address(FILE *out, const char *key, const struct plan_address *address)
{
	char text[ADDRESS_TEXT];

	fprintf(out, "%s %s %s/%u scope %u flags %" PRIu32, key, address->dev,
		address_format(address->family, &address->addr, text), address->plen,
		address->scope, address->flags);
	if (address->has_broadcast)
		fprintf(out, " broadcast %s",
			address_format(address->family, &address->broadcast, text));
	if (address->label[0] && printable(address->label))
		fprintf(out, " label %s", address->label);
	fprintf(out, " valid %" PRIu32 " preferred %" PRIu32 "\n", address->valid_s,
		address->preferred_s);
}

static void write_route(FILE *out, const char *key, const struct plan_route *route)
{
	char text[ADDRESS_TEXT];

	/* A route with several next hops has no device of its own. */
	fprintf(out, "%s %s %s/%u", key, route->dev[0] ? route->dev : RECORD_NO_DEVICE,
		address_format(route->family, &route->addr, text), route->plen);
	if (route->has_via)
		fprintf(out, " via %s", address_format(route->family, &route->via, text));
	if (route->has_src)
		fprintf(out, " src %s", address_format(route->family, &route->src, text));
	fprintf(out, " metric %" PRIu32 " protocol %u scope %u tos %u", route->metric,
		route->protocol, route->scope, route->tos);
	if (route->onlink)
		fprintf(out, " onlink");
	if (route->extra_len)
		fprintf(out, " extra ");
	for (unsigned int i = 0; i < route->extra_len; i++)
		fprintf(out, "%02x", route->extra[i]);
	fprintf(out, "\n");
}

static void write_text(FILE *out, const char *name, const struct record *record)
{
	const struct plan_original *original = &record->original;
	char mac[MAC_TEXT];

	fprintf(out, "%s\n", RECORD_HEADER);
	fprintf(out,
		"# What %s carried before vrrp-xdp changed it. A crashed run is repaired from\n",
		record->ifname);
	fprintf(out, "# this when vrrp-xdp starts again; a router that stops removes it.\n");
	fprintf(out, "router %s\n", name);
	fprintf(out, "interface %s index %d\n", record->ifname, record->ifindex);
	fprintf(out, "mac %s\n", mac_format(original->mac, mac));
	for (unsigned int i = 0; i < original->address_count; i++)
		write_address(out, "address", &original->addresses[i]);
	for (unsigned int i = 0; i < original->route_count; i++)
		write_route(out, "route", &original->routes[i]);
	fprintf(out, "placed-mac %s\n", mac_format(original->placed_mac, mac));
	for (unsigned int i = 0; i < original->placed_address_count; i++)
		write_address(out, "placed-address", &original->placed_addresses[i]);
	for (unsigned int i = 0; i < original->placed_route_count; i++)
		write_route(out, "placed-route", &original->placed_routes[i]);
	if (record->passing)
		fprintf(out, "passing%s\n", record->link_down ? " link-down" : "");
	for (unsigned int i = 0; record->passing && i < record->before.address_count; i++)
		write_address(out, "passing-address", &record->before.addresses[i]);
	for (unsigned int i = 0; record->passing && i < record->before.route_count; i++)
		write_route(out, "passing-route", &record->before.routes[i]);
	/* Without it the file was cut short. */
	fprintf(out, "end\n");
}

char *record_format(const char *name, const struct record *record, size_t *ret_length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_length);
	bool failed;

	if (!out)
		return NULL;
	write_text(out, name, record);
	failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- the file ---- */

int record_write(const char *run_dir, const char *name, const struct record *record)
{
	char file[FILE_NAME], *text;
	size_t length;
	int dir, err;

	err = file_name(name, file);
	if (err)
		return err;
	text = record_format(name, record, &length);
	if (!text)
		return -ENOMEM;
	dir = own_dir_open(run_dir);
	if (dir < 0) {
		err = dir;
		goto out;
	}
	err = new_file_replace(dir, file, 0600, text, length);
	close(dir);
out:
	free(text);
	return err;
}

static int read_file(int fd, char **ret_text, size_t *ret_length)
{
	struct stat st;
	size_t length = 0;
	char *text;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > RECORD_MAX_BYTES)
		return -EFBIG;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (length < (size_t)st.st_size) {
		ssize_t n = read(fd, text + length, (size_t)st.st_size - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = -errno;

			free(text);
			return err;
		}
		if (n == 0)
			break;
		length += (size_t)n;
	}
	text[length] = '\0';
	*ret_text = text;
	*ret_length = length;
	return 0;
}

int record_read(const char *run_dir, const char *name, struct record *ret_record,
		char why[RECORD_ERROR])
{
	char file[FILE_NAME], *text = NULL;
	size_t length = 0;
	int dir, fd, err;

	why[0] = '\0';
	err = file_name(name, file);
	if (err)
		return err;
	dir = own_dir_open(run_dir);
	if (dir < 0)
		return dir;
	/* O_NONBLOCK: somebody may have laid a pipe there. */
	fd = openat(dir, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	err = fd < 0 ? -errno : 0;
	close(dir);
	if (err)
		return err;
	err = read_file(fd, &text, &length);
	close(fd);
	if (err)
		return err;
	err = record_parse(name, text, length, ret_record, why);
	free(text);
	return err;
}

int record_remove(const char *run_dir, const char *name)
{
	char file[FILE_NAME];
	int dir, err = file_name(name, file);

	if (err)
		return err;
	dir = own_dir_open(run_dir);
	if (dir < 0)
		return dir;
	new_file_clear(dir, file);
	if (unlinkat(dir, file, 0) < 0)
		err = errno == ENOENT ? 0 : -errno;
	else if (fsync(dir) < 0)
		err = -errno;
	close(dir);
	return err;
}

void record_free(struct record *record)
{
	plan_original_free(&record->original);
	plan_actual_free(&record->before);
	*record = (struct record){0};
}
