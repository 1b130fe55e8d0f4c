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

int config_load_absolute_hooks(struct config *config)
{
	char *here = getcwd(NULL, 0);
	int err = here ? 0 : -errno;

	for (unsigned int r = 0; !err && r < config->router_count; r++) {
		for (int i = 0; !err && i < CONFIG_NOTIFY_COUNT; i++) {
			char *path = config->routers[r].notify[i], *absolute;

			if (!path || path[0] == '/')
				continue;
			if (asprintf(&absolute, "%s/%s", here, path) < 0) {
				err = -ENOMEM;
				continue;
			}
			free(path);
			config->routers[r].notify[i] = absolute;
		}
	}
	free(here);
	return err;
}
