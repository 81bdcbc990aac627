package cbor

import (
	"math"
	"reflect"
	"time"

	"github.com/pledge-wasm/pledge/abi"
)

// isTime recognises [time.Time] by its name. Naming its type to reflect would
// make the linker keep every method of it, the layouts of package time and the
// reader of zone files included.
func isTime(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.Name() == "Time" && t.PkgPath() == "time"
}

// timeOf returns v, of a type for which isTime holds, without an interface in
// between.
func timeOf(v reflect.Value) *time.Time {
	return (*time.Time)(addressable(v).Addr().UnsafePointer())
}

// encodeTime writes tag 0: RFC 3339 in UTC with the nanoseconds that are not
// zero at the end.
func encodeTime(e *encoder, v reflect.Value) error {
	t := timeOf(v)
	unix := t.Unix()
	days := floorDiv(unix, 86400)
	year, month, day := civil(days)
	second := int(unix - days*86400)
	if year < 0 || year > 9999 {
		return mismatch("", "a time outside the years 0 to 9999")
	}
	var text [30]byte
	b := digits(text[:0], year, 4)
	b = digits(append(b, '-'), month, 2)
	b = digits(append(b, '-'), day, 2)
	b = digits(append(b, 'T'), second/3600, 2)
	b = digits(append(b, ':'), second/60%60, 2)
	b = digits(append(b, ':'), second%60, 2)
	if ns := t.Nanosecond(); ns != 0 {
		b = digits(append(b, '.'), ns, 9)
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	b = append(b, 'Z')
	e.buf = append(abi.AppendHead(append(e.buf, abi.MajorTag<<5), abi.MajorText, uint64(len(b))), b...)
	return nil
}

// digits appends n with leading zeros to the given width.
//
//go:noinline
func digits(b []byte, n, width int) []byte {
	at := len(b) + width
	for range width {
		b = append(b, '0')
	}
	for ; n > 0; n /= 10 {
		at--
		b[at] = byte('0' + n%10)
	}
	return b
}

func decodeTime(d *decoder, v reflect.Value) error {
	t, ok, err := d.instant()
	if err == nil && ok {
		*timeOf(v) = t
	}
	return err
}

// instant reads a time: RFC 3339 text or seconds since 1970, with their tags
// or without. It returns false for null.
func (d *decoder) instant() (time.Time, bool, error) {
	const want = "a time (RFC 3339 text, or seconds since 1970)"
	h, err := d.untagged()
	if err != nil || isNull(h) {
		return time.Time{}, false, err
	}
	switch {
	case h.Major == abi.MajorText:
		b, err := d.str(h)
		if err != nil {
			return time.Time{}, false, err
		}
		t, ok := parseTime(string(b))
		if !ok {
			return t, false, mismatch(want, "other text")
		}
		return t, true, nil
	case h.Major <= abi.MajorNegInt && h.Arg <= 1<<40:
		n := int64(h.Arg)
		if h.Major == abi.MajorNegInt {
			n = ^n
		}
		return time.Unix(n, 0).UTC(), true, nil
	case h.Float():
		f := h.Float64()
		if whole := math.Floor(f); math.Abs(f) <= 1<<40 {
			return time.Unix(int64(whole), int64((f-whole)*1e9)).UTC(), true, nil
		}
	}
	return time.Time{}, false, mismatch(want, kind(h))
}

// parseTime reads RFC 3339. The result is in UTC.
func parseTime(s string) (t time.Time, ok bool) {
	number := func(width int, sep string) int {
		n := 0
		if len(s) < width+len(sep) {
			s = ""
			return -1
		}
		for i := range width {
			if s[i] < '0' || s[i] > '9' {
				s = ""
				return -1
			}
			n = n*10 + int(s[i]-'0')
		}
		if s[width:width+len(sep)] != sep && !(sep == "T" && s[width] == 't') {
			s = ""
			return -1
		}
		s = s[width+len(sep):]
		return n
	}
	year, month, day := number(4, "-"), number(2, "-"), number(2, "T")
	hour, minute, second := number(2, ":"), number(2, ":"), number(2, "")
	if min(year, month, day, hour, minute, second) < 0 || hour > 23 || minute > 59 || second > 59 || s == "" {
		return t, false
	}
	ns := 0
	if s[0] == '.' {
		unit := 100_000_000
		for s = s[1:]; s != "" && s[0] >= '0' && s[0] <= '9'; s = s[1:] {
			ns += int(s[0]-'0') * unit
			unit /= 10
		}
	}
	offset := 0
	switch {
	case s == "Z" || s == "z":
	case len(s) == 6 && (s[0] == '+' || s[0] == '-'):
		sign := 1
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
		h, m := number(2, ":"), number(2, "")
		if min(h, m) < 0 || h > 23 || m > 59 {
			return t, false
		}
		offset = sign * (h*3600 + m*60)
	default:
		return t, false
	}
	days := daysTo(year, month, day)
	if y, m, d := civil(days); y != year || m != month || d != day {
		return t, false // such as 31 June
	}
	return time.Unix(days*86400+int64(hour*3600+minute*60+second-offset), int64(ns)).UTC(), true
}

// The calendar below is that of RFC 3339. Package time has it too, together
// with everything about time zones.

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// daysTo counts the days from 1 January 1970 to a date. A year begins in March
// here, so that the day that is sometimes missing is its last.
func daysTo(year, month, day int) int64 {
	y, m := int64(year), int64(month+9)%12
	if month < 3 {
		y--
	}
	return y*365 + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400) + (m*153+2)/5 + int64(day) - 719469
}

// civil is the date that lies days after 1 January 1970.
func civil(days int64) (year, month, day int) {
	days += 719468 // since 1 March of the year 0
	era := floorDiv(days, 146097)
	n := days - era*146097 // 0 to 146096
	y := (n - n/1460 + n/36524 - n/146096) / 365
	n -= y*365 + y/4 - y/100 // day of the year
	m := (5*n + 2) / 153
	year, month, day = int(y+era*400), int(m+3), int(n-(m*153+2)/5+1)
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, day
}
