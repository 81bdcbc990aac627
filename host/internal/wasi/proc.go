package wasi

func procExit(_ *System, _ memory, p []uint64) (Errno, error) {
	return 0, &ExitError{Code: uint32(p[0])}
}
