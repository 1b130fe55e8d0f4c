/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces by their place in the configuration, and by what they are stacked on.
 */
#include "core/nic/cover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is(const char *name, const struct plan_link *link)
{
	return !strcmp(name, link->name);
}

/* Its router guards what it carries, on itself. */
static bool carries_shared(const struct config_router *router, const struct plan_link *link)
{
	if (is(router->public, link))
		return true;
	for (unsigned int i = 0; i < router->address_count; i++) {
		if (is(router->addresses[i].dev, link))
			return true;
	}
	return false;
}

static bool is_named(const struct config_router *router, const struct plan_link *link)
{
	for (unsigned int i = 0; i < router->heartbeat_count; i++) {
		if (is(router->heartbeat[i], link))
			return true;
	}
	for (unsigned int i = 0; i < router->track_count; i++) {
		if (is(router->track[i].name, link))
			return true;
	}
	return carries_shared(router, link);
}

enum mark { UNMARKED, MARKED, FOLLOWED };

/* Do frames of `upper` pass `lower`? A bridge's pass its ports, a VLAN's its parent. */
static bool passes(const struct plan_link *upper, const struct plan_link *lower)
{
	return upper->parent == lower->ifindex || lower->master == upper->ifindex;
}

/* Mark all links that speak in place of the marked ones (a bridge receives and sends what its port
 * would), or all below them. Each link is followed once. */
static void follow(const struct plan_actual *actual, bool upwards, enum mark *marks)
{
	bool again = true;

	while (again) {
		again = false;
		for (unsigned int i = 0; i < actual->link_count; i++) {
			const struct plan_link *from = &actual->links[i];

			if (marks[i] != MARKED)
				continue;
			marks[i] = FOLLOWED;
			again = true;
			for (unsigned int j = 0; j < actual->link_count; j++) {
				const struct plan_link *to = &actual->links[j];

				if (marks[j] == UNMARKED &&
				    (upwards ? from->master == to->ifindex : passes(from, to)))
					marks[j] = MARKED;
			}
		}
	}
}

static bool is_fenced(const struct config *config, const struct plan_link *link)
{
	for (unsigned int i = 0; i < config->router_count; i++) {
		if (config->routers[i].fence != CONFIG_FENCE_NO &&
		    carries_shared(&config->routers[i], link))
			return true;
	}
	return false;
}

static enum cover cover_one(const struct config *config, const struct plan_link *link, bool fenced,
			    bool stacked)
{
	/* The host speaks by the bridge, not by its ports, which also carry the frames of others.
	 * A bond sends ARP probes from its own address through its members, past the bond. */
	if (!link->ethernet || (link->port && !link->lag) || fenced)
		return COVER_NONE;
	for (unsigned int i = 0; i < config->router_count; i++)
		stacked |= is_named(&config->routers[i], link);
	return stacked ? COVER_LEASED : COVER_OTHER;
}

/* Is it the parent of a public interface, or of one below it, and has it a MAC that no public
 * interface has? Then what it sends from that MAC is its own. A macvlan in passthru mode has the
 * MAC of its parent, and so does a VLAN. */
static bool is_below(const struct plan_actual *actual, const bool *fenced, const enum mark *below,
		     const struct plan_link *link)
{
	bool parent = false;

	for (unsigned int i = 0; i < actual->link_count; i++) {
		const struct plan_link *upper = &actual->links[i];

		parent |= below[i] != UNMARKED && upper->parent == link->ifindex;
		if (fenced[i] && !memcmp(upper->mac, link->mac, sizeof(link->mac)))
			return false;
	}
	return parent;
}

int cover_links(const struct config *config, const struct plan_actual *actual,
		enum cover **ret_covers)
{
	enum cover *covers = calloc(actual->link_count, sizeof(*covers));
	enum mark *above = calloc(actual->link_count, sizeof(*above));
	enum mark *below = calloc(actual->link_count, sizeof(*below));
	bool *fenced = calloc(actual->link_count, sizeof(*fenced)), any = false;

	if (!covers || !above || !below || !fenced) {
		free(covers);
		free(above);
		free(below);
		free(fenced);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < config->router_count; i++)
		any |= config->routers[i].fence != CONFIG_FENCE_NO;
	for (unsigned int i = 0; any && i < actual->link_count; i++) {
		fenced[i] = is_fenced(config, &actual->links[i]);
		if (fenced[i])
			above[i] = below[i] = MARKED;
	}
	follow(actual, true, above);
	follow(actual, false, below);
	for (unsigned int i = 0; any && i < actual->link_count; i++)
		covers[i] = cover_one(config, &actual->links[i], fenced[i], above[i] || below[i]);
	for (unsigned int i = 0; any && i < actual->link_count; i++) {
		if (covers[i] == COVER_LEASED && is_below(actual, fenced, below, &actual->links[i]))
			covers[i] = COVER_BELOW;
	}
	free(above);
	free(below);
	free(fenced);
	*ret_covers = covers;
	return 0;
}

bool cover_address(const struct config_prefix *address)
{
	const uint8_t *b = address->addr.b;

	return address->family != 6 || b[0] != 0xfe || (b[1] & 0xc0) != 0x80;
}
