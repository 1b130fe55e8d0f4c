/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * monitor: every advert that is heard, and every state change, as they happen.
 */
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/loop.h"
#include "cli/cli.h"
#include "cli/show/format.h"
#include "cli/show/report.h"
#include "core/address.h"
#include "core/history.h"
#include "core/names.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/view.h"
#include "sys/host/log.h"
#include "sys/host/rundir.h"
#include "sys/net/netns.h"

#define POLL_MS   20  /* state changes lie in a map: they are looked for this often */
#define REOPEN_MS 200 /* the agent that owned the maps is gone: is there a new one? */

struct monitor {
	const struct cli *cli;
	struct view *view;
	const char *only; /* interface, or NULL: all */
	uint32_t ifindex;
	uint64_t seen; /* of `history` */
	int64_t wall_offset_ns;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static void print_json(struct json_object *object)
{
	report_print_json(object, stdout);
	fflush(stdout);
}

static const char *router_name(const struct monitor *monitor, unsigned int slot)
{
	const char *name =
		slot < VRRP_MAX_SLOTS ? view_instance(monitor->view, slot)->report.name : "";

	return name[0] ? name : NULL;
}

static void on_advert(void *context, const struct vrrp_event *event)
{
	const struct monitor *monitor = context;
	const struct vrrp_advert *advert = &event->advert;
	char source[ADDRESS_TEXT], destination[ADDRESS_TEXT], ifname[IF_NAMESIZE],
		when[FORMAT_TEXT], protocol[16], gap[24] = "-";
	const char *name = router_name(monitor, event->slot);

	if (monitor->only && event->ifindex != monitor->ifindex)
		return;
	if (!if_indextoname(event->ifindex, ifname))
		snprintf(ifname, sizeof(ifname), "%u", event->ifindex);
	address_format(advert->family, &advert->source, source);
	address_format(advert->family, &advert->destination, destination);
	if (monitor->cli->json) {
		struct json_object *object = json_object_new_object();

		report_add_text(object, "type", "advert");
		report_add_time(object, "time",
				(int64_t)advert->stamp_ns + monitor->wall_offset_ns);
		report_add_text(object, "interface", ifname);
		report_add_text(object, "name", name);
		report_add_number(object, "vrid", advert->vrid);
		report_add_number(object, "family", advert->family);
		report_add_text(object, "protocol", name_protocol(event->verdict));
		report_add_number(object, "version", advert->version);
		report_add_text(object, "source", source);
		report_add_text(object, "destination", destination);
		report_add_number(object, "priority", advert->priority);
		report_add_number(object, "interval_ms", advert->interval_cs * 10);
		if (event->gap_ns)
			json_object_object_add(object, "gap_ms",
					       json_object_new_double((double)event->gap_ns / 1e6));
		else
			json_object_object_add(object, "gap_ms", NULL);
		report_add_text(object, "verdict", name_verdict(event->verdict));
		report_add_text(object, "judgement", name_judgement(event->judgement));
		print_json(object);
		return;
	}
	if (event->gap_ns)
		snprintf(gap, sizeof(gap), "%.3f ms", (double)event->gap_ns / 1e6);
	format_clock((int64_t)advert->stamp_ns + monitor->wall_offset_ns, 6, when);
	if (event->verdict == VRRP_VERDICT_CARP)
		snprintf(protocol, sizeof(protocol), "CARP");
	else
		snprintf(protocol, sizeof(protocol), "v%u%s", advert->version,
			 event->verdict == VRRP_VERDICT_AH ? " in AH" : "");
	printf("%s %s vrid %u %s %s priority %u interval %u ms gap %s: %s%s%s%s%s\n", when, ifname,
	       advert->vrid, source, protocol, advert->priority, advert->interval_cs * 10U, gap,
	       name_verdict(event->verdict), event->judgement ? ", " : "",
	       event->judgement ? name_judgement(event->judgement) : "", name ? " by " : "",
	       name ? name : "");
	fflush(stdout);
}

static void print_transition(const struct monitor *monitor, const struct history_record *record)
{
	char when[FORMAT_TEXT];

	if (monitor->cli->json) {
		struct json_object *object = json_object_new_object();

		report_add_text(object, "type", "state");
		report_add_time(object, "time", record->at_ns);
		report_add_text(object, "name", record->name);
		report_add_text(object, "from", name_state(record->from));
		report_add_text(object, "to", name_state(record->to));
		report_add_text(object, "cause", name_cause(record->cause));
		print_json(object);
		return;
	}
	printf("%s %s: %s -> %s: %s\n", format_clock(record->at_ns, 6, when), record->name,
	       name_state(record->from), name_state(record->to), name_cause(record->cause));
	fflush(stdout);
}

static void print_transitions(struct monitor *monitor)
{
	struct vrrp_history entry;

	while (history_next(view_history(monitor->view), &monitor->seen, &entry)) {
		struct history_record record = history_from_map(&entry);

		print_transition(monitor, &record);
	}
}

static int open_view(struct monitor *monitor)
{
	int err = view_open(monitor->cli->bpffs, monitor->cli->run_dir, &monitor->view);
	struct vrrp_history entry;

	if (err)
		return err;
	err = view_watch(monitor->view, on_advert, monitor);
	if (err) {
		view_close(monitor->view);
		monitor->view = NULL;
		return err;
	}
	monitor->seen = 0;
	while (history_next(view_history(monitor->view), &monitor->seen, &entry))
		; /* what was before */
	return 0;
}

static void explain(const struct monitor *monitor, int err)
{
	switch (-err) {
	case ENOENT:
		log_err("no interface is attached; run vrrp-xdp attach %s",
			monitor->only ? monitor->only : "IFACE");
		break;
	case EBUSY:
		log_err("%d monitors are running already, which is the limit", VRRP_MAX_MONITORS);
		break;
	case EPERM:
	case EACCES:
		log_err("%s: %s: run as root", monitor->cli->bpffs, strerror(-err));
		break;
	default:
		log_err("%s: %s", monitor->cli->bpffs, strerror(-err));
	}
}

static int follow(struct monitor *monitor)
{
	struct monotime look_at = loop_now();

	while (!interrupted && !ferror(stdout)) {
		int got = view_watch_read(monitor->view, POLL_MS);

		if (got < 0 && got != -EINTR)
			return got;
		print_transitions(monitor);
		if (monotime_before(loop_now(), look_at))
			continue;
		look_at = monotime_add(loop_now(), REOPEN_MS * 1000000LL);
		if (view_current(monitor->view))
			continue;
		/* What was attached is gone, and so are its maps. */
		view_close(monitor->view);
		monitor->view = NULL;
		log_info("all interfaces were detached; waiting for the next attach");
		while (!interrupted && open_view(monitor))
			usleep(REOPEN_MS * 1000);
		monitor->seen = 0; /* new maps: everything in them is new */
		if (monitor->only)
			monitor->ifindex = if_nametoindex(monitor->only);
	}
	return 0;
}

static int run_monitor(const struct cli *cli, int argc, char **argv)
{
	struct monitor monitor = {.cli = cli};
	struct sigaction action = {.sa_handler = on_interrupt};
	int err;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
		return cli_usage(&cmd_monitor, "name one interface at most");
	netns_visit(rundir_agent(cli->run_dir, NULL)); /* its interfaces are meant */
	if (argc == 2) {
		monitor.only = argv[1];
		monitor.ifindex = if_nametoindex(argv[1]);
		if (!monitor.ifindex) {
			log_err("%s: no such interface", argv[1]);
			return CLI_FAILED;
		}
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	monitor.wall_offset_ns = loop_wall_offset_ns();
	err = rundir_prepare(cli->run_dir);
	if (!err) {
		err = open_view(&monitor);
		if (!err && monitor.only && !view_listens(monitor.view, (int)monitor.ifindex)) {
			log_err("%s: not attached; run vrrp-xdp attach %s", monitor.only,
				monitor.only);
			err = -ENODEV;
		} else if (err) {
			explain(&monitor, err);
		}
	}
	if (!err)
		err = follow(&monitor);
	view_close(monitor.view);
	return err ? CLI_FAILED : CLI_OK;
}

const struct cli_command cmd_monitor = {
	.name = "monitor",
	.arguments = "[IFACE]",
	.summary = "print adverts and changes of state as they happen",
	.details = "For each advert it prints source, priority, interval, gap and verdict. With\n"
		   "--json it prints one object per line, of \"type\" \"advert\" or \"state\".\n"
		   "Stop it with Ctrl-C.\n"
		   "\n"
		   "example:\n"
		   "  vrrp-xdp monitor eth1 --json | jq -c 'select(.verdict != \"valid\")'\n",
	.run = run_monitor,
};
