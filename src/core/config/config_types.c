/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types of keys that have one value: how each is read, printed and described. The lists are in
 * config_lists.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/config/command.h"
#include "core/config/config_internal.h"

/* ---- numbers, in members of any width ---- */

static uint32_t load(const struct config_item *item)
{
	switch (item->row->size) {
	case 1:
		return *(const uint8_t *)item->member;
	case 2:
		return *(const uint16_t *)item->member;
	default:
		return *(const uint32_t *)item->member;
	}
}

void config_store(void *member, size_t size, uint32_t value)
{
	switch (size) {
	case 1:
		*(uint8_t *)member = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)member = (uint16_t)value;
		break;
	default:
		*(uint32_t *)member = value;
	}
}

static void store(struct config_parse *p, uint32_t value)
{
	config_store(config_member(p), p->row->size, value);
}

static const char *read_number(struct config_parse *p, const char *value)
{
	const struct config_row *row = p->row;
	uint32_t number;
	const char *why = text_uint(value, (uint32_t)row->min, (uint32_t)row->max, &number);

	if (!why)
		store(p, number);
	return why;
}

static void print_number(FILE *out, const struct config_item *item)
{
	fprintf(out, "%u", load(item));
}

static void describe_number(const struct config_row *row, char buf[CONFIG_ACCEPTS])
{
	if (row->zero)
		snprintf(buf, CONFIG_ACCEPTS, "0 (%s) to %" PRIu64, row->zero, row->max);
	else
		snprintf(buf, CONFIG_ACCEPTS, "%" PRIu64 " %s %" PRIu64, row->min,
			 row->max == row->min + 1 ? "or" : "to", row->max);
}

const struct config_type config_number = {
	.read = read_number,
	.print = print_number,
	.describe = describe_number,
};

static const char *read_duration(struct config_parse *p, const char *value)
{
	const struct config_row *row = p->row;
	uint32_t seconds = 0;
	uint64_t ns = 0;
	const char *why;

	/* vrrpd's flags count seconds and have no unit. */
	if (p->file)
		why = text_duration(value, row->min, row->max, row->step, &ns);
	else
		why = text_uint(value, 1, (uint32_t)(row->max / TEXT_NS_PER_S), &seconds);
	if (!why)
		store(p, (uint32_t)((ns + seconds * TEXT_NS_PER_S) / row->unit));
	return why;
}

static void print_duration(FILE *out, const struct config_item *item)
{
	char text[TEXT_DURATION];

	fputs(text_duration_format(load(item) * item->row->unit, text), out);
}

static void describe_duration(const struct config_row *row, char buf[CONFIG_ACCEPTS])
{
	char zero[64] = "", min[TEXT_DURATION], max[TEXT_DURATION], step[TEXT_DURATION];
	bool seconds = row->step == TEXT_NS_PER_S;

	if (row->zero)
		snprintf(zero, sizeof(zero), "0 (%s), or ", row->zero);
	snprintf(buf, CONFIG_ACCEPTS, "%s%s%s to %s%s%s", zero, seconds ? "whole seconds, " : "",
		 text_duration_format(row->zero ? row->step : row->min, min),
		 text_duration_format(row->max, max), seconds ? "" : " in steps of ",
		 seconds ? "" : text_duration_format(row->step, step));
}

const struct config_type config_duration = {
	.read = read_duration,
	.print = print_duration,
	.describe = describe_duration,
};

/* ---- words ---- */

static const char *read_choice(struct config_parse *p, const char *value)
{
	for (const struct config_word *word = p->row->words; word->name; word++) {
		if (strcmp(value, word->name) == 0) {
			store(p, word->value);
			return NULL;
		}
	}
	return p->row->unknown ? p->row->unknown : "is not known";
}

static void print_choice(FILE *out, const struct config_item *item)
{
	const struct config_word *word = item->row->words;

	while (word->name && word->value != load(item))
		word++;
	fputs(word->name ? word->name : "?", out);
}

static void describe_choice(const struct config_row *row, char buf[CONFIG_ACCEPTS])
{
	size_t length = 0;

	for (const struct config_word *word = row->words; word->name; word++) {
		bool last = !word[1].name,
		     again = word > row->words && word->value == word[-1].value;

		if (!again && length < CONFIG_ACCEPTS)
			length += (size_t)snprintf(buf + length, CONFIG_ACCEPTS - length, "%s%s",
						   length == 0 ? ""
						   : last      ? " or "
							       : ", ",
						   word->name);
	}
}

const struct config_type config_choice = {
	.read = read_choice,
	.print = print_choice,
	.describe = describe_choice,
};

/* ---- names ---- */

static const char *read_interface(struct config_parse *p, const char *value)
{
	return text_ifname(value, config_member(p));
}

void config_print_text(FILE *out, const struct config_item *item)
{
	fputs(item->member, out);
}

const struct config_type config_interface = {
	.read = read_interface,
	.print = config_print_text,
	.accepts = "an interface",
};

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	}
	return false;
}

/* Logs and `check` show the path, a line of which must not become two. */
static const char *read_program(struct config_parse *p, const char *value)
{
	char ***member = config_member(p), **command;
	const char *why = NULL;

	if (has_control(value))
		return "has a control character";
	if (p->file)
		why = command_read(&value, &command);
	else if (strlen(value) >= PATH_MAX)
		why = "is longer than a path can be";
	else
		command = command_of(&value, 1);
	if (!why && p->file && *value) {
		free(command);
		why = "has a blank: a command with arguments goes into double quotes";
	}
	if (why)
		return why;
	*member = command;
	if (!command)
		p->status = -ENOMEM;
	return NULL;
}

static void print_program(FILE *out, const struct config_item *item)
{
	command_print(out, *(char **const *)item->member);
}

static bool program_is_set(const struct config_item *item)
{
	return *(char **const *)item->member;
}

static void release_program(void *member)
{
	free(*(char ***)member);
	*(char ***)member = NULL;
}

const struct config_type config_program = {
	.read = read_program,
	.print = print_program,
	.is_set = program_is_set,
	.release = release_program,
	.accepts = "an absolute path, or \"PATH ARGUMENT ...\"",
};

/* ---- users ---- */

/* Names as the host has them. A number is none: the name of its user is to be given. */
static const char *read_user_name(const char *name, size_t length, char ret_name[CONFIG_USER])
{
	if (!length)
		return "has an empty name";
	if (length >= CONFIG_USER)
		return "is too long";
	for (size_t i = 0; i < length; i++) {
		if (text_is_blank(name[i]) || strchr(":/#\"'", name[i]) ||
		    (unsigned char)name[i] < ' ')
			return "is not a valid user name";
	}
	memcpy(ret_name, name, length);
	ret_name[length] = '\0';
	return text_is_number(ret_name) ? "is a number: name the user" : NULL;
}

static const char *read_script_user(struct config_parse *p, const char *value)
{
	struct config_user user = {.group = ""}, *same = p->settings.users;
	size_t length = strcspn(value, ":");
	const char *why = read_user_name(value, length, user.name);

	if (!why && value[length])
		why = read_user_name(value + length + 1, strlen(value + length + 1), user.group);
	while (same && (strcmp(same->name, user.name) || strcmp(same->group, user.group)))
		same = same->next;
	if (!why && !same) {
		same = malloc(sizeof(*same));
		if (!same) {
			p->status = -ENOMEM;
			return NULL;
		}
		user.next = p->settings.users;
		*same = user;
		p->settings.users = same;
	}
	if (!why)
		*(const struct config_user **)config_member(p) = same;
	return why;
}

static void print_script_user(FILE *out, const struct config_item *item)
{
	const struct config_user *user = *(const struct config_user *const *)item->member;

	fprintf(out, "%s%s%s", user->name, user->group[0] ? ":" : "", user->group);
}

static bool script_user_is_set(const struct config_item *item)
{
	return *(const struct config_user *const *)item->member;
}

const struct config_type config_script_user = {
	.read = read_script_user,
	.print = print_script_user,
	.is_set = script_user_is_set,
	.accepts = "USER or USER:GROUP",
};

static const char *read_name(struct config_parse *p, const char *value)
{
	size_t length = strlen(value);

	if (!text_is_name(value, length))
		return "is no name";
	memcpy(config_member(p), value, length + 1);
	return NULL;
}

static bool name_is_set(const struct config_item *item)
{
	return *(const char *)item->member;
}

const struct config_type config_name = {
	.read = read_name,
	.print = config_print_text,
	.is_set = name_is_set,
	.accepts = "1 to 31 of the characters A-Z a-z 0-9 . _ -",
};

/* ---- addresses of a router, and its password ---- */

static const char *read_shared_mac(struct config_parse *p, const char *value)
{
	struct config_mac *mac = &p->draft->router.mac;
	enum config_mac_kind kind = CONFIG_MAC_FIXED;
	const char *why = NULL;

	if (strcmp(value, "keep") == 0)
		kind = CONFIG_MAC_KEEP;
	else if (strcmp(value, "virtual") == 0)
		/* The MAC itself follows from VRID and family, both of which may come later. */
		kind = CONFIG_MAC_VIRTUAL;
	else
		why = text_mac(value, mac->mac);
	if (!why)
		mac->kind = kind;
	return why;
}

static void print_mac(FILE *out, const struct config_item *item)
{
	char text[MAC_TEXT];

	fputs(mac_format(item->member, text), out);
}

static void print_shared_mac(FILE *out, const struct config_item *item)
{
	const struct config_mac *mac = item->member;
	char text[MAC_TEXT];

	switch (mac->kind) {
	case CONFIG_MAC_KEEP:
		fputs("keep", out);
		break;
	case CONFIG_MAC_VIRTUAL:
		fputs("virtual", out);
		break;
	case CONFIG_MAC_FIXED:
		fputs(mac_format(mac->mac, text), out);
		break;
	}
}

const struct config_type config_shared_mac = {
	.read = read_shared_mac,
	.print = print_shared_mac,
};

/* nic, macvlan, or macvlan NAME */
static const char *read_mac_device(struct config_parse *p, const char *value)
{
	const size_t length = strlen("macvlan");
	const char *name = value + length;

	if (strcmp(value, "nic") == 0)
		return NULL;
	if (strncmp(value, "macvlan", length) != 0 || (*name && !text_is_blank(*name)))
		return "is not known";
	p->draft->macvlan = true;
	name += strspn(name, " \t");
	return *name ? text_ifname(name, config_member(p)) : NULL;
}

static void print_mac_device(FILE *out, const struct config_item *item)
{
	fprintf(out, "macvlan %s", (const char *)item->member);
}

static bool mac_device_is_set(const struct config_item *item)
{
	return ((const char *)item->member)[0];
}

const struct config_type config_mac_device = {
	.read = read_mac_device,
	.print = print_mac_device,
	.is_set = mac_device_is_set,
};

static const char *read_standby_mac(struct config_parse *p, const char *value)
{
	const char *why;

	if (strcmp(value, "permanent") == 0)
		return NULL;
	why = text_mac(value, p->draft->router.standby_mac);
	p->draft->router.has_standby_mac = !why;
	return why;
}

/* That of a macvlan follows from its MAC. */
static bool standby_mac_is_set(const struct config_item *item)
{
	return !item->router->macvlan[0];
}

const struct config_type config_standby_mac = {
	.read = read_standby_mac,
	.print = print_mac,
	.is_set = standby_mac_is_set,
};

static const char *read_source(struct config_parse *p, const char *value)
{
	struct config_draft *draft = p->draft;
	const char *why =
		text_address(value, &draft->router.source, &draft->given.family[p->row->key]);

	draft->router.has_source = !why;
	return why;
}

void config_print_address(FILE *out, const struct config_item *item)
{
	char text[ADDRESS_TEXT];

	fputs(address_format(item->router->family, item->member, text), out);
}

const struct config_type config_source = {
	.read = read_source,
	.print = config_print_address,
};

/* pass:TEXT as in the file, pw/TEXT as vrrpd has it. */
static const char *read_password(struct config_parse *p, const char *value)
{
	const char *prefix = p->file ? "pass:" : "pw/";
	const char *why;

	if (strcmp(value, "none") == 0)
		return NULL;
	if (strncmp(value, prefix, strlen(prefix)) != 0) {
		if (strncmp(value, "ah", 2) != 0)
			return "is not known";
		config_error_value(p, "ah", "is not supported: RFC 3768 removed it");
		return NULL;
	}
	why = text_password(value + strlen(prefix), p->draft->router.auth_data);
	/* The password itself stays out of the message: it may end in a journal. */
	if (why)
		config_error_value(p, p->file ? "pass:..." : "pw/...", why);
	else
		p->draft->router.auth_type = VRRP_AUTH_PASS;
	return NULL;
}

static void print_password(FILE *out, const struct config_item *item)
{
	if (item->router->auth_type == VRRP_AUTH_PASS)
		fprintf(out, "pass:%.*s", VRRP_AUTH_LEN, (const char *)item->member);
	else
		fputs("none", out);
}

const struct config_type config_password = {
	.read = read_password,
	.print = print_password,
};
