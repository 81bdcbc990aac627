package abi

// Level is how serious a log line is. The zero value is [LevelDebug].
type Level int32

// The levels of a log line, least serious first.
const (
	LevelDebug Level = iota
	LevelInfo
	LevelWarn
	LevelError
)

// ParseLevel maps the number that a guest passed to a level: below 0 is
// [LevelDebug], above 3 is [LevelError].
func ParseLevel(i int32) Level { return min(max(Level(i), LevelDebug), LevelError) }

// String is the level in lower case, as logs and JSON show it.
func (l Level) String() string {
	switch ParseLevel(int32(l)) {
	case LevelDebug:
		return "debug"
	case LevelInfo:
		return "info"
	case LevelWarn:
		return "warn"
	}
	return "error"
}
