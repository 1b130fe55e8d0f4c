/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a start does for the NICs of an agent that is gone, without a start: for `detach`, and so
 * for the removal of the package.
 */
#ifndef AGENT_MEND_H
#define AGENT_MEND_H

/* Put back what an agent that did not end properly left on NICs, by its records in run_dir, while
 * its fence in bpffs is still shut; then remove the guards that are not needed any more. Does
 * nothing where an agent runs.
 *
 * Returns 0 if nothing is left that needs the fence, -EBUSY if a NIC still carries what is guarded,
 * so that the fence must stay, -EIO if there is no fence and a NIC could not be put back, or
 * another negative errno. All errors are logged, with what to do. */
int mend_host(const char *run_dir, const char *bpffs);

#endif
