/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resign, resume: hand a virtual router to another host, and take part again.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/control.h"
#include "cli/cli.h"
#include "cli/show/look.h"
#include "cli/show/report.h"
#include "core/address.h"
#include "core/names.h"
#include "sys/host/log.h"

#define PATIENCE_MS 5000

/* The agent's own words; of a name that it does not know, what may have been meant. */
static int refused(const struct cli *cli, const char *name, const char *answer)
{
	struct snapshot snapshot;

	if (look_take(cli, &snapshot)) {
		log_err("%s", answer);
		return CLI_FAILED;
	}
	if (snapshot_router(&snapshot, name))
		log_err("%s", answer);
	else
		look_no_router(&snapshot, name);
	snapshot_free(&snapshot);
	return CLI_FAILED;
}

/* Returns the connection, or -1: what is wrong was said. */
static int ask(const struct cli *cli, const char *verb, const char *name, char answer[CONTROL_LINE])
{
	char request[CONTROL_LINE];
	int fd = -1, err;

	if (snprintf(request, sizeof(request), "%s %s", verb, name) >= (int)sizeof(request)) {
		log_err("the name is too long");
		return -1;
	}
	err = control_ask(cli->run_dir, request, PATIENCE_MS, answer, &fd);
	if (err)
		log_err("%s: %s%s", cli->run_dir, strerror(-err),
			err == -ENOENT || err == -ECONNREFUSED ? ": no agent runs"
			: err == -EACCES || err == -EPERM      ? ": run as root"
			: err == -ECONNRESET ? ": the agent is stopping, or refuses this user"
					     : "");
	return fd;
}

/* ---- resign ---- */

static void print_resigned(const struct cli *cli, const char *name, const char *heir,
			   unsigned int priority, unsigned int took_ms)
{
	if (cli->json && heir)
		printf("{\"name\":\"%s\",\"resign\":true,\"master\":{\"address\":\"%s\","
		       "\"priority\":%u},\"took_ms\":%u}\n",
		       name, heir, priority, took_ms);
	else if (cli->json)
		printf("{\"name\":\"%s\",\"resign\":true}\n", name);
	else if (heir)
		printf("%s: %s has taken over, %.1f s, no gap\n", name, heir, took_ms / 1e3);
}

static int stayed(const struct cli *cli, const char *name, const char *reason)
{
	if (cli->json)
		printf("{\"name\":\"%s\",\"resign\":false,\"reason\":\"%s\"}\n", name, reason);
	log_err("%s: %s", name, reason);
	return CLI_FAILED;
}

/* The router hands over. What became of that is the agent's next answer. */
static int await(const struct cli *cli, const char *name, int fd, int limit_ms)
{
	char answer[CONTROL_LINE] = "", heir[ADDRESS_TEXT], reason[CONTROL_LINE + 80];
	unsigned int priority, took_ms;
	int err = control_next(fd, limit_ms + PATIENCE_MS, answer);

	if (!err && sscanf(answer, CONTROL_TAKEN "%45s %u %u", heir, &priority, &took_ms) == 3) {
		print_resigned(cli, name, heir, priority, took_ms);
		return CLI_OK;
	}
	if (!err && !strcmp(answer, "ok")) {
		print_resigned(cli, name, NULL, 0, 0);
		return CLI_OK;
	}
	if (!err && sscanf(answer, CONTROL_STAYS "%u", &took_ms) == 1)
		snprintf(reason, sizeof(reason),
			 "nobody has taken over within %.1f s; this host is still MASTER. --force "
			 "releases the address anyway",
			 took_ms / 1e3);
	else if (!err && !strncmp(answer, CONTROL_ENDED, strlen(CONTROL_ENDED)))
		snprintf(reason, sizeof(reason), "%s", answer + strlen(CONTROL_ENDED));
	else
		snprintf(reason, sizeof(reason), "the agent did not report the result: %s",
			 err == -ECONNRESET ? "it was stopped or restarted" : strerror(-err));
	return stayed(cli, name, reason);
}

static int run_resign(const struct cli *cli, int argc, char **argv)
{
	bool force = false, waits = true;
	const char *name = NULL;
	char answer[CONTROL_LINE];
	int fd, limit_ms, status;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--force"))
			force = true;
		else if (!strcmp(argv[i], "--no-wait"))
			waits = false;
		else if (argv[i][0] == '-' || name)
			return cli_usage(&cmd_resign, "give the name of one virtual router");
		else
			name = argv[i];
	}
	if (!name)
		return cli_usage(&cmd_resign, "give the name of one virtual router");
	fd = ask(cli, force ? "resign-now" : "resign", name, answer);
	if (fd < 0)
		return CLI_FAILED;
	if (!strcmp(answer, "ok") ||
	    (sscanf(answer, CONTROL_WAITS "%d", &limit_ms) == 1 && !waits)) {
		print_resigned(cli, name, NULL, 0, 0);
		status = CLI_OK;
	} else if (!strncmp(answer, CONTROL_WAITS, strlen(CONTROL_WAITS))) {
		status = await(cli, name, fd, limit_ms);
	} else {
		status = refused(cli, name, answer);
	}
	close(fd);
	return status;
}

/* ---- resume ---- */

/* What a router that takes part again finds on the wire. */
struct prospect {
	enum vrrp_state state;
	struct vrrp_addr master;
	bool heard, preempts;
	uint8_t priority; /* of the master; 0: not known */
	uint64_t in_ms;   /* until it takes over, if it hears nobody whom it heeds */
};

static const struct vrrp_neighbor *speaker_of(const struct snapshot *snapshot,
					      const struct snapshot_router *router,
					      const struct vrrp_path *path)
{
	for (unsigned int i = 0; i < snapshot->neighbor_count; i++) {
		const struct snapshot_neighbor *one = &snapshot->neighbors[i];

		if (one->key.ifindex == path->ifindex &&
		    one->key.vrid == router->instance.rules.vrid &&
		    one->key.family == router->instance.rules.family &&
		    !memcmp(&one->key.source, &path->source, sizeof(path->source)))
			return &one->neighbor;
	}
	return NULL;
}

static void find_prospect(const struct snapshot *snapshot, const struct snapshot_router *router,
			  struct prospect *prospect)
{
	const struct vrrp_instance *instance = &router->instance;
	uint64_t newest_ns = snapshot_heard_ns(router);
	int64_t left_ns = (int64_t)(instance->deadline_ns - snapshot->now_ns);

	*prospect = (struct prospect){
		.state = (enum vrrp_state)instance->report.state,
		.heard = newest_ns &&
			 snapshot_age_ms(snapshot, newest_ns) < 30U * instance->rules.interval_cs,
		.in_ms = left_ns > 0 ? (uint64_t)left_ns / 1000000 : 0,
	};
	for (unsigned int i = 0; i < instance->report.path_count; i++) {
		const struct vrrp_path *path = &router->paths[i].path;
		const struct vrrp_neighbor *speaker;

		if (!prospect->heard || path->last_ns != newest_ns)
			continue;
		speaker = speaker_of(snapshot, router, path);
		prospect->heard = !speaker || speaker->priority != VRRP_PRIO_STOP;
		prospect->master = path->source;
		prospect->priority = speaker ? speaker->priority : 0;
	}
	prospect->preempts = prospect->heard && prospect->priority &&
			     prospect->priority < instance->report.priority &&
			     (instance->rules.flags & VRRP_RULE_PREEMPT);
}

static void print_prospect(const struct snapshot_router *router, const struct prospect *prospect)
{
	const char *name = router->instance.report.name;
	char address[ADDRESS_TEXT];
	size_t cursor = 0;
	int length = 0;
	const char *trouble = snapshot_trouble(router, &cursor, &length);

	address_format(router->instance.rules.family, &prospect->master, address);
	if (prospect->state == VRRP_STATE_MASTER)
		printf("%s: MASTER again\n", name);
	else if (prospect->state != VRRP_STATE_BACKUP)
		printf("%s: takes part in the election again, and is in %s%s%.*s\n", name,
		       name_state_upper(prospect->state), trouble ? ": " : "", length,
		       trouble ? trouble : "");
	else if (prospect->preempts)
		printf("%s: BACKUP; it preempts %s (priority %u) within %.1f s\n", name, address,
		       prospect->priority, (double)prospect->in_ms / 1e3);
	else if (prospect->heard)
		printf("%s: BACKUP; the master is %s\n", name, address);
	else
		printf("%s: BACKUP; it hears no master, and takes over within %.1f s\n", name,
		       (double)prospect->in_ms / 1e3);
}

static void json_prospect(const struct snapshot_router *router, const struct prospect *prospect)
{
	struct json_object *object = json_object_new_object(), *master = NULL;
	char address[ADDRESS_TEXT];

	report_add_text(object, "name", router->instance.report.name);
	report_add_bool(object, "resume", true);
	report_add_text(object, "state", name_state(prospect->state));
	if (prospect->heard) {
		master = json_object_new_object();
		report_add_text(master, "address",
				address_format(router->instance.rules.family, &prospect->master,
					       address));
		report_add_number(master, "priority", prospect->priority);
	}
	json_object_object_add(object, "master", master);
	report_add_bool(object, "preempts", prospect->preempts);
	printf("%s\n", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}

static int run_resume(const struct cli *cli, int argc, char **argv)
{
	const struct snapshot_router *router;
	struct prospect prospect;
	struct snapshot snapshot;
	char answer[CONTROL_LINE];
	int fd;

	if (argc != 2 || argv[1][0] == '-')
		return cli_usage(&cmd_resume, "give the name of one virtual router");
	fd = ask(cli, "resume", argv[1], answer);
	if (fd < 0)
		return CLI_FAILED;
	close(fd);
	if (strcmp(answer, "ok"))
		return refused(cli, argv[1], answer);
	/* It takes part again, whatever can be seen of that. */
	if (look_take(cli, &snapshot))
		return CLI_OK;
	router = snapshot_router(&snapshot, argv[1]);
	if (router) {
		find_prospect(&snapshot, router, &prospect);
		if (cli->json)
			json_prospect(router, &prospect);
		else
			print_prospect(router, &prospect);
	}
	snapshot_free(&snapshot);
	return CLI_OK;
}

const struct cli_command cmd_resign = {
	.name = "resign",
	.arguments = "NAME [--force] [--no-wait]",
	.summary = "hand a virtual router over to another host",
	.details =
		"A master keeps the address until another host has taken it over. If no host\n"
		"does so in time, the master stays master, and the exit status is 1. After that,\n"
		"this host stays out until `vrrp-xdp resume NAME` or a restart of the agent.\n"
		"  --force      release the address at once, even if no other host takes it\n"
		"  --no-wait    do not wait until another host has taken it\n"
		"\n"
		"example:\n"
		"  vrrp-xdp resign web\n",
	.run = run_resign,
};

const struct cli_command cmd_resume = {
	.name = "resume",
	.arguments = "NAME",
	.summary = "take part in the election again after resign",
	.details =
		"The virtual router becomes a backup. It preempts a master of lower priority, if\n"
		"its configuration allows that.\n"
		"\n"
		"example:\n"
		"  vrrp-xdp resume web\n",
	.run = run_resume,
};
