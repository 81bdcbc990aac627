package linmem

// Prefault readies memory that is about to be written whole, such as native code
// that is read from a file: the system finds all of its pages in one call, huge
// ones where it can, instead of one by one as they are touched, which costs ten
// times as much. It is a hint: contents do not change, and where the system does
// not know it nothing happens. b must stay mapped during the call.
func Prefault(b []byte) { prefault(b) }
