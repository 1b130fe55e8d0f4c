/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * predict PRIORITY INTERVAL_CS SECONDS ADVERTS COUNTED_MS LATE...: by these counts of a path, as
 * `status --json` has them, how many false failovers are to be expected in so many seconds: the
 * estimate and its 95 % interval. Version 3. The program itself answers only after an hour.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/interval_advice.h"

#define YEAR_S (365.25 * 86400)

int main(int argc, char **argv)
{
	struct vrrp_timing timing = {0};
	struct interval_risk risk;
	double years;

	if (argc != 6 + VRRP_LATE_BUCKETS)
		errx(2, "usage: predict PRIORITY INTERVAL_CS SECONDS ADVERTS COUNTED_MS LATE...");
	years = atof(argv[3]) / YEAR_S;
	timing.counted = strtoull(argv[4], NULL, 10);
	timing.counted_ns = strtoull(argv[5], NULL, 10) * 1000000;
	for (int i = 0; i < VRRP_LATE_BUCKETS; i++)
		timing.late[i] = (uint32_t)strtoul(argv[6 + i], NULL, 10);
	if (!timing.counted || !timing.counted_ns)
		errx(1, "nothing was counted");
	risk = interval_risk_of(&timing, 3, (uint8_t)atoi(argv[1]), (uint16_t)atoi(argv[2]));
	printf("%g %g %g\n", risk.per_year * years, risk.low * years, risk.high * years);
	return 0;
}
