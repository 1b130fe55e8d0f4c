// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seeds for fuzz_advert: the shared rows and the captures, behind the two bytes that choose a
 * listener and a checksum. frame_seeds DIRECTORY, from the top of the source tree.
 */
#include <stdio.h>
#include <stdlib.h>

#include "captures.h"

#define LISTENERS 9 /* of fuzz_advert.c; more would do no harm */

static unsigned int written;

static void write_seed(const char *directory, unsigned int listener, const uint8_t *frame,
		       size_t length)
{
	const uint8_t head[2] = {listener, 1};
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/frame-%u", directory, written++);
	out = fopen(path, "wb");
	if (!out || fwrite(head, 1, 2, out) != 2 || fwrite(frame, 1, length, out) != length ||
	    fclose(out) != 0) {
		perror(path);
		exit(1);
	}
}

static void write_frame(const char *directory, const uint8_t *frame, size_t length)
{
	for (unsigned int i = 0; i < LISTENERS; i++)
		write_seed(directory, i, frame, length);
}

static void write_captured(const char *directory, const char *path)
{
	size_t count = 0;
	struct frame_record *records = frames_read(path, &count);

	if (!records) {
		fprintf(stderr, "%s: cannot read\n", path);
		exit(1);
	}
	for (size_t i = 0; i < count; i++)
		write_frame(directory, records[i].data, records[i].length);
	free(records);
}

int main(int argc, char **argv)
{
	static struct capture captures[CAPTURES_MAX];
	size_t count = captures_read(captures);

	if (argc != 2 || !count) {
		fprintf(stderr, "usage: frame_seeds DIRECTORY, from the top of the source tree\n");
		return 2;
	}
	for (size_t i = 0; i < FRAME_ROWS; i++) {
		uint8_t frame[FRAME_MAX];

		write_frame(argv[1], frame, frame_build(&frame_rows[i].frame, frame));
	}
	for (size_t i = 0; i < count; i++)
		write_captured(argv[1], captures[i].path);
	write_captured(argv[1], THIRD_PARTY_VALID);
	for (size_t i = 0; i < 2; i++)
		write_captured(argv[1], third_party_hostile[i]);
	printf("%u seeds\n", written);
	return 0;
}
