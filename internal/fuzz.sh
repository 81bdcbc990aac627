#!/bin/sh
# Runs one fuzz target: fuzz.sh FOLDER TARGET TIME. It fails on a finding.
#
# At the end of the time Go's fuzzing coordinator may take its own deadline for a
# failure of the target (golang/go#75804, repaired in Go 1.27). It then prints the
# bare words below and writes no input. A finding is never of that form: t.Error puts
# file and line before its words, and a crash or a hang writes the input to testdata.
# Only that form is run again, and three in a row are a failure whatever the reason.
set -u

folder=$1 target=$2 time=$3
out=$(mktemp) && status=$(mktemp) || exit 1
trap 'rm -f "$out" "$status"' EXIT

late() {
	grep -q '^    context deadline exceeded$' "$out" &&
		! grep -q -e 'Failing input written' -e '_test\.go:[0-9]' -e '^panic:' "$out"
}

for try in 1 2 3; do
	echo "fuzz $folder $target for $time"
	{
		"${GO:-go}" test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1s "$folder" 2>&1
		echo $? >"$status"
	} | tee "$out"
	code=$(cat "$status")
	[ "$code" = 0 ] && exit 0
	late || exit "${code:-1}"
	echo "no finding: Go's coordinator was late to stop (golang/go#75804)"
done
exit 1
