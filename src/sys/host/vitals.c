/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of struct vitals. Depends on sys/host/runfile and the log.
 */
#include "sys/host/vitals.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sys/host/log.h"
#include "sys/host/runfile.h"

#define NAME    "vitals"
#define VERSION 2

struct vitals *vitals_open(const char *run_dir)
{
	struct vitals *vitals;
	void *memory = NULL;
	int err = runfile_map(run_dir, NAME, sizeof(*vitals), true, &memory, NULL);

	if (err) {
		log_err("%s/" NAME ": %s: status does not tell how the agent is", run_dir,
			strerror(-err));
		memory = runfile_private(sizeof(*vitals));
	}
	vitals = memory;
	if (vitals)
		*vitals = (struct vitals){.version = VERSION, .pid = getpid()};
	return vitals;
}

void vitals_renew(struct vitals *vitals, const char *run_dir)
{
	int err = runfile_renew(run_dir, NAME, vitals, sizeof(*vitals));

	if (err)
		log_err("%s/" NAME ": %s: status does not tell how the agent is, and all goes on",
			run_dir, strerror(-err));
}

void vitals_close(struct vitals *vitals, const char *run_dir)
{
	if (!vitals)
		return;
	munmap(vitals, sizeof(*vitals));
	runfile_remove(run_dir, NAME);
}

int vitals_read(const char *run_dir, int32_t pid, struct vitals *ret_vitals)
{
	const struct vitals *vitals;
	void *memory;
	int err = runfile_map(run_dir, NAME, sizeof(*ret_vitals), false, &memory, NULL);

	if (err)
		return err;
	vitals = memory;
	if (vitals->version == VERSION && vitals->pid == pid)
		*ret_vitals = *vitals;
	else
		err = -EPROTO;
	munmap(memory, sizeof(*ret_vitals));
	return err;
}
