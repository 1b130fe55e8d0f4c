/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/track_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/loop.h"
#include "core/vrrp/track.h"
#include "sys/host/file_watch.h"
#include "sys/host/log.h"

struct said {
	int number;
	bool bad; /* what it holds is no number, or it cannot be read */
};

struct track_files {
	const struct config_router *router;
	struct loop *loop;
	bool *changed;
	struct file_watch *watch; /* NULL: there is no inotify */
	struct said said[];
};

static struct said read_one(const struct track_files *files, unsigned int i)
{
	struct said said = {0};
	int err = 0;
	const char *text = file_watch_text(files->watch, i, &err);

	if (text)
		said.bad = !track_number(text, &said.number);
	else
		said.bad = err != -ENOENT && err != -ENOTDIR;
	return said;
}

static void note(struct track_files *files, unsigned int i)
{
	const struct config_router *router = files->router;
	const struct config_track_file *config = &router->files[i];
	struct said said = read_one(files, i), *known = &files->said[i];

	if (said.number == known->number && said.bad == known->bad)
		return;
	if (said.bad)
		log_warn("%s: tracked %s: contains no number, or cannot be read", router->name,
			 config->path);
	else
		log_info("%s: tracked %s: its number is %d", router->name, config->path,
			 said.number);
	*known = said;
	*files->changed = true;
}

static void on_news(void *context)
{
	struct track_files *files = context;

	if (!file_watch_read(files->watch))
		return;
	for (unsigned int i = 0; i < files->router->file_count; i++)
		note(files, i);
}

int track_files_open(const struct config_router *router, struct loop *loop, bool *changed,
		     struct track_files **ret_files)
{
	struct track_files *files;
	int err;

	*ret_files = NULL;
	if (!router->file_count)
		return 0;
	files = calloc(1, sizeof(*files) + router->file_count * sizeof(files->said[0]));
	if (!files)
		return -ENOMEM;
	files->router = router;
	files->loop = loop;
	files->changed = changed;
	err = file_watch_open(router->file_count, &files->watch);
	for (unsigned int i = 0; !err && i < router->file_count; i++) {
		file_watch_add(files->watch, router->files[i].path);
		note(files, i);
	}
	if (!err)
		err = loop_add(loop, file_watch_fd(files->watch), on_news, files);
	if (err) {
		file_watch_close(files->watch);
		free(files);
		return err;
	}
	*ret_files = files;
	return 0;
}

void track_files_close(struct track_files *files)
{
	if (!files)
		return;
	loop_remove(files->loop, file_watch_fd(files->watch));
	file_watch_close(files->watch);
	free(files);
}

bool track_files_failed(const struct track_files *files, char *why, size_t size)
{
	for (unsigned int i = 0; files && i < files->router->file_count; i++) {
		const struct config_track_file *config = &files->router->files[i];
		const struct said *said = &files->said[i];

		if (config->weight || (!said->bad && !said->number))
			continue;
		if (said->bad)
			snprintf(why, size, "tracked %.120s holds no number", config->path);
		else
			snprintf(why, size, "tracked %.120s says %d", config->path, said->number);
		return true;
	}
	return false;
}

int track_files_sum(const struct track_files *files)
{
	int sum = 0;

	for (unsigned int i = 0; files && i < files->router->file_count; i++)
		sum += files->said[i].number * files->router->files[i].weight;
	return sum;
}
