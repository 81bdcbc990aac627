// Package linmem answers one question: where does the linear memory of a guest
// live, and how does it become again, byte for byte, what it was before a task?
//
// A [Memory] is a stretch of address space as large as the guest may ever grow.
// Only what [Memory.Grow] has granted can be touched, or what is kept for it to
// grant again; all else, and a guard behind it, faults. Both are charged to a
// [Budget], the ledger of the whole host.
//
// An [Image] is a memory as it stood at one moment. Any number of memories can
// be made from one image; where the system allows it they share its pages until
// they write to them. [Memory.Reset] puts back what was written since.
//
// How the written pages are found is a [Method]. The best one that this machine
// really has is chosen once per process, by trying it (see [Best]):
//
//	scan     Linux 6.7 and later: the kernel lists the pages that are no longer
//	         the image's (ioctl PAGEMAP_SCAN)
//	pagemap  Linux: the same question answered by /proc/self/pagemap, 8 bytes a page
//	madvise  Linux: every private page is given back; the next task faults anew
//	copy     everywhere: every page is compared with the image
//
// All four are exact. They differ in cost only, and each falls back to the ones
// below it when the system refuses, so that Reset either leaves the image or
// reports a mistake of its caller.
//
// # Ownership and concurrency
//
// A Memory has one owner at a time: no method may run while another one, or the
// guest, uses the same memory. Images and budgets may be used by any number of
// goroutines. Whoever makes a Memory or an Image frees it; twice is harmless.
//
// # Why keep memories instead of freeing them?
//
// Mapping and unmapping take the one lock that guards the address space of the
// process, and interrupt every other core that runs in it. Hosts that map for
// each instance get slower with every core they add. So a memory whose instance
// is gone (it trapped, or it grew) need not be freed: [Memory.Recycle] makes it
// the image again for the next instance and keeps some of what the last one grew,
// and only a host that shrinks its pool calls [Memory.Free]. One that may be needed again later rests: see [Memory.Rest].
//
// # What does a reset cost?
//
// One question to the kernel, a walk over the pages that are there, and the pages
// that were written. BenchmarkReset on a virtual x86-64 machine of 2 cores whose
// system calls take 1.2 us each, an unusual lot: 2.0 us for 2 wasm pages with 3
// host pages written, 6 to 8 us for 15 of 592, 10 us for 1 of a gigabyte's, 0.5 ms
// for 1,000 and 9 ms for 10,000 of them.
package linmem
