/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of network managers -> who configures eth0, number 7. Each row's files are made below a
 * directory of its own.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/tools/nic_owner.h"
#include "table.h"

#define FILES 3

struct row {
	const char *what;
	struct {
		const char *path, *text;
	} files[FILES];
	struct doctor_owner owner;
};

#define NM         "/run/NetworkManager/devices/7"
#define LINK       "/run/systemd/netif/links/7"
#define NETWORK    "/etc/systemd/network/a.network"
#define INTERFACES "/etc/network/interfaces"
#define IFCFG      "/etc/sysconfig/network-scripts/ifcfg-eth0"

static const struct row rows[] = {
	{"nobody", {{NULL, NULL}}, {0}},
	{"NetworkManager", {{NM, "[device]\nmanaged=true\n"}}, {.network_manager = true}},
	{"not this one", {{NM, "[device]\nmanaged=false\n"}}, {0}},
	{"another number", {{NM "1", "[device]\nmanaged=true\n"}}, {0}},
	{"networkd",
	 {{LINK, "# private\nADMIN_STATE=configured\nNETWORK_FILE=" NETWORK "\n"},
	  {NETWORK, "[Match]\nName=eth0\n[Network]\nAddress=192.0.2.1/24\n"}},
	 {.networkd = true, .network_file = NETWORK}},
	{"networkd that keeps",
	 {{LINK, "ADMIN_STATE=configured\nNETWORK_FILE=" NETWORK "\n"},
	  {NETWORK, "[Network]\n  KeepConfiguration = static\n"}},
	 {.networkd = true, .keeps = true, .network_file = NETWORK}},
	{"networkd, without its file", {{LINK, "ADMIN_STATE=configuring\n"}}, {.networkd = true}},
	{"networkd, and not this one", {{LINK, "ADMIN_STATE=unmanaged\n"}}, {0}},
	{"ifupdown", {{INTERFACES, "auto eth0\niface eth0 inet static\n"}}, {.ifupdown = true}},
	{"ifupdown, DHCP",
	 {{INTERFACES, "iface lo inet loopback\n"},
	  {INTERFACES ".d/eth0", "allow-hotplug eth0\niface eth0 inet dhcp\n"}},
	 {.ifupdown = true, .ifupdown_dhcp = true}},
	{"ifupdown, another",
	 {{INTERFACES, "#iface eth0 inet dhcp\niface eth00 inet dhcp\n"}},
	 {0}},
	{"ifcfg", {{IFCFG, "DEVICE=eth0\nBOOTPROTO=none\n"}}, {.ifcfg = true}},
	{"ifcfg, DHCP and a MAC",
	 {{IFCFG, "BOOTPROTO=\"dhcp\"\nHWADDR='00:0C:82:AD:B3:29'\n"}},
	 {.ifcfg = true, .ifcfg_dhcp = true, .ifcfg_hwaddr = "00:0C:82:AD:B3:29"}},
};

static void make(const char *root, const char *path, const char *text)
{
	char full[PATH_MAX];
	FILE *out;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	out = fopen(full, "w");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	char root[] = "/tmp/vrrp-xdp-owner-XXXXXX", command[64];
	struct doctor_owner owner;

	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < FILES && row->files[i].path; i++)
		make(root, row->files[i].path, row->files[i].text);
	nic_owner_look(root, "eth0", 7, &owner);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	assert_int_equal(system(command), 0);
	assert_int_equal(owner.network_manager, row->owner.network_manager);
	assert_int_equal(owner.networkd, row->owner.networkd);
	assert_int_equal(owner.keeps, row->owner.keeps);
	assert_string_equal(owner.network_file, row->owner.network_file);
	assert_int_equal(owner.ifupdown, row->owner.ifupdown);
	assert_int_equal(owner.ifupdown_dhcp, row->owner.ifupdown_dhcp);
	assert_int_equal(owner.ifcfg, row->owner.ifcfg);
	assert_int_equal(owner.ifcfg_dhcp, row->owner.ifcfg_dhcp);
	assert_string_equal(owner.ifcfg_hwaddr, row->owner.ifcfg_hwaddr);
}

int main(void)
{
	table_rows(NULL, rows, what, test_row);
	return table_run("nic owner");
}
