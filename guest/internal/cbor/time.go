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

// time appends the time at p as tag 0: RFC 3339 in UTC, with the nanoseconds
// that are not zero at the end.
func (e *encoder) time(p ptr) error {
	t := (*time.Time)(p)
	unix := t.Unix()
	days := floorDiv(unix, 86400)
	year, month, day := civil(days)
	second := int(unix - days*86400)
	if year < 0 || year > 9999 {
		return mismatch("", "a time outside the years 0 to 9999")
	}
	var text [30]byte
	b := text[:0]
	for _, part := range [...]struct{ n, width, sep int }{
		{year, 4, '-'}, {month, 2, '-'}, {day, 2, 'T'},
		{second / 3600, 2, ':'}, {second / 60 % 60, 2, ':'}, {second % 60, 2, '.'},
		{t.Nanosecond(), 9, 0},
	} {
		b = append(digits(b, part.n, part.width), byte(part.sep))
	}
	b = b[:len(b)-1]
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	b = append(b, 'Z')
	e.buf = append(e.buf, abi.MajorTag<<5)
	e.buf = abi.AppendText(e.buf, string(b))
	return nil
}

// digits appends n with leading zeros to the given width.
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

// time reads a time into p: RFC 3339 text or seconds since 1970, with their
// tags or without.
func (d *decoder) time(p ptr, h abi.Head) error {
	t, ok := time.Time{}, false
	switch {
	case h.Major == abi.MajorText:
		b, err := d.str(h)
		if err != nil {
			return err
		}
		t, ok = parseTime(string(b))
	case h.Major <= abi.MajorNegInt && h.Arg <= 1<<40:
		t, ok = time.Unix(int64(h.Arg)^-int64(h.Major), 0), true
	case h.Float() && math.Abs(h.Float64()) <= 1<<40:
		f := h.Float64()
		whole := math.Floor(f)
		t, ok = time.Unix(int64(whole), int64((f-whole)*1e9)), true
	}
	if !ok {
		return mismatch("a time (RFC 3339 text, or seconds since 1970)", kind(h))
	}
	*(*time.Time)(p) = t.UTC()
	return nil
}

// parseTime reads RFC 3339.
func parseTime(s string) (t time.Time, ok bool) {
	r := timeReader{s, true}
	year, month, day := r.number(4, '-'), r.number(2, '-'), r.number(2, 'T')
	hour, minute, second := r.number(2, ':'), r.number(2, ':'), r.number(2, 0)
	ns := 0
	if s = r.s; r.ok && s != "" && s[0] == '.' {
		s = s[1:]
		r.ok = s != "" && s[0] >= '0' && s[0] <= '9'
		for unit := 100_000_000; s != "" && s[0] >= '0' && s[0] <= '9'; unit /= 10 {
			ns += int(s[0]-'0') * unit
			s = s[1:]
		}
	}
	offset := 0
	switch {
	case s == "Z" || s == "z":
	case len(s) == 6 && (s[0] == '+' || s[0] == '-'):
		sign := int(',') - int(s[0]) // '+' is 43, '-' 45
		r.s = s[1:]
		h, m := r.number(2, ':'), r.number(2, 0)
		r.ok = r.ok && h < 24 && m < 60
		offset = sign * (h*3600 + m*60)
	default:
		return t, false
	}
	days := daysTo(year, month, day)
	y, m, dd := civil(days)
	if !r.ok || y != year || m != month || dd != day || hour > 23 || minute > 59 || second > 59 {
		return t, false // such as 31 June
	}
	return time.Unix(days*86400+int64(hour*3600+minute*60+second-offset), int64(ns)), true
}

// timeReader reads the numbers of a time.
type timeReader struct {
	s  string
	ok bool
}

// number reads a number of so many digits and what separates it from the next,
// 0 for nothing.
//
//go:noinline
func (r *timeReader) number(width int, sep byte) (n int) {
	end := width
	if sep != 0 {
		end++
	}
	if !r.ok || len(r.s) < end || sep != 0 && r.s[width] != sep && (sep != 'T' || r.s[width] != 't') {
		r.ok = false
		return 0
	}
	for i := range width {
		r.ok = r.ok && r.s[i] >= '0' && r.s[i] <= '9'
		n = n*10 + int(r.s[i]-'0')
	}
	r.s = r.s[end:]
	return n
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
