/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that a test breaks on purpose, to show that it notices. VRRP_BROKEN(name) says whether the
 * rule is broken. In the program that is shipped it is the constant 0, and the compiler drops the
 * code that depends on it.
 */
#ifndef CORE_VRRP_BROKEN_H
#define CORE_VRRP_BROKEN_H

#ifdef VRRP_SIMULATED

struct vrrp_broken {
	int longer_lease;       /* the lease is longer, by so many hundredths of an interval */
	int no_drift;           /* the lease makes no allowance for clocks that drift apart */
	int drift_unheeded;     /* what was measured of that changes nothing */
	int stop_keeps_lease;   /* a router that steps down does not clear its lease */
	int blind_renewal;      /* a renewal overwrites what the judge has written meanwhile */
	int stamp_after_send;   /* the lease counts from the time after the send */
	int open_before_send;   /* the promotion opens the lease, before any advert was sent */
	int role_stored_again;  /* the promotion stores the role again, over the judge's decision */
	int blind_reclaim;      /* claims again, though the judge stepped down after the drain */
	int trusts_old_lease;   /* a thawed MASTER goes on, whatever its lease says */
	int late_renewal;       /* an advert that left too late renews the lease */
	int no_reread;          /* the claim does not read the deadline again */
	int adopts_anything;    /* a new agent goes on as MASTER even without a lease */
	int early;              /* promotes a hundredth of an interval before the deadline */
	int resumes_deaf;       /* resumes its lease, though it has heard another master */
	int resumes_at_once;    /* resumes its lease without an interval of listening */
	int announces_unowned;  /* announces without an open lease */
	int prepared_for_good;  /* does not put back what it prepared in vain */
	int shortens_late;      /* a shorter interval is told before the lease is shorter */
	int widens_at_once;     /* a longer interval counts before the backups know of it */
	int listens_before;     /* a BACKUP counts from before it could hear */
	int hook_unawaited;     /* the lease opens while before-master runs */
	int goodbye_unread;     /* the agent stops before it has read the ring */
	int lets_go_first;      /* a router that hands over ends its lease before it is replaced */
	int hands_over_untold;  /* the judge does not know that the priority is 1 meanwhile */
	int rises_untold;       /* a priority that rises counts before the backups know of it */
	int hands_over_hastily; /* priority 1 while adverts of a master before us may be on their
				   way */
	int claims_alone;       /* a router of a group claims without its fellows */
	int stays_alone;        /* a router of a group stays MASTER when a fellow does not */
	int gate_outlives;      /* the gate of a group runs until the end of its last lease */
	int ties_again;         /* both hosts wait equally long when both have left a group */
};

extern struct vrrp_broken vrrp_broken;
#define VRRP_BROKEN(name) (vrrp_broken.name)

#else

#define VRRP_BROKEN(name) 0

#endif

#endif
