/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stamp.h"

static void observe(struct stamps *stamps, const struct clocks *clocks)
{
	if (clocks->least_ns > stamps->most_ns || clocks->most_ns < stamps->least_ns) {
		stamps->stepped = true;
		stamps->least_ns = clocks->least_ns;
		stamps->most_ns = clocks->most_ns;
		return;
	}
	if (clocks->least_ns > stamps->least_ns)
		stamps->least_ns = clocks->least_ns;
	if (clocks->most_ns < stamps->most_ns)
		stamps->most_ns = clocks->most_ns;
}

void stamps_init(struct stamps *stamps, const struct clocks *clocks)
{
	*stamps = (struct stamps){
		.least_ns = clocks->least_ns,
		.most_ns = clocks->most_ns,
		.begun = clocks->now,
		.floor = clocks->now,
		.emptied = true,
	};
}

void stamps_begin(struct stamps *stamps, const struct clocks *clocks)
{
	stamps->floor = stamps->begun;
	stamps->begun = clocks->now;
	/* What was left unread may still be from before the step. */
	stamps->stepped = stamps->stepped && !stamps->emptied;
	observe(stamps, clocks);
}

void stamps_read(struct stamps *stamps, const struct clocks *clocks)
{
	observe(stamps, clocks);
}

struct monotime stamps_arrival(const struct stamps *stamps, struct monotime now, int64_t real_ns,
			       struct monotime previous)
{
	/* The least difference makes the latest arrival. */
	struct monotime at = {real_ns - stamps->least_ns};

	if (stamps->stepped || monotime_before(at, stamps->floor) || monotime_before(now, at))
		at = now;
	return monotime_before(at, previous) ? previous : at;
}

void stamps_end(struct stamps *stamps, bool emptied)
{
	stamps->emptied = emptied;
}
