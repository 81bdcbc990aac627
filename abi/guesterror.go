package abi

// GuestError is the error that the other side returned instead of a value.
type GuestError struct {
	Code    string // in one word, for programs
	Message string // for people
	Data    Raw    // more for programs; empty when there is none
	Retry   bool   // a hint that trying again may help
	State   string // from [FuncAwait]: the state in which the awaited run ended; empty elsewhere
}

// Error is "CODE: MESSAGE", or what there is of the two.
func (e *GuestError) Error() string {
	switch {
	case e.Message == "":
		return e.Code
	case e.Code == "":
		return e.Message
	}
	return e.Code + ": " + e.Message
}
