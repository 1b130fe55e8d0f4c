/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `nft -j list ruleset` and `iptables -S`, read for what drops by default.
 */
#include "cli/tools/firewall.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "sys/host/slurp.h"

#define PATIENCE_S 5
#define LIMIT      ((size_t)16 << 20)
#define NO_PROGRAM 127 /* how timeout(1) ends if there is none */

/* Nothing of our own environment, so that the texts are in English, and come from the system's own
 * programs. */
#define CLEAN "LC_ALL=C PATH=/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin"

/* What a rule may be about. */
struct traffic {
	const char *names[3]; /* as "vrrp", as its number, as what a match of its own calls it */
	const char *types[2]; /* of icmpv6; NULL: not that */
};

static const struct traffic vrrp = {.names = {"vrrp", "112", NULL}};
static const struct traffic discovery = {.names = {"ipv6-icmp", "58", "icmpv6"},
					 .types = {"nd-neighbor-solicit", "nd-neighbor-advert"}};

/* ---- nftables ---- */

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? json_object_get_string(value) : "";
}

static bool is_word(struct json_object *value, const char *word)
{
	const char *text = word ? json_object_get_string(value) : NULL;

	return text && !strcmp(text, word);
}

/* A word, a number, or a {"set": [...]} of them. */
static bool mentions(struct json_object *right, const char *const words[], size_t count)
{
	struct json_object *set = right;

	if (json_object_is_type(right, json_type_object) &&
	    !json_object_object_get_ex(right, "set", &set))
		return true; /* a range, a map: not judged */
	if (json_object_is_type(set, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(set); i++) {
			if (mentions(json_object_array_get_idx(set, i), words, count))
				return true;
		}
		return false;
	}
	if (json_object_is_type(set, json_type_string) && json_object_get_string(set)[0] == '@')
		return true; /* a named set */
	for (size_t i = 0; i < count; i++) {
		if (is_word(set, words[i]))
			return true;
	}
	return false;
}

/* Can this condition be true of that traffic? */
static bool may_match(struct json_object *match, const struct traffic *traffic)
{
	struct json_object *left, *right, *inner;
	const char *protocol;

	if (!json_object_object_get_ex(match, "left", &left) ||
	    !json_object_object_get_ex(match, "right", &right))
		return true;
	if (json_object_object_get_ex(left, "ct", &inner))
		return false; /* a state that a first packet does not have */
	if (json_object_object_get_ex(left, "meta", &inner)) {
		const char *key = text_of(inner, "key");

		if (!strcmp(key, "l4proto"))
			return mentions(right, traffic->names, 3);
		return strncmp(key, "iif", 3) != 0 || !is_word(right, "lo");
	}
	if (!json_object_object_get_ex(left, "payload", &inner))
		return true;
	protocol = text_of(inner, "protocol");
	if (!strcmp(protocol, "ip") || !strcmp(protocol, "ip6")) {
		const char *field = text_of(inner, "field");

		if (!strcmp(field, "protocol") || !strcmp(field, "nexthdr"))
			return mentions(right, traffic->names, 3);
		return true;
	}
	if (!strcmp(protocol, "ether") || !strcmp(protocol, "arp"))
		return true;
	if (traffic->types[0] && !strcmp(protocol, "icmpv6"))
		return mentions(right, traffic->types, 2);
	return false; /* ports of another protocol */
}

static bool has_verdict(struct json_object *expressions, const char *verdict)
{
	for (size_t i = 0; i < json_object_array_length(expressions); i++) {
		struct json_object *one = json_object_array_get_idx(expressions, i), *value;

		if (json_object_object_get_ex(one, verdict, &value))
			return true;
	}
	return false;
}

static bool has_condition(struct json_object *expressions)
{
	return has_verdict(expressions, "match") || has_verdict(expressions, "limit") ||
	       has_verdict(expressions, "vmap");
}

static bool accepts(struct json_object *expressions, const struct traffic *traffic)
{
	if (!has_verdict(expressions, "accept"))
		return false;
	for (size_t i = 0; i < json_object_array_length(expressions); i++) {
		struct json_object *one = json_object_array_get_idx(expressions, i), *match;

		if (json_object_object_get_ex(one, "match", &match) && !may_match(match, traffic))
			return false;
	}
	return true;
}

static bool is_of(struct json_object *object, const struct doctor_chain *chain)
{
	return !strcmp(text_of(object, "family"), chain->family) &&
	       !strcmp(text_of(object, "table"), chain->table);
}

/* A base chain that sees what comes in; of arp, what goes out as well. */
static bool is_input(struct json_object *chain)
{
	const char *family = text_of(chain, "family"), *hook = text_of(chain, "hook");

	if (!strcmp(family, "arp"))
		return !strcmp(hook, "input") || !strcmp(hook, "output");
	return !strcmp(hook, "input") &&
	       (!strcmp(family, "ip") || !strcmp(family, "ip6") || !strcmp(family, "inet"));
}

/* Does it drop at its end: by policy, or by a rule without a condition? And what of its table's
 * rules. */
static bool read_chain(struct json_object *list, struct json_object *object,
		       struct doctor_chain *chain)
{
	bool drops = !strcmp(text_of(object, "policy"), "drop");

	*chain = (struct doctor_chain){0};
	snprintf(chain->family, sizeof(chain->family), "%s", text_of(object, "family"));
	snprintf(chain->table, sizeof(chain->table), "%s", text_of(object, "table"));
	snprintf(chain->name, sizeof(chain->name), "%s", text_of(object, "name"));
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i), *rule, *expr;

		if (!json_object_object_get_ex(item, "rule", &rule) || !is_of(rule, chain) ||
		    !json_object_object_get_ex(rule, "expr", &expr) ||
		    !json_object_is_type(expr, json_type_array))
			continue;
		if (!strcmp(text_of(rule, "chain"), chain->name) && !has_condition(expr))
			drops |= has_verdict(expr, "drop") || has_verdict(expr, "reject");
		chain->accepts_vrrp |= accepts(expr, &vrrp);
		chain->accepts_nd |= accepts(expr, &discovery);
		chain->accepts_arp |= has_verdict(expr, "accept");
	}
	return drops;
}

int firewall_parse_nft(const char *json, struct doctor_facts *facts)
{
	struct json_object *root = json_tokener_parse(json), *list;

	if (!root || !json_object_object_get_ex(root, "nftables", &list) ||
	    !json_object_is_type(list, json_type_array)) {
		json_object_put(root);
		return -EINVAL;
	}
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i), *chain;

		if (facts->chain_count < DOCTOR_MAX_CHAINS &&
		    json_object_object_get_ex(item, "chain", &chain) && is_input(chain) &&
		    read_chain(list, chain, &facts->chains[facts->chain_count]))
			facts->chain_count++;
	}
	json_object_put(root);
	return 0;
}

/* ---- iptables ---- */

static bool has(const char *line, const char *words)
{
	return strstr(line, words) != NULL;
}

/* A line of `iptables -S`, without its end. */
static void read_rule(const char *line, struct doctor_chain *chain, bool *drops)
{
	bool conditions = has(line, " -p ") || has(line, " -m ") || has(line, " -i ") ||
			  has(line, " -s ") || has(line, " -d ");
	bool late = has(line, "state ") || has(line, " -i lo ");
	bool named = has(line, " -p ");

	if (!strcmp(line, "-P INPUT DROP"))
		*drops = true;
	if (strncmp(line, "-A ", 3))
		return;
	if (!strncmp(line, "-A INPUT ", 9) && !conditions)
		*drops |= has(line, "-j DROP") || has(line, "-j REJECT");
	if (!has(line, "-j ACCEPT") || late)
		return;
	chain->accepts_vrrp |= !named || has(line, " -p vrrp ") || has(line, " -p 112 ");
	chain->accepts_nd |= !named || has(line, " -p ipv6-icmp ") || has(line, " -p icmpv6 ");
}

void firewall_parse_iptables(const char *family, char *text, struct doctor_facts *facts)
{
	struct doctor_chain chain = {.table = "filter", .name = "INPUT", .legacy = true};
	bool drops = false;
	char *rest = NULL;

	snprintf(chain.family, sizeof(chain.family), "%s", family);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		read_rule(line, &chain, &drops);
	if (drops && facts->chain_count < DOCTOR_MAX_CHAINS)
		facts->chains[facts->chain_count++] = chain;
}

/* ---- asking ---- */

/* What the command prints if it ends well within the time. It runs with an empty input, and its
 * errors are discarded. Returns 0 and *ret_text, which the caller frees, -ENOENT if there is no
 * such program, or another negative errno. */
static int output_of(const char *command, char **ret_text)
{
	char line[192], *text = NULL;
	size_t length;
	FILE *in;
	int err, status;

	snprintf(line, sizeof(line),
		 "exec /usr/bin/env -i " CLEAN " timeout %d %s </dev/null 2>/dev/null", PATIENCE_S,
		 command);
	in = popen(line, "re");
	if (!in)
		return -EIO;
	err = slurp_fd(fileno(in), LIMIT, &text, &length);
	status = pclose(in);
	if (!err && status != 0)
		err = WIFEXITED(status) && WEXITSTATUS(status) == NO_PROGRAM ? -ENOENT : -EIO;
	if (err)
		free(text);
	else
		*ret_text = text;
	return err;
}

/* Are there tables that nft does not see? */
static bool has_legacy(const char *path)
{
	char text[256];

	slurp_text(text, sizeof(text), "%s", path);
	return !strncmp(text, "filter", strlen("filter")) || strstr(text, "\nfilter");
}

static bool look_iptables(const char *names, const char *legacy, const char *plain,
			  const char *family, struct doctor_facts *facts)
{
	char *text;
	int err;

	if (!has_legacy(names))
		return true;
	err = output_of(legacy, &text);
	if (err == -ENOENT)
		err = output_of(plain, &text);
	if (err)
		return false;
	firewall_parse_iptables(family, text, facts);
	free(text);
	return true;
}

void firewall_look(struct doctor_facts *facts)
{
	char *text;
	bool asked = false;

	if (!output_of("nft -j list ruleset", &text)) {
		asked = firewall_parse_nft(text, facts) == 0;
		free(text);
	}
	asked &= look_iptables("/proc/net/ip_tables_names", "iptables-legacy -S", "iptables -S",
			       "ip", facts);
	asked &= look_iptables("/proc/net/ip6_tables_names", "ip6tables-legacy -S", "ip6tables -S",
			       "ip6", facts);
	facts->firewall = asked ? DOCTOR_YES : DOCTOR_NO;
}
