/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One NIC: its state, how XDP can be had on it, MTU and offloads, who configures it, and whether it
 * takes the shared MAC.
 */
#include <stdio.h>
#include <string.h>

#include "cli/tools/doctor_internal.h"

/* Most drivers keep a frame, its headroom (256) and its end (320) in one page for XDP. */
#define MTU_NATIVE 3498

/* ---- state ---- */

/* false: there is nothing more to be said of it. */
static bool judge_link(struct doctor_writer *w, const struct doctor_nic *nic)
{
	const char *what = nic->heartbeat && nic->public ? "heartbeat and public NIC"
			   : nic->heartbeat              ? "heartbeat NIC"
			   : nic->public                 ? "public NIC"
							 : "NIC";

	w->check = "link";
	if (!nic->exists) {
		doctor_say(w, DOCTOR_FAIL, "no such interface");
		doctor_advise(w, "ip link lists them%s%s",
			      nic->nearest[0] ? "; the nearest is " : "", nic->nearest);
		return false;
	}
	if (!nic->ethernet) {
		doctor_say(
			w, DOCTOR_FAIL,
			"not an Ethernet interface, so it can carry neither VRRP nor a shared MAC");
		doctor_advise(w, "choose another interface");
		return false;
	}
	/* A takeover sets a public NIC up, but not the one below a macvlan. */
	if (!nic->up) {
		doctor_say(w, nic->heartbeat || nic->macvlan ? DOCTOR_FAIL : DOCTOR_WARN,
			   "%s, down", what);
		doctor_advise(w, "ip link set %s up", nic->name);
	} else if (!nic->carrier) {
		doctor_say(w, nic->heartbeat ? DOCTOR_FAIL : DOCTOR_WARN, "%s, no carrier", what);
		doctor_advise(
			w,
			"check the cable and the switch port, or the other end of a virtual link");
	} else {
		doctor_say(w, DOCTOR_OK, "%s, up%s%s", what, nic->driver[0] ? ", driver " : "",
			   nic->driver);
	}
	return true;
}

/* What comes in by a port of a bridge is the bridge's, and so are the addresses. */
static void judge_port(struct doctor_writer *w, const struct doctor_nic *nic)
{
	w->check = "port";
	if (!nic->port_of[0] || (!nic->public && !nic->heartbeat))
		return;
	doctor_say(w, DOCTOR_WARN, "a port of %s, which receives its frames and has the addresses",
		   nic->port_of);
	doctor_advise(w, "%s = %s", nic->public ? "public" : "heartbeat", nic->port_of);
}

static void judge_multicast(struct doctor_writer *w, const struct doctor_nic *nic)
{
	bool heard = nic->ours || nic->socket; /* else nobody has asked for the groups */

	w->check = "multicast";
	if (!nic->multicast) {
		doctor_say(w, DOCTOR_FAIL, "multicast is off, but adverts are multicast");
		doctor_advise(w,
			      "ip link set %s multicast on, or set peers = ADDRESS to use unicast",
			      nic->name);
	} else if (heard && nic->groups == DOCTOR_NO) {
		doctor_say(w, DOCTOR_WARN,
			   "the multicast filter does not accept the VRRP groups (224.0.0.18, "
			   "ff02::12)");
		doctor_advise(w, "systemctl restart vrrp-xdp, or attach the interface again");
	} else {
		doctor_say(w, DOCTOR_OK, "multicast is on%s",
			   heard && nic->groups == DOCTOR_YES
				   ? ", and the filter accepts the VRRP groups"
				   : "");
	}
}

/* ---- XDP ---- */

static void judge_foreign(struct doctor_writer *w, const struct doctor_nic *nic)
{
	const char *name = nic->program_name[0] ? nic->program_name : "(no name)";

	if (nic->holder) {
		doctor_say(w, DOCTOR_FAIL, "another agent uses it: vrrp-xdp, pid %d", nic->holder);
		doctor_advise(w, "two agents cannot share an interface; stop one of them");
		return;
	}
	if (nic->dispatcher && !nic->socket) {
		doctor_say(w, DOCTOR_WARN, "it has libxdp's dispatcher, id %u, without our program",
			   nic->program);
		doctor_advise(
			w,
			nic->joinable
				? "vrrp-xdp attach %s adds ours to the others (this needs libxdp1)"
				: "this program was built without the header of libxdp, and "
				  "cannot be added; vrrp-xdp attach %s --replace takes the NIC",
			nic->name);
		return;
	}
	doctor_say(w, nic->socket ? DOCTOR_WARN : DOCTOR_FAIL,
		   "it has another XDP program: %s, id %u", name, nic->program);
	doctor_advise(w,
		      "detach it (ip link set %s xdp off), replace it (run --replace), or keep it "
		      "and set [agent] mode = socket",
		      nic->name);
}

static void judge_xdp(struct doctor_writer *w, const struct doctor_nic *nic)
{
	w->check = "xdp";
	if (nic->program && !nic->ours) {
		judge_foreign(w, nic);
	} else if (nic->ours && !nic->generic) {
		doctor_say(w, DOCTOR_OK, "our XDP program is attached, native mode");
	} else if (nic->ours && nic->native != DOCTOR_YES) {
		doctor_say(w, DOCTOR_OK, "our XDP program is attached, generic mode");
	} else if (nic->ours) {
		doctor_say(w, DOCTOR_WARN,
			   "our XDP program is attached in generic mode, but the driver has native "
			   "mode");
		doctor_advise(w,
			      "see the agent's log for the reason: MTU, offloads, or too few "
			      "queues (ethtool -l %s); then run vrrp-xdp attach %s --mode native",
			      nic->name, nic->name);
	} else if (nic->deaf) {
		doctor_say(w, DOCTOR_WARN, "a packet socket is used, because XDP missed adverts");
		doctor_advise(w, "frames that arrive by another interface (a bond, a redirection) "
				 "pass native XDP; [agent] mode = generic may see them");
	} else if (nic->tags) {
		doctor_say(w, DOCTOR_WARN,
			   "a packet socket is used, because XDP cannot tell adverts of other "
			   "VLANs from ours: the VLAN tags are not in the frames");
		doctor_advise(w, "ethtool -K %s rxvlan off keeps the tags; then reload", nic->name);
	} else if (nic->socket) {
		doctor_say(w, DOCTOR_WARN,
			   "a packet socket is used, which is not immune to floods");
		doctor_advise(w, "set [agent] mode = auto if kernel and interface can use XDP");
	} else if (nic->native == DOCTOR_YES) {
		doctor_say(w, DOCTOR_OK, "the driver has native XDP; nothing is attached");
	} else if (nic->native == DOCTOR_NO) {
		doctor_say(w, nic->wants_native ? DOCTOR_FAIL : DOCTOR_OK,
			   "the driver has no native XDP, but generic mode works; nothing is "
			   "attached");
		if (nic->wants_native)
			doctor_advise(w, "[agent] mode = auto");
	} else {
		doctor_say(w, DOCTOR_OK,
			   "this kernel does not tell whether the driver has native XDP (to try "
			   "it: vrrp-xdp attach %s); nothing is attached",
			   nic->name);
	}
}

static void judge_mtu(struct doctor_writer *w, const struct doctor_nic *nic)
{
	bool may_be_native = nic->native != DOCTOR_NO && !nic->generic && !nic->socket;

	w->check = "mtu";
	if (nic->advert_octets > nic->mtu) {
		doctor_say(w, DOCTOR_FAIL, "MTU %u, but an advert has %u bytes", nic->mtu,
			   nic->advert_octets);
		doctor_advise(w, "ip link set %s mtu 1500, or advertise fewer addresses",
			      nic->name);
	} else if (nic->mtu > MTU_NATIVE && may_be_native && !nic->ours) {
		doctor_say(w, DOCTOR_WARN,
			   "MTU %u, but most drivers allow at most about %u for native XDP",
			   nic->mtu, MTU_NATIVE);
		doctor_advise(w,
			      "ip link set %s mtu 1500 (adverts need no more), or use generic mode",
			      nic->name);
	} else {
		doctor_say(w, DOCTOR_OK, "MTU %u", nic->mtu);
	}
}

static void judge_offloads(struct doctor_writer *w, const struct doctor_nic *nic)
{
	bool native = nic->ours && !nic->generic;
	const char *feature = nic->lro == DOCTOR_YES ? "lro" : "rx-gro-hw";
	/* Where it can be switched at all, this driver does so itself. */
	bool virtio = nic->lro != DOCTOR_YES && !strcmp(nic->driver, "virtio_net");

	w->check = "offloads";
	if (nic->lro == DOCTOR_UNKNOWN && nic->gro_hw == DOCTOR_UNKNOWN)
		return;
	if (nic->lro != DOCTOR_YES && nic->gro_hw != DOCTOR_YES) {
		doctor_say(w, DOCTOR_OK, "no LRO, no GRO in hardware");
	} else if (native || nic->native == DOCTOR_NO || virtio) {
		doctor_say(w, DOCTOR_OK, "%s is on, but does no harm", feature);
	} else {
		doctor_say(w, DOCTOR_WARN, "%s is on, and many drivers refuse native XDP with it",
			   feature);
		doctor_advise(w, "ethtool -K %s %s off", nic->name, feature);
	}
}

/* ---- who configures it ---- */

static bool judge_manager(struct doctor_writer *w, const struct doctor_nic *nic)
{
	const struct doctor_owner *owner = &nic->owner;

	if (owner->network_manager) {
		doctor_say(w, DOCTOR_WARN,
			   "NetworkManager manages it, and may take the shared address away");
		doctor_advise(w,
			      "make it leave the interface alone: [keyfile] "
			      "unmanaged-devices=interface-name:%s in "
			      "/etc/NetworkManager/conf.d/vrrp-xdp.conf; until the next boot: "
			      "nmcli device set %s managed no",
			      nic->name, nic->name);
	} else if (owner->networkd && !owner->keeps) {
		doctor_say(w, DOCTOR_WARN,
			   "systemd-networkd manages it, and takes the shared address away when it "
			   "restarts");
		doctor_advise(
			w,
			"set KeepConfiguration=yes in [Network] of %s, then run networkctl reload",
			owner->network_file[0] ? owner->network_file : "its .network file");
	} else if (owner->networkd) {
		doctor_say(w, DOCTOR_OK,
			   "systemd-networkd manages it, but keeps addresses that others add");
	} else {
		return false;
	}
	return true;
}

static void judge_owner(struct doctor_writer *w, const struct doctor_nic *nic)
{
	const struct doctor_owner *owner = &nic->owner;
	uint8_t hwaddr[6];

	w->check = "manager";
	if (!nic->public)
		return; /* the agent changes nothing there */
	if (owner->ifcfg_hwaddr[0] && nic->wants_mac && !nic->macvlan &&
	    mac_parse(owner->ifcfg_hwaddr, hwaddr) &&
	    memcmp(hwaddr, nic->wanted_mac, sizeof(hwaddr))) {
		doctor_say(w, DOCTOR_WARN,
			   "ifcfg-%s has HWADDR=%s, so ifup refuses the interface while it has the "
			   "shared MAC",
			   nic->name, owner->ifcfg_hwaddr);
		doctor_advise(w, "remove HWADDR= from ifcfg-%s", nic->name);
		return;
	}
	if ((owner->ifcfg_dhcp || owner->ifupdown_dhcp) && !nic->displaces &&
	    (!nic->wants_mac || nic->macvlan)) {
		doctor_say(w, DOCTOR_OK, "DHCP configures it; the shared address is added to that");
		return;
	}
	if (owner->ifcfg_dhcp || owner->ifupdown_dhcp) {
		doctor_say(w, DOCTOR_WARN,
			   "DHCP configures it, and each renewal restores its address and route");
		doctor_advise(w,
			      "set a static address in %s, or set standby-address here and no "
			      "address there",
			      owner->ifcfg_dhcp ? "its ifcfg file" : "/etc/network/interfaces");
		return;
	}
	if (judge_manager(w, nic))
		return;
	if (owner->ifcfg || owner->ifupdown)
		doctor_say(w, DOCTOR_OK, "%s configures it once and then leaves it alone",
			   owner->ifcfg ? "an ifcfg file" : "ifupdown");
	else
		doctor_say(w, DOCTOR_OK, "nobody else manages it");
}

/* ---- the shared MAC ---- */

/* Who stands behind a virtual NIC, and what has to be allowed there. */
static const char *landlord(const char *driver)
{
	static const struct {
		const char *driver, *advice;
	} landlords[] = {
		{"vmxnet3",
		 "in vSphere, allow MAC address changes and forged transmits for the port group"},
		{"hv_netvsc", "in Hyper-V: Set-VMNetworkAdapter -MacAddressSpoofing On"},
		{"ena", "a cloud forwards no foreign MAC; set mac = keep, and ask for an address "
			"that may move"},
		{"gve", "a cloud forwards no foreign MAC; set mac = keep, and ask for an address "
			"that may move"},
		{"mana", "a cloud forwards no foreign MAC; set mac = keep, and ask for an address "
			 "that may move"},
		{"xen_netfront", "on the Xen host, allow other MACs on the bridge of this vif"},
	};

	for (size_t i = 0; i < sizeof(landlords) / sizeof(landlords[0]); i++) {
		if (!strcmp(landlords[i].driver, driver))
			return landlords[i].advice;
	}
	return NULL;
}

static void judge_mac(struct doctor_writer *w, const struct doctor_nic *nic)
{
	bool carried = !memcmp(nic->mac, nic->wanted_mac, sizeof(nic->mac));
	const char *advice = landlord(nic->driver);
	char mac[MAC_TEXT];

	w->check = "mac";
	if (!nic->wants_mac)
		return;
	mac_format(nic->wanted_mac, mac);
	if (nic->wanted_mac[0] & 1) {
		doctor_say(w, DOCTOR_FAIL, "%s is a multicast MAC", mac);
		doctor_advise(w, "choose a MAC whose first byte is even");
	} else if (carried && nic->mac_due) {
		doctor_say(w, DOCTOR_OK, "has the shared MAC %s", mac);
	} else if (nic->mac_due) {
		doctor_say(w, DOCTOR_FAIL,
			   "%s is master, but the interface does not have the shared MAC %s",
			   nic->mac_router, mac);
		doctor_advise(w, "see the agent's log for the driver's error, or set mac = keep");
	} else if (carried) {
		doctor_say(w, DOCTOR_FAIL, "has the shared MAC %s, but %s is not master here", mac,
			   nic->mac_router);
		doctor_advise(w, "start the agent, which restores the MAC; set standby-mac if the "
				 "interface has none of its own");
	} else if (nic->sets_mac == DOCTOR_NO && !nic->macvlan) {
		doctor_say(w, DOCTOR_FAIL,
			   "the hypervisor does not allow another MAC on this interface (no "
			   "VIRTIO_NET_F_CTRL_MAC_ADDR)");
		doctor_advise(w, "set mac = keep, or choose another machine type on the host");
	} else if (nic->bond_keeps_mac && !nic->macvlan) {
		doctor_say(w, DOCTOR_FAIL,
			   "a bond with fail_over_mac=active cannot have another MAC");
		doctor_advise(w, "set mac = keep, or use fail_over_mac=none");
	} else if (nic->virtual_function) {
		doctor_say(w, DOCTOR_WARN, "a virtual function: its host must allow the MAC %s",
			   mac);
		doctor_advise(w, "on the host: ip link set PF vf N trust on spoofchk off");
	} else if (advice) {
		doctor_say(w, DOCTOR_WARN, "driver %s: its hypervisor must allow the MAC %s",
			   nic->driver, mac);
		doctor_advise(w, "%s", advice);
	} else {
		doctor_say(w, DOCTOR_OK, "no problem is known with the shared MAC %s%s", mac,
			   nic->wanted_mac[0] & 2 ? " (locally administered)" : "");
	}
}

static void judge_fence(struct doctor_writer *w, const struct doctor_nic *nic)
{
	w->check = "fence";
	if (!strcmp(nic->fence, "first")) {
		doctor_say(w, DOCTOR_OK,
			   "the fence is attached, and runs before all other programs");
		return;
	}
	if (!strcmp(nic->fence, "gone"))
		doctor_say(w, DOCTOR_FAIL,
			   "somebody removed the fence; the address of a frozen or killed agent "
			   "would stay on the wire");
	else
		doctor_say(w, DOCTOR_FAIL,
			   "other programs run before the fence, which may not see the frames that "
			   "they pass");
	doctor_advise(w,
		      "see the agent's log for the reason why it cannot repair this; bpftool net "
		      "show dev %s and tc filter show dev %s ingress show the programs",
		      nic->name, nic->name);
}

void doctor_judge_nic(struct doctor_writer *w, const struct doctor_facts *facts,
		      const struct doctor_nic *nic)
{
	bool hears = nic->heartbeat || nic->ours || nic->socket || !nic->public;

	(void)facts;
	w->about = nic->name;
	if (!judge_link(w, nic))
		return;
	judge_port(w, nic);
	if (hears) {
		if (nic->needs_multicast || !nic->heartbeat)
			judge_multicast(w, nic);
		judge_xdp(w, nic);
		judge_mtu(w, nic);
		judge_offloads(w, nic);
	}
	if (nic->fence)
		judge_fence(w, nic);
	judge_owner(w, nic);
	judge_mac(w, nic);
}
