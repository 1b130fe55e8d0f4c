/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that a test breaks on purpose, to show that it would have noticed. In the program that is
 * shipped every one of them is the constant 0, and the compiler drops what depends on it.
 */
#ifndef CORE_VRRP_BROKEN_H
#define CORE_VRRP_BROKEN_H

#ifdef VRRP_SIMULATED

struct vrrp_broken {
	int longer_lease;      /* the lease lasts longer, by so many hundredths of an interval */
	int stop_keeps_lease;  /* who steps down does not clear it */
	int blind_renewal;     /* it is stored, whatever the judge has written meanwhile */
	int stamp_after_send;  /* it counts from the time after the send */
	int open_before_send;  /* the promotion opens it, not the first advert that was sent */
	int role_stored_again; /* after the claim, over what the judge may have decided */
	int blind_reclaim;     /* a judge that stepped down behind the drain is overruled */
	int trusts_old_lease;  /* a thawed MASTER goes on, whatever its lease says */
	int late_renewal;      /* an advert that left too late renews */
	int no_reread;         /* the claim does not read the deadline again */
	int adopts_anything;   /* a new agent goes on as MASTER without a lease, too */
	int early;             /* promotes a hundredth of an interval before the deadline */
	int resumes_deaf;      /* stays MASTER beside one whose adverts it has read */
	int resumes_at_once;   /* ... and without the interval of listening */
	int announces_unowned; /* announces without an open lease */
	int prepared_for_good; /* does not put back what it prepared in vain */
	int heeds_the_past;    /* a MASTER steps down by what it heard as BACKUP */
	int goodbye_unread;    /* the agent leaves before it has read the ring */
};

extern struct vrrp_broken vrrp_broken;
#define VRRP_BROKEN(name) (vrrp_broken.name)

#else

#define VRRP_BROKEN(name) 0

#endif

#endif
