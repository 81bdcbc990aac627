// Package wasi answers one question: what world does a guest see through WASI
// preview 1? A guest without grants sees one that is the same on every run and
// every machine, so that its task is a function of module, task and arguments:
//
//   - A clock that starts at [Epoch] and moves by [Step] with each reading. A
//     sleep moves it to the moment asked for and returns at once.
//   - Randomness from a ChaCha8 stream seeded by the host, see [Seed].
//   - Standard input at its end; standard output and standard error that become
//     log lines at the levels info and warn.
//   - No arguments, no environment, no sockets, and one directory, "/", that is
//     empty and read-only, so that whoever looks for a file is told that it is
//     not there.
//
// [Grants] open this world one thing at a time. The package itself touches no
// clock, no file and no entropy source: what is granted comes in as function
// values.
//
// # Snapshots
//
// What a guest reads while it initialises is read once, before the snapshot,
// and is the same for every task that begins from it: hash seeds, start times,
// a random generator seeded at start-up, and for many runtimes arguments and
// environment. So whoever takes the snapshot decides which grants it is taken
// under, and takes another for other grants; without an entropy grant the
// stream of initialisation is that of [InitSeed]. [System.Save] takes the state
// that initialisation left (clock, descriptors), and each task begins from it,
// so time never runs backwards for the guest.
//
// # Hostile guests
//
// Every pointer is checked: one that does not fit the memory is answered with
// [EFAULT], nothing is written outside the areas that the call names, and no
// call panics. Work that the guest chooses the size of is cut into pieces of at
// most 64 KiB, each announced to [Host.Charge] before it is done, so that fuel
// and deadline apply inside a call as well.
package wasi
