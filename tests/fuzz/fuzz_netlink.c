// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink messages of any bytes, as answers to a dump, to a question, as notifications and as ACKs;
 * then the plan that a router makes of such a dump, and the requests that carry it out. Input: as
 * it lies in the receive buffer, the sequence number of the first message is the one asked for.
 */
#include "fuzz.h"

#include <linux/if_link.h>

#include "sys/net/queue.h"
#include "sys/net/rtnl_internal.h"

#define OPS 4

/* libmnl looks at lengths rounded up to four, as the receive buffer's is. */
static void put(struct rtnl *rtnl, const uint8_t *data, size_t size)
{
	rtnl->buffer = calloc(1, MNL_ALIGN(size) + 1);
	REQUIRE(rtnl->buffer);
	memcpy(rtnl->buffer, data, size);
	rtnl->buffer = realloc(rtnl->buffer, MNL_ALIGN(size) ? MNL_ALIGN(size) : 1);
	REQUIRE(rtnl->buffer);
	if (size >= sizeof(struct nlmsghdr))
		rtnl->seq = ((struct nlmsghdr *)rtnl->buffer)->nlmsg_seq;
}

static void on_change(void *context, enum rtnl_change change, int ifindex)
{
	unsigned int *count = context;

	REQUIRE(change == RTNL_LINK || change == RTNL_LINK_GONE || change == RTNL_ADDRESS ||
		change == RTNL_ROUTE);
	(void)ifindex;
	(*count)++;
}

static void check_actual(const struct plan_actual *actual)
{
	for (unsigned int i = 0; i < actual->link_count; i++)
		REQUIRE(memchr(actual->links[i].name, '\0', CONFIG_IFNAME));
	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *a = &actual->addresses[i];

		REQUIRE((a->family == 4 && a->plen <= 32) || (a->family == 6 && a->plen <= 128));
		REQUIRE(memchr(a->label, '\0', sizeof(a->label)));
	}
	for (unsigned int i = 0; i < actual->route_count; i++) {
		const struct plan_route *r = &actual->routes[i];

		REQUIRE((r->family == 4 && r->plen <= 32) || (r->family == 6 && r->plen <= 128));
		REQUIRE(r->extra_len <= sizeof(r->extra));
	}
}

/* The requests of an op fit where they are put, and are whole messages. */
static void check_op(const struct plan_op *op)
{
	char *room = malloc(RTNL_OP_ROOM);
	struct nlmsghdr *nlh;

	REQUIRE(room);
	nlh = mnl_nlmsg_put_header(room);
	rtnl_put_op(nlh, op);
	REQUIRE(nlh->nlmsg_len <= RTNL_OP_ROOM && mnl_nlmsg_ok(nlh, nlh->nlmsg_len));
	free(room);
}

static void check_plans(const struct plan_actual *actual)
{
	static const char text[] = "[vrrp web]\nvrid = 55\nheartbeat = eth1\npublic = eth0\n"
				   "address = 192.0.2.93/24\naddress = 2001:db8::93/64\n"
				   "gateway = 192.0.2.1\nroute = 10.0.0.0/8 via 192.0.2.7\n"
				   "mac = 02:00:00:00:00:37\nstandby-address = 192.0.2.5/24\n"
				   "standby-gateway = 192.0.2.2\n";
	static struct config *config;
	struct plan_original original = {0};
	struct config_errors errors;
	struct plan_scene scene = {.actual = actual, .original = &original};
	struct plan plan;

	if (!config)
		REQUIRE(config_parse("web", text, strlen(text), &config, &errors) == 0);
	scene.router = &config->routers[0];
	(void)plan_record(&scene, &original);
	for (int role = PLAN_BACKUP; role <= PLAN_MASTER; role++) {
		if (takeover_plan(&scene, role, &plan))
			continue;
		if (original.valid)
			REQUIRE(plan_record_more(&scene, &plan, &original) >= 0);
		(void)plan_disturbs(&scene, &plan);
		for (unsigned int i = 0; i < plan.count; i++) {
			char line[256];

			if (plan.ops[i].kind != PLAN_ANNOUNCE)
				check_op(&plan.ops[i]);
			REQUIRE(plan_format(&plan.ops[i], actual, line, sizeof(line)) > 0);
		}
		plan_free(&plan);
	}
	plan_original_free(&original);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_op ops[OPS] = {{.kind = PLAN_LINK_UP},
				   {.kind = PLAN_ADDRESS_ADD},
				   {.kind = PLAN_ROUTE_REPLACE},
				   {.kind = PLAN_ROUTE_DEL}};
	struct rtnl rtnl = {0};
	struct rtnl_dump dump = {0};
	bool interrupted = false;
	int errors[OPS] = {0};
	struct queues queues = {0};
	struct rtnl_neighbors neighbors = {.ifindex = 1};
	struct rtnl_entry entry;
	unsigned int changes = 0;

	put(&rtnl, data, size);
	(void)rtnl_take_answers(&rtnl, size, NLM_F_DUMP, rtnl_keep, &dump, &interrupted);
	REQUIRE(memchr(rtnl.error, '\0', sizeof(rtnl.error)));
	check_actual(&dump.actual);
	check_plans(&dump.actual);
	plan_actual_free(&dump.actual);

	(void)rtnl_take_answers(&rtnl, size, 0, rtnl_one_neighbor, &entry, &interrupted);
	(void)rtnl_take_answers(&rtnl, size, NLM_F_DUMP, rtnl_keep_neighbor, &neighbors,
				&interrupted);
	free(neighbors.entries);
	queues_add(&queues, 1);
	(void)rtnl_take_answers(&rtnl, size, NLM_F_DUMP, queue_read_link, &queues, &interrupted);
	(void)rtnl_take_answers(&rtnl, size, NLM_F_DUMP, queue_read_discipline, &queues,
				&interrupted);
	REQUIRE(queues.count >= 1 && queues.count <= QUEUES_MAX);
	rtnl_take_changes(&rtnl, size, on_change, &changes);
	REQUIRE(changes <= size / MNL_NLMSG_HDRLEN);
	(void)rtnl_take_acks(&rtnl, size, ops, rtnl.seq, OPS, errors);
	REQUIRE(memchr(rtnl.error, '\0', sizeof(rtnl.error)));
	free(rtnl.buffer);
	return 0;
}
