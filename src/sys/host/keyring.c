/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Key files: open, look at whom they are open to, read, wipe. What is in them is
 * core/config/hmac_key's; who could put another file there is sys/host/own_path's.
 */
#include "sys/host/keyring.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/config/hmac_key.h"
#include "hmac_sha256.h"
#include "sys/host/own_path.h"

#define OTHERS (S_IRWXG | S_IRWXO)

struct entry {
	unsigned int router;
	uint8_t id;
	struct vrrp_hmac_key key;
};

/* One mapping of its own. */
struct keyring {
	size_t size;
	unsigned int count;
	/* While a file is read. */
	uint8_t text[HMAC_KEY_FILE_MAX];
	uint8_t bytes[VRRP_HMAC_KEY_MAX];
	struct entry entries[];
};

static struct keyring *ring_new(unsigned int count)
{
	size_t size = sizeof(struct keyring) + count * sizeof(struct entry);
	struct keyring *ring =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (ring == MAP_FAILED)
		return NULL;
	ring->size = size;
	/* What is not permitted is done without: the agent locks all of its memory later. */
	(void)mlock(ring, size);
	(void)madvise(ring, size, MADV_DONTDUMP);
	(void)madvise(ring, size, MADV_DONTFORK);
	if (count)
		prctl(PR_SET_DUMPABLE, 0);
	return ring;
}

void keyring_close(struct keyring *keyring)
{
	size_t size;

	if (!keyring)
		return;
	size = keyring->size;
	explicit_bzero(keyring, size);
	munmap(keyring, size);
}

/* ---- one file ---- */

static int check_file(int fd, const char *path, FILE *why)
{
	struct stat st;

	if (fstat(fd, &st)) {
		fprintf(why, "%s: %s", path, strerror(errno));
		return -EINVAL;
	}
	if (!S_ISREG(st.st_mode)) {
		fprintf(why, "%s is no regular file", path);
		return -EINVAL;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		fprintf(why, "%s belongs to user %u: chown root %s", path, st.st_uid, path);
		return -EINVAL;
	}
	if (st.st_mode & OTHERS) {
		fprintf(why, "%s is open to group or others (mode %04o): chmod 600 %s", path,
			st.st_mode & 07777, path);
		return -EINVAL;
	}
	return 0;
}

/* All of a small file; one that fills the buffer is too long to be a key. */
static int read_all(int fd, uint8_t *buf, size_t size, size_t *ret_length)
{
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(fd, buf + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	*ret_length = length;
	return 0;
}

static int read_key(struct keyring *ring, int fd, const char *path, struct vrrp_hmac_key *ret_key,
		    FILE *why)
{
	size_t length = 0, key_length = 0;
	const char *reason;
	int err = read_all(fd, ring->text, sizeof(ring->text), &length);

	if (err) {
		fprintf(why, "%s: %s", path, strerror(-err));
		return -EINVAL;
	}
	reason = hmac_key_parse(ring->text, length, ring->bytes, &key_length);
	if (!reason)
		hmac_sha256_key(ring->bytes, (uint32_t)key_length, ret_key);
	explicit_bzero(ring->text, sizeof(ring->text));
	explicit_bzero(ring->bytes, sizeof(ring->bytes));
	if (!reason)
		return 0;
	fprintf(why, "%s %s", path, reason);
	return -EINVAL;
}

static int find_path(const char *file, char path[PATH_MAX], FILE *why)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	int length;

	if (file[0] == '/') {
		length = snprintf(path, PATH_MAX, "%s", file);
	} else if (!directory || directory[0] != '/') {
		fprintf(why,
			"%s is a credential's name, and systemd has passed none: LoadCredential= "
			"in the unit, or an absolute path here",
			file);
		return -EINVAL;
	} else {
		length = snprintf(path, PATH_MAX, "%s/%s", directory, file);
	}
	if (length < 0 || length >= PATH_MAX) {
		fprintf(why, "%s: %s", file, strerror(ENAMETOOLONG));
		return -EINVAL;
	}
	return 0;
}

static int load(struct keyring *ring, const char *file, struct vrrp_hmac_key *ret_key, FILE *why)
{
	struct own_path_fault fault;
	char path[PATH_MAX];
	int fd, err = find_path(file, path, why);

	if (err)
		return err;
	fault.place[0] = '\0';
	/* A FIFO does not block here; check_file() refuses it. */
	fd = own_path_open(path, &fault);
	if (fd < 0) {
		if (fault.place[0])
			own_path_explain(&fault, why);
		else
			fprintf(why, "%s: %s", path, strerror(-fd));
		return -EINVAL;
	}
	err = check_file(fd, path, why);
	if (!err)
		err = read_key(ring, fd, path, ret_key, why);
	close(fd);
	return err;
}

/* ---- all of them ---- */

static unsigned int load_all(struct keyring *ring, const struct config *config, const char *file,
			     FILE *out)
{
	unsigned int errors = 0;

	for (unsigned int r = 0; r < config->router_count; r++) {
		const struct config_router *router = &config->routers[r];

		for (unsigned int i = 0; i < router->hmac_key_count; i++) {
			const struct config_hmac_key *key = &router->hmac_keys[i];
			struct entry *entry = &ring->entries[ring->count];
			char *text = NULL;
			size_t size;
			FILE *why = open_memstream(&text, &size);

			entry->router = r;
			entry->id = key->id;
			if (!why)
				return UINT_MAX;
			if (load(ring, key->file, &entry->key, why))
				errors++;
			else
				ring->count++;
			if (fclose(why) == 0 && size)
				fprintf(out, "%s:%u: hmac-key: %s\n", file, key->line, text);
			free(text);
		}
	}
	return errors;
}

int keyring_open(const struct config *config, const char *file, struct keyring **ret_keyring,
		 struct config_errors *errors)
{
	unsigned int count = 0, wrong;
	struct keyring *ring;
	char *text = NULL;
	size_t size;
	FILE *out;

	*errors = (struct config_errors){NULL, 0};
	for (unsigned int r = 0; r < config->router_count; r++)
		count += config->routers[r].hmac_key_count;
	ring = ring_new(count);
	out = ring ? open_memstream(&text, &size) : NULL;
	if (!out) {
		keyring_close(ring);
		return -ENOMEM;
	}
	wrong = load_all(ring, config, file, out);
	if (fclose(out) != 0 || wrong == UINT_MAX) {
		free(text);
		keyring_close(ring);
		return -ENOMEM;
	}
	if (wrong) {
		*errors = (struct config_errors){text, wrong};
		keyring_close(ring);
		return -EINVAL;
	}
	free(text);
	*ret_keyring = ring;
	return 0;
}

const struct vrrp_hmac_key *keyring_find(const struct keyring *keyring, unsigned int router,
					 uint8_t id)
{
	for (unsigned int i = 0; i < keyring->count; i++) {
		if (keyring->entries[i].router == router && keyring->entries[i].id == id)
			return &keyring->entries[i].key;
	}
	return NULL;
}
