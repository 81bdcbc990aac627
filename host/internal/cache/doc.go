// Package cache answers: where is compiled code kept from one process to the
// next, so that nothing is ever executed that was not stored by us?
//
// A [Store] is a directory that nobody but its owner can enter. It holds one
// file per [Key]. A file is the native code of a module, in chunks, and what its
// maker wants to know beside it; or that alone, such as a guest's first memory. Every byte is covered by a message
// authentication code under a key that was made when the directory was first
// used, so a file that is cut short, has flipped bits, was moved to another name
// or was written by somebody else is not believed: it is deleted, and the module
// is compiled anew. Bytes of a file are given out only after they were verified
// where they lie in memory, so changing the file meanwhile changes nothing.
//
// The code is what an attacker who can read the key could forge; whoever can do
// that runs as the same user already. The directory must not be one that guests
// can write. What its name leads to is looked at once, when it is opened: a link
// is followed then, and what is put at the name afterwards changes nothing.
//
// The store's files are "pledge-code.key" and those whose names are 64 hexadecimal
// digits before ".code" or, while they are written, ".new". It never touches others.
//
// Files are written beside their place and renamed into it, so readers see all
// of one or nothing, however many processes share the directory. Nothing is
// flushed to the disk on purpose: what a power failure tears is found out by the
// code and made again. Storing is best effort; a directory that is full or read
// only costs time and nothing else.
package cache
