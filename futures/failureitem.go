package futures

import (
	"errors"
	"strings"

	"github.com/pledge-wasm/pledge/abi"
)

// MarshalCBOR encodes the error as a task sees it that awaits the run, or whose
// argument is the run and [AllowFailure] covers it: a map of "code" (the task's
// own code if the task returned the error), "message", "state", and "data" if
// the task added any.
func (e *RunError) MarshalCBOR() ([]byte, error) {
	code, message := string(e.Code), e.text()
	var data abi.Raw
	var guest *abi.GuestError
	if e.Code == abi.CodeGuest && errors.As(e.Err, &guest) {
		code, message, data = guest.Code, guest.Message, guest.Data
	}
	n := uint64(3)
	if len(data) > 0 {
		n++
	}
	b := abi.AppendHead(nil, abi.MajorMap, n)
	b = abi.AppendText(abi.AppendText(b, "code"), valid(code))
	if len(data) > 0 {
		b = append(abi.AppendText(b, "data"), data...)
	}
	b = abi.AppendText(abi.AppendText(b, "state"), e.State.String())
	return abi.AppendText(abi.AppendText(b, "message"), valid(message)), nil
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
