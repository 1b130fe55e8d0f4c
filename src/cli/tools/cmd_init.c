/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * init: the configurations of two servers, from flags or from answers on a terminal.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show/report.h"
#include "cli/tools/init.h"
#include "core/nearest.h"
#include "sys/host/new_file.h"

struct wish {
	const char *path;
	bool force, peer;
	char *given[INIT_COUNT]; /* owned */
	char *guess[INIT_COUNT]; /* owned; what a terminal is offered */
};

static struct init_answers answers_of(const struct wish *wish)
{
	struct init_answers answers = {{0}};

	for (int i = 0; i < INIT_COUNT; i++)
		answers.given[i] = wish->given[i];
	return answers;
}

static void forget(struct wish *wish)
{
	for (int i = 0; i < INIT_COUNT; i++) {
		free(wish->given[i]);
		free(wish->guess[i]);
	}
}

/* ---- flags ---- */

/* -1: go on; else the exit code. */
static int give(struct wish *wish, enum init_item item, const char *value)
{
	const struct init_question *question = &init_questions[item];
	char *joined;

	if (!*value)
		return cli_usage(&cmd_init, "%s takes a value", question->flag);
	if (wish->given[item] && !question->repeatable)
		return cli_usage(&cmd_init, "%s is given twice", question->flag);
	if (asprintf(&joined, "%s%s%s", wish->given[item] ? wish->given[item] : "",
		     wish->given[item] ? " " : "", value) < 0)
		return CLI_FAILED;
	free(wish->given[item]);
	wish->given[item] = joined;
	return -1;
}

static int unknown(const char *argument)
{
	char word[32];
	struct nearest nearest = {.word = word};

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(argument, "="), argument);
	for (int i = 0; i < INIT_COUNT; i++)
		nearest_offer(&nearest, init_questions[i].flag);
	nearest_offer(&nearest, "--force");
	nearest_offer(&nearest, "--peer");
	nearest_offer(&nearest, "--config");
	if (nearest_found(&nearest))
		return cli_usage(&cmd_init, "unknown option '%s'; the nearest is %s", word,
				 nearest_found(&nearest));
	return cli_usage(&cmd_init, "unknown option '%s'", word);
}

/* -1: go on; else the exit code. */
static int take_flags(struct wish *wish, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value;
		int item, code = -1;

		for (item = 0; item < INIT_COUNT; item++) {
			if (cli_value(init_questions[item].flag, NULL, argc, argv, &i, &value))
				break;
		}
		if (item < INIT_COUNT) {
			code = give(wish, (enum init_item)item, value);
		} else if (!strcmp(argv[i], "--force")) {
			wish->force = true;
		} else if (!strcmp(argv[i], "--peer")) {
			wish->peer = true;
		} else if (cli_value("--config", "-c", argc, argv, &i, &wish->path)) {
			if (!*wish->path)
				code = cli_usage(&cmd_init, "-c takes a file");
		} else {
			code = unknown(argv[i]);
		}
		if (code >= 0)
			return code;
	}
	return -1;
}

static bool lacks_something(const struct wish *wish)
{
	for (int i = 0; i < INIT_COUNT; i++) {
		if (init_questions[i].needed && !wish->given[i])
			return true;
	}
	return false;
}

/* ---- guesses: what this host is like now ---- */

/* Interface and gateway of the IPv4 default route: the first one. */
static void guess_route(struct wish *wish)
{
	FILE *in = fopen("/proc/net/route", "re");
	char line[256], name[IF_NAMESIZE], text[INET_ADDRSTRLEN];
	unsigned int destination, gateway, mask;
	bool found = false;

	while (in && !found && fgets(line, sizeof(line), in))
		found = sscanf(line, "%15s %x %x %*x %*d %*d %*d %x", name, &destination, &gateway,
			       &mask) == 4 &&
			!destination && !mask;
	if (in)
		fclose(in);
	if (!found)
		return;
	wish->guess[INIT_PUBLIC] = strdup(name);
	if (gateway && inet_ntop(AF_INET, &gateway, text, sizeof(text)))
		wish->guess[INIT_STANDBY_GATEWAY] = strdup(text);
}

static unsigned int length_of(const struct sockaddr *mask)
{
	return (unsigned int)__builtin_popcount(
		((const struct sockaddr_in *)mask)->sin_addr.s_addr);
}

/* The other interface, where there is only one; and the address of the public one. */
static void guess_addresses(struct wish *wish)
{
	const char *public = wish->guess[INIT_PUBLIC], *other = NULL;
	char text[INET_ADDRSTRLEN];
	struct ifaddrs *all;
	bool several = false;

	if (getifaddrs(&all))
		return;
	for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
		if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET || !one->ifa_netmask ||
		    one->ifa_flags & IFF_LOOPBACK)
			continue;
		if (!public || strcmp(one->ifa_name, public) != 0) {
			several |= other && strcmp(other, one->ifa_name) != 0;
			other = one->ifa_name;
		} else if (!wish->guess[INIT_STANDBY_ADDRESS] &&
			   inet_ntop(AF_INET, &((struct sockaddr_in *)one->ifa_addr)->sin_addr,
				     text, sizeof(text)) &&
			   asprintf(&wish->guess[INIT_STANDBY_ADDRESS], "%s/%u", text,
				    length_of(one->ifa_netmask)) < 0) {
			wish->guess[INIT_STANDBY_ADDRESS] = NULL;
		}
	}
	if (other && !several && public)
		wish->guess[INIT_HEARTBEAT] = strdup(other);
	freeifaddrs(all);
}

/* ---- the terminal ---- */

/* One answer into wish->given[item]. false: there are no more. */
static bool ask(struct wish *wish, enum init_item item)
{
	const struct init_question *question = &init_questions[item];
	const char *offer = wish->guess[item] ? wish->guess[item] : question->fallback;
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	if (offer)
		fprintf(stderr, "%s [%s]: ", question->ask, offer);
	else
		fprintf(stderr, "%s%s: ", question->ask, question->needed ? "" : " [none]");
	length = getline(&line, &room, stdin);
	while (length > 0 && strchr(" \t\r\n", line[length - 1]))
		line[--length] = '\0';
	free(wish->given[item]);
	wish->given[item] = NULL;
	if (length < 0) {
		free(line);
		return false;
	}
	if (length == 0 && offer)
		wish->given[item] = strdup(offer);
	else if (length > 0 && strcmp(line, "none") != 0)
		wish->given[item] = strdup(line + strspn(line, " \t"));
	free(line);
	return true;
}

/* Until each answer is good. -1: go on; else the exit code. */
static int ask_all(struct wish *wish)
{
	guess_route(wish);
	guess_addresses(wish);
	fprintf(stderr, "These are the questions for two servers that share an address. An empty "
			"answer takes the value in brackets.\n\n");
	for (enum init_item item = INIT_NAME; item < INIT_COUNT; item++) {
		bool given = wish->given[item] != NULL;

		while (init_questions[item].ask && !given) {
			struct init_answers answers;
			char *error = NULL;
			int err;

			if (!ask(wish, item)) {
				fprintf(stderr, "\nvrrp-xdp init: nothing was written\n");
				return CLI_FAILED;
			}
			answers = answers_of(wish);
			err = init_check(&answers, item, &error);
			if (err == -ENOMEM)
				return CLI_FAILED;
			given = !err;
			if (err)
				fprintf(stderr, "  %s", error);
			free(error);
		}
	}
	return -1;
}

/* ---- files ---- */

static int failed_to_write(const char *path, int err)
{
	fprintf(stderr, "vrrp-xdp init: %s: %s%s\n", path, strerror(-err),
		err == -EEXIST ? "; use --force to overwrite it, or -c FILE to name another file"
		: err == -EACCES || err == -EPERM
			? ": run as root, or name another file with -c FILE"
			: "");
	return err == -EEXIST ? CLI_USAGE : CLI_FAILED;
}

static int tell(const struct cli *cli, const struct wish *wish, const char *peer_path,
		const char *peer_text)
{
	if (cli->json) {
		struct json_object *object = json_object_new_object();

		report_add_number(object, "schema", 1);
		report_add_text(object, "file", wish->path);
		report_add_text(object, "peer_file", wish->peer ? NULL : peer_path);
		report_add_text(object, "peer", peer_text);
		report_print_json(object, stdout);
		return CLI_OK;
	}
	if (wish->peer) {
		printf("%s", peer_text);
		return CLI_OK;
	}
	printf("wrote %s for this server\nwrote %s for the other server; copy it there as %s\nthen "
	       "run on both servers: vrrp-xdp doctor; systemctl enable --now vrrp-xdp\n",
	       wish->path, peer_path, wish->path);
	return CLI_OK;
}

/* Both, or none. */
static int write_both(const struct cli *cli, const struct wish *wish,
		      const struct init_answers *answers)
{
	unsigned int mode = init_is_secret(answers) ? 0600 : 0644;
	char *own = init_text(answers, INIT_OWN), *peer = init_text(answers, INIT_PEER);
	char peer_path[PATH_MAX];
	int code = CLI_FAILED, err;

	if (!own || !peer)
		goto out;
	if (snprintf(peer_path, sizeof(peer_path), "%s.peer", wish->path) >=
	    (int)sizeof(peer_path)) {
		code = failed_to_write(wish->path, -ENAMETOOLONG);
		goto out;
	}
	if (!wish->force && !access(wish->path, F_OK)) {
		code = failed_to_write(wish->path, -EEXIST);
		goto out;
	}
	err = wish->peer ? 0 : new_file_write(peer_path, peer, mode, wish->force);
	if (err) {
		code = failed_to_write(peer_path, err);
		goto out;
	}
	err = new_file_write(wish->path, own, mode, wish->force);
	if (err) {
		if (!wish->peer && !wish->force)
			unlink(peer_path);
		code = failed_to_write(wish->path, err);
		goto out;
	}
	code = tell(cli, wish, peer_path, peer);
out:
	free(own);
	free(peer);
	return code;
}

static int run_init(const struct cli *cli, int argc, char **argv)
{
	struct wish wish = {.path = CLI_CONFIG_DEFAULT};
	struct init_answers answers;
	char *error = NULL;
	int code = take_flags(&wish, argc, argv), err;

	if (code < 0 && !wish.force && !access(wish.path, F_OK))
		code = failed_to_write(wish.path, -EEXIST); /* before anybody answers in vain */
	if (code < 0 && lacks_something(&wish) && isatty(STDIN_FILENO))
		code = ask_all(&wish);
	if (code < 0) {
		answers = answers_of(&wish);
		err = init_check(&answers, INIT_COUNT, &error);
		if (err == -EINVAL)
			fprintf(stderr, "%s(vrrp-xdp init --help, vrrp-xdp.conf(5))\n", error);
		code = err == -EINVAL ? CLI_USAGE
		       : err          ? CLI_FAILED
				      : write_both(cli, &wish, &answers);
		free(error);
	}
	forget(&wish);
	return code;
}

const struct cli_command cmd_init = {
	.name = "init",
	.arguments = "[FLAG VALUE…]",
	.summary = "write the configurations of two servers",
	.details =
		"  --vrid --heartbeat --address                  required; asks if one is missing\n"
		"  --name --public --gateway --mac --interval --priority --standby-address\n"
		"  --standby-gateway --witness --preempt --auth --hmac-key --vrrp-version\n"
		"  --peer-priority --peer-standby-address        values of the other server\n"
		"  -c, --config FILE   the file to write; FILE.peer is for the other server\n"
		"                      (default: " CLI_CONFIG_DEFAULT ")\n"
		"  --peer              print the other server's configuration, write no FILE.peer\n"
		"  --force             overwrite existing files\n"
		"\n"
		"example:\n"
		"  vrrp-xdp init --vrid 55 --heartbeat eth1 --public eth0 \\\n"
		"    --address 42.51.67.93/24 --gateway 42.51.67.1 \\\n"
		"    --standby-address 192.168.1.93/24 --standby-gateway 192.168.1.1 \\\n"
		"    --peer-standby-address 192.168.1.94/24\n",
	.run = run_init,
};
