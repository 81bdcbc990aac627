package main

import (
	"errors"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// wants says what a flag takes, by the type of its value, where the library's
// own error would speak of the function that could not parse it.
var wants = map[string]string{
	"duration": "want a time with its unit, such as 500ms, 10s or 2m",
	"uint64":   "want a whole number, not negative, such as 1000000",
	"int":      "want a whole number such as 1000",
}

// wrongFlag makes a problem of the library's error about a flag.
func wrongFlag(cmd *cobra.Command, err error) error {
	hint := "'" + cmd.CommandPath() + " --help' lists the flags"
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if near := nearestFlag(cmd, unknown.GetSpecifiedName()); near != "" {
			hint = "did you mean --" + near + "? " + hint
		}
	}
	wrong, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return usage(hint, "%v", err)
	}
	want := wants[wrong.GetFlag().Value.Type()]
	switch {
	case errors.Is(wrong, strconv.ErrRange):
		want = "it is out of range"
	case want == "":
		want = wrong.Unwrap().Error()
	}
	return usage(hint, "--%s of %q: %s", wrong.GetFlag().Name, wrong.GetValue(), want)
}
