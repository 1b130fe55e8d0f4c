/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What concerns the host as a whole: kernel, privileges, agent, files; then each NIC, and the wire.
 */
#include "cli/tools/doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/tools/doctor_internal.h"
#include "sys/bpf/loader.h"
#include "sys/host/permission.h"

/* ---- the kernel ---- */

static bool forbidden(int err)
{
	return err == -EPERM || err == -EACCES;
}

static void judge_program(struct doctor_writer *w, const struct doctor_kernel *kernel)
{
	const struct doctor_probe *program = &kernel->program, *link = &kernel->link;

	w->check = "kernel-xdp";
	if (!program->tried || forbidden(program->err)) {
		doctor_say(w, DOCTOR_WARN,
			   "cannot tell whether the XDP program and the fence load");
		doctor_advise(w, "run as root");
	} else if (program->err) {
		doctor_say(w, DOCTOR_WARN, "the XDP program does not load: %s",
			   strerror(-program->err));
		doctor_advise(w, "use " LOADER_KERNEL
				 " or later with CONFIG_BPF_SYSCALL; without it packet sockets are "
				 "used, which are not immune to floods");
	} else if (!link->tried) {
		doctor_say(w, DOCTOR_OK,
			   "the XDP program and its maps load; attaching was not tried");
	} else if (link->err) {
		doctor_say(w, DOCTOR_WARN, "the XDP program loads, but cannot be attached: %s",
			   strerror(-link->err));
		doctor_advise(w, "use Linux 5.9 or later, which has XDP links; without them packet "
				 "sockets are used, which are not immune to floods");
	} else {
		doctor_say(w, DOCTOR_OK, "the XDP program and its maps load and attach");
	}
}

static void judge_fence(struct doctor_writer *w, const struct doctor_facts *facts)
{
	const struct doctor_probe *fence = &facts->kernel.fence, *tcx = &facts->kernel.tcx;
	bool needed = false;

	for (unsigned int i = 0; facts->settings && i < facts->settings->router_count; i++)
		needed |= facts->settings->routers[i].fence == CONFIG_FENCE_YES ||
			  !facts->settings->routers[i].accept;
	w->check = "kernel-fence";
	if (!fence->tried || forbidden(fence->err))
		return; /* said of the XDP program */
	if (fence->err) {
		doctor_say(w, needed ? DOCTOR_FAIL : DOCTOR_WARN, "the fence does not load: %s",
			   strerror(-fence->err));
		doctor_advise(w, "without the fence, the address of a frozen or killed master "
				 "stays on the wire; use " LOADER_KERNEL
				 " or later with CONFIG_BPF_SYSCALL and CONFIG_NET_CLS_BPF");
	} else if (tcx->tried && !tcx->err) {
		doctor_say(w, DOCTOR_OK, "the fence loads, and uses tcx");
	} else {
		doctor_say(w, DOCTOR_OK,
			   "the fence loads, and uses a clsact qdisc, because tcx needs Linux 6.6");
	}
}

/* ---- privileges and the agent ---- */

static void judge_caps(struct doctor_writer *w, const struct doctor_agent *agent)
{
	const uint64_t needed = PERMISSION_NET_ADMIN | PERMISSION_NET_RAW,
		       wanted = PERMISSION_BPF | PERMISSION_PERFMON;
	uint64_t missing = permission_missing(agent->caps, needed | wanted);
	char text[PERMISSION_TEXT];

	w->check = "capabilities";
	if (agent->caps_known != DOCTOR_YES)
		return;
	if (!missing) {
		doctor_say(w, DOCTOR_OK, "the agent has the capabilities that it needs");
		return;
	}
	doctor_say(w, missing & needed ? DOCTOR_FAIL : DOCTOR_WARN, "the agent lacks %s",
		   permission_name(missing, " ", text));
	doctor_advise(w, missing & needed
				 ? "add it to CapabilityBoundingSet= and AmbientCapabilities= of "
				   "the unit (systemctl edit vrrp-xdp), then restart the agent"
				 : "without it there is no XDP program and no fence; add it to "
				   "CapabilityBoundingSet= of the unit, or to the capabilities of "
				   "the container");
}

/* Also where it stands now: whoever does it will do it again. */
static void judge_repairs(struct doctor_writer *w, const struct doctor_agent *agent)
{
	w->check = "fence";
	if (!agent->fence_repairs)
		return;
	doctor_say(w, DOCTOR_WARN,
		   "the agent repaired its fence %" PRIu64 " times: somebody removes it, or "
		   "attaches programs before it",
		   agent->fence_repairs);
	doctor_advise(w, "the agent's log tells when and on which interface; configure the other "
			 "program to leave the tcx or clsact hooks of that interface alone");
}

static void judge_agent(struct doctor_writer *w, const struct doctor_facts *facts)
{
	const struct doctor_agent *agent = &facts->agent;
	const struct config *settings = facts->settings;

	w->check = "agent";
	if (!agent->pid) {
		doctor_say(w, settings ? DOCTOR_WARN : DOCTOR_OK, "no agent is running");
		if (settings)
			doctor_advise(w, "start it: systemctl start vrrp-xdp (or vrrp-xdp run)");
		return;
	}
	if (strcmp(agent->version, facts->own_version)) {
		doctor_say(w, DOCTOR_WARN,
			   "the agent, pid %d, has version %s, but this program has version %s",
			   agent->pid, agent->version, facts->own_version);
		doctor_advise(
			w, "systemctl reload vrrp-xdp starts the new version without a failover");
	} else {
		doctor_say(w, DOCTOR_OK, "the agent is running, pid %d, version %s%s", agent->pid,
			   agent->version,
			   agent->elsewhere
				   ? ", in another network namespace, whose interfaces are checked"
				   : "");
	}
	judge_repairs(w, agent);
	judge_caps(w, agent);
	w->check = "realtime";
	if (!settings || settings->realtime == 0 || agent->realtime == DOCTOR_UNKNOWN)
		return;
	if (agent->realtime == DOCTOR_YES) {
		doctor_say(w, DOCTOR_OK, "the agent has a real-time priority");
		return;
	}
	doctor_say(w, DOCTOR_WARN, "the agent has no real-time priority, so a busy host delays it");
	doctor_advise(w, "see the agent's log for the reason; the unit needs LimitRTPRIO=99, and a "
			 "filter of system calls or cpu.rt_runtime_us of its control group may "
			 "also refuse it");
}

/* ---- files ---- */

static void judge_config(struct doctor_writer *w, const struct doctor_facts *facts)
{
	const struct doctor_file *file = &facts->config;
	bool secret = false;

	for (unsigned int i = 0; facts->settings && i < facts->settings->router_count; i++)
		secret |= facts->settings->routers[i].auth_type == VRRP_AUTH_PASS;
	w->check = "config";
	switch (file->access) {
	case DOCTOR_ACCESS_NONE:
		doctor_say(w, DOCTOR_WARN, "%s: there is no configuration", file->path);
		doctor_advise(w, "write one with vrrp-xdp init, or name another file with -c FILE");
		return;
	case DOCTOR_ACCESS_FAILED:
		doctor_say(w, DOCTOR_FAIL, "%s: cannot read it: %s", file->path,
			   strerror(-file->err));
		doctor_advise(w, "run as root, or name another file with -c FILE");
		return;
	case DOCTOR_ACCESS_FOREIGN:
		doctor_say(w, DOCTOR_FAIL, "%s: belongs to a user who is not root", file->path);
		doctor_advise(w, "chown root %s", file->path);
		break;
	case DOCTOR_ACCESS_WRITE:
		doctor_say(
			w, DOCTOR_FAIL,
			"%s: other users may write to it (mode %04o), and it names programs to run",
			file->path, file->mode);
		doctor_advise(w, "chmod go-w %s", file->path);
		break;
	case DOCTOR_ACCESS_READ:
		if (!secret)
			break;
		doctor_say(w, DOCTOR_WARN,
			   "%s: other users may read the password in it (mode %04o)", file->path,
			   file->mode);
		doctor_advise(w, "chmod 600 %s", file->path);
		break;
	case DOCTOR_ACCESS_OK:
		break;
	}
	if (facts->config_errors) {
		doctor_say(w, DOCTOR_FAIL, "%u error%s: %s", facts->config_errors,
			   facts->config_errors == 1 ? "" : "s, the first is", facts->config_error);
		doctor_advise(w, "see all errors: vrrp-xdp check -c %s", file->path);
	} else if (facts->settings) {
		doctor_say(w, DOCTOR_OK, "%s: no errors, %u virtual router%s", file->path,
			   facts->settings->router_count,
			   facts->settings->router_count == 1 ? "" : "s");
	}
}

static void judge_keys(struct doctor_writer *w, const struct doctor_facts *facts)
{
	const char *line = facts->key_errors;
	unsigned int keys = 0;

	for (unsigned int i = 0; facts->settings && i < facts->settings->router_count; i++)
		keys += facts->settings->routers[i].hmac_key_count;
	w->check = "keys";
	if (keys && !line)
		doctor_say(w, DOCTOR_OK,
			   "%u key file%s: the keys are valid, and only root can read them", keys,
			   keys == 1 ? "" : "s");
	while (line && *line) {
		size_t length = strcspn(line, "\n");

		doctor_say(w, DOCTOR_FAIL, "%.*s", (int)length, line);
		doctor_advise(w, "the agent does not start like this; the file must contain a key, "
				 "belong to root and have mode 0600, and all directories above it "
				 "must belong to root");
		line += length + (line[length] == '\n');
	}
}

static void judge_directory(struct doctor_writer *w, const struct doctor_file *file,
			    const char *check, const char *option)
{
	w->check = check;
	switch (file->access) {
	case DOCTOR_ACCESS_OK:
		doctor_say(w, DOCTOR_OK, "%s: only root can use it", file->path);
		break;
	case DOCTOR_ACCESS_NONE:
		doctor_say(w, DOCTOR_OK, "%s: does not exist yet; the agent makes it", file->path);
		break;
	case DOCTOR_ACCESS_FAILED:
		doctor_say(w, DOCTOR_FAIL, "%s: cannot be used: %s", file->path,
			   strerror(-file->err));
		doctor_advise(w,
			      forbidden(file->err) ? "run as root"
						   : "remove what is in its place, or choose "
						     "another directory with %s",
			      option);
		break;
	case DOCTOR_ACCESS_FOREIGN:
	case DOCTOR_ACCESS_WRITE:
	case DOCTOR_ACCESS_READ:
		doctor_say(w, DOCTOR_FAIL,
			   "%s: other users can change it or a directory above it (mode %04o); the "
			   "agent does not start like this",
			   file->path, file->mode);
		doctor_advise(
			w, "check what is in it and remove it, or choose another directory with %s",
			option);
		break;
	}
}

int doctor_judge(const struct doctor_facts *facts, struct doctor_report *ret_report)
{
	struct doctor_writer w = {.about = "host"};

	judge_program(&w, &facts->kernel);
	judge_fence(&w, facts);
	judge_agent(&w, facts);
	judge_config(&w, facts);
	judge_keys(&w, facts);
	judge_directory(&w, &facts->run_dir, "run-dir", "--run-dir");
	judge_directory(&w, &facts->bpffs, "bpffs", "--bpffs");
	for (unsigned int i = 0; i < facts->nic_count; i++)
		doctor_judge_nic(&w, facts, &facts->nics[i]);
	doctor_judge_wire(&w, facts);
	if (w.status) {
		doctor_free(&w.report);
		return w.status;
	}
	*ret_report = w.report;
	return 0;
}
