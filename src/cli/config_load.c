/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading, parsing, and the keys.
 */
#include "cli/config_load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/config/command.h"
#include "sys/host/keyring.h"
#include "sys/host/slurp.h"

/* Each error has its place. */
int config_load_errors(int err, struct config_errors *errors)
{
	if (errors->text)
		fputs(errors->text, stderr);
	else if (err)
		fprintf(stderr, "vrrp-xdp: %s\n", strerror(-err));
	free(errors->text);
	return err == -EINVAL ? CLI_USAGE : CLI_FAILED;
}

int config_load_file(const char *path, struct config **ret_config, struct keyring **ret_keyring)
{
	struct config_errors errors = {0};
	struct config *config;
	char *text = NULL;
	size_t length = 0;
	int err = slurp_file(path, &text, &length);

	if (err) {
		/* Opening a directory works; reading one does not. */
		fprintf(stderr, "%s: cannot read the configuration: %s\n", path, strerror(-err));
		return CLI_USAGE;
	}
	err = config_parse(path, text, length, &config, &errors);
	free(text);
	if (err)
		return config_load_errors(err, &errors);
	err = keyring_open(config, path, ret_keyring, &errors);
	if (err) {
		config_free(config);
		return config_load_errors(err, &errors);
	}
	*ret_config = config;
	return CLI_OK;
}

static int make_absolute(char ***command, const char *directory)
{
	char **absolute, *path;

	if (asprintf(&path, "%s/%s", directory, (*command)[0]) < 0)
		return -ENOMEM;
	absolute = command_of((const char *const[]){path}, 1);
	free(path);
	if (!absolute)
		return -ENOMEM;
	free(*command);
	*command = absolute;
	return 0;
}

int config_load_absolute_hooks(struct config *config)
{
	char *here = getcwd(NULL, 0);
	int err = here ? 0 : -errno;

	for (unsigned int r = 0; !err && r < config->router_count; r++) {
		for (int i = 0; !err && i < CONFIG_NOTIFY_COUNT; i++) {
			char ***hook = &config->routers[r].notify[i];

			/* vrrpd's flags name programs without arguments. */
			if (*hook && **hook[0] != '/')
				err = make_absolute(hook, here);
		}
	}
	free(here);
	return err;
}
