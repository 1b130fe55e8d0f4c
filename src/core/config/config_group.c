/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups: `group = NAME` of the routers, and the sections [group NAME]. What a section says holds
 * for all routers of the group, and is done once: preemption and the user of programs are set in
 * each of them; what is tracked, and the hooks that are waited for, become those of its first
 * router, because a router of a group that fails or waits makes all of them do so. What is left in
 * the section is who is told.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/config_internal.h"

/* These are set in each router of the group. */
static const enum config_key set_in_each[] = {KEY_PREEMPT, KEY_PREEMPT_DELAY, KEY_SCRIPT_USER};
/* And these only in the first one. */
static const enum config_key of_first[] = {KEY_BEFORE_MASTER, KEY_BEFORE_BACKUP};
static const enum config_key lists_of_first[] = {KEY_TRACK_INTERFACE, KEY_TRACK_SCRIPT,
						 KEY_TRACK_FILE, KEY_TRACK_PROCESS};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct config_draft *find_group(const struct config_parse *p, const char *name)
{
	for (unsigned int i = 0; i < p->group_count; i++) {
		if (!strcmp(p->groups[i]->router.name, name))
			return p->groups[i];
	}
	return NULL;
}

static bool is_in(const struct config_draft *draft, const struct config_draft *group)
{
	return !strcmp(draft->router.group, group->router.name);
}

/* A group needs no section. */
static void add_groups(struct config_parse *p)
{
	for (unsigned int i = 0; i < p->draft_count && !p->status; i++) {
		const char *name = p->drafts[i]->router.group;

		if (name[0] && !find_group(p, name))
			config_draft_add(p, &p->groups, &p->group_count, name, strlen(name));
	}
}

static bool goes_before(const struct config_draft *one, const struct config_draft *other)
{
	if (one->router.vrid != other->router.vrid)
		return one->router.vrid < other->router.vrid;
	return one->router.family < other->router.family;
}

/* Two hosts agree on the order of a group if that is by VRID, whatever the order of sections. */
static void set_places(struct config_parse *p)
{
	for (unsigned int i = 0; i < p->draft_count; i++) {
		struct config_draft *own = p->drafts[i];

		for (unsigned int j = 0; own->router.group[0] && j < p->draft_count; j++) {
			const struct config_draft *other = p->drafts[j];

			if (!strcmp(own->router.group, other->router.group) &&
			    (goes_before(other, own) || (j < i && !goes_before(own, other))))
				own->router.group_place++;
		}
	}
}

static struct config_draft *find_first(const struct config_parse *p,
				       const struct config_draft *group)
{
	for (unsigned int i = 0; i < p->draft_count; i++) {
		if (is_in(p->drafts[i], group) && !p->drafts[i]->router.group_place)
			return p->drafts[i];
	}
	return NULL;
}

static void *member_of(const struct config_row *row, struct config_draft *draft)
{
	return (char *)&draft->router + row->offset;
}

/* Does the router say something else than its group? */
static bool gives_too(struct config_parse *p, struct config_draft *draft,
		      struct config_draft *group, const struct config_row *row)
{
	if (!draft->given.given[row->key] ||
	    !memcmp(member_of(row, draft), member_of(row, group), row->size))
		return false;
	config_error_key(p, draft->given.line[row->key], row, "[group %s] has it, too, at line %u",
			 group->router.name, group->given.line[row->key]);
	return true;
}

static void set_each(struct config_parse *p, struct config_draft *group)
{
	for (unsigned int k = 0; k < COUNT(set_in_each); k++) {
		const struct config_row *row = &config_rows[set_in_each[k]];

		for (unsigned int i = 0; group->given.given[row->key] && i < p->draft_count; i++) {
			struct config_draft *draft = p->drafts[i];

			if (is_in(draft, group) && !gives_too(p, draft, group, row))
				memcpy(member_of(row, draft), member_of(row, group), row->size);
		}
	}
}

/* The hook moves: the group has it no more. */
static void move_hooks(struct config_parse *p, struct config_draft *first,
		       struct config_draft *group)
{
	for (unsigned int k = 0; k < COUNT(of_first); k++) {
		const struct config_row *row = &config_rows[of_first[k]];

		if (!group->given.given[row->key] || gives_too(p, first, group, row))
			continue;
		memcpy(member_of(row, first), member_of(row, group), row->size);
		memset(member_of(row, group), 0, row->size);
	}
}

static void move_lists(struct config_parse *p, struct config_draft *first,
		       struct config_draft *group)
{
	for (unsigned int k = 0; k < COUNT(lists_of_first); k++) {
		const struct config_row *row = &config_rows[lists_of_first[k]];
		unsigned int *count = (void *)((char *)&group->router + row->count);
		unsigned int total = *count + config_count(row, &first->router);

		if (*count && total > row->max) {
			config_error_key(p, group->given.line[row->key], row,
					 "with those of [vrrp %s] they are %u (accepted: at most "
					 "%llu)",
					 first->router.name, total, (unsigned long long)row->max);
			continue;
		}
		p->draft = first;
		p->row = row;
		for (unsigned int i = 0; i < *count && !p->status; i++) {
			p->line = group->given.lines[row->key][i];
			config_append(p, config_element(row, &group->router, i));
		}
		if (!p->status)
			*count = 0;
	}
}

/* One that lets go at once takes the others with it. */
static void agree_on_handover(struct config_parse *p, const struct config_draft *group)
{
	bool all = true;

	for (unsigned int i = 0; i < p->draft_count; i++)
		all &= !is_in(p->drafts[i], group) || p->drafts[i]->router.handover;
	for (unsigned int i = 0; !all && i < p->draft_count; i++) {
		if (is_in(p->drafts[i], group))
			p->drafts[i]->router.handover = false;
	}
}

static void check_name(struct config_parse *p, const struct config_draft *group)
{
	for (unsigned int i = 0; i < p->group_count && p->groups[i] != group; i++) {
		if (!strcmp(p->groups[i]->router.name, group->router.name))
			config_error(p, group->router.line,
				     "[group %s]: this section was given already, at line %u",
				     group->router.name, p->groups[i]->router.line);
	}
	/* `resign NAME` is for the one or the other. */
	for (unsigned int i = 0; i < p->draft_count; i++) {
		const struct config_draft *draft = p->drafts[i];

		if (!strcmp(draft->router.name, group->router.name) && !is_in(draft, group))
			config_error_key(
				p, draft->router.line, &config_rows[KEY_GROUP],
				"[vrrp %s] has the name of a group to which it does not belong",
				draft->router.name);
	}
}

void config_check_groups(struct config_parse *p)
{
	add_groups(p);
	for (unsigned int i = 0; i < p->group_count; i++)
		check_name(p, p->groups[i]);
	set_places(p);
	if (p->draft_count + p->group_count > VRRP_MAX_SLOTS)
		config_error(p, p->line, "more than %d virtual routers and groups", VRRP_MAX_SLOTS);
	for (unsigned int i = 0; i < p->group_count && !p->status; i++) {
		struct config_draft *group = p->groups[i], *first = find_first(p, group);

		if (find_group(p, group->router.name) != group)
			continue; /* given twice, which was said: what one has moved stays */
		if (!first) {
			const char *name = group->router.name;

			if (!text_is_name(name, strlen(name)))
				continue; /* this was said */
			config_error(p, group->router.line,
				     "[group %s]: no virtual router is in it (group = %s)",
				     group->router.name, group->router.name);
			continue;
		}
		set_each(p, group);
		move_hooks(p, first, group);
		move_lists(p, first, group);
		agree_on_handover(p, group);
	}
}

/* What its programs are told: of its first router, and all addresses. */
static int fill_as(struct config_group *group, const struct config *config)
{
	const struct config_router *first = &config->routers[group->routers[0]];
	struct config_router *as = &group->as;
	unsigned int count = 0;

	for (unsigned int i = 0; i < group->count; i++)
		count += config->routers[group->routers[i]].address_count;
	as->addresses = calloc(count + 1, sizeof(*as->addresses));
	if (!as->addresses)
		return -ENOMEM;
	for (unsigned int i = 0; i < group->count; i++) {
		const struct config_router *router = &config->routers[group->routers[i]];

		memcpy(&as->addresses[as->address_count], router->addresses,
		       router->address_count * sizeof(*as->addresses));
		as->address_count += router->address_count;
	}
	as->vrid = first->vrid;
	as->family = first->family;
	as->version = first->version;
	as->priority = first->priority;
	memcpy(as->heartbeat, first->heartbeat, sizeof(as->heartbeat));
	as->heartbeat_count = first->heartbeat_count;
	memcpy(as->public, first->public, sizeof(as->public));
	as->routes = first->routes; /* the first router's own */
	as->route_count = first->route_count;
	return 0;
}

int config_hand_groups(struct config_parse *p, struct config *config)
{
	config->groups = calloc(p->group_count ? p->group_count : 1, sizeof(*config->groups));
	if (!config->groups)
		return -ENOMEM;
	for (unsigned int g = 0; g < p->group_count; g++) {
		struct config_group *group = &config->groups[config->group_count++];

		group->as = p->groups[g]->router;
		memset(&p->groups[g]->router, 0, sizeof(p->groups[g]->router));
		group->routers = calloc(config->router_count, sizeof(*group->routers));
		if (!group->routers)
			return -ENOMEM;
		for (unsigned int i = 0; i < config->router_count; i++) {
			const struct config_router *router = &config->routers[i];

			if (strcmp(router->group, group->as.name) != 0)
				continue;
			group->routers[router->group_place] = i;
			group->count++;
		}
		if (fill_as(group, config))
			return -ENOMEM;
	}
	return 0;
}
