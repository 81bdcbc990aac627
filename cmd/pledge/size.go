package main

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// size is a number of bytes on the command line: 65536, 64KiB, 1GB.
type size int64

// units has the longest suffixes first.
var units = []struct {
	name  string
	bytes int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9},
	{"B", 1},
}

var errSize = errors.New("want a number of bytes such as 65536, 64KiB, 64MiB, 1GiB or 10MB")

// Set parses a size; the case of the unit does not matter.
func (s *size) Set(text string) error {
	factor := int64(1)
	number := strings.ToLower(strings.TrimSpace(text))
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, strings.ToLower(u.name)); ok {
			number, factor = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseUint(number, 10, 63)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && n > uint64(math.MaxInt64/factor):
		return errors.New("it is more than 8 EiB")
	case err != nil:
		return errSize
	}
	*s = size(int64(n) * factor)
	return nil
}

// String is the size in the largest unit that divides it.
func (s *size) String() string {
	for _, u := range []int{2, 1, 0} {
		if b := units[u].bytes; *s != 0 && int64(*s)%b == 0 {
			return strconv.FormatInt(int64(*s)/b, 10) + units[u].name
		}
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Type names the kind of value in the help.
func (s *size) Type() string { return "size" }
