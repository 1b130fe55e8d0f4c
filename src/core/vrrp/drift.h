/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How fast this host's clock runs by the clock of the master, measured on the adverts of that
 * master. They leave at multiples of its interval by its own clock, so their arrivals by our clock
 * lie on a straight line, but for jitter. The slope of that line tells how far the two clocks
 * drift apart. Pure: reads no clock.
 *
 * A master hears nothing of its backups. So a router keeps what it has measured as BACKUP, for the
 * time in which it is MASTER itself and the other host is its backup.
 */
#ifndef CORE_VRRP_DRIFT_H
#define CORE_VRRP_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "vrrp_abi.h"

/* Clocks that are further apart than this are told as a fault: NTP holds a clock within it. */
#define DRIFT_WARN_PPM 500

/* The arrivals of one window. All zero: none yet. */
struct drift {
	struct vrrp_addr source; /* of the master, on this path */
	uint8_t path;
	uint16_t interval_cs;
	uint16_t count, x; /* a minute at 10 ms has 6,000; see below */
	uint64_t first_ns, last_ns;
	/* The sums of a linear regression over `count` arrivals. x: intervals since the first one;
	 * y: by how many us the arrival is later than x intervals by our clock. */
	int64_t sum_x, sum_y, sum_xx, sum_xy;
};

/*
 * Call it as BACKUP, at least once in eight intervals, with the last advert that was accepted and
 * the router's paths. A window is measured on one path, so that nothing depends on how much longer
 * an advert takes on another one. Returns true if the last advert on that path completes a window
 * of a minute at least. Then *ret_ppm is by how many millionths our clock runs faster than that of
 * the master (negative: it is slower), and the next window begins. An advert that does not fit into
 * the rhythm (of another router, or sent between two intervals) is left out; a goodbye ends the
 * window.
 */
bool drift_note(struct drift *drift, const struct vrrp_judged *judged,
		struct vrrp_path *const paths[], int32_t *ret_ppm);

/* The window ends here, unmeasured: the adverts that come are of another rhythm, also if they are
 * of the same router. Call it while this router is not BACKUP. */
void drift_break(struct drift *drift);

/* vrrp_judged.drift: ppm in steps of 200, up to 25,400 either way. It is never 0, which says that
 * nothing was measured. */
uint8_t drift_code(int32_t ppm);
/* The ppm that a code stands for; 0 if nothing was measured. */
int32_t drift_ppm(uint8_t code);

#endif
