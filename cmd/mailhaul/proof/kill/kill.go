// Package kill kills the real program, loses what the disk had not got yet, and
// fills the disk, and wants every message at the destination exactly once all
// the same.
//
// A point is one death and what comes after it:
//
//  1. The program carries a small account, full of twins and look-alikes, to a
//     user that nobody has used yet. It is killed (SIGKILL) at one moment.
//  2. The same command runs again, twice at most, until it ends in 0.
//  3. The destination must hold the same multiset of messages per folder, with
//     flags and dates, as after a run that nobody disturbed. The source is as it
//     was. One more run appends nothing and changes nothing.
//
// The moments, each a test:
//
//   - TestSteps: each step of the run. A step is a system call that writes to a
//     socket or to the checkpoint's folder (content, length, syncs and names of
//     its files). A tracer stops the thread that makes it, and counts over all
//     threads; killed before, the step has no effect at all, killed after, it has
//     all of it and the program has not learnt so (Linux on amd64, where a process
//     may be traced; elsewhere skipped with a word). What is written to memory
//     shared with a file is no step: SQLite makes that anew.
//   - TestBytes: when the n-th byte of either direction has passed at the
//     destination. What the dead program had written still arrives, at once or
//     2.5 s later.
//   - TestPower: as TestBytes, 2.5 s late, and the machine loses its power: of
//     what the checkpoint's files and folders were given since their last sync, a
//     random part is lost, torn at sectors of 512 bytes.
//   - TestSynced: the checkpoint alone, through its whole life, many such losses
//     at each moment: what it called safe is there, what was never settled is not
//     settled.
//
// How many moments: -kills=N takes N of each way, spread evenly from a random
// start (-seed); -kills=full takes each step, and 400 of each way of TestBytes
// and TestPower. The default is what CI has time for.
//
//	go test ./cmd/mailhaul/proof/kill -kills=full -timeout 60m -v
//
// Besides, a disk that is full or takes nothing (TestDiskFull, TestReadOnly, as
// root), and a second run at once (TestSecondRun).
package kill
