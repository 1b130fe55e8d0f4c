/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * monitor: every advert that the XDP program sees, and every state change, as they happen.
 */
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/loop.h"
#include "cli/cli.h"
#include "cli/report.h"
#include "core/address.h"
#include "sys/bpffs.h"
#include "sys/log.h"
#include "sys/rundir.h"

#define POLL_MS   20  /* state changes lie in a map: they are looked for this often */
#define REOPEN_MS 200 /* the agent that owned the maps is gone: is there a new one? */

struct monitor {
	const struct cli *cli;
	struct view *view;
	const char *only; /* interface, or NULL: all */
	uint32_t ifindex;
	uint64_t seen; /* of `history` */
	int64_t realtime_offset_ns;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* Wall-clock time of a kernel stamp, for people: "12:34:56.789012". */
static void clock_text(const struct monitor *monitor, uint64_t ns, char buf[32])
{
	int64_t real = (int64_t)ns + monitor->realtime_offset_ns;
	time_t seconds = (time_t)(real / 1000000000);
	struct tm tm;
	char whole[16];

	localtime_r(&seconds, &tm);
	strftime(whole, sizeof(whole), "%H:%M:%S", &tm);
	snprintf(buf, 32, "%s.%06d", whole, (int)(real % 1000000000 / 1000));
}

static double unix_time(const struct monitor *monitor, uint64_t ns)
{
	return (double)((int64_t)ns + monitor->realtime_offset_ns) / 1e9;
}

static void print_json(struct json_object *object)
{
	printf("%s\n",
	       json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(stdout);
	json_object_put(object);
}

static void add_text(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, value ? json_object_new_string(value) : NULL);
}

static void add_int(struct json_object *object, const char *key, int64_t value)
{
	json_object_object_add(object, key, json_object_new_int64(value));
}

static const char *judgement(unsigned int value)
{
	static const char *const names[] = {"none", "absorbed", "ignored", "news", "yield"};

	return value < sizeof(names) / sizeof(names[0]) ? names[value] : "?";
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
	char source[ADDRESS_TEXT], destination[ADDRESS_TEXT], ifname[IF_NAMESIZE], when[32],
		gap[24] = "-";
	const char *name = router_name(monitor, event->slot);

	if (monitor->only && event->ifindex != monitor->ifindex)
		return;
	if (!if_indextoname(event->ifindex, ifname))
		snprintf(ifname, sizeof(ifname), "%u", event->ifindex);
	address_format(advert->family, &advert->source, source);
	address_format(advert->family, &advert->destination, destination);
	if (monitor->cli->json) {
		struct json_object *object = json_object_new_object();

		add_text(object, "type", "advert");
		json_object_object_add(object, "time",
				       json_object_new_double(
					       unix_time(monitor, advert->stamp_ns)));
		add_text(object, "interface", ifname);
		add_text(object, "name", name);
		add_int(object, "vrid", advert->vrid);
		add_int(object, "family", advert->family);
		add_int(object, "version", advert->version);
		add_text(object, "source", source);
		add_text(object, "destination", destination);
		add_int(object, "priority", advert->priority);
		add_int(object, "interval_ms", advert->interval_cs * 10);
		if (event->gap_ns)
			json_object_object_add(object, "gap_ms",
					       json_object_new_double((double)event->gap_ns / 1e6));
		else
			json_object_object_add(object, "gap_ms", NULL);
		add_text(object, "verdict", report_verdict(event->verdict));
		add_text(object, "judgement", judgement(event->judgement));
		print_json(object);
		return;
	}
	if (event->gap_ns)
		snprintf(gap, sizeof(gap), "%.3f ms", (double)event->gap_ns / 1e6);
	clock_text(monitor, advert->stamp_ns, when);
	printf("%s %s vrid %u %s v%u priority %u interval %u ms gap %s: %s%s%s%s%s\n", when, ifname,
	       advert->vrid, source, advert->version, advert->priority, advert->interval_cs * 10U,
	       gap, report_verdict(event->verdict), event->judgement ? ", " : "",
	       event->judgement ? judgement(event->judgement) : "", name ? " by " : "",
	       name ? name : "");
	fflush(stdout);
}

static void print_transition(const struct monitor *monitor, const struct vrrp_history *entry)
{
	char when[32];

	if (monitor->cli->json) {
		struct json_object *object = json_object_new_object();

		add_text(object, "type", "state");
		json_object_object_add(object, "time",
				       json_object_new_double(unix_time(monitor, entry->at_ns)));
		add_text(object, "name", entry->name);
		add_text(object, "from", report_state(entry->from));
		add_text(object, "to", report_state(entry->to));
		add_text(object, "cause", report_cause(entry->cause));
		print_json(object);
		return;
	}
	clock_text(monitor, entry->at_ns, when);
	printf("%s %s: %s -> %s: %s\n", when, entry->name, report_state(entry->from),
	       report_state(entry->to), report_cause(entry->cause));
	fflush(stdout);
}

static uint64_t newest_transition(const struct monitor *monitor)
{
	const struct vrrp_history *history = view_history(monitor->view);
	uint64_t newest = 0;

	for (unsigned int i = 0; i < VRRP_MAX_HISTORY; i++) {
		uint64_t seq = __atomic_load_n(&history[i].seq, __ATOMIC_ACQUIRE);

		newest = seq > newest ? seq : newest;
	}
	return newest;
}

static void print_transitions(struct monitor *monitor)
{
	const struct vrrp_history *history = view_history(monitor->view);
	uint64_t newest = newest_transition(monitor);

	if (newest > monitor->seen + VRRP_MAX_HISTORY)
		monitor->seen = newest - VRRP_MAX_HISTORY;
	while (monitor->seen < newest) {
		struct vrrp_history entry = history[++monitor->seen % VRRP_MAX_HISTORY];

		/* Overwritten while it was copied: newer ones follow. */
		if (entry.seq == monitor->seen)
			print_transition(monitor, &entry);
	}
}

static int open_view(struct monitor *monitor)
{
	int err = view_open(monitor->cli->bpffs, &monitor->view);

	if (err)
		return err;
	err = view_watch(monitor->view, monitor->cli->run_dir, on_advert, monitor);
	if (err) {
		view_close(monitor->view);
		monitor->view = NULL;
		return err;
	}
	monitor->seen = newest_transition(monitor);
	return 0;
}

static void explain(const struct monitor *monitor, int err)
{
	switch (-err) {
	case ENOENT:
		log_err("no interface is attached: vrrp-xdp attach %s",
			monitor->only ? monitor->only : "IFACE");
		break;
	case EBUSY:
		log_err("%d monitors run already", VRRP_MAX_MONITORS);
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
		if (view_current(monitor->view, monitor->cli->bpffs))
			continue;
		/* What was attached is gone, and so are its maps. */
		view_close(monitor->view);
		monitor->view = NULL;
		log_info("detached: waiting for the next attach");
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
	struct timespec real;
	int err;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
		return cli_usage(&cmd_monitor, "one interface at most");
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
	clock_gettime(CLOCK_REALTIME, &real);
	monitor.realtime_offset_ns =
		(int64_t)real.tv_sec * 1000000000 + real.tv_nsec - loop_now().ns;
	err = rundir_prepare(cli->run_dir);
	if (!err) {
		err = open_view(&monitor);
		if (!err && monitor.only && !view_listens(monitor.view, (int)monitor.ifindex)) {
			log_err("%s: not attached: vrrp-xdp attach %s", monitor.only, monitor.only);
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
	.summary = "stream adverts and state changes",
	.details = "Adverts with source, priority, interval, gap and verdict; text, or with --json "
		   "one\n"
		   "object a line (\"type\": \"advert\" or \"state\"). Ends with ^C.\n"
		   "  vrrp-xdp monitor eth1 --json | jq -c 'select(.verdict != \"valid\")'\n",
	.run = run_monitor,
};
